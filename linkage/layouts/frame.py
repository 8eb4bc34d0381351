"""The frame of an incoming file: control line, column names, trailer, encoding. Checked before any row is used."""

import codecs
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from kaigo.common.refusal import Refusal
from linkage.layouts.table import Layout
from linkage.layouts.values import Bad, day8

CHUNK = 1 << 20  # bytes; also the longest line there may be
TAIL = 200  # bytes, more than any trailer
FIRST_DATA_LINE = 3
FRAME_LINES = 3  # control line, column names, trailer
END = b"\r\n"
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


class _Control(NamedTuple):
    created_on: date
    serial: int
    kind: str
    rows: int


class _Scan(NamedTuple):
    """What one pass over the bytes tells: lines ended by CRLF, line feeds of any kind, whether the last line ends."""

    lines: int
    feeds: int
    sha256: str
    size: int
    ended: bool


def open_file(path: Path, layout: Layout, *, today: date) -> IncomingFile:
    """Check the frame of a file in one streaming pass. Nothing of a file with a wrong frame is used.

    Raises Refusal for an empty file (`file-empty`), a wrong encoding, line end or endless line
    (`file-encoding`, `file-newline`, `file-line`), a control line that is wrong, of another layout or of a
    coming day (`file-control`, `file-layout`, `file-future`), a column that is unexpected, missing or out of
    order (`file-columns`; control E03), a cut end (`file-truncated`), and counts that disagree (`file-count`).
    """
    scan = _scan(path)
    with path.open("rb") as source:
        first, second = source.readline(), source.readline()
    control = _control(_fields(first), layout, today)
    if second:
        _columns(_fields(second), layout)
    if scan.feeds and not scan.lines:
        raise _newline()
    _counts(path, scan, control.rows)
    if control.rows == 0 and control.kind == "1":
        raise Refusal("file-empty", "全件のファイルですが、データ行が1行もありません。", ways=(AGAIN,))
    return IncomingFile(path, layout, *control, sha256=scan.sha256, size=scan.size)


def data_lines(file: IncomingFile) -> Iterator[tuple[int, str]]:
    """The data lines of a file without their ends, with their line numbers; line 3 is the first."""
    last = file.rows + FIRST_DATA_LINE - 1
    with file.path.open("r", encoding=file.layout.encoding, newline="\r\n") as source:
        source.readline()
        source.readline()
        for number, line in enumerate(source, FIRST_DATA_LINE):
            if number > last:
                return
            yield number, line[:-2]


def _scan(path: Path) -> _Scan:
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    lines = feeds = size = 0
    before = b""
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            if size == 0 and chunk.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise _encoding(1, "先頭に印（BOM）が付いています。")
            _decode(decoder, chunk, feeds)
            if len(chunk) == CHUNK and END not in chunk:
                raise _newline() if b"\n" in chunk else _endless(feeds + 1)
            digest.update(chunk)
            lines += chunk.count(END) + (before == b"\r" and chunk[:1] == b"\n")
            feeds += chunk.count(b"\n")
            size += len(chunk)
            before = chunk[-1:]
    if size == 0:
        raise Refusal("file-empty", "ファイルが空です（0バイト）。", ways=(AGAIN,))
    ended = before == b"\n"
    if ended:  # a character cut in the middle at the very end is a cut file, and is told as one
        _decode(decoder, b"", feeds, final=True)
    return _Scan(lines, feeds, digest.hexdigest(), size, ended)


def _decode(decoder: codecs.IncrementalDecoder, chunk: bytes, lines: int, *, final: bool = False) -> None:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        line = lines + error.object[: error.start].count(b"\n") + 1
        raise _encoding(line, "Shift_JISなど、ほかの文字コードで作られた可能性があります。") from None


def _encoding(line: int, guess: str) -> Refusal:
    return Refusal(
        "file-encoding",
        f"{line:,}行目の文字が、取り決めた文字コード（UTF-8、BOMなし）ではありません。{guess}",
        ways=("文字コードUTF-8（BOMなし）で作り直したファイルを受け取ってください。",),
    )


def _newline() -> Refusal:
    return Refusal("file-newline", "行の終わりが、取り決めた改行コード（CRLF）ではありません。", ways=(AGAIN,))


