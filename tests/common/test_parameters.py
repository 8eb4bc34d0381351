"""Dated parameters: what is in force on a day, and what is refused with file and name."""

from datetime import date
from decimal import Decimal

import pytest

from kaigo.common.parameters import ParameterError, load

PLAIN = """
parameters:
  limit:
    title: 上限額
    kind: yen
    values:
      - {from: 2024-04-01, to: 2025-03-31, value: 800000, source: 令38条}
      - {from: 2025-04-01, value: 809000, source: 令38条（改正後）, confidence: M, note: 要確認}
"""


@pytest.fixture
def room(tmp_path):
    """Write parameter files of a room and load it."""

    def write(text=PLAIN, name="national.yaml", **more):
        folder = tmp_path / "room" / "parameters"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
        for other, content in more.items():
            (folder / f"{other}.yaml").write_text(content, "utf-8")
        return load(tmp_path / "room")

    return write


def one(kind, value, extra=""):
    return (
        f"parameters:\n  item:\n    kind: {kind}\n{extra}"
        f"    values:\n      - from: 2024-04-01\n        source: 条例\n        value: {value}\n"
    )


@pytest.mark.parametrize(
    ("day", "value", "source"),
    [
        (date(2024, 4, 1), 800_000, "令38条"),
        (date(2025, 3, 31), 800_000, "令38条"),
        (date(2025, 4, 1), 809_000, "令38条（改正後）"),
        (date(2099, 1, 1), 809_000, "令38条（改正後）"),
    ],
)
def test_the_value_in_force_on_a_day_with_its_source(room, day, value, source):
    found = room().resolve(day)
    assert (found.get("limit"), found.source("limit")) == (value, source)


def test_a_day_without_a_value_is_refused_by_name(room):
    with pytest.raises(ParameterError, match=r"limit.*上限額.*2024-03-31"):
        room().resolve(date(2024, 3, 31))


def test_a_name_that_is_not_declared_is_a_defect_of_the_caller(room):
    with pytest.raises(KeyError):
        room().resolve(date(2025, 4, 1)).get("limits")


def test_the_digest_changes_with_any_value_source_or_day_and_with_nothing_else(room):
    book = room()
    base = book.resolve(date(2025, 4, 1)).sha256
    row = {"name": "limit", "from": date(2025, 4, 1), "value": 809_000, "source": "令38条（改正後）"}
    digests = {
        base,
        book.resolve(date(2026, 4, 1)).sha256,
        book.resolve(date(2025, 4, 1), [{**row, "value": 809_001}]).sha256,
        book.resolve(date(2025, 4, 1), [{**row, "source": "市条例"}]).sha256,
    }
    assert len(digests) == 4
    assert book.resolve(date(2025, 4, 1)).sha256 == base
    assert len(base) == 64


def test_the_set_as_json_names_value_days_source_and_origin(room):
    assert room().resolve(date(2025, 4, 1)).as_json() == {
        "limit": {
            "value": 809_000,
            "from": "2025-04-01",
            "to": None,
            "source": "令38条（改正後）",
            "origin": "national.yaml",
        }
    }


def test_a_set_cannot_be_changed(room):
    found = room().resolve(date(2025, 4, 1))
    with pytest.raises(TypeError):
        found.entries["limit"] = None
    with pytest.raises(AttributeError):
        found.day = date(2026, 4, 1)


class TestOfficeRows:
    ROW = {
        "name": "limit",
        "from": date(2025, 10, 1),
        "to": date(2025, 12, 31),
        "value": 810_000,
        "source": "市条例1条",
    }

    def test_win_over_the_shipped_value_on_their_days_only(self, room):
        book = room()
        found = [
            book.resolve(day, [self.ROW]).get("limit")
            for day in (date(2025, 9, 30), date(2025, 10, 1), date(2026, 1, 1))
        ]
        assert found == [809_000, 810_000, 809_000]

    def test_may_fill_days_for_which_nothing_is_shipped(self, room):
        row = {**self.ROW, "from": date(2020, 4, 1), "to": date(2024, 3, 31)}
        assert room().resolve(date(2021, 4, 1), [row]).get("limit") == 810_000

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"name": "limits"}, "name"),
            ({"value": "810000"}, "value"),
            ({"value": -1}, "value"),
            ({"value": 810000.0}, "value"),
            ({"value": True}, "value"),
            ({"source": " "}, "source"),
            ({"from": "2025-10-01"}, "from"),
            ({"to": date(2025, 9, 30)}, "from"),
            ({"confidence": "X"}, "confidence"),
        ],
    )
    def test_are_refused_at_their_field_when_wrong(self, room, change, field):
        with pytest.raises(ParameterError) as refusal:
            room().resolve(date(2025, 10, 1), [{**self.ROW, **change}])
        assert refusal.value.field == field
        assert refusal.value.ways

    def test_are_refused_when_they_overlap_each_other(self, room):
        with pytest.raises(ParameterError, match="重なって"):
            room().check_overrides([self.ROW, {**self.ROW, "from": date(2025, 12, 31), "to": None}])

    def test_are_refused_with_an_unknown_or_missing_item(self, room):
        without = {key: value for key, value in self.ROW.items() if key != "source"}
        for row in ({**self.ROW, "untl": None}, without):
            with pytest.raises(ParameterError, match="項目が正しくありません"):
                room().check_overrides([row])


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("yen", "0", 0),
        ("permille", "285", 285),
        ("int", "-5", -5),
        ("rate", '"0.073"', Decimal("0.073")),
        ("text", "はい", "はい"),
        ("flag", "false", False),
        ("date", "2026-02-28", date(2026, 2, 28)),
        ("month_day", '"12-31"', "12-31"),
    ],
)
def test_each_kind_keeps_its_value(room, kind, written, value):
    found = room(one(kind, written)).resolve(date(2025, 4, 1)).get("item")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("yen", "-1"),
        ("yen", "1.5"),
        ("yen", '"100"'),
        ("yen", "true"),
        ("permille", "0.285"),
        ("int", "[]"),
        ("rate", "0.073"),
        ("rate", '"7.3%"'),
        ("rate", '"NaN"'),
        ("rate", '"-0.1"'),
        ("text", '"  "'),
        ("flag", '"yes"'),
        ("date", "2026-02"),
        ("month_day", '"13-01"'),
        ("month_day", "12-31x"),
    ],
)
def test_each_kind_refuses_what_it_is_not_and_names_file_and_key(room, kind, written):
    with pytest.raises(ParameterError, match=r"national\.yaml 「item」"):
        room(one(kind, written))


