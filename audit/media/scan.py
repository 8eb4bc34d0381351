"""Looking for individual numbers (個人番号) in what is about to leave: text, CSV, xlsx, PDF, zip (E13).

What cannot be looked into is refused, not trusted. Nothing here ever repeats a number.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from kaigo.common.individual_numbers import numbers_in
from kaigo.common.refusal import Refusal

DEPTH: Final = 3  # archives within archives
LARGEST: Final = 1 << 30  # bytes that an archive may unpack to
TAG: Final = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Found:
    """Where an individual number stands, never which."""

    place: str


class Unreadable(Refusal):
    """The content cannot be looked into, so it does not leave."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "unreadable",
            f"個人番号が含まれていないことを確かめられないため、出力できません（{why}）。",
            ways=("文字を取り出せる形式（CSV、Excel、PDF）で、暗号化せずに渡してください。",),
        )


def find_in_text(text: str, place: str = "") -> list[Found]:
    """The individual numbers of a text, by line."""
    return [Found(f"{place}{text.count(chr(10), 0, at) + 1}行目") for at in numbers_in(text)]


class Lines:
    """Looks through a long text that comes in pieces, whole lines at a time, in the memory of one piece."""

    def __init__(self) -> None:
        self._line, self._held = 1, ""

    def feed(self, piece: str) -> list[Found]:
        """What is found in the lines that are complete by now."""
        text, newline, self._held = (self._held + piece).rpartition("\n")
        found = [Found(f"{self._line + text.count(chr(10), 0, at)}行目") for at in numbers_in(text)]
        self._line += text.count("\n") + len(newline)
        return found

    def end(self) -> list[Found]:
        """What is found in a last line without an end."""
        return [Found(f"{self._line}行目") for _ in numbers_in(self._held)]


def find_individual_numbers(stream: BinaryIO) -> list[Found]:
    """The individual numbers of a file: zip and xlsx are unpacked, PDF pages are read, anything else is text.

    Raises Unreadable for what is encrypted, nested too deep, too large, or no text at all.
    """
    return list(_find(stream, "", 0, [LARGEST]))


def _find(stream: BinaryIO, place: str, depth: int, left: list[int]) -> Iterator[Found]:
    head = stream.read(4)
    stream.seek(0)
    if head == b"PK\x03\x04":
        yield from _in_archive(stream, place, depth, left)
    elif head == b"%PDF":
        yield from _in_pdf(stream, place)
    else:
        yield from find_in_text(_decoded(stream.read()), place)


def _in_archive(stream: BinaryIO, place: str, depth: int, left: list[int]) -> Iterator[Found]:
    if depth >= DEPTH:
        raise Unreadable("圧縮が何重にもなっている")
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                yield from _in_member(archive, member, place, depth, left)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Unreadable("圧縮ファイルが壊れているか、暗号化されている") from error


def _in_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: str, depth: int, left: list[int]
) -> Iterator[Found]:
    if member.flag_bits & 0x1:
        raise Unreadable("圧縮ファイルが暗号化されている")
    left[0] -= member.file_size
    if left[0] < 0:
        raise Unreadable("展開すると大きすぎる")
    if member.is_dir():
        return
    where = f"{place}{member.filename}の"
    with archive.open(member) as inner:
        if member.filename.endswith((".xml", ".rels")):
            yield from find_in_text(_cells(_decoded(inner.read())), where)
        else:
            yield from _find(inner, where, depth + 1, left)  # type: ignore[arg-type]


def _in_pdf(stream: BinaryIO, place: str) -> Iterator[Found]:
    try:
        pages = [page.extract_text() for page in PdfReader(stream).pages]
    except (PyPdfError, ValueError, KeyError) as error:
        raise Unreadable("PDFが壊れているか、暗号化されている") from error
    for number, text in enumerate(pages, 1):
        # digits in boxes come out a line each
        yield from (Found(f"{place}{number}ページ") for _ in numbers_in(text.replace("\n", " ")))


def _cells(markup: str) -> str:
    """The text of a spreadsheet's part, a cell a line: a number split over runs of text is one again."""
    for end in ("</si>", "</c>", "</row>", "</p>"):
        markup = markup.replace(end, "\n")
    return TAG.sub("", markup)


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp932")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Unreadable("文字として読めない")
