"""Whether the fonts of printed documents have every character of a name (外字・異体字), before anything is printed.

A renderer that lacks a variation sequence prints the base shape and says nothing: a wrong name on an official
paper. So each sequence is looked up in the fonts, and those that only a later font of the chain has are named.
"""

import re
import subprocess
from collections.abc import Iterator
from functools import cache

from fontTools.ttLib import TTFont

from kaigo.common.refusal import Refusal

GOTHIC = ("BIZ UDGothic", "IPAmjMincho", "Noto Sans CJK JP")
MINCHO = ("BIZ UDMincho", "IPAmjMincho", "Noto Serif CJK JP")

# A variation selector belongs to the character before it. FE0E and FE0F choose between text and emoji, not a shape.
_CLUSTER = re.compile("(.)([\ufe00-\ufe0d\U000e0100-\U000e01ef]?)[\ufe0e\ufe0f]?", re.DOTALL)
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


class FontMissing(Exception):
    """The base font of printed documents is not installed: a fault of the installation, never of the input."""


class Coverage:
    """What one font can draw: characters, and variation sequences in its own shape."""

    def __init__(self, file: str, index: int) -> None:
        with TTFont(file, fontNumber=index, lazy=True) as font:
            tables = font["cmap"].tables
            self.characters = frozenset(font.getBestCmap())
            self.sequences = frozenset(
                (base, selector)
                for table in tables
                if table.format == 14
                for selector, entries in table.uvsDict.items()
                for base, _ in entries
            )

    def has(self, base: str, selector: str) -> bool:
        """Whether the font draws a character, in the shape that the selector asks for if there is one."""
        if selector:
            return (ord(base), ord(selector)) in self.sequences
        return ord(base) in self.characters


def missing_glyphs(text: str, chain: tuple[str, ...] = GOTHIC) -> list[str]:
    """The characters and variation sequences that no font of the chain has, each once, in order.

    Raises FontMissing when the first font of the chain is not installed.
    """
    return [base + selector for base, selector in _clusters(text) if font_for(base + selector, chain) is None]


def require_glyphs(text: str, chain: tuple[str, ...] = GOTHIC) -> None:
    """Raises Refusal, which names the characters and their code points, unless every character can be printed."""
    missing = missing_glyphs(text, chain)
    if missing:
        named = "、".join(f"「{cluster}」（{_code_points(cluster)}）" for cluster in missing)
        raise Refusal(
            "glyph-missing",
            f"印刷できない文字があります：{named}。この字形を持つ書体がありません。",
            ways=(
                "印刷用の字形を別の文字に直してください。",
                "この文字を持つ書体の追加をシステム管理者に頼んでください。",
            ),
        )


@cache
def font_for(cluster: str, chain: tuple[str, ...] = GOTHIC) -> str | None:
    """The first family of the chain that draws a character or variation sequence; None when none does."""
    base, selector = cluster[0], cluster[1:2]
    for family in chain:
        font = coverage(family)
        if font is None and family == chain[0]:
            raise FontMissing(f"the font {family} is not installed")
        if font is not None and font.has(base, selector):
            return family
    return None


def strays(text: str, chain: tuple[str, ...] = GOTHIC) -> Iterator[tuple[int, int, str]]:
    """Variation sequences that a renderer would draw in a wrong shape: start, end, and the family to name for them.

    A renderer takes the first font that has the base character and ignores whether it has the sequence.
    """
    for match in _CLUSTER.finditer(text):
        base, selector = match.groups()
        if selector:
            family = font_for(base + selector, chain)
            if family and family != font_for(base, chain):
                yield match.start(), match.end(), family


@cache
def coverage(family: str) -> Coverage | None:
    """What an installed font family can draw in its regular weight; None when it is not installed."""
    pattern = f"{family}:style=Regular"
    answer = subprocess.run(
        ["fc-match", "--format=%{file}\n%{index}\n%{family}", pattern], capture_output=True, text=True, check=True
    )
    file, index, families = answer.stdout.split("\n", 2)
    if family not in families.split(","):
        return None  # fontconfig answers with the nearest font when it has not the one asked for
    return Coverage(file, int(index) & 0xFFFF)


def _clusters(text: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for match in _CLUSTER.finditer(text):
        base, selector = match.groups()
        if (base, selector) not in seen and not base.isspace() and base not in _INVISIBLE:
            seen.add((base, selector))
            yield base, selector


def _code_points(cluster: str) -> str:
    return " ".join(f"U+{ord(letter):04X}" for letter in cluster)
