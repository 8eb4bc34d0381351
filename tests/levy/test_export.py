"""賦課台帳の出力: what leaves is what was decided, in words, and nothing of what it was decided from."""

import csv
import io

import pytest

from audit.media.kinds import Asked
from levy.exports import LEDGER
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_line_says_the_decision_in_words_and_no_more():
    decision = factories.assessment(fiscal_year=2026)
    asked = Asked(frozenset({decision.insured.resident.office_id}), {"year": 2026})
    text = "".join(LEDGER.text(asked))
    (line,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert set(line) == set(LEDGER.items)
    assert (line["被保険者番号"], line["賦課年度"]) == (decision.insured.insured_number, "令和8年度")
    assert (line["所得段階"], line["保険料額"]) == (f"第{decision.tier}段階", str(decision.premium))
    first = decision.instalments.order_by("due_date", "method", "number").first()
    assert line["期別"].startswith(f"{first.get_method_display()}{first.number}")
    assert f"{first.amount:,}円" in line["期別"]
    assert "{" not in text


def test_another_office_s_people_are_not_in_it():
    factories.assessment(fiscal_year=2026)
    other = Asked(frozenset({factories.office("緑区役所").pk}), {"year": 2026})
    assert "".join(LEDGER.text(other)).count("\r\n") == 1
