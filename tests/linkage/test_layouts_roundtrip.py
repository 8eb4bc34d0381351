"""What the writer writes the reader reads, and what the reader read comes out again byte for byte."""

import os
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaigo.common.refusal import Refusal
from kaigo.common.wareki import eras
from linkage.layouts import RowIssue, file_name, get_layout, open_file, rows, write
from tests.linkage.layout_files import LAYOUTS, TODAY, golden

NUMBERS = ["100000000013", "100000000021", "100000000030"]
AMOUNTS = st.integers(0, 10**12 - 1)
EMPTY_OR = st.just("")
DAYS = st.dates(date(1868, 1, 25), TODAY)
# Anything a name may consist of: no control characters, no separators that turn or break a line.
NAMES = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\u200e\u200f"
    ).filter(lambda c: not "\u202a" <= c <= "\u202e" and not "\u2066" <= c <= "\u2069"),
    min_size=1,
    max_size=40,
).filter(lambda text: not text.isspace())


def number(length):
    return st.integers(0, 10**length - 1).map(lambda n: f"{n:0{length}}")


def put(folder, layout_id, data, **options):
    options = {"created_on": TODAY, "serial": 7, "kind": "2", "allow_unverified": True} | options
    path = folder / "out.csv"
    return path, write(path, get_layout(layout_id), data, **options)


def back(path, layout_id):
    file = open_file(path, get_layout(layout_id), today=TODAY)
    found = list(rows(file, today=TODAY))
    assert not [row for row in found if isinstance(row, RowIssue)]
    return [row for _line, row in found]


@pytest.mark.parametrize("layout_id", LAYOUTS)
def test_golden_files_come_out_byte_for_byte(tmp_path, layout_id):
    source = open_file(golden(layout_id), get_layout(layout_id), today=TODAY)
    path, count = put(tmp_path, layout_id, back(golden(layout_id), layout_id), kind=source.kind)
    assert count == source.rows
    assert path.read_bytes() == golden(layout_id).read_bytes()


@pytest.mark.parametrize("layout_id", LAYOUTS)
def test_golden_files_are_named_as_agreed(layout_id):
    assert file_name(get_layout(layout_id), date(2026, 6, 5), 7) == golden(layout_id).name


@st.composite
def tax_rows(draw):
    status = draw(st.sampled_from("1234"))
    levy = draw(st.integers(1, 999_999)) if status == "1" else draw(st.integers(0, 6000)) if status == "2" else 0
    income_levy = draw(AMOUNTS) if status == "1" else 0
    return (
        draw(number(15)),
        draw(st.integers(2000, 2027)),
        draw(st.integers(1, 10**6)),
        draw(st.dates(date(1868, 1, 25), TODAY + timedelta(days=60))),
        status,
        levy,
        income_levy,
        *draw(st.tuples(*[AMOUNTS] * 8)),
        draw(st.integers(0, 99)),
        draw(st.sampled_from("01")),
    )


@st.composite
def resident_rows(draw):
    born = draw(st.dates(date(1897, 1, 1), TODAY))
    since = draw(st.dates(born, TODAY))
    status = draw(st.sampled_from("1234"))
    until = None if status == "1" else draw(st.dates(since, TODAY))
    elsewhere = draw(st.booleans())
    text, maybe = draw(st.tuples(NAMES, NAMES)), draw(st.tuples(*[NAMES | EMPTY_OR] * 3))
    foreign = draw(st.booleans())
    stay_from = draw(DAYS | st.none()) if foreign else None
    stay_until = draw(st.dates(stay_from, TODAY + timedelta(days=3000)) | st.none()) if stay_from else None
    return (
        draw(number(15)), draw(st.integers(1, 99)), draw(st.sampled_from(["01", "06", "12"])), draw(DAYS),
        draw(DAYS | st.none()), status, draw(number(15)), draw(st.sampled_from(["01", "08"])), text[0], text[1],
        maybe[0], born, draw(st.sampled_from("129")), draw(number(5)), draw(number(7)), text[0], text[1], maybe[1],
        draw(number(10) | EMPTY_OR), since, until, maybe[2], draw(DAYS | st.none()), draw(st.sampled_from(NUMBERS)),
        "2" if foreign else "1", draw(st.sampled_from("01")), "1" if elsewhere else "0",
        "122184" if elsewhere else "", maybe[0], draw(st.sampled_from(["", "1", "2"])), maybe[1], maybe[2],
        draw(number(12) | EMPTY_OR), draw(number(6) | EMPTY_OR), maybe[0], "H01" if foreign else "", "3Y" if foreign else "",
        stay_from, stay_until, draw(number(11) | EMPTY_OR),
    )  # fmt: skip


