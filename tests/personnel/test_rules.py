"""What an order does to somebody, case by case, and when it cannot be."""

from datetime import date

import pytest

from audit.personnel.rules import Fault, Kind, Order, Person, Status, judge, last_day_of_use, sequence

OFFICES = frozenset({"01", "05"})
DAY = date(2026, 11, 1)
ACTIVE = Person(
    "1", "青葉　一郎", "アオバ　イチロウ", Status.ACTIVE, "01", "介護保険室", b"key", last_on=date(2026, 4, 1)
)
ABSENT = Person(
    "1",
    "青葉　一郎",
    "アオバ　イチロウ",
    Status.ABSENT,
    "01",
    "",
    absent_from=date(2026, 4, 1),
    last_on=date(2026, 4, 1),
)
RETIRED = Person("1", "青葉　一郎", "アオバ　イチロウ", Status.RETIRED, "01", "", last_on=date(2026, 4, 1))


def order(kind, **fields):
    values = {"line": 3, "number": "1", "name": "青葉　一郎", "kana": "アオバ　イチロウ", "on": DAY, "office": "01"}
    return Order(kind=Kind(kind), **values | fields)


@pytest.mark.parametrize(
    ("before", "kind", "changes"),
    [
        (None, "hire", {"status": Status.ACTIVE, "office": "01", "last_on": DAY}),
        (RETIRED, "hire", {"status": Status.ACTIVE}),
        (ACTIVE, "leave", {"status": Status.ABSENT, "absent_from": DAY}),
        (ABSENT, "return", {"status": Status.ACTIVE, "absent_from": None}),
        (ACTIVE, "retire", {"status": Status.RETIRED}),
        (ABSENT, "retire", {"status": Status.RETIRED}),
        (ABSENT, "transfer", {"status": Status.ABSENT, "office": "01"}),
        (ACTIVE, "concurrent", {"office": "01", "section": "介護保険室"}),
    ],
)
def test_leads_to(before, kind, changes):
    after = judge(before, order(kind), OFFICES)
    assert {name: getattr(after, name) for name in changes} == changes


def test_a_transfer_moves_and_a_rename_renames():
    moved = judge(ACTIVE, order("transfer", office="05", section="賦課係"), OFFICES)
    assert (moved.office, moved.section, moved.last_on, moved.address_key) == ("05", "賦課係", DAY, b"key")
    renamed = judge(ACTIVE, order("rename", name="緑　一郎", kana="ミドリ　イチロウ"), OFFICES)
    assert (renamed.name, renamed.kana, renamed.office) == ("緑　一郎", "ミドリ　イチロウ", "01")


@pytest.mark.parametrize(
    ("before", "kind", "fields", "code"),
    [
        (None, "transfer", {}, "unknown-staff"),
        (None, "retire", {"office": ""}, "unknown-staff"),
        (None, "hire", {"office": "99"}, "unknown-office"),
        (None, "hire", {"office": ""}, "missing"),
        (ACTIVE, "transfer", {"office": ""}, "missing"),
        (ACTIVE, "concurrent", {"office": "77"}, "unknown-office"),
        (ACTIVE, "hire", {}, "hired-already"),
        (ABSENT, "hire", {}, "hired-already"),
        (RETIRED, "hire", {"kana": "ベツ　ジン"}, "number-reused"),
        (RETIRED, "transfer", {}, "retired-already"),
        (RETIRED, "retire", {}, "retired-already"),
        (ACTIVE, "return", {}, "not-absent"),
        (ABSENT, "leave", {}, "absent-already"),
        (ACTIVE, "transfer", {"on": date(2026, 3, 31)}, "stale-row"),
    ],
)
def test_cannot_be(before, kind, fields, code):
    fault = judge(before, order(kind, **fields), OFFICES)
    assert isinstance(fault, Fault)
    assert (fault.code, fault.refused) == (code, True)
    assert fault.message
    assert fault.remedy


def test_a_retirement_of_an_unknown_office_still_ends_the_rights():
    assert judge(ACTIVE, order("retire", office="99"), OFFICES).status == Status.RETIRED


def test_the_sequence_is_by_day_with_the_hire_first_and_the_retirement_last():
    kinds = ["retire", "rename", "hire", "transfer"]
    same_day = [order(kind, line=number) for number, kind in enumerate(kinds)]
    earlier = order("leave", line=9, on=date(2026, 10, 1))
    assert [o.kind.value for o in sequence([*same_day, earlier])] == ["leave", "hire", "rename", "transfer", "retire"]


def test_the_same_order_has_the_same_key_wherever_it_stands():
    assert order("retire", line=3, office="01").key == order("retire", line=8, office="05").key
    assert order("transfer", office="01").key != order("transfer", office="05").key


@pytest.mark.parametrize(("is_worked", "last"), [(False, date(2026, 10, 31)), (True, DAY)])
def test_the_last_day_of_use_of_somebody_retired(is_worked, last):
    assert last_day_of_use(DAY, is_worked=is_worked) == last
