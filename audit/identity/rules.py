"""The municipality's rules for passwords and ids (E07), without database or clock."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kaigo.common import yamlfile
from kaigo.common.refusal import Refusal

SHARED_NAMES = Path(__file__).parent / "data" / "shared_names.yaml"
CLASSES = ("英大文字", "英小文字", "数字", "記号")
LONGEST = 128  # characters; a longer one costs the server time and adds nothing


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """パスワードの規則: least number of characters, and of kinds of characters (1 to 4)."""

    min_length: int = 12
    classes: int = 1


def kinds_of(password: str) -> frozenset[str]:
    """Which kinds of characters a password holds; anything that is no ASCII letter or digit is a sign (記号)."""
    return frozenset(_kind(character) for character in password)


def _kind(character: str) -> str:
    if not character.isascii() or not character.isalnum():
        return CLASSES[3]
    if character.isdigit():
        return CLASSES[2]
    return CLASSES[0] if character.isupper() else CLASSES[1]


def password_faults(password: str, rules: PasswordRules, *, own: Iterable[str] = ()) -> list[str]:
    """What is wrong with a password by the rules, as Japanese sentences; empty when nothing is.

    `own` are words of the person (id, number, name) that it must not contain, spaces apart; of those in Latin letters
    and digits only the ones of three characters or more count, of others those of two.
    """
    faults = []
    if len(password) < rules.min_length:
        faults.append(f"{rules.min_length}文字以上にしてください。")
    if len(password) > LONGEST:
        faults.append(f"{LONGEST}文字以下にしてください。")
    if len(kinds_of(password)) < rules.classes:
        faults.append(f"{'、'.join(CLASSES)}のうち{rules.classes}種類以上を使ってください。")
    folded = "".join(_folded(password).split())
    if any(len(word) >= (3 if word.isascii() else 2) and word in folded for word in map(_folded, own)):
        faults.append("利用者ID、職員番号、氏名を含めないでください。")
    return faults


def check_login_name(login: str, shared: Iterable[str] | None = None) -> None:
    """Refuse an id that looks as if several people used it: one person, one id (E07).

    `shared` are the words that stand for a function instead of a person; by default those of `data/shared_names.yaml`.
    An id is refused when it is such a word, alone or followed by digits and signs. Raises Refusal (`shared-id`).
    """
    core = _folded(login).strip("0123456789-_. ")
    if core in (_shared_names() if shared is None else frozenset(map(_folded, shared))):
        raise Refusal(
            "shared-id",
            "この利用者IDは、複数の人で使うIDの名前に見えるため登録できません。",
            field="login",
            ways=("職員番号や本人の氏名から、本人だけの利用者IDを決めてください。",),
        )


@cache
def _shared_names() -> frozenset[str]:
    return frozenset(_folded(str(word)) for word in yamlfile.read(SHARED_NAMES)["words"])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
