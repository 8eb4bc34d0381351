"""When an accident must be reported, when an audit is due: pure and dated."""

from dataclasses import replace
from datetime import date

import pytest

from audit.registers import rules
from audit.registers.rules import Happening

KNOWN = date(2026, 11, 20)
QUIET = Happening(KNOWN, persons=1)
VALUES = rules.reporting(KNOWN)


@pytest.mark.parametrize(
    ("change", "applies"),
    [
        ({}, False),
        ({"persons": 100}, False),
        ({"persons": 101}, True),
        ({"is_sensitive": True}, True),
        ({"is_property": True}, True),
        ({"is_improper": True}, True),
        ({"is_public": True}, False),
        ({"is_public": True, "number_involved": True}, True),
        ({"number_involved": True}, False),
        ({"from_system": True}, False),
        ({"number_involved": True, "from_system": True}, True),
        ({"number_involved": True, "from_system": True, "is_encrypted": True}, False),
        ({"persons": 500, "is_improper": True, "is_encrypted": True}, False),
    ],
)
def test_whether_it_must_be_reported(change, applies):
    duty = rules.duty(replace(QUIET, **change), VALUES)
    assert duty.applies is applies
    assert bool(duty.grounds) is applies


@pytest.mark.parametrize(
    ("improper", "preliminary", "final"),
    [(False, date(2026, 11, 25), date(2026, 12, 20)), (True, date(2026, 11, 25), date(2027, 1, 19))],
)
def test_days_are_counted_from_the_day_it_became_known(improper, preliminary, final):
    duty = rules.duty(replace(QUIET, is_improper=improper), VALUES)
    assert (duty.preliminary_due, duty.final_due) == (preliminary, final)


def test_several_grounds_are_all_named():
    duty = rules.duty(replace(QUIET, is_sensitive=True, is_improper=True, persons=500), VALUES)
    assert len(duty.grounds) == 3
    assert "本人の数が100人を超える" in duty.grounds


def test_before_the_first_rule_there_is_none():
    with pytest.raises(LookupError):
        rules.reporting(date(2020, 1, 1))


@pytest.mark.parametrize(
    ("last", "due"),
    [(None, date(2026, 11, 24)), (date(2024, 5, 1), date(2029, 5, 1)), (date(2024, 2, 29), date(2029, 2, 28))],
)
def test_an_office_is_audited_at_least_every_five_years(last, due):
    assert rules.next_audit(last, date(2026, 11, 24)) == due


def test_checklists_have_each_item_once_and_name_known_controls():
    for name in ("sub_contract", "self_check"):
        ids = [item.id for item in rules.items(name)]
        assert len(ids) == len(set(ids))
    controls = {control for item in rules.items("self_check") for control in item.controls}
    assert controls <= {f"E{n:02}" for n in range(1, 30)} | {f"F{n}" for n in range(1, 7)}
    assert {f"F{n}" for n in range(1, 7)} - {"F3"} <= controls


def test_what_is_left_of_a_checklist():
    first = rules.items("sub_contract")[0].id
    assert first not in {item.id for item in rules.unanswered("sub_contract", [first])}
