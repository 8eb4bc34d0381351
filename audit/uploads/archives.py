"""Archives and office documents: measured entry by entry while they are read through, never unpacked as a whole."""

import stat
import zipfile
import zlib
from typing import BinaryIO

from audit.uploads.kinds import BadUpload, Kind, broken

ENTRIES = 2_000
UNPACKED = 300 << 20  # bytes of all entries together
RATIO = 200  # times that an entry may grow
SMALL = 1 << 20  # bytes below which the growth of an entry is of no account
CHUNK = 1 << 16

ARCHIVES = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\xd0\xcf\x11\xe0")
PROGRAMS = (b"MZ", b"\x7fELF", b"#!")
ENDINGS = (
    ".exe", ".dll", ".scr", ".com", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".msi",
    ".jar", ".lnk", ".sh", ".html", ".htm", ".xhtml", ".svg", ".mht", ".chm", ".xlsm", ".docm", ".xlam", ".dotm",
)  # fmt: skip
MACROS = ("vbaproject.bin", "vbadata.xml")
ACTIVE = ("/activex/", "/embeddings/", "/macrosheets/", "/externallinks/", "/customui/")
PARTS = {Kind.XLSX: "xl/workbook.xml", Kind.DOCX: "word/document.xml"}


def check_archive(stream: BinaryIO, kind: Kind) -> list[zipfile.ZipInfo]:
    """Refuse an archive that is broken, locked, grows beyond measure, or holds programs, archives or ways out of it.

    Raises BadUpload.
    """
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            _check_outline(entries, kind)
            left = UNPACKED
            for entry in entries:
                left -= _read_through(archive, entry, left)
            return entries
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise broken(kind) from None


def check_office(stream: BinaryIO, kind: Kind) -> None:
    """Refuse an office document that is none, or has macros or other active parts. Raises BadUpload."""
    names = [entry.filename.lower() for entry in check_archive(stream, kind)]
    if "[content_types].xml" not in names or PARTS[kind] not in names:
        raise broken(kind)
    if any(name.endswith(MACROS) for name in names):
        raise _macro()
    if any(part in f"/{name}" for name in names for part in ACTIVE):
        raise _active_parts()
    stream.seek(0)
    with zipfile.ZipFile(stream) as archive:
        for entry in archive.infolist():
            if entry.filename.lower().endswith((".xml", ".rels")):
                _check_part(archive, entry)


def _check_outline(entries: list[zipfile.ZipInfo], kind: Kind) -> None:
    """What the directory of the archive says: numbers, sizes, names, and that entries lie one after the other."""
    if not entries:
        raise BadUpload("file-empty", "中にファイルがありません。")
    if len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > UNPACKED:
        raise _bomb()
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end or (end == 0 and entry.header_offset != 0):
            raise _bomb() if end else broken(kind)  # entries on top of each other; something before the archive
        end = entry.header_offset + entry.compress_size + 30
        _check_entry(entry, kind)
    if len({entry.filename.lower() for entry in entries}) != len(entries):
        raise broken(kind)


def _check_entry(entry: zipfile.ZipInfo, kind: Kind) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name or stat.S_ISLNK(entry.external_attr >> 16):
        raise broken(kind)
    if entry.flag_bits & 0x1:
        raise BadUpload(
            "file-locked", "パスワード付きのファイルは受け取れません。", ways=("パスワードを外してください。",)
        )
    if entry.file_size > SMALL and entry.file_size > RATIO * max(1, entry.compress_size):
        raise _bomb()
    if name.lower().endswith(ENDINGS):
        raise _program()


def _read_through(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> int:
    """Unpack an entry piece by piece and throw it away; what it really measures counts, not what it says.

    A wrong size or check sum raises BadZipFile.
    """
    size = 0
    with archive.open(entry) as unpacked:
        head = chunk = unpacked.read(CHUNK)
        if head.startswith(ARCHIVES) or entry.filename.lower().endswith((".zip", ".7z", ".rar", ".gz", ".tgz")):
            raise BadUpload(
                "file-nested",
                "圧縮ファイルの中に、別の圧縮ファイルが入っています。",
                ways=("中のファイルを取り出して、そのまま送ってください。",),
            )
        if head.startswith(PROGRAMS):
            raise _program()
        while chunk:
            size += len(chunk)
            if size > left or (size > SMALL and size > RATIO * max(1, entry.compress_size)):
                raise _bomb()
            chunk = unpacked.read(CHUNK)
    return size


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """No declarations that make a reader of XML grow or fetch, no macros by another name, no template from outside."""
    with archive.open(entry) as part:
        head = part.read(1 << 20).lower()
    if b"<!doctype" in head or b"<!entity" in head:
        raise _active_parts()
    if b"macroenabled" in head:
        raise _macro()
    if b"attachedtemplate" in head and b'targetmode="external"' in head:
        raise _active_parts()


def _bomb() -> BadUpload:
    return BadUpload(
        "file-bomb",
        "展開すると大きくなりすぎるため、受け取れません。",
        ways=("中のファイルを分けて、圧縮せずに送ってください。",),
    )


def _program() -> BadUpload:
    return BadUpload(
        "file-program",
        "中に、プログラムやウェブページが含まれています。",
        ways=("文書か画像のファイルだけにしてください。",),
    )


def _macro() -> BadUpload:
    return BadUpload(
        "file-macro",
        "マクロを含むファイルは受け取れません。",
        ways=("マクロのない形式（.xlsx、.docx）で保存し直してください。",),
    )


def _active_parts() -> BadUpload:
    return BadUpload(
        "file-active",
        "埋め込みや外部への参照を含むファイルは受け取れません。",
        ways=("埋め込みを外すか、PDFにして送ってください。",),
    )