def test_limits_and_choices_are_kept(room):
    with pytest.raises(ParameterError, match="3 以下"):
        room(one("int", "4", "    maximum: 3\n"))
    with pytest.raises(ParameterError, match="1 以上"):
        room(one("int", "0", "    minimum: 1\n"))
    with pytest.raises(ParameterError, match="down, up"):
        room(one("enum", "floor", "    choices: [down, up]\n"))
    with pytest.raises(ParameterError, match="1, 10"):
        room(one("enum", "true", "    choices: [1, 10]\n"))


class TestTable:
    COLUMNS = "    columns:\n      tier: {kind: int}\n      amount: {kind: yen, optional: true}\n"

    def test_rows_are_immutable_and_optional_cells_are_none(self, room):
        (row,) = room(one("table", "[{tier: 1}]", self.COLUMNS)).resolve(date(2025, 4, 1)).get("item")
        assert dict(row) == {"tier": 1, "amount": None}
        with pytest.raises(TypeError):
            row["tier"] = 2

    @pytest.mark.parametrize(
        ("written", "reason"),
        [
            ("[]", "1つ以上"),
            ("[1]", "1行目"),
            ("[{tier: 1}, {amount: 2}]", "2行目: 「tier」がありません"),
            ("[{tier: 1, amont: 2}]", "amont"),
            ("[{tier: 1, amount: -2}]", "1行目 「amount」"),
        ],
    )
    def test_a_wrong_row_is_named_by_number_and_column(self, room, written, reason):
        with pytest.raises(ParameterError, match=reason):
            room(one("table", written, self.COLUMNS))

    def test_lists_check_their_elements(self, room):
        assert room(one("list", "[6, 7]", "    of: int\n")).resolve(date(2025, 4, 1)).get("item") == (6, 7)
        with pytest.raises(ParameterError, match="整数"):
            room(one("list", "[6, x]", "    of: int\n"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("2025-04-01, value", "2025-03-31, value"), "重なって"),
        (("2025-04-01, value", "2025-04-02, value"), "値のない期間"),
        ((", to: 2025-03-31", ""), "重なって"),
        (("to: 2025-03-31", "to: 2024-03-31"), "from 以後"),
        (("source: 令38条}", 'source: ""}'), "source"),
        ((", source: 令38条}", "}"), "不足"),
        (("note: 要確認", "nota: 要確認"), "nota"),
        (("kind: yen", "kind: money"), "知らない型"),
        (("kind: yen", "knd: yen"), "knd"),
        (("confidence: M", "confidence: Z"), "confidence"),
        (("2024-04-01", "2024-02-30"), "YAML"),
        (("limit:", "limit: &a"), None),
        (("parameters:", "parameter:"), "parameters"),
        (("    kind: yen\n", "    kind: yen\n    kind: int\n"), "2回"),
        (("title: 上限額", "title: [上限額"), "行目"),
    ],
)
def test_a_wrong_file_is_refused_at_load_with_its_name(room, change, reason):
    text = PLAIN.replace(*change, 1)
    if reason is None:  # an anchor is fine
        assert room(text).resolve(date(2025, 4, 1)).get("limit") == 809_000
        return
    with pytest.raises(ParameterError, match=reason) as refusal:
        room(text)
    assert "national.yaml" in refusal.value.message


def test_missing_values_empty_rooms_and_repeated_names_are_refused(room, tmp_path):
    with pytest.raises(ParameterError, match="1つもありません"):
        room("parameters:\n  item: {kind: yen, values: []}\n")
    with pytest.raises(ParameterError, match="ほかのファイル"):
        room(PLAIN, other=PLAIN)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ParameterError, match="ファイルがありません"):
        load(tmp_path / "empty")


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    folder = tmp_path / "room" / "parameters"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_bytes("parameters: 上限".encode("cp932"))
    with pytest.raises(ParameterError, match="UTF-8"):
        load(tmp_path / "room")
