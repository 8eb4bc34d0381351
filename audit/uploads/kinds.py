"""The kinds of files that people may hand in, and how an upload is refused."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

from kaigo.common.refusal import Refusal

OOXML = "application/vnd.openxmlformats-officedocument"


class Kind(Enum):
    """A kind of file: its name on screen, how its name may end, and the content type that it is kept under."""

    PDF = ("PDF", (".pdf",), "application/pdf")
    PNG = ("PNG画像", (".png",), "image/png")
    JPEG = ("JPEG画像", (".jpg", ".jpeg"), "image/jpeg")
    CSV = ("CSV（UTF-8）", (".csv",), "text/csv")
    XLSX = ("Excel（.xlsx）", (".xlsx",), f"{OOXML}.spreadsheetml.sheet")
    DOCX = ("Word（.docx）", (".docx",), f"{OOXML}.wordprocessingml.document")
    ZIP = ("ZIP", (".zip",), "application/zip")

    def __init__(self, label: str, endings: tuple[str, ...], content_type: str) -> None:
        self.label = label
        self.endings = endings
        self.content_type = content_type


@dataclass(frozen=True, slots=True)
class Checked:
    """An upload that was looked into: what it is, under which type to keep it, and how long it is (bytes)."""

    kind: Kind
    content_type: str
    ending: str
    size: int


class BadUpload(Refusal):
    """A file that is not taken, with what the person can do about it."""


def broken(kind: Kind) -> BadUpload:
    """The file is not what it should be all through."""
    return BadUpload(
        "file-broken",
        f"{kind.label}として読めません。途中で切れているか、壊れています。",
        ways=("元のファイルを開いて確かめ、保存し直してから選んでください。",),
    )


def not_allowed(kinds: Collection[Kind]) -> BadUpload:
    """The kind is not taken here."""
    labels = "、".join(kind.label for kind in kinds)
    return BadUpload("file-kind", "この種類のファイルは受け取れません。", ways=(f"{labels}のどれかにしてください。",))


def head_of(stream: BinaryIO, length: int) -> bytes:
    """The first bytes of a stream, which is left at its beginning."""
    stream.seek(0)
    head = stream.read(length)
    stream.seek(0)
    return head


def tail_of(stream: BinaryIO, length: int) -> bytes:
    """The last bytes of a stream, which is left at its beginning."""
    stream.seek(0, 2)
    stream.seek(max(0, stream.tell() - length))
    tail = stream.read(length)
    stream.seek(0)
    return tail
