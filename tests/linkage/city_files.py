"""Reads the files of an invented city with Python's own csv module: a third party between generator and reader."""

import csv
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from linkage.counterparts.city import CityConfig, CityManifest, make_city

AS_OF = date(2026, 6, 5)
ERA_BEFORE = {"1": 1867, "2": 1911, "3": 1925, "4": 1988, "5": 2018}
Row = dict[str, str]


def day8(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def day_of_era(text: str) -> date:
    return date(ERA_BEFORE[text[0]] + int(text[1:3]), int(text[3:5]), int(text[5:]))


@dataclass
class ParsedFile:
    control: list[str]
    columns: list[str]
    rows: list[Row]
    trailer: list[str]

    @classmethod
    def read(cls, path: Path) -> "ParsedFile":
        text = path.read_bytes().decode("utf-8")
        assert text.endswith("\r\n")
        assert "\n" not in text.replace("\r\n", "")
        lines = list(csv.reader(text.splitlines()))
        columns = lines[1]
        assert {len(line) for line in lines[2:-1]} <= {len(columns)}
        rows = [dict(zip(columns, line, strict=True)) for line in lines[2:-1]]
        return cls(lines[0], columns, rows, lines[-1])

    def good(self, wrong: set[int]) -> Iterator[Row]:
        """Rows other than those on the given 1-based lines."""
        return (row for line, row in enumerate(self.rows, start=3) if line not in wrong)


@dataclass
class ParsedCity:
    manifest: CityManifest
    files: dict[str, ParsedFile]

    def file(self, layout: str, serial: int = 1) -> ParsedFile:
        return next(
            f for name, f in self.files.items() if name.startswith(layout) and name.endswith(f"{serial:03}.csv")
        )

    def name(self, layout: str, serial: int = 1) -> str:
        return next(n for n in self.files if n.startswith(layout) and n.endswith(f"{serial:03}.csv"))

    def wrong_lines(self, layout: str, serial: int = 1) -> set[int]:
        name = self.name(layout, serial)
        return {f.line for f in [*self.manifest.faults, *self.manifest.consequences] if f.file == name}

    def good(self, layout: str, serial: int = 1) -> list[Row]:
        return list(self.file(layout, serial).good(self.wrong_lines(layout, serial)))

    def histories(self) -> dict[str, list[Row]]:
        """Good resident rows by addressee number, oldest first."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.good("JUMIN"):
            found[row["宛名番号"]].append(row)
        return found

    def residents(self) -> list[Row]:
        return [rows[-1] for rows in self.histories().values() if rows[-1]["住民状態"] == "1"]


@cache
def city(insured: int = 2500, faulty: float = 0.0) -> ParsedCity:
    """A city of this size, read back; made once in a test run."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "city"
        manifest = make_city(CityConfig(insured, faulty=faulty), out)
        return ParsedCity(manifest, {p.name: ParsedFile.read(p) for p in sorted(out.glob("*.csv"))})


def insured_on(row: Row, day: date = AS_OF) -> bool:
    """第1号 on the day, written again from the age rule: 65 is reached on the day before the birthday."""
    born = day_of_era(row["生年月日"])
    reached = (born.year + 65, born.month, born.day - 1) if born.day > 1 else (born.year + 65, born.month, 0)
    return (day.year, day.month, day.day) >= reached and row["住所地特例区分"] == "0" and row["住民状態"] == "1"
