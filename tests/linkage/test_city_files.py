"""The files of the invented city: same bytes, right frame, memory that does not grow, clear refusals."""

import hashlib
import json
import tracemalloc
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from kaigo.common.refusal import Refusal
from linkage.counterparts.city import CityConfig, make_city
from linkage.counterparts.city.files import quoted
from tests.linkage.city_files import city


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_same_arguments_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        make_city(CityConfig(150, faulty=0.02), tmp_path / name)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert len(digests(tmp_path / "one")) == 6


@pytest.mark.parametrize("other", [{"seed": 2}, {"year": 2025}, {"insured": 101}])
def test_other_arguments_give_other_people(tmp_path, other):
    make_city(CityConfig(**{"insured": 100, **other}), tmp_path / "other")
    make_city(CityConfig(100), tmp_path / "city")
    assert not set(digests(tmp_path / "other").values()) & set(digests(tmp_path / "city").values())


def test_a_second_city_replaces_the_first(tmp_path):
    make_city(CityConfig(60, year=2025), tmp_path)
    make_city(CityConfig(60), tmp_path)
    make_city(CityConfig(60), tmp_path / "fresh" / "deep")
    (tmp_path / "fresh" / "deep").rename(tmp_path.parent / f"{tmp_path.name}-fresh")
    (tmp_path / "fresh").rmdir()
    assert digests(tmp_path) == digests(tmp_path.parent / f"{tmp_path.name}-fresh")


def test_files_have_the_frame_of_their_layout():
    found = city()
    assert list(found.files) == [
        "JUMIN_20260605_001.csv",
        "NENKIN_20260605_001.csv",
        "SEIHO_20260605_001.csv",
        "ZEI_20260605_001.csv",
        "ZEI_20260612_002.csv",
    ]
    for name, file in found.files.items():
        layout, created, serial = name.removesuffix(".csv").split("_")
        kind = "2" if serial == "002" else "1"
        assert file.control == ["H", layout, "1", created, str(int(serial)), kind, str(len(file.rows))]
        assert file.trailer == ["T", str(len(file.rows))]
        assert {row["レコード区分"] for row in file.rows} == {"D"}


@pytest.mark.parametrize(
    ("layout", "first", "last", "count"),
    [
        ("JUMIN", "レコード区分", "住民票コード", 41),
        ("ZEI", "レコード区分", "障害者等区分", 18),
        ("SEIHO", "レコード区分", "ケース番号", 7),
        ("NENKIN", "レコード区分", "前年度2月特別徴収額", 10),
    ],
)
def test_columns_are_those_of_the_layout(layout, first, last, count):
    columns = city().file(layout).columns
    assert (columns[0], columns[-1], len(columns)) == (first, last, count)


def test_rows_come_in_the_order_of_their_numbers_without_repeats():
    keys = [(row["宛名番号"], int(row["履歴番号"])) for row in city().file("JUMIN").rows]
    assert keys == sorted(set(keys))
    for layout, serial in (("ZEI", 1), ("ZEI", 2), ("NENKIN", 1)):
        numbers = [row["宛名番号"] for row in city().file(layout, serial).rows]
        assert len(numbers) == len(set(numbers))


def test_every_history_counts_from_one():
    for rows in city().histories().values():
        assert [int(row["履歴番号"]) for row in rows] == list(range(1, len(rows) + 1))


def test_fields_with_commas_and_quotation_marks_are_quoted():
    assert quoted('メゾン"緑",別館') == '"メゾン""緑"",別館"'
    assert quoted("都町") == "都町"
    fields = [value for row in city().file("JUMIN").rows for value in (row["氏名"], row["方書"])]
    assert any("," in value for value in fields)
    assert any('"' in value for value in fields)


def test_file_names_and_the_manifest_hold_no_names_of_persons():
    found = city(500, 0.05)
    text = found.manifest.as_json()
    assert not any(row["氏名"] in text or row["個人番号"] in text for row in found.file("JUMIN").rows)


def test_the_manifest_describes_the_files(tmp_path):
    make_city(CityConfig(120), tmp_path)
    data = json.loads((tmp_path / "city.json").read_text(encoding="utf-8"))
    assert (data["seed"], data["year"], data["as_of"], data["insured"]) == (1, 2026, "2026-06-05", 120)
    for record in data["files"]:
        content = (tmp_path / record["name"]).read_bytes()
        assert record["size"] == len(content)
        assert record["sha256"] == hashlib.sha256(content).hexdigest()
        assert record["rows"] == content.count(b"\r\n") - 3


