"""The layout tables themselves: what they say, and that a wrong one is not used."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from linkage.counterparts.city.files import COLUMNS
from linkage.layouts import LayoutError, all_layouts, document, get_layout, table

SOUND = {
    "id": "TEST",
    "version": "1",
    "name": "試験",
    "valid_from": date(2026, 4, 1),
    "verified": True,
    "note": "for a test",
    "source": "none",
    "encoding": "utf-8",
    "newline": "crlf",
    "key": ["number"],
    "checks": [],
    "fields": [
        {"name": "番号", "id": "number", "type": "digits", "length": 3},
        {"name": "区分", "id": "kind", "type": "code", "codes": {"1": "甲"}},
        {"name": "額", "id": "amount", "type": "yen", "max": 100},
    ],
}


def load(folder, **changed):
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump(SOUND | changed, allow_unicode=True), encoding="utf-8")
    return table.load(path)


def load_field(folder, **changed):
    first, *others = SOUND["fields"]
    return load(folder, fields=[first, others[0] | changed, *others[1:]])


def test_there_are_the_four_incoming_layouts():
    assert [(layout.id, layout.version) for layout in all_layouts()] == [
        ("JUMIN", "1"),
        ("NENKIN", "1"),
        ("SEIHO", "1"),
        ("ZEI", "1"),
    ]


@pytest.mark.parametrize("layout", all_layouts(), ids=lambda layout: layout.id)
def test_no_agreed_layout_passes_for_an_official_one(layout):
    assert layout.verified is False
    assert "agreed" in layout.note


@pytest.mark.parametrize("layout", all_layouts(), ids=lambda layout: layout.id)
def test_both_sides_of_the_connection_agree_on_the_columns(layout):
    """The other systems' side is written apart from these tables: a slip on one side shows here."""
    assert list(layout.columns) == COLUMNS[layout.id]


def test_an_unknown_layout_or_version_is_an_error():
    with pytest.raises(KeyError):
        get_layout("KOKUHO")
    with pytest.raises(KeyError):
        get_layout("ZEI", "2")


def test_a_sound_table_is_read(tmp_path):
    layout = load(tmp_path)
    assert layout.columns == ("レコード区分", "番号", "区分", "額")
    assert layout.index == {"number": 0, "kind": 1, "amount": 2}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"fields": []}, "no fields"),
        ({"fields": SOUND["fields"] * 2}, "twice"),
        ({"fields": ["番号"]}, "no mapping"),
        ({"key": []}, "must name fields"),
        ({"key": ["nobody"]}, "must name fields"),
        ({"key": ["kind"]}, "first of the key"),
        ({"checks": ["no_such_check"]}, "unknown check no_such_check"),
        ({"encoding": "cp932"}, "encoding must be"),
        ({"newline": "lf"}, "newline one of"),
        ({"verified": "no"}, "verified must be bool"),
        ({"version": 1}, "version must be str"),
        ({"valid_from": "2026"}, "valid_from must be date"),
        ({"delimiter": ";"}, "delimiter"),
    ],
)
def test_a_wrong_table_is_refused_by_name(tmp_path, changed, says):
    with pytest.raises(LayoutError, match=r"test\.yaml") as caught:
        load(tmp_path, **changed)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"type": "float"}, "unknown type float"),
        ({"codes": {}}, "codes are for"),
        ({"codes": {1: "甲"}}, "quoted texts"),
        ({"codes": ["1"]}, "codes must be dict"),
        ({"type": "date"}, "codes are for"),
        ({"length": 1}, "a length is for"),
        ({"type": "text", "codes": {}}, "a length is for"),
        ({"max": 5}, "min and max bound"),
        ({"optional": "yes"}, "optional must be bool"),
        ({"type": "count", "codes": {}, "min": 5, "max": 4}, "the smaller first"),
        ({"width": 3}, "width"),
        ({"id": "number"}, "twice"),
        ({"name": "番号"}, "twice"),
    ],
)
def test_a_wrong_field_is_refused_by_name(tmp_path, changed, says):
    with pytest.raises(LayoutError, match=r"test\.yaml") as caught:
        load_field(tmp_path, **changed)
    assert says in str(caught.value)


@pytest.mark.parametrize("missing", sorted(SOUND.keys() - {"checks"}))
def test_a_table_without_one_of_its_parts_is_refused(tmp_path, missing):
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump({k: v for k, v in SOUND.items() if k != missing}), encoding="utf-8")
    with pytest.raises(LayoutError):
        table.load(path)


@pytest.mark.parametrize("text", ["", "- 1", "id: A\nid: B", "id: [", "valid_from: 2026-02-30"])
def test_what_is_no_table_is_refused(tmp_path, text):
    path = tmp_path / "test.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LayoutError, match=r"test\.yaml"):
        table.load(path)


def test_two_tables_of_one_layout_are_refused(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(SOUND), encoding="utf-8")
    monkeypatch.setattr(table, "FOLDER", tmp_path)
    with pytest.raises(LayoutError, match="there already"):
        table._all.__wrapped__()


def test_the_page_for_developers_is_up_to_date():
    """Mend it with `python -m linkage.layouts.document`."""
    assert document.PAGE.read_text(encoding="utf-8") == document.page()


def test_the_page_explains_every_type_and_every_field():
    page = document.page()
    assert set(document.TYPES) == table.TYPES
    for layout in all_layouts():
        for item in layout.fields:
            assert f"| {item.name} | `{item.id}` | {item.type} |" in page


def test_tables_are_shipped_beside_the_code():
    assert {path.name for path in Path(table.__file__).parent.glob("*.yaml")} == {
        f"{layout.id.lower()}.yaml" for layout in all_layouts()
    }
