"""The frame of a personnel file: encoding, control line, columns, trailer, counts. A wrong one is refused whole."""

import hashlib
from dataclasses import dataclass
from datetime import date

from audit.personnel.layout import Layout, Value, jinji, parse
from audit.personnel.rules import Fault
from kaigo.common.refusal import Refusal

LARGEST = 20 << 20  # bytes; a city's whole staff is a few megabytes
KINDS = {"1": "全件", "2": "異動分"}
AGAIN = "人事担当課に、作り直したファイルを依頼してください。"
FIRST_DATA_LINE = 3


@dataclass(frozen=True, slots=True)
class PersonnelFile:
    """A file whose frame is sound: what it says of itself, its rows by line, and its digest."""

    created_on: date
    serial: int
    kind: str
    sha256: str
    size: int
    rows: list[tuple[int, dict[str, Value] | list[Fault]]]

    @property
    def is_full(self) -> bool:
        """Whether the file brings everybody (全件) rather than changes (異動分)."""
        return self.kind == "1"


def read(content: bytes, *, today: date) -> PersonnelFile:
    """Check the frame and take the rows apart.

    Raises Refusal for a file that is empty, too large or of another encoding (`file-empty`, `file-large`,
    `file-encoding`, `file-newline`), a control line that is wrong, of another layout or of a coming day
    (`file-control`, `file-layout`, `file-future`), a column that is unexpected, missing or out of order
    (`file-columns`; E03), a cut end (`file-truncated`) and counts that disagree (`file-count`).
    """
    lines = _lines(content)
    created_on, serial, kind, promised = _control(lines[0].split(","), jinji(), today)
    _check_columns(lines[1].split(",") if len(lines) > 1 else [], jinji())
    data = _data(lines, promised)
    if not data and kind == "1":
        raise Refusal("file-empty", "全件のファイルですが、データ行が1行もありません。", ways=(AGAIN,))
    rows = [(number, parse(line)) for number, line in enumerate(data, FIRST_DATA_LINE)]
    return PersonnelFile(created_on, serial, kind, hashlib.sha256(content).hexdigest(), len(content), rows)


def too_large() -> Refusal:
    """A file that cannot be a personnel file."""
    return Refusal("file-large", "ファイルが20MiBを超えています。人事情報ファイルか確かめてください。", field="file")


def _lines(content: bytes) -> list[str]:
    if not content:
        raise Refusal("file-empty", "ファイルが空です（0バイト）。", field="file", ways=(AGAIN,))
    if len(content) > LARGEST:
        raise too_large()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\ufeff"
    if text.startswith("\ufeff"):
        raise Refusal(
            "file-encoding", "取り決めた文字コード（UTF-8、BOMなし）ではありません。", field="file", ways=(AGAIN,)
        )
    if "\r\n" not in text or text.count("\n") != text.count("\r\n"):
        raise Refusal("file-newline", "行の終わりが、取り決めた改行コード（CRLF）ではありません。", ways=(AGAIN,))
    lines = text.split("\r\n")
    if lines.pop():
        raise Refusal("file-truncated", "ファイルの最後の行が、途中で切れています。", ways=(AGAIN,))
    return lines


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
            f"{layout.name}（{layout.id} 第{layout.version}版）のファイルではなく、"
            f"「{name[:20]} 第{version[:5]}版」と書かれています。",
            ways=("正しいファイルを選んでください。",),
        )
    day, number, rows = _day(created), _number(serial), _number(count)
    if day is None or number is None or rows is None or kind not in KINDS:
        raise Refusal("file-control", "先頭の行の作成日・通番・種別・行数のどれかが正しくありません。", ways=(AGAIN,))
    if day > today:
        raise Refusal("file-future", "先頭の行の作成日が、今日より後の日です。", ways=(AGAIN,))
    return day, number, kind, rows


def _check_columns(header: list[str], layout: Layout) -> None:
    if header == list(layout.columns):
        return
    strange = [name[:20] for name in header if name not in layout.columns]
    missing = [name for name in layout.columns if name not in header]
    reasons = []
    if strange:
        reasons.append(
            f"取り決めにない項目「{'」「'.join(strange[:5])}」があります。取り決めた項目だけを受け取ります。"
        )
    if missing:
        reasons.append(f"項目「{'」「'.join(missing[:5])}」がありません。")
    raise Refusal("file-columns", "".join(reasons) or "項目の並び又は数が、取り決めと違います。", ways=(AGAIN,))


def _data(lines: list[str], promised: int) -> list[str]:
    mark, _, trailer = lines[-1].partition(",")
    if mark != "T" or _number(trailer) is None:
        raise Refusal("file-truncated", "ファイルの終わりの行（T,行数）がありません。", ways=(AGAIN,))
    data = lines[2:-1]
    if not len(data) == promised == _number(trailer):
        raise Refusal(
            "file-count",
            f"行数が合いません。先頭の行では{promised:,}行、終わりの行では{_number(trailer):,}行、"
            f"実際は{len(data):,}行です。",
            ways=(AGAIN,),
        )
    return data


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])) if len(text) == 8 and text.isdigit() else None
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
