"""Uploads are looked into before anything is done with them (OWASP ASVS 5.2): name, content and size must agree.

`check_upload` is the only way in; forms use `audit.formfields.UploadField`.
"""

from collections.abc import Collection
from pathlib import PurePath
from typing import BinaryIO, Protocol, cast

from django.conf import settings

from audit.uploads.archives import check_archive, check_office
from audit.uploads.documents import check_pdf
from audit.uploads.images import check_image
from audit.uploads.kinds import BadUpload, Checked, Kind, broken, head_of, not_allowed, tail_of
from audit.uploads.texts import check_csv

__all__ = ["BadUpload", "Checked", "Kind", "check_upload"]

SIGNATURES: dict[bytes, tuple[Kind, ...]] = {
    b"%PDF-": (Kind.PDF,),
    b"\x89PNG\r\n\x1a\n": (Kind.PNG,),
    b"\xff\xd8\xff": (Kind.JPEG,),
    b"PK\x03\x04": (Kind.XLSX, Kind.DOCX, Kind.ZIP),
}
PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"#!", b"\x4c\x00\x00\x00")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\x00<")
END_OF_ZIP = b"PK\x05\x06"
ZIP_TAIL = 65_557  # bytes in which the end of an archive must lie


class Upload(Protocol):
    """What Django hands over for an uploaded file."""

    name: str | None
    size: int | None

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


def check_upload(file: Upload, kinds: Collection[Kind], *, largest: int | None = None) -> Checked:
    """Look into an uploaded file and say what it is; the file is left at its beginning.

    `kinds` are those taken here, `largest` is in bytes (default: the setting). Nothing is unpacked to disk or held in
    memory as a whole. Raises BadUpload, with the reason in Japanese, for a file that is empty, too large, named
    otherwise than it is, active (script, program, macro), an archive that unpacks beyond measure, or not readable.
    """
    stream = cast(BinaryIO, file)
    size = _size(stream, largest or settings.UPLOAD_MAX_MB << 20)
    ending = PurePath((file.name or "").replace("\\", "/")).suffix.lower()
    kind = next((kind for kind in kinds if ending in kind.endings), None)
    head = head_of(stream, 64)
    _refuse_dangerous(head)
    if kind is None:
        raise not_allowed(kinds)
    _check_signature(kind, head)
    if kind not in SIGNATURES[b"PK\x03\x04"] and END_OF_ZIP in tail_of(stream, ZIP_TAIL):
        raise _two_at_once()
    _CHECKS[kind](stream)
    stream.seek(0)
    return Checked(kind, kind.content_type, ending, size)


def _size(stream: BinaryIO, largest: int) -> int:
    size = stream.seek(0, 2)
    stream.seek(0)
    if size == 0:
        raise BadUpload("file-empty", "ファイルが空です。", ways=("中身のあるファイルを選んでください。",))
    if size > largest:
        raise BadUpload(
            "file-large",
            f"ファイルが大きすぎます。{largest >> 20}MBまでです。",
            ways=("画像を小さくするか、分けて送ってください。",),
        )
    return size


def _refuse_dangerous(head: bytes) -> None:
    """Programs, scripts, pages and drawings with script, whatever they are called."""
    if head.startswith(PROGRAMS):
        raise BadUpload(
            "file-program", "プログラムは受け取れません。", ways=("文書か画像のファイルを選んでください。",)
        )
    if head.lstrip().startswith(MARKUP):
        raise BadUpload(
            "file-markup",
            "ウェブページやSVGなど、スクリプトを含められる形式は受け取れません。",
            ways=("PDFか画像（PNG、JPEG）にしてください。",),
        )
    if head.startswith(OLD_OFFICE):
        raise BadUpload(
            "file-old-office",
            "パスワード付き、又は古い形式のExcel・Wordのファイルは受け取れません。",
            ways=("パスワードを外し、.xlsx又は.docxの形式で保存し直してください。",),
        )


def _check_signature(kind: Kind, head: bytes) -> None:
    found = next((kinds for signature, kinds in SIGNATURES.items() if head.startswith(signature)), ())
    if kind in found or (kind is Kind.CSV and not found):
        return
    if found:
        raise BadUpload(
            "file-other",
            f"ファイル名は{kind.label}ですが、中身は{found[0].label}など別の種類です。",
            ways=("正しい名前のファイルを選んでください。",),
        )
    raise broken(kind)


def _two_at_once() -> BadUpload:
    return BadUpload(
        "file-two",
        "1つのファイルに、別の種類のファイルが重ねて入っています。",
        ways=("元の文書から保存し直してください。",),
    )


_CHECKS = {
    Kind.PDF: check_pdf,
    Kind.PNG: lambda stream: check_image(stream, Kind.PNG),
    Kind.JPEG: lambda stream: check_image(stream, Kind.JPEG),
    Kind.CSV: check_csv,
    Kind.XLSX: lambda stream: check_office(stream, Kind.XLSX),
    Kind.DOCX: lambda stream: check_office(stream, Kind.DOCX),
    Kind.ZIP: lambda stream: check_archive(stream, Kind.ZIP),
}
