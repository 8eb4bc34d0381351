"""Files of the four layouts for tests: a sound one, of which a test changes what it is about."""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path

from linkage.layouts import IncomingFile, Layout, RowIssue, get_layout, open_file, rows

TODAY = date(2026, 6, 5)
GOLDEN = Path(__file__).parent / "golden"
LAYOUTS = ("JUMIN", "ZEI", "SEIHO", "NENKIN")


def golden(layout_id: str) -> Path:
    return GOLDEN / f"{layout_id}_20260605_007.csv"


@cache
def golden_lines(layout_id: str) -> tuple[str, ...]:
    return tuple(golden(layout_id).read_bytes().decode().split("\r\n")[:-1])


@cache
def sample(layout_id: str) -> dict[str, str]:
    """The first golden row by column name, without the record kind."""
    lines = golden_lines(layout_id)
    return dict(zip(lines[1].split(",")[1:], lines[2].split(",")[1:], strict=True))


def line(layout_id: str, **changed: str) -> str:
    """A sound data line with some columns changed."""
    assert set(changed) <= set(sample(layout_id))
    return ",".join(["D", *(sample(layout_id) | changed).values()])


@dataclass(frozen=True)
class Draft:
    """A file before it is written. `rows` are lines without their ends."""

    layout_id: str = "ZEI"
    rows: tuple[str, ...] = ()
    control: str = "H,{layout},1,20260605,1,2,{count}"
    columns: list[str] = field(default_factory=list)
    trailer: str = "T,{count}"
    end: str = "\r\n"
    encoding: str = "utf-8"

    @property
    def layout(self) -> Layout:
        return get_layout(self.layout_id)

    def text(self) -> str:
        names = {"layout": self.layout_id, "count": len(self.rows)}
        head = [self.control.format(**names), ",".join(self.columns or self.layout.columns)]
        tail = [self.trailer.format(**names)] if self.trailer else []
        return self.end.join([*head, *self.rows, *tail, ""])

    def write(self, folder: Path) -> Path:
        return raw(folder, self.text().encode(self.encoding))

    def open(self, folder: Path) -> IncomingFile:
        return open_file(self.write(folder), self.layout, today=TODAY)

    def but(self, **changes) -> "Draft":
        return replace(self, **changes)


def sound(layout_id: str = "ZEI", count: int = 3) -> Draft:
    """A sound file with so many rows."""
    return Draft(layout_id, tuple(line(layout_id, 宛名番号=f"{number:015}") for number in range(count)))


def raw(folder: Path, content: bytes) -> Path:
    path = folder / "incoming.csv"
    path.write_bytes(content)
    return path


def read(folder: Path, layout_id: str, *lines: str) -> list:
    """What the reader makes of some data lines."""
    return list(rows(Draft(layout_id, lines).open(folder), today=TODAY))


def refused(folder: Path, layout_id: str, data: str = "", **changed: str) -> RowIssue:
    """The issue of one data line, which must be refused while a sound one behind it goes on."""
    issue, after = read(folder, layout_id, data or line(layout_id, **changed), line(layout_id))
    assert isinstance(issue, RowIssue)
    assert after[0] == 4
    return issue
