"""Who is to have a card, and what becomes of the card before."""

from datetime import date

import pytest

from eligibility.cards.rules import Entitlement, Fate, entitlement, fate
from eligibility.rules import InsuredSpan

BORN_65 = InsuredSpan(date(2026, 11, 30), None, "age", "", "1")


class TestEntitlement:
    def test_who_comes_of_age_has_one_by_that_day(self):
        assert entitlement([BORN_65], date(2026, 11, 30)) == Entitlement("age", date(2026, 11, 30))

    def test_nobody_has_one_before(self):
        assert entitlement([BORN_65], date(2026, 11, 29)) is None

    def test_a_move_in_is_an_acquisition(self):
        span = InsuredSpan(date(2026, 4, 1), None, "movein", "", "1")
        assert entitlement([span], date(2026, 4, 1)).reason == "acquired"

    def test_the_second_category_has_one_by_its_application(self):
        span = InsuredSpan(date(2026, 4, 1), None, "second", "", "2")
        assert entitlement([span], date(2026, 5, 1)) == Entitlement("second", date(2026, 4, 1))

    def test_the_day_of_loss_is_not_insured_any_more(self):
        span = InsuredSpan(date(2020, 4, 1), date(2026, 5, 1), "age", "death", "1")
        assert entitlement([span], date(2026, 4, 30)) is not None
        assert entitlement([span], date(2026, 5, 1)) is None

    def test_of_two_periods_the_one_of_the_day_counts(self):
        spans = [InsuredSpan(date(2020, 4, 1), date(2024, 5, 1), "age", "moveout", "1"),
                 InsuredSpan(date(2026, 2, 1), None, "movein", "", "1")]  # fmt: skip
        assert entitlement(spans, date(2026, 3, 1)).due_on == date(2026, 2, 1)
        assert entitlement(spans, date(2025, 3, 1)) is None


class TestFate:
    @pytest.mark.parametrize(
        ("old", "handed_in", "became"),
        [
            ("back", True, Fate("replaced", recover=False)),
            ("back", False, Fate("replaced", recover=True)),
            ("later", False, Fate("lost", recover=True)),
            ("later", True, Fate("replaced", recover=False)),
        ],
    )
    def test_the_card_before(self, old, handed_in, became):
        assert fate(old, handed_in) == became

    def test_a_first_issue_has_no_card_before(self):
        with pytest.raises(ValueError, match="前の証"):
            fate("none", True)