def _endless(line: int) -> Refusal:
    return Refusal("file-line", f"{line:,}行目が長すぎます（1MB以上）。改行がありません。", ways=(AGAIN,))


def _fields(raw: bytes) -> list[str]:
    return raw.decode("utf-8", errors="replace").rstrip("\r\n").split(",")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None


def _control(control: list[str], layout: Layout, today: date) -> _Control:
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
            f"{layout.name}（{layout.id} 第{layout.version}版）のファイルではなく、"
            f"「{name[:20]} 第{version[:5]}版」と書かれています。",
            ways=("取り込む処理を選び直すか、正しいファイルを受け取ってください。",),
        )
    created_on, number, rows = _created(created), _number(serial), _number(count)
    if created_on is None or number is None or rows is None or kind not in KINDS:
        raise Refusal("file-control", "先頭の行の作成日・通番・種別・行数のどれかが正しくありません。", ways=(AGAIN,))
    if created_on > today:
        raise Refusal("file-future", "先頭の行の作成日が、今日より後の日です。", ways=(AGAIN,))
    return _Control(created_on, number, kind, rows)


def _created(text: str) -> date | None:
    try:
        return day8(text)
    except Bad:
        return None


def _columns(header: list[str], layout: Layout) -> None:
    if header != list(layout.columns):
        reason = _difference(header, layout.columns)
        ways = (AGAIN, "項目を変えるときは、先にレコード仕様を改めてください。")
        raise Refusal("file-columns", reason, ways=ways)


def _difference(header: list[str], expected: Sequence[str]) -> str:
    unknown = [name[:20] for name in header if name not in expected]
    missing = [name for name in expected if name not in header]
    twice = [name for name in expected if header.count(name) > 1]
    reasons = []
    if unknown:
        reasons.append(f"取り決めにない項目{_listed(unknown)}があります。取り決めた項目だけを受け取ります。")
    if missing:
        reasons.append(f"項目{_listed(missing)}がありません。")
    if twice:
        reasons.append(f"項目{_listed(twice)}が2回あります。")
    if not reasons:
        place = next(i for i, (a, b) in enumerate(zip(header, expected, strict=True)) if a != b)
        reasons.append(f"項目の並びが違います（{place + 1}番目は「{expected[place]}」のはずです）。")
    return "".join(reasons)


def _listed(names: Sequence[str]) -> str:
    return f"「{'」「'.join(names[:5])}」" + ("など" if len(names) > 5 else "")


def _counts(path: Path, scan: _Scan, promised: int) -> None:
    trailer = _trailer(path, scan)
    if trailer is None:
        rows = max(scan.lines - FRAME_LINES + 1, 0)
        part = "" if scan.ended else "次の行の途中で切れています。"
        raise Refusal(
            "file-truncated",
            f"ファイルの終わりの行（T,行数）がありません。データ行は{promised:,}行のはずですが、{rows:,}行までです。{part}",
            ways=(AGAIN,),
        )
    found = scan.lines - FRAME_LINES
    if not found == promised == trailer:
        raise Refusal(
            "file-count",
            f"行数が合いません。先頭の行では{promised:,}行、終わりの行では{trailer:,}行、実際は{found:,}行です。"
            + _stranger(path, scan.feeds),
            ways=(AGAIN,),
        )


def _trailer(path: Path, scan: _Scan) -> int | None:
    """The number of rows that the last line states, or nothing when it is no trailer."""
    with path.open("rb") as source:
        source.seek(max(0, scan.size - TAIL))
        tail = source.read()
    if not tail.endswith(END):
        return None
    kind, _, count = tail.removesuffix(END).rsplit(b"\n", 1)[-1].decode("utf-8", errors="replace").partition(",")
    return _number(count) if kind == "T" else None


def _stranger(path: Path, last: int) -> str:
    """Names the first line before the last that is no data row: a row broken in two, or a file behind a file."""
    with path.open("rb") as source:
        for number, line in enumerate(source, 1):
            if FIRST_DATA_LINE <= number < last and not line.startswith(b"D,"):
                return f"{number:,}行目がデータ行（D）ではありません。項目の中に改行が入っている可能性があります。"
    return ""
