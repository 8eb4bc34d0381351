"""Rows that are wrong on purpose: which kinds there are, where they fall and what they spoil."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from linkage.counterparts.city.calendar import date8, era7
from linkage.counterparts.city.dice import Dice
from linkage.counterparts.city.people import DEAD, Person, Reason

ROW, CONTEXT, KEY, REFERENCE = "row", "context", "key", "reference"
"""What a reader needs to see the fault: the row alone, the row with the day of the file or the list of wards,
the rows before it, or the resident file."""

Spoil = Callable[[dict[str, str], Person, date], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault. `adds`: the wrong row comes in addition to the good one."""

    kind: str
    level: str
    column: str
    spoil: Spoil
    adds: bool = False


def _put(column: str, value: str) -> Spoil:
    def spoil(row: dict[str, str], _person: Person, _as_of: date) -> None:
        row[column] = value

    return spoil


def _nothing(_row: dict[str, str], _person: Person, _as_of: date) -> None:
    """A duplicate is the good row once more."""


def _future_birth(row: dict[str, str], _person: Person, as_of: date) -> None:
    row["生年月日"] = era7(date(as_of.year + 1, 9, 1))


def _death_before_birth(row: dict[str, str], person: Person, _as_of: date) -> None:
    day = date8(date(person.born.year - 1, 12, 1))
    row.update({"異動事由コード": Reason.DEATH, "異動年月日": day, "住民状態": DEAD})
    row.update({"住民となった日": day, "住民でなくなった日": day})


def _wrong_check_digit(row: dict[str, str], _person: Person, _as_of: date) -> None:
    number = row["個人番号"]
    row["個人番号"] = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"


def _long_name(row: dict[str, str], _person: Person, _as_of: date) -> None:
    row["氏名"] = (row["氏名"] * 80)[:96]


def _stranger(row: dict[str, str], person: Person, _as_of: date) -> None:
    row["宛名番号"] = f"{person.number + 1:015}"  # the register leaves this number free


_UNKNOWN_PERSON = Fault("unknown_person", REFERENCE, "宛名番号", _stranger, adds=True)
_DUPLICATE = Fault("duplicate", KEY, "宛名番号", _nothing, adds=True)

FAULTS: dict[str, tuple[Fault, ...]] = {
    "JUMIN": (
        Fault("impossible_date", ROW, "生年月日", _put("生年月日", "3640230")),
        Fault("future_birth", CONTEXT, "生年月日", _future_birth),
        Fault("death_before_birth", CONTEXT, "住民でなくなった日", _death_before_birth),
        Fault("wrong_check_digit", ROW, "個人番号", _wrong_check_digit),
        Fault("unknown_ward", CONTEXT, "区コード", _put("区コード", "12199")),
        _DUPLICATE,
        Fault("missing_kana", ROW, "氏名カナ", _put("氏名カナ", "")),
        Fault("unknown_code", ROW, "続柄コード", _put("続柄コード", "99")),
        Fault("too_long_name", ROW, "氏名", _long_name),
    ),
    "ZEI": (
        _UNKNOWN_PERSON,
        Fault("negative_amount", ROW, "合計所得金額", _put("合計所得金額", "-120000")),
        Fault("not_a_number", ROW, "公的年金等収入額", _put("公的年金等収入額", "12A000")),
        _DUPLICATE,
        Fault("unknown_code", ROW, "課税区分", _put("課税区分", "9")),
        Fault("impossible_date", ROW, "異動年月日", _put("異動年月日", "20260230")),
    ),
    "SEIHO": (
        _UNKNOWN_PERSON,
        Fault("impossible_date", ROW, "開始年月日", _put("開始年月日", "20250230")),
        _DUPLICATE,
        Fault("unknown_code", ROW, "種別", _put("種別", "7")),
        Fault("missing_value", ROW, "ケース番号", _put("ケース番号", "")),
    ),
    "NENKIN": (
        _UNKNOWN_PERSON,
        Fault("negative_amount", ROW, "年金年額", _put("年金年額", "-120000")),
        _DUPLICATE,
        Fault("not_a_number", ROW, "前年度2月特別徴収額", _put("前年度2月特別徴収額", "8,O00")),
        Fault("unknown_code", ROW, "特別徴収状態", _put("特別徴収状態", "8")),
        Fault("missing_value", ROW, "基礎年金番号", _put("基礎年金番号", "")),
    ),
}


class Sprinkler:
    """Lets the stated share of a file's rows be wrong, spread evenly over the file and over the kinds."""

    def __init__(self, layout: str, share: float, dice: Dice) -> None:
        self._faults = FAULTS[layout]
        self._share = share
        self._due = dice.random()
        self._next = dice.between(0, len(self._faults) - 1)

    def draw(self, *, eligible: bool) -> Fault | None:
        """The fault of this row, if it is one's turn; a row that is not eligible passes it on to the next one."""
        self._due += self._share
        if self._due < 1 or not eligible:
            return None
        self._due -= 1
        self._next += 1
        return self._faults[self._next % len(self._faults)]
