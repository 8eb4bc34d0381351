"""From the text of a field to its value: one conversion a field, prepared once a file and remembered."""

from collections.abc import Callable
from datetime import date
from typing import Any

from kaigo.common.checkdigits import is_individual_number, is_insurer_number
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import check_birth, parse_era7
from linkage.layouts.table import Field

Convert = Callable[[str], Any]
EARLIEST = 1868  # the calendar of the eras begins
AHEAD = 10  # years: no day of a register lies further ahead; 99991231 for "no end" was not agreed
YEN_DIGITS = 12
MINUS = frozenset("-－−‐―▲△")
REMEMBERED = {"date": 60_000, "birth": 60_000}  # every day there can be
REMEMBERED_ELSE = 4_096
# Nearly every row has its own: remembering these would cost more than converting them.
HIGH_CARDINALITY = {"yen", "text", "digits", "individual_number"}


class Bad(Exception):
    """A value that cannot be used: code and reason, without the value."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


MISSING = Bad("missing", "必ず要る項目が空です。")


class Remembered(dict[str, Any]):
    """Values by their text, converted when first met; holds at most `limit`, so that memory stays flat.

    Its `__getitem__` is the conversion: for a text met before it costs no Python call.
    """

    def __init__(self, convert: Convert, limit: int) -> None:
        super().__init__()
        self._convert = convert
        self._limit = limit

    def __missing__(self, text: str) -> Any:
        value = self._convert(text)
        if len(self) < self._limit:
            self[text] = value
        return value


def converter(item: Field, today: date) -> Convert:
    """The conversion of a field. It raises Bad for a text that cannot be used.

    An optional empty field becomes an empty text, or None where the values are not texts. `today` limits births,
    years and days.
    """
    convert = _MAKERS[item.type](item, today)
    if item.type in HIGH_CARDINALITY and not item.optional:
        return convert
    remembered = Remembered(convert, REMEMBERED.get(item.type, REMEMBERED_ELSE))
    if item.optional:
        remembered[""] = "" if item.is_text else None
    return remembered.__getitem__


def fault(convert: Convert, text: str) -> Bad | None:
    """Why the text cannot be used, or nothing; an empty one is missing, whatever its type."""
    try:
        convert(text)
    except Bad as bad:
        return bad if text else MISSING
    return None


def day8(text: str) -> date:
    """The day of eight digits yyyymmdd. Raises Bad for other texts and for days that never were."""
    if not _is_number(text, 8):
        raise Bad("not-date", "日付（西暦年月日の数字8桁）ではありません。")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise Bad("impossible-date", "そのような日はありません。年・月・日を確かめてください。") from None


def _is_number(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _digits(item: Field, _today: date) -> Convert:
    length = item.length

    def convert(text: str) -> str:
        if len(text) == length and text.isascii() and text.isdigit():
            return text
        raise Bad("not-digits", f"{length}桁の数字（半角、前は0で埋める）ではありません。")

    return convert


def _count(item: Field, _today: date) -> Convert:
    least, most = item.min, item.max or 1_000_000

    def convert(text: str) -> int:
        if not (text.isascii() and text.isdigit()):
            raise Bad("not-number", "整数（半角数字）ではありません。")
        if len(text) > 9 or not least <= int(text) <= most:
            raise Bad("out-of-range", f"{least}から{most:,}までの数ではありません。")
        return int(text)

    return convert


def _yen(item: Field, _today: date) -> Convert:
    most = item.max or 10**YEN_DIGITS - 1

    def convert(text: str) -> int:
        if text == "0":  # most amounts of a city are none
            return 0
        if text.isdigit() and text.isascii() and len(text) <= YEN_DIGITS:
            value = int(text)
            if value <= most:
                return value
        raise _not_yen(item.name, text, most)

    return convert


def _not_yen(name: str, text: str, most: int) -> Bad:
    if text[:1] in MINUS:
        return Bad("negative-amount", f"負の{name}は受け取れません。金額は0以上の数字だけで書きます。")
    if text.isdigit() and text.isascii():
        return Bad("out-of-range", f"{most:,}円を超えています。桁を確かめてください。")
    return Bad("not-amount", "円単位の金額（半角数字だけ、区切りなし）ではありません。")


def _year(_item: Field, today: date) -> Convert:
    last = today.year + 1

    def convert(text: str) -> int:
        if _is_number(text, 4) and 2000 <= int(text) <= last:
            return int(text)
        raise Bad("not-year", f"年度（西暦4桁、2000から{last}まで）ではありません。")

    return convert


def _month(_item: Field, today: date) -> Convert:
    def convert(text: str) -> str:
        if _is_number(text, 6) and EARLIEST <= int(text[:4]) <= today.year + AHEAD and 1 <= int(text[4:]) <= 12:
            return text
        raise Bad("not-month", "年月（西暦4桁と月2桁）ではありません。")

    return convert


def _code(item: Field, _today: date) -> Convert:
    known = "・".join(f"{code}={name}" for code, name in item.codes.items())

    def convert(text: str) -> str:
        if text in item.codes:
            return text
        raise Bad("unknown-code", f"コード表にない値です（{known}）。")

    return convert


def _text(item: Field, _today: date) -> Convert:
    length = item.length

    def convert(text: str) -> str:
        if len(text) > length:
            raise Bad("too-long", f"{len(text):,}文字あります（{length}文字まで）。")
        if not text or text.isspace():
            raise MISSING
        return text

    return convert


def _date(_item: Field, today: date) -> Convert:
    last = today.year + AHEAD

    def convert(text: str) -> date:
        day = day8(text)
        if not EARLIEST <= day.year <= last:
            raise Bad("date-out-of-range", f"西暦{EARLIEST}年から{last}年までの日ではありません。")
        return day

    return convert


def _birth(_item: Field, today: date) -> Convert:
    codes = {"date-impossible": "impossible-date", "date-unreadable": "not-date"}

    def convert(text: str) -> date:
        try:
            day = parse_era7(text)
            check_birth(day, today)
        except Refusal as refusal:
            raise Bad(codes.get(refusal.code, refusal.code), refusal.message) from None
        return day

    return convert


def _individual_number(_item: Field, _today: date) -> Convert:
    def convert(text: str) -> str:
        if is_individual_number(text):
            return text
        raise Bad("check-digit", "検査数字が合わないか、12桁の数字ではありません。")

    return convert


def _insurer_number(_item: Field, _today: date) -> Convert:
    def convert(text: str) -> str:
        if is_insurer_number(text):
            return text
        raise Bad("check-digit", "検査数字が合わないか、6桁の数字ではありません。")

    return convert


_MAKERS: dict[str, Callable[[Field, date], Convert]] = {
    "digits": _digits,
    "count": _count,
    "yen": _yen,
    "year": _year,
    "month": _month,
    "code": _code,
    "text": _text,
    "date": _date,
    "birth": _birth,
    "individual_number": _individual_number,
    "insurer_number": _insurer_number,
}
