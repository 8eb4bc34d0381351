"""What of the levy a change of insured periods reaches is said before the change is received."""

from datetime import date

import pytest

from eligibility.acts import impacts_from
from tests import factories

pytestmark = pytest.mark.django_db


class TestImpacts:
    def test_the_years_from_the_day_on_are_named_and_earlier_ones_are_not(self):
        insured = factories.insured()
        factories.assessment(insured, 2025)
        premium = factories.assessment(insured, 2026).premium
        found = impacts_from(insured.resident, date(2026, 4, 1))
        assert [impact.where for impact in found] == ["令和8年度の保険料"]
        assert f"{premium:,}円" in found[0].what

    def test_a_day_of_march_belongs_to_the_year_before(self):
        insured = factories.insured()
        factories.assessment(insured, 2025)
        assert [impact.where for impact in impacts_from(insured.resident, date(2026, 3, 31))] == ["令和7年度の保険料"]

    def test_a_run_that_is_not_committed_changes_nothing(self):
        insured = factories.insured()
        factories.assessment(insured, 2026, committed=False)
        assert impacts_from(insured.resident, date(2026, 4, 1)) == []

    def test_who_was_never_insured_has_no_premium(self):
        assert impacts_from(factories.resident(), date(2026, 4, 1)) == []