@st.composite
def assistance_rows(draw):
    kind, started = draw(st.sampled_from("123")), draw(DAYS)
    ended = draw(st.none() | st.dates(started, TODAY))
    return (draw(number(15)), kind, started, ended, draw(st.integers(0, 30)) if kind == "3" else None, draw(number(10)))


@st.composite
def pension_rows(draw):
    state = draw(st.sampled_from("0123"))
    month = draw(st.dates(date(2000, 4, 1), TODAY).map(lambda day: f"{day:%Y%m}") | EMPTY_OR)
    february = draw(st.integers(1 if state == "1" else 0, 9_999_999))
    start = (draw(number(15)), draw(number(10)), draw(number(4)), draw(st.sampled_from("01")))
    return (*start, draw(st.integers(0, 99_999_999)), draw(number(3)), state, month, february)


STRATEGIES = {"JUMIN": resident_rows(), "ZEI": tax_rows(), "SEIHO": assistance_rows(), "NENKIN": pension_rows()}


@pytest.mark.parametrize("layout_id", LAYOUTS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_written_is_read_and_written_again_alike(tmp_path_factory, layout_id, data):
    folder = tmp_path_factory.mktemp("files")
    table = data.draw(st.lists(STRATEGIES[layout_id], max_size=4))
    path, count = put(folder, layout_id, table)
    once = path.read_bytes()
    assert count == len(table)
    assert back(path, layout_id) == table
    again, _count = put(folder, layout_id, back(path, layout_id))
    assert again.read_bytes() == once


def test_births_of_every_era_come_back(tmp_path):
    [row, *_] = back(golden("JUMIN"), "JUMIN")
    born = get_layout("JUMIN").index["birth_date"]
    days = [era.first for era in eras()[2:]] + [date(1912, 8, 1), date(1989, 1, 7)]
    table = [(*row[:born], day, *row[born + 1 : 19], date(2020, 1, 1), *row[20:]) for day in days]
    path, _count = put(tmp_path, "JUMIN", table)
    assert [row[born] for row in back(path, "JUMIN")] == days


class TestWriter:
    def good(self):
        return back(golden("ZEI"), "ZEI")

    def test_a_layout_that_nobody_verified_is_not_sent_out(self, tmp_path):
        with pytest.raises(Refusal) as caught:
            put(tmp_path, "ZEI", self.good(), allow_unverified=False)
        assert caught.value.code == "layout-unverified"
        assert "照合されていない" in caught.value.message
        assert os.listdir(tmp_path) == []

    def test_a_row_the_reader_would_refuse_leaves_no_file(self, tmp_path):
        [first, second, *_] = self.good()
        with pytest.raises(ValueError, match="row 2 of ZEI: 課税区分 unknown-code"):
            put(tmp_path, "ZEI", [first, (*second[:4], "7", *second[5:])])
        assert os.listdir(tmp_path) == []

    def test_a_row_of_another_width_leaves_no_file(self, tmp_path):
        with pytest.raises(ValueError, match="shorter"):
            put(tmp_path, "ZEI", [self.good()[0][:-1]])
        assert os.listdir(tmp_path) == []

    def test_rows_that_break_off_leave_the_former_file_as_it_was(self, tmp_path):
        path, _count = put(tmp_path, "ZEI", self.good())
        before = path.read_bytes()

        def breaking():
            yield self.good()[0]
            raise OSError("the disk is gone")

        with pytest.raises(OSError, match="the disk is gone"):
            put(tmp_path, "ZEI", breaking())
        assert path.read_bytes() == before
        assert os.listdir(tmp_path) == [path.name]

    def test_a_failing_rename_leaves_nothing_behind(self, tmp_path, monkeypatch):
        def full(*_):
            raise OSError("no space left")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space left"):
            put(tmp_path, "ZEI", self.good())
        assert os.listdir(tmp_path) == []

    def test_no_rows_make_a_sound_file_of_changes(self, tmp_path):
        path, count = put(tmp_path, "ZEI", [])
        assert (count, back(path, "ZEI")) == (0, [])

    def test_other_users_of_the_machine_cannot_read_it(self, tmp_path):
        path, _count = put(tmp_path, "ZEI", self.good())
        assert path.stat().st_mode & 0o077 == 0
