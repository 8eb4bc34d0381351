"""Incoming files as a test writes them: by hand, from the text of the layouts, sharing nothing with the reader."""

from datetime import date
from pathlib import Path

from stdnum.jp import in_

from audit.actor import Actor
from audit.models import Office, Staff
from linkage.counterparts.city.files import COLUMNS
from linkage.importing import COUNTED, take_in

DAY = date(2026, 6, 5)  # a Friday

JUMIN = {
    "宛名番号": "000000000000001", "履歴番号": "1", "異動事由コード": "01", "異動年月日": "20100401", "届出年月日": "",
    "住民状態": "1", "世帯番号": "000000000000100", "続柄コード": "01", "氏名": "髙橋　花子", "氏名カナ": "タカハシ　ハナコ",
    "通称": "", "生年月日": "3250601", "性別": "2", "区コード": "12101", "郵便番号": "2600001", "町名": "都町",
    "番地": "1-2-3", "方書": "", "電話番号": "", "住民となった日": "20100401", "住民でなくなった日": "", "転入前市町村": "",
    "転出先転入日": "", "個人番号": "", "国籍等区分": "1", "支援措置区分": "0", "住所地特例区分": "0", "特例保険者番号": "",
}  # fmt: skip
ZEI = {
    "宛名番号": "000000000000001", "課税年度": "2026", "履歴番号": "1", "異動年月日": "20260601", "課税区分": "3",
    "均等割額": "0", "所得割額": "0", "合計所得金額": "0", "給与収入額": "0", "給与所得額": "0", "公的年金等収入額": "780000",
    "公的年金等所得額": "0", "その他所得額": "0", "長期譲渡特別控除額": "0", "短期譲渡特別控除額": "0", "扶養親族数": "0",
    "障害者等区分": "0",
}  # fmt: skip
SEIHO = {
    "宛名番号": "000000000000001", "種別": "1", "開始年月日": "20200401", "廃止年月日": "", "境界層適用段階": "",
    "ケース番号": "0000000001",
}  # fmt: skip
NENKIN = {
    "宛名番号": "000000000000001", "基礎年金番号": "1234567890", "年金コード": "1150", "老齢福祉年金区分": "0",
    "年金年額": "780000", "特別徴収義務者コード": "101", "特別徴収状態": "1", "特別徴収開始年月": "202010",
    "前年度2月特別徴収額": "6000",
}  # fmt: skip
USUAL = {"JUMIN": JUMIN, "ZEI": ZEI, "SEIHO": SEIHO, "NENKIN": NENKIN}
KINDS = {"JUMIN": "import-residents", "ZEI": "import-tax", "SEIHO": "import-assistance", "NENKIN": "import-pension"}


def individual_number(serial):
    """An invented individual number with a right check digit."""
    body = f"{99990000000 + serial:011}"
    return body + in_.calc_check_digit(body)


def resident(number=1, **changes):
    """A resident's row; with a household and an individual number of one's own unless told otherwise."""
    return {
        "宛名番号": f"{number:015}", "世帯番号": f"{number + 100:015}", "個人番号": individual_number(number), **changes
    }  # fmt: skip


def person(number=1, **changes):
    """A row of any other file."""
    return {"宛名番号": f"{number:015}", **changes}


def text_of(layout, rows, *, day=DAY, serial=1, kind=1, columns=None):
    """The text of a file; rows tell what differs from the usual row."""
    names = columns or COLUMNS[layout]
    full = [{"レコード区分": "D", **USUAL[layout], **row} for row in rows]
    lines = [f"H,{layout},1,{day:%Y%m%d},{serial},{kind},{len(rows)}", ",".join(names)]
    lines += [",".join(row.get(name, "") for name in names) for row in full]
    return "".join(line + "\r\n" for line in [*lines, f"T,{len(rows)}"])


def write(folder, layout, rows, *, day=DAY, serial=1, **more):
    """Write a file under its agreed name and give its path."""
    path = Path(folder) / f"{layout}_{day:%Y%m%d}_{serial:03}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text_of(layout, rows, day=day, serial=serial, **more).encode())
    return path


class Desk:
    """Somebody who takes files in, one after the other: each new one has the next serial."""

    def __init__(self, folder):
        self.folder, self.serial = folder, 0
        self.actor = Actor.of(Staff.objects.get(login="fuka"))
        self.head = Office.objects.get(is_head=True)

    def take(self, layout, *rows, **more):
        """Write and take in a file of these rows."""
        self.serial += 1
        return self.take_path(layout, write(self.folder, layout, list(rows), **{"serial": self.serial, **more}))

    def take_path(self, layout, path):
        return take_in(KINDS[layout], path, actor=self.actor, office=self.head)


def refusals(job):
    """The refused rows of a job as (line, code)."""
    return sorted(job.issues.filter(refused=True).values_list("line", "code"))


def counts(job):
    """(rows in, stored, unchanged, refused)."""
    return tuple(job.counts[name] for name in COUNTED)
