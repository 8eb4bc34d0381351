"""What an order (発令) does to somebody's id, and when it cannot be (E08): pure, without clock and database."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """発令区分."""

    HIRE = "hire"
    TRANSFER = "transfer"
    LEAVE = "leave"
    RETURN = "return"
    RETIRE = "retire"
    RENAME = "rename"
    CONCURRENT = "concurrent"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Kind.HIRE: "採用", Kind.TRANSFER: "異動", Kind.LEAVE: "休職開始", Kind.RETURN: "復職", Kind.RETIRE: "退職",
    Kind.RENAME: "氏名変更", Kind.CONCURRENT: "兼務",
}  # fmt: skip
PLACED = frozenset({Kind.HIRE, Kind.TRANSFER, Kind.CONCURRENT})  # the kinds that name an office


class Status(StrEnum):
    """在職の状態 as the orders so far leave it."""

    ACTIVE = "active"
    ABSENT = "absent"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be used (`refused`), or is used with a doubt; without personal data in the words."""

    code: str
    field: str
    message: str
    remedy: str = "人事担当課に確かめ、直した異動分を受け取ってください。"
    refused: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the orders so far leave them. `last_on` is the day of the newest order, if there was one."""

    number: str
    name: str
    kana: str
    status: Status
    office: str
    section: str
    address_key: bytes = b""
    absent_from: date | None = None
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One order; `office` is the code of the office, `manager_number` may be empty."""

    line: int
    number: str
    name: str
    kana: str
    kind: Kind
    on: date
    office: str = ""
    section: str = ""
    position: str = ""
    manager_number: str = ""
    address_key: bytes = b""

    @property
    def key(self) -> tuple[str, str, date, str]:
        """What makes it the same order when it is sent again."""
        place = self.office if self.kind in PLACED else ""
        return (self.number, self.kind.value, self.on, place)


def sequence(orders: Iterable[Order]) -> list[Order]:
    """The order in which they take effect: by day, and on one day the hire first and the retirement last."""
    ranks = {Kind.HIRE: 0, Kind.RETIRE: 2}
    return sorted(orders, key=lambda order: (order.on, ranks.get(order.kind, 1), order.line))


def judge(person: Person | None, order: Order, offices: frozenset[str]) -> Person | Fault:
    """The person after the order, or why it cannot be (人事情報に基づく発効・失効管理).

    `offices` are the codes of the offices of this system.
    """
    if order.kind in PLACED and not order.office:
        return Fault("missing", "所属コード", f"{order.kind.label}の発令に、所属コードがありません。")
    if order.kind in PLACED and order.office not in offices:
        return Fault(
            "unknown-office", "所属コード", "所属コードが、このシステムの事務所にありません。",
            "事務所を登録するか、人事担当課に所属コードを確かめてください。",
        )  # fmt: skip
    if person is None:
        return _first(order)
    if person.last_on and order.on < person.last_on:
        return Fault("stale-row", "発令日", "この職員の、より新しい発令を取り込み済みです。")
    if order.kind == Kind.HIRE:
        return _again(person, order)
    if person.status == Status.RETIRED:
        return Fault("retired-already", "発令区分", "退職した職員への発令です。")
    return _moved(person, order)


def _first(order: Order) -> Person | Fault:
    if order.kind != Kind.HIRE:
        return Fault(
            "unknown-staff", "職員番号", f"登録のない職員番号への{order.kind.label}の発令です。",
            "採用の発令を先に取り込むか、職員番号を確かめてください。",
        )  # fmt: skip
    return Person(
        order.number, order.name, order.kana, Status.ACTIVE, order.office, order.section, order.address_key,
        last_on=order.on,
    )  # fmt: skip


def _again(person: Person, order: Order) -> Person | Fault:
    """Hired again under the old number: only the same person may be."""
    if person.status != Status.RETIRED:
        return Fault("hired-already", "発令区分", "在職している職員番号への採用の発令です。")
    if (person.kana or person.name) != (order.kana if person.kana else order.name):
        return Fault(
            "number-reused", "職員番号", "別の人が使っていた職員番号です。1人に1つの利用者IDを使います。",
            "人事担当課に、新しい職員番号を付けてもらってください。",
        )  # fmt: skip
    return replace(
        person, name=order.name, kana=order.kana, status=Status.ACTIVE, office=order.office, section=order.section,
        address_key=order.address_key or person.address_key, last_on=order.on, absent_from=None,
    )  # fmt: skip


def _moved(person: Person, order: Order) -> Person | Fault:
    after = replace(person, last_on=order.on, address_key=order.address_key or person.address_key)
    match order.kind:
        case Kind.TRANSFER:
            return replace(after, office=order.office, section=order.section)
        case Kind.LEAVE if person.status == Status.ABSENT:
            return Fault("absent-already", "発令区分", "すでに休職中の職員への休職開始の発令です。")
        case Kind.LEAVE:
            return replace(after, status=Status.ABSENT, absent_from=order.on)
        case Kind.RETURN if person.status != Status.ABSENT:
            return Fault("not-absent", "発令区分", "休職していない職員への復職の発令です。")
        case Kind.RETURN:
            return replace(after, status=Status.ACTIVE, absent_from=None)
        case Kind.RETIRE:
            return replace(after, status=Status.RETIRED)
        case Kind.RENAME:
            return replace(after, name=order.name, kana=order.kana)
        case _:
            return after  # 兼務 adds rights elsewhere and moves nobody


def last_day_of_use(retired_on: date, *, is_worked: bool) -> date:
    """The last day on which the id of somebody retired works: the day itself where the city dates the order with the
    last day of service (`is_worked`), else the day before.
    """
    return retired_on if is_worked else retired_on - timedelta(days=1)
