"""The personnel file in words, for whoever has to make one: its columns and a small example."""

from dataclasses import dataclass
from datetime import date

from audit.personnel.layout import Field, jinji
from audit.personnel.rules import Kind
from kaigo.common import clock

TYPES = {
    "number": "半角の英数字、{length}文字まで", "text": "{length}文字まで", "kana": "カナ、{length}文字まで",
    "date": "日付8桁（例 {today}）",
}  # fmt: skip
APPOINTMENTS = {"permanent": "正規", "reappointed": "再任用", "fixed_term": "任期付"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it is explained."""

    name: str
    words: str
    needed: str


@dataclass(frozen=True, slots=True)
class Example:
    """A file that could be sent today: its name and its lines."""

    name: str
    text: str


def columns() -> list[Column]:
    """The columns of the layout in their order, in words."""
    return [Column(field.name, _words(field), "" if field.optional else "必須") for field in jinji().fields]


def example(office_code: str) -> Example:
    """A file with one hire into an office."""
    today, layout = f"{clock.today():%Y%m%d}", jinji()
    values = {
        "personnel_number": "100001", "name": "青葉　一郎", "kana": "アオバ　イチロウ", "kind": "1",
        "effective_on": today, "office": office_code, "section": "介護保険室", "position": "主事", "appointment": "1",
    }  # fmt: skip
    lines = [
        f"H,{layout.id},{layout.version},{today},1,2,1",
        ",".join(layout.columns),
        ",".join(["D", *(values.get(field.id, "") for field in layout.fields)]),
        "T,1",
    ]
    return Example(f"{layout.id}_{today}_001.csv", "\n".join(lines))


def _words(field: Field) -> str:
    if field.codes:
        return "、".join(f"{code}：{_code(name)}" for code, name in field.codes.items())
    return TYPES[field.type].format(length=field.length, today=f"{date(2026, 4, 1):%Y%m%d}")


def _code(name: str) -> str:
    return APPOINTMENTS.get(name) or Kind(name).label
