"""The frame and the fields of a personnel file: what is taken, what is refused whole, what is refused by row."""

from datetime import date

import pytest

from audit.personnel import described, reading
from audit.personnel.layout import jinji, parse
from audit.personnel.reading import read
from kaigo.common import clock
from kaigo.common.refusal import Refusal
from tests.personnel.example_file import personnel_file, row

TODAY = date(2026, 11, 24)


def test_a_sound_file_tells_what_it_is():
    file = read(personnel_file(row(), row(number="100002"), serial=7), today=TODAY)
    assert (file.created_on, file.serial, file.is_full, len(file.rows)) == (date(2026, 11, 20), 7, False, 2)
    line, values = file.rows[0]
    assert (line, values["personnel_number"], values["kind"], values["effective_on"]) == (
        3, "100001", "hire", date(2026, 11, 1),
    )  # fmt: skip


def test_a_file_of_changes_may_be_empty_and_a_full_one_may_not():
    assert read(personnel_file(), today=TODAY).rows == []
    with pytest.raises(Refusal) as refused:
        read(personnel_file(full=True), today=TODAY)
    assert refused.value.code == "file-empty"


COLUMNS = list(jinji().columns)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (personnel_file(row(), encoding="cp932"), "file-encoding"),
        (b"\xef\xbb\xbf" + personnel_file(row()), "file-encoding"),
        (personnel_file(row(), end="\n"), "file-newline"),
        (personnel_file(row())[:-2], "file-truncated"),
        (personnel_file(row())[:-5], "file-truncated"),
        (personnel_file(row(), control="H,JINJI,1,20261120,1,2"), "file-control"),
        (personnel_file(row(), control="H,JUMIN,1,20261120,1,2,1"), "file-layout"),
        (personnel_file(row(), control="H,JINJI,2,20261120,1,2,1"), "file-layout"),
        (personnel_file(row(), control="H,JINJI,1,20261132,1,2,1"), "file-control"),
        (personnel_file(row(), control="H,JINJI,1,20261120,x,2,1"), "file-control"),
        (personnel_file(row(), control="H,JINJI,1,20261120,1,9,1"), "file-control"),
        (personnel_file(row(), created=date(2026, 11, 25)), "file-future"),
        (personnel_file(row(), columns=[*COLUMNS, "給与号給"]), "file-columns"),
        (personnel_file(row(), columns=COLUMNS[:-1]), "file-columns"),
        (personnel_file(row(), columns=COLUMNS[::-1]), "file-columns"),
        (personnel_file(row(), promised=2), "file-count"),
        (personnel_file(row(), trailer=2), "file-count"),
        (personnel_file(row(), trailer="x"), "file-truncated"),
        (b"H\r\n", "file-control"),
    ],
)
def test_refused_whole(content, code):
    with pytest.raises(Refusal) as refused:
        read(content, today=TODAY)
    assert refused.value.code == code


def test_an_unexpected_column_is_named():
    with pytest.raises(Refusal, match="給与号給"):
        read(personnel_file(row(), columns=[*COLUMNS, "給与号給"]), today=TODAY)


def test_a_file_that_is_too_large_is_refused_before_it_is_taken_apart(monkeypatch):
    monkeypatch.setattr(reading, "LARGEST", 10)
    with pytest.raises(Refusal, match="20MiB"):
        read(personnel_file(row()), today=TODAY)


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"number": ""}, "missing", "職員番号"),
        ({"number": "１００００１"}, "not-digits", "職員番号"),
        ({"number": "1" * 21}, "too-long", "職員番号"),
        ({"name": ""}, "missing", "氏名"),
        ({"name": "青\x07葉"}, "control-character", "氏名"),
        ({"kana": "青葉"}, "not-kana", "カナ"),
        ({"kind": "9"}, "unknown-code", "発令区分"),
        ({"effective_on": "R081101"}, "not-date", "発令日"),
        ({"effective_on": "20261131"}, "impossible-date", "発令日"),
        ({"effective_on": "19000101"}, "date-out-of-range", "発令日"),
        ({"appointment": "8"}, "unknown-code", "任用区分"),
        ({"section": "あ" * 41}, "too-long", "係"),
        ({"name": "青葉,一郎"}, "row-shape", ""),
        ({"name": '"青葉"'}, "row-shape", ""),
    ],
)
def test_refused_by_row(fields, code, field):
    faults = parse(",".join(["D", *row(**fields)]))
    assert [(fault.code, fault.field) for fault in faults] == [(code, field)]


def test_everything_that_is_wrong_with_a_row_is_told_at_once():
    faults = parse(",".join(["D", *row(name="", kind="9")]))
    assert [fault.code for fault in faults] == ["missing", "unknown-code"]


def test_half_width_kana_become_what_the_register_holds():
    assert parse(",".join(["D", *row(kana="ｱｵﾊﾞ ｲﾁﾛｳ")]))["kana"] == "アオバ　イチロウ"


def test_a_trailing_line_that_is_no_row_is_counted_as_one():
    broken = personnel_file(row()).replace(b"\r\nT,", b"\r\nX\r\nT,")
    with pytest.raises(Refusal) as refused:
        read(broken, today=TODAY)
    assert refused.value.code == "file-count"


def test_the_example_that_is_shown_is_a_sound_file():
    with clock.at(TODAY):
        shown = described.example("01")
    file = read(shown.text.replace("\n", "\r\n").encode() + b"\r\n", today=TODAY)
    assert [values["office"] for _, values in file.rows] == ["01"]
    assert shown.name == "JINJI_20261124_001.csv"


def test_every_column_is_explained():
    found = {column.name: column for column in described.columns()}
    assert list(found) == [field.name for field in jinji().fields]
    assert found["発令区分"].words.startswith("1：採用、2：異動")
    assert (found["氏名"].needed, found["係"].needed) == ("必須", "")
    assert all(column.words for column in found.values())
