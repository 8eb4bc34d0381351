"""Finding individual numbers (個人番号) in text: where one stands, never which (E13).

Twelve digits that pass the check digit count, also in full-width digits, in groups of four, or one in a box each.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from kaigo.common.checkdigits import is_individual_number
from kaigo.common.refusal import Refusal

D: Final = "[0-9０-９]"
GAP: Final = r"[ 　\-－‐−–]"
# Random ids and digests are skipped: their digits mean nothing.
CANDIDATE: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<![0-9a-f])(?=[0-9a-f]*[a-f])[0-9a-f]{32,128}(?![0-9a-f])"
    rf"|(?<!{D})(?P<number>{D}{{12}}|{D}{{4}}(?:{GAP}{D}{{4}}){{2}}|{D}(?:[ 　]{D}){{11}})(?!{D})"
)


def numbers_in(text: str) -> Iterator[int]:
    """The positions in a text at which an individual number begins."""
    for match in CANDIDATE.finditer(text):
        if (digits := match["number"]) and is_individual_number(_plain(digits)):
            yield match.start()


def contains_number(text: str) -> bool:
    """Whether an individual number stands in the text."""
    return any(True for _ in numbers_in(text))


def refuse_numbers(values: Mapping[str, object]) -> None:
    """Free text (by field) is no place for an individual number. Raises Refusal naming the field, never the number."""
    for field, value in values.items():
        if isinstance(value, str) and contains_number(value):
            raise Refusal(
                "number", "個人番号と思われる12桁の数字が入っています。この欄には入れられません。", field=field,
                ways=("数字を消すか、別の書き方にしてください。",),
            )  # fmt: skip


def _plain(digits: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", digits) if char.isdigit())
