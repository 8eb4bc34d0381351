"""口座の規則, pure: what the bank transfer format (全銀協) takes, and ゆうちょ記号番号 turned into it."""

import re
import unicodedata
from typing import NamedTuple

YUCHO = "9900"
# 全銀協: digits, upper-case letters, kana without the small ones, and these signs
HOLDER = re.compile(r"[0-9A-Zｦｱ-ﾟ()\-./｢｣,¥ ]{1,30}")
SMALL = str.maketrans("ｧｨｩｪｫｬｭｮｯｰ", "ｱｲｳｴｵﾔﾕﾖﾂ-")


class AccountError(ValueError):
    """An account that no bank would take; the message is for the screen."""


class Account(NamedTuple):
    """店番 (three digits), 預金種目 and 口座番号 (seven digits)."""

    branch_code: str
    kind: str
    number: str


def from_yucho(symbol: str, number: str) -> Account:
    """ゆうちょ銀行の記号・番号 as 店番・預金種目・口座番号 (as the bank publishes the conversion).

    A 通常貯金 symbol is five digits, 1…0: branch is the second and third digit and 8, the number loses its last digit
    (always 1). A 振替口座 symbol begins with 0: branch is the second and third digit and 9, the number stays.
    Raises AccountError for anything else.
    """
    symbol, number = _digits(symbol), _digits(number)
    if not re.fullmatch(r"[01][0-9]{4}", symbol) or not re.fullmatch("[0-9]{2,8}", number):
        raise AccountError("ゆうちょ銀行の記号は5桁、番号は8桁までの数字です。通帳を見直してください。")
    if symbol[0] == "1":
        if number[-1] != "1":
            raise AccountError("通常貯金の番号は、最後が1です。通帳を見直してください。")
        return Account(f"{symbol[1:3]}8", "1", number[:-1].zfill(7))
    if len(number) == 8:
        raise AccountError("振替口座の番号は7桁までです。通帳を見直してください。")
    return Account(f"{symbol[1:3]}9", "2", number.zfill(7))


def account_number(text: str) -> str:
    """口座番号 with seven digits; shorter ones get zeros in front. Raises AccountError."""
    number = _digits(text)
    if not re.fullmatch(r"[0-9]{1,7}", number):
        raise AccountError("口座番号は7桁までの数字です。")
    return number.zfill(7)


def holder_kana(text: str) -> str:
    """口座名義カナ in the letters of the bank transfer format: half-width, large kana. Raises AccountError."""
    wide = unicodedata.normalize("NFKC", text)
    wide = "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter for letter in wide)
    half = "".join(_HALF.get(letter, letter) for letter in wide.upper()).translate(SMALL)
    half = re.sub(r"\s+", " ", half).strip()
    if not HOLDER.fullmatch(half):
        raise AccountError("口座名義は、カナ・数字・英大文字と ( ) - . / だけで、30文字（濁点は1文字）までです。")
    return half


def _digits(text: str) -> str:
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text))


def _halves() -> dict[str, str]:
    found = {}
    for code in range(0xFF61, 0xFFA0):
        half = chr(code)
        found[unicodedata.normalize("NFKC", half)] = half
    for code in range(0xFF66, 0xFF9E):
        for mark in "ﾞﾟ":
            wide = unicodedata.normalize("NFKC", chr(code) + mark)
            if len(wide) == 1:
                found[wide] = chr(code) + mark
    return found


_HALF = _halves()
