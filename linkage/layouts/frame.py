"""The frame of an incoming file: control line, column names, trailer, encoding. Checked before any row is used."""

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from kaigo.common.refusal import Refusal
from linkage.layouts.table import Layout

CHUNK = 1 << 20  # bytes
KINDS = {"1": "全件", "2": "異動分"}
AGAIN = "提供元のシステムで作り直したファイルを受け取ってください。"


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file whose frame is sound: what it says of itself, and its digest."""

    path: Path
    layout: Layout
    created_on: date
    serial: int
    kind: str
    rows: int
    sha256: str
    size: int

    @property
    def is_full(self) -> bool:
        """Whether the file brings everybody (全件) rather than changes (異動分)."""
        return self.kind == "1"


def open_file(path: Path, layout: Layout, *, today: date) -> IncomingFile:
    """Check the frame of a file in one streaming pass. Nothing of a file with a wrong frame is used.

    Raises Refusal for an empty file, a wrong encoding, another layout, an unexpected or missing column
    (E03), a truncated end, and counts that do not agree.
    """
    lines, sha256, size = _scan(path)
    with path.open("rb") as source:
        control = _fields(source.readline())
        header = _fields(source.readline())
    created_on, serial, kind, promised = _control(control, layout, today)
    _columns(header, layout)
    trailer = _last_line(path, size)
    found = lines - 3
    if trailer is None or trailer[0] != "T" or len(trailer) != 2 or not trailer[1].isdigit():
        raise Refusal(
            "file-truncated",
            f"ファイルの終わりの行（T,行数）がありません。途中で切れています（{promised:,}行のはずが、{max(lines - 2, 0):,}行まで）。",
            ways=(AGAIN,),
        )
    if not found == promised == int(trailer[1]):
        raise Refusal(
            "file-count",
            f"行数が合いません。先頭の行では{promised:,}行、終わりの行では{int(trailer[1]):,}行、実際は{found:,}行です。",
            ways=(AGAIN,),
        )
    if found == 0 and kind == "1":
        raise Refusal("file-empty", "全件のファイルですが、データ行が1行もありません。", ways=(AGAIN,))
    return IncomingFile(path, layout, created_on, serial, kind, found, sha256, size)


def data_lines(file: IncomingFile) -> Iterator[tuple[int, str]]:
    """The data lines of a file with their line numbers; line 3 is the first."""
    with file.path.open("r", encoding="utf8", newline="\n") as source:
        source.readline()
        source.readline()
        for number, line in enumerate(source, 3):
            if number == file.rows + 3:
                return
            yield number, line.rstrip("\r\n")


def _scan(path: Path) -> tuple[int, str, int]:
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf8")()
    lines = size = 0
    ended = True
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            if size == 0 and chunk.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise _encoding(1)
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _encoding(lines + chunk[: error.start].count(b"\n") + 1) from error
            digest.update(chunk)
            lines += chunk.count(b"\n")
            size += len(chunk)
            ended = chunk.endswith(b"\n")
    if size == 0:
        raise Refusal("file-empty", "ファイルが空です（0バイト）。", ways=(AGAIN,))
    return lines if ended else lines + 1, digest.hexdigest(), size


def _encoding(line: int) -> Refusal:
    return Refusal(
        "file-encoding",
        f"{line:,}行目の文字が、取り決めた文字コード（UTF-8、BOMなし）ではありません。Shift_JISなどで作られた可能性があります。",
        ways=("文字コードUTF-8（BOMなし）で作り直したファイルを受け取ってください。",),
    )


def _fields(raw: bytes) -> list[str]:
    return raw.decode("utf8", errors="replace").rstrip("\r\n").split(",")


def _control(control: list[str], layout: Layout, today: date) -> tuple[date, int, str, int]:
    if len(control) != 7 or control[0] != "H":
        raise Refusal(
            "file-control",
            "先頭の行が、取り決めた形（H,仕様名,版,作成日,通番,種別,行数）ではありません。",
            ways=(AGAIN,),
        )
    _, name, version, created, serial, kind, count = control
    if (name, version) != (layout.id, layout.version):
        raise Refusal(
            "file-layout",
            f"{layout.name}（{layout.id} 第{layout.version}版）のファイルではなく、「{name} 第{version}版」と書かれています。",
            ways=("取り込む処理を選び直すか、正しいファイルを受け取ってください。",),
        )
    try:
        created_on = datetime.strptime(created, "%Y%m%d").replace(tzinfo=None).date()
    except ValueError:
        created_on = None
    if created_on is None or len(created) != 8 or not serial.isdigit() or kind not in KINDS or not count.isdigit():
        raise Refusal("file-control", "先頭の行の作成日・通番・種別・行数のどれかが正しくありません。", ways=(AGAIN,))
    return created_on, int(serial), kind, int(count)


def _columns(header: list[str], layout: Layout) -> None:
    expected = list(layout.columns)
    if header == expected:
        return
    unknown = [name for name in header if name not in expected]
    missing = [name for name in expected if name not in header]
    if unknown:
        reason = f"取り決めにない項目「{'」「'.join(unknown[:5])}」があります。取り決めた項目だけを受け取ります。"
    elif missing:
        reason = f"項目「{'」「'.join(missing[:5])}」がありません。"
    else:
        place = next(
            i for i, (a, b) in enumerate(zip(header, expected, strict=False), 1) if a != b or i == len(expected)
        )
        reason = f"項目の並びが違います（{place}番目は「{expected[place - 1]}」のはずです）。"
    raise Refusal("file-columns", reason, ways=(AGAIN, "項目を変えるときは、先にレコード仕様を改めてください。"))


def _last_line(path: Path, size: int) -> list[str] | None:
    with path.open("rb") as source:
        source.seek(max(0, size - 200))
        tail = source.read()
    if not tail.endswith(b"\n"):
        return None
    last = tail.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
    return last.decode("utf8", errors="replace").split(",")