def test_memory_does_not_grow_with_the_city(tmp_path):
    def peak(insured):
        tracemalloc.start()
        make_city(CityConfig(insured), tmp_path / str(insured))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)  # imports and caches
    small, large = peak(1_000), peak(2_000)
    assert large < small + 4_000_000


def test_progress_reports_people_and_every_file(tmp_path):
    seen = []
    make_city(CityConfig(1_200), tmp_path, lambda *step: seen.append(step))
    assert seen[:2] == [("世帯と住民", 1_000, 1_200), ("世帯と住民", 1_200, 1_200)]
    assert [stage for stage, _, _ in seen[2:]] == city_names(tmp_path)
    assert seen[-1][1:] == (5, 5)


def city_names(folder):
    return [record["name"] for record in json.loads((folder / "city.json").read_text(encoding="utf-8"))["files"]]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"insured": 0}, "city.insured"),
        ({"insured": -5}, "city.insured"),
        ({"insured": 3_000_000}, "city.insured"),
        ({"year": 2019}, "city.year"),
        ({"as_of": date(2026, 3, 31)}, "city.as_of"),
        ({"as_of": date(2027, 4, 1)}, "city.as_of"),
        ({"faulty": -0.1}, "city.faulty"),
        ({"faulty": 0.6}, "city.faulty"),
    ],
)
def test_arguments_that_make_no_city_are_refused(arguments, code):
    with pytest.raises(Refusal) as refused:
        CityConfig(**{"insured": 10, **arguments})
    assert refused.value.code == code
    assert refused.value.ways


@pytest.mark.parametrize(
    ("year", "day"), [(2026, date(2026, 6, 5)), (2025, date(2025, 6, 6)), (2024, date(2024, 6, 7))]
)
def test_the_usual_day_is_the_first_friday_of_june(year, day):
    assert CityConfig(1, year=year).as_of == day
    assert day.weekday() == 4


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "memo.txt").write_text("大事", encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        make_city(CityConfig(10), tmp_path)
    assert refused.value.code == "city.out"
    assert [path.name for path in tmp_path.iterdir()] == ["memo.txt"]


def test_files_that_no_city_explains_are_left_alone(tmp_path):
    real = tmp_path / "ZEI_20260605_001.csv"
    real.write_text("H\r\n", encoding="utf-8")
    with pytest.raises(Refusal):
        make_city(CityConfig(10), tmp_path)
    assert real.read_text(encoding="utf-8") == "H\n"


def test_what_a_killed_run_left_is_replaced(tmp_path):
    for left in (
        "city.json.part",
        "JUMIN_20260605_001.csv",
        "ZEI_20260605_001.csv.tmp",
        "NENKIN_20260605_001.csv.part",
    ):
        (tmp_path / left).write_text("half")
    make_city(CityConfig(30), tmp_path)
    make_city(CityConfig(30), tmp_path / "fresh")
    found = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert found == {path.name for path in (tmp_path / "fresh").iterdir()}
    assert "city.json" in found


def test_an_output_that_is_a_file_is_refused(tmp_path):
    target = tmp_path / "out"
    target.write_text("")
    with pytest.raises(Refusal) as refused:
        make_city(CityConfig(10), target)
    assert refused.value.code == "city.out"


def test_a_full_disk_is_refused_and_leaves_no_city(tmp_path, monkeypatch):
    def no_space(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("linkage.counterparts.city.files.os.replace", no_space)
    with pytest.raises(Refusal) as refused:
        make_city(CityConfig(10), tmp_path)
    assert refused.value.code == "city.out"
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_what_it_made(tmp_path):
    out, err = StringIO(), StringIO()
    call_command("make_city", "--insured", "40", "--out", str(tmp_path), stdout=out, stderr=err)
    assert "第1号被保険者 40人" in out.getvalue()
    assert "JUMIN_20260605_001.csv" in out.getvalue()
    assert "世帯と住民: 40 / 40" in err.getvalue()


@pytest.mark.parametrize(
    "arguments", [["--insured", "0"], ["--year", "1999"], ["--as-of", "六月五日"], ["--as-of", "2020-01-01"]]
)
def test_the_command_refuses_in_japanese(tmp_path, arguments):
    with pytest.raises(CommandError, match=r"ください|ありません|外です|読み取れません"):
        call_command("make_city", "--out", str(tmp_path), *arguments)
    assert list(tmp_path.iterdir()) == []
