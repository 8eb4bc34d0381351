"""Rows that are wrong on purpose: the stated share, every kind, and exactly those that the reader refuses."""

import tempfile
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from linkage import layouts
from linkage.counterparts.city import CityConfig, make_city
from linkage.counterparts.city.dice import Dice
from linkage.counterparts.city.faults import CONTEXT, FAULTS, REFERENCE, ROW, Sprinkler
from tests.linkage.city_files import city, insured_on

SIZE, SHARE = 1500, 0.03


def faulty():
    return city(SIZE, SHARE)


@cache
def read_by_the_layouts(share=SHARE):
    """Lines that the system's own reader refuses, with their codes, by file."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        manifest = make_city(CityConfig(SIZE, faulty=share), out)
        found = {}
        for record in manifest.files:
            file = layouts.open_file(out / record.name, layouts.get_layout(record.layout), today=record.created_on)
            results = list(layouts.rows(file, today=record.created_on))
            assert len(results) == record.rows
            found[record.name] = {r.line: r for r in results if isinstance(r, layouts.RowIssue)}
        return found


@pytest.mark.parametrize("layout", list(FAULTS))
def test_the_stated_share_of_rows_is_wrong(layout):
    name = faulty().name(layout)
    wrong = sum(fault.file == name for fault in faulty().manifest.faults)
    rows = len(faulty().file(layout).rows)
    assert abs(wrong - rows * SHARE) < rows * 0.002 + 2


@pytest.mark.parametrize("layout", ["JUMIN", "ZEI", "NENKIN"])
def test_every_kind_of_fault_is_there_about_equally_often(layout):
    name = faulty().name(layout)
    counted = Counter(fault.kind for fault in faulty().manifest.faults if fault.file == name)
    assert counted.keys() == {fault.kind for fault in FAULTS[layout]}
    assert max(counted.values()) - min(counted.values()) <= 1


def test_a_small_file_takes_its_turns_too():
    sprinkler = Sprinkler("SEIHO", 0.5, Dice("1"))
    drawn = [fault for _ in range(20) if (fault := sprinkler.draw(eligible=True))]
    assert {fault.kind for fault in drawn} == {fault.kind for fault in FAULTS["SEIHO"]}


def test_a_row_that_is_not_eligible_passes_its_fault_on():
    sprinkler = Sprinkler("JUMIN", 0.5, Dice("1"))
    assert all(sprinkler.draw(eligible=False) is None for _ in range(8))
    assert sprinkler.draw(eligible=True)


def test_no_faults_when_none_are_wanted():
    assert city().manifest.faults == city().manifest.consequences == []


def test_the_manifest_points_at_the_wrong_rows():
    files = faulty().files
    for fault in [*faulty().manifest.faults, *faulty().manifest.consequences]:
        assert files[fault.file].rows[fault.line - 3]["宛名番号"] == fault.addressee_number


def rows_with(kind, layout="JUMIN"):
    file = faulty().file(layout)
    name = faulty().name(layout)
    return [file.rows[f.line - 3] for f in faulty().manifest.faults if (f.file, f.kind) == (name, kind)]


@pytest.mark.parametrize(
    ("layout", "kind", "column", "value"),
    [
        ("JUMIN", "impossible_date", "生年月日", "3640230"),
        ("JUMIN", "future_birth", "生年月日", "5090901"),
        ("JUMIN", "unknown_ward", "区コード", "12199"),
        ("JUMIN", "missing_kana", "氏名カナ", ""),
        ("JUMIN", "unknown_code", "続柄コード", "99"),
        ("ZEI", "negative_amount", "合計所得金額", "-120000"),
        ("ZEI", "not_a_number", "公的年金等収入額", "12A000"),
        ("ZEI", "unknown_code", "課税区分", "9"),
        ("NENKIN", "negative_amount", "年金年額", "-120000"),
        ("NENKIN", "missing_value", "基礎年金番号", ""),
    ],
)
def test_what_a_fault_looks_like(layout, kind, column, value):
    assert {row[column] for row in rows_with(kind, layout)} == {value}


def test_names_too_long_and_deaths_before_birth():
    assert all(len(row["氏名"]) > 80 for row in rows_with("too_long_name"))
    assert all(row["住民状態"] == "3" and row["異動事由コード"] == "06" for row in rows_with("death_before_birth"))


def test_a_duplicate_follows_its_good_row():
    file, name = faulty().file("JUMIN"), faulty().name("JUMIN")
    duplicates = [f.line for f in faulty().manifest.faults if (f.file, f.kind) == (name, "duplicate")]
    assert duplicates
    assert all(file.rows[line - 3] == file.rows[line - 4] for line in duplicates)


def test_unknown_persons_are_nowhere_in_the_resident_file():
    known = {row["宛名番号"] for row in faulty().file("JUMIN").rows}
    unknown = [fault for fault in faulty().manifest.faults if fault.kind == "unknown_person"]
    assert unknown
    assert not known & {fault.addressee_number for fault in unknown}


def test_refused_residents_make_their_other_rows_unknown_and_the_manifest_says_so():
    found = faulty()
    known = {row["宛名番号"] for row in found.good("JUMIN")}
    for name, file in found.files.items():
        if name.startswith("JUMIN"):
            continue
        stated = {f.line for f in found.manifest.consequences if f.file == name}
        strangers = {f.line for f in found.manifest.faults if f.file == name and f.kind == "unknown_person"}
        unknown = {line for line, row in enumerate(file.rows, start=3) if row["宛名番号"] not in known}
        assert unknown == stated | strangers
    assert found.manifest.consequences


def test_the_insured_that_remain_are_counted_beforehand():
    found = faulty()
    assert found.manifest.insured == SIZE
    assert sum(insured_on(row) for row in found.residents()) == found.manifest.insured_expected < SIZE


def test_good_rows_are_read_and_exactly_the_wrong_ones_refused():
    for name, refused in read_by_the_layouts().items():
        stated = {f.line: f for f in faulty().manifest.faults if f.file == name}
        must = {line for line, fault in stated.items() if fault.level == ROW or fault.kind in _SEEN_IN_THE_ROW}
        assert set(refused) == must
        assert all(stated[line].column == issue.field for line, issue in refused.items())


_SEEN_IN_THE_ROW = {"future_birth", "death_before_birth"}


@pytest.mark.parametrize(
    ("layout", "kind", "code"),
    [
        ("JUMIN", "impossible_date", "impossible-date"),
        ("JUMIN", "death_before_birth", "death-before-birth"),
        ("JUMIN", "wrong_check_digit", "check-digit"),
        ("JUMIN", "missing_kana", "missing"),
        ("JUMIN", "too_long_name", "too-long"),
        ("ZEI", "negative_amount", "negative-amount"),
        ("ZEI", "not_a_number", "not-amount"),
        ("NENKIN", "unknown_code", "unknown-code"),
    ],
)
def test_the_reader_names_the_fault(layout, kind, code):
    name = faulty().name(layout)
    refused = read_by_the_layouts()[name]
    lines = [f.line for f in faulty().manifest.faults if (f.file, f.kind) == (name, kind)]
    assert lines
    assert {refused[line].code for line in lines} == {code}


def test_a_city_without_faults_is_read_without_refusals():
    assert not any(read_by_the_layouts(0.0).values())


def test_levels_say_what_a_reader_must_know():
    levels = {fault.kind: fault.level for faults in FAULTS.values() for fault in faults}
    assert levels["unknown_person"] == REFERENCE
    assert levels["unknown_ward"] == levels["future_birth"] == CONTEXT
    assert levels["wrong_check_digit"] == ROW
