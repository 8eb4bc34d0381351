"""The four files as the other systems write them: columns, one row of each, and a plain writer of CSV.

This is the other side of the connection. It is written from the text of the layouts and shares no code with
the reader, so that a mistake on one side shows.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from linkage.counterparts.city.assistance import Assistance
from linkage.counterparts.city.calendar import date8, era7
from linkage.counterparts.city.checks import resident_code
from linkage.counterparts.city.incomes import Tax
from linkage.counterparts.city.pensions import Pension
from linkage.counterparts.city.people import Entry, Person

_LAYOUTS = {
    "JUMIN": "レコード区分,宛名番号,履歴番号,異動事由コード,異動年月日,届出年月日,住民状態,世帯番号,続柄コード,氏名,"
    "氏名カナ,通称,生年月日,性別,区コード,郵便番号,町名,番地,方書,電話番号,住民となった日,住民でなくなった日,転入前市町村,"
    "転出先転入日,個人番号,国籍等区分,支援措置区分,住所地特例区分,特例保険者番号,通称カナ,"
    "本名通称区分,氏名英字,併記名,町名コード,行政区コード,方書カナ,在留資格コード,在留期間コード,在留開始年月日,在留終了年月日,住民票コード",
    "ZEI": "レコード区分,宛名番号,課税年度,履歴番号,異動年月日,課税区分,均等割額,所得割額,合計所得金額,給与収入額,"
    "給与所得額,公的年金等収入額,公的年金等所得額,その他所得額,長期譲渡特別控除額,短期譲渡特別控除額,扶養親族数,障害者等区分",
    "SEIHO": "レコード区分,宛名番号,種別,開始年月日,廃止年月日,境界層適用段階,ケース番号",
    "NENKIN": "レコード区分,宛名番号,基礎年金番号,年金コード,老齢福祉年金区分,年金年額,特別徴収義務者コード,"
    "特別徴収状態,特別徴収開始年月,前年度2月特別徴収額",
}
COLUMNS = {layout: names.split(",") for layout, names in _LAYOUTS.items()}
FULL, CHANGES = 1, 2  # 全件, 異動分
FIRST_DATA_LINE = 3
_CHUNK = 1 << 20


def resident_row(person: Person, version: int, entry: Entry) -> list[str]:
    at = entry.address
    return [
        "D",
        f"{person.number:015}",
        str(version),
        entry.reason,
        date8(entry.moved_on),
        date8(entry.reported_on),
        entry.state,
        f"{entry.household:015}",
        entry.relationship,
        entry.name[0],
        entry.name[1],
        person.alias,
        era7(person.born),
        person.sex,
        at.ward,
        at.postal_code,
        at.town,
        at.lot,
        at.building,
        person.phone,
        date8(person.since),
        date8(entry.left_on),
        person.origin,
        date8(entry.taken_over_on),
        person.individual_number,
        "2" if person.foreign else "1",
        "1" if person.protected else "0",
        "1" if person.elsewhere else "0",
        person.elsewhere,
        person.alias_kana,
        "2" if person.alias else "1",
        entry.name[0].upper() if person.foreign and entry.name[0].isascii() else "",
        "",
        f"{at.ward}{at.postal_code[-4:]}",
        at.postal_code[3:5],
        "",
        *_stay(person),
        resident_code(person.serial),
    ]


def _stay(person: Person) -> list[str]:
    """在留資格, 在留期間 and their days of a foreign resident: 永住者 have no end, others three years from a day."""
    if not person.foreign:
        return ["", "", "", ""]
    if person.serial % 3:
        return ["H01", "", date8(person.since), ""]
    return ["D13", "3Y", date8(person.since), date8(person.since.replace(year=person.since.year + 3, day=1))]


def tax_row(tax: Tax, year: int, version: int, decided_on: date) -> list[str]:
    amounts = (
        tax.per_capita,
        tax.income_levy,
        tax.total,
        tax.salary_revenue,
        tax.salary_income,
        tax.pension_revenue,
        tax.pension_income,
        tax.other,
        tax.long_deduction,
        tax.short_deduction,
        tax.dependents,
    )
    head = ["D", f"{tax.person.number:015}", str(year), str(version), date8(decided_on), tax.status]
    return [*head, *map(str, amounts), "1" if tax.disabled else "0"]


def assistance_row(row: Assistance) -> list[str]:
    return ["D", f"{row.person.number:015}", row.kind, date8(row.start), date8(row.end), row.tier, row.case]


def pension_row(pension: Pension) -> list[str]:
    return [
        "D",
        f"{pension.person.number:015}",
        pension.number,
        pension.code,
        "1" if pension.welfare else "0",
        str(pension.amount),
        pension.payer,
        pension.state,
        pension.starts,
        str(pension.february),
    ]


def quoted(field: str) -> str:
    """The field as RFC 4180 wants it."""
    if "," in field or '"' in field:
        return '"' + field.replace('"', '""') + '"'
    return field


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What was written: `rows` counts data rows, `size` bytes."""

    name: str
    layout: str
    kind: int
    created_on: date
    serial: int
    rows: int
    size: int
    sha256: str


class CityFile:
    """One outgoing file. The control line states the number of rows, so the rows wait in a part file."""

    def __init__(self, folder: Path, layout: str, created_on: date, serial: int, kind: int) -> None:
        self.layout = layout
        self.name = f"{layout}_{date8(created_on)}_{serial:03}.csv"
        self.rows = 0
        self._head = (created_on, serial, kind)
        self._commas = len(COLUMNS[layout]) - 1
        self._path = folder / self.name
        self._part = folder / f"{self.name}.part"
        self._body = self._part.open("w", encoding="utf-8", newline="", buffering=_CHUNK)

    def write(self, fields: list[str]) -> int:
        """Append a data row; gives its line number in the finished file."""
        line = ",".join(fields)
        if line.count(",") != self._commas or '"' in line:
            line = ",".join(map(quoted, fields))
        self._body.write(line + "\r\n")
        self.rows += 1
        return FIRST_DATA_LINE + self.rows - 1

    def finish(self) -> FileRecord:
        """Write the file under its own name: control line, column names, rows, trailer."""
        self._body.close()
        created_on, serial, kind = self._head
        control = f"H,{self.layout},1,{date8(created_on)},{serial},{kind},{self.rows}\r\n"
        names = ",".join(COLUMNS[self.layout]) + "\r\n"
        digest = hashlib.sha256()
        whole = self._path.with_suffix(".csv.tmp")
        with self._part.open("rb") as body, whole.open("wb") as target:
            rows = iter(lambda: body.read(_CHUNK), b"")
            for piece in chain([(control + names).encode()], rows, [f"T,{self.rows}\r\n".encode()]):
                target.write(piece)
                digest.update(piece)
            size = target.tell()
        os.replace(whole, self._path)
        self._part.unlink()
        return FileRecord(self.name, self.layout, kind, created_on, serial, self.rows, size, digest.hexdigest())

    def close(self) -> None:
        """Give up: what was written so far stays in the part file."""
        self._body.close()
