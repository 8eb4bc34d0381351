"""Verifying the access log: nothing changed, removed, inserted or re-ordered, and the first broken row by name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from audit.models import AccessLogSeal
from audit.sealing import keys
from audit.sealing.rows import BEGINNING, FORMS, SHORT, Position, Row, chained, read
from audit.sealing.seals import START, end_of, fingerprint
from kaigo.common.wareki import format_wareki

ENTRY = 8 + SHORT


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the log and its seals disagree: which seal, which row (id), and what is wrong."""

    seal: int
    row: int | None
    message: str


@dataclass(slots=True)
class Outcome:
    """What the verification found: rows and seals that agree, rows not sealed yet, and the break if there is one."""

    seals: int = 0
    rows: int = 0
    unsealed: int = 0
    head: bytes = START
    broken: Break | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A seal's number and fingerprint as they were noted down elsewhere."""

    number: int
    fingerprint: str


class _Stop(Exception):
    def __init__(self, found: Break) -> None:
        super().__init__(found.message)
        self.found = found


def verify(
    *,
    trusted: Mapping[str, Ed25519PublicKey] | None = None,
    anchors: tuple[Anchor, ...] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Compare every sealed row with its seal, in order, in flat memory.

    `trusted` are the public keys to believe (default: the settings'), `anchors` seals noted down elsewhere, which must
    still be there: only they show that the newest rows were cut off together with their seals. `progress` is told the
    rows done and the rows that the seals cover.
    """
    outcome = Outcome()
    try:
        with transaction.atomic():  # one snapshot is not needed: sealed rows are final
            _verify(outcome, dict(trusted or keys.public_keys()), {a.number: a.fingerprint for a in anchors}, progress)
    except _Stop as stop:
        outcome.broken = stop.found
    return outcome


def _verify(
    outcome: Outcome,
    trusted: dict[str, Ed25519PublicKey],
    anchors: dict[int, str],
    progress: Callable[[int, int], None] | None,
) -> None:
    total = sum(AccessLogSeal.objects.values_list("row_count", flat=True))
    seals = AccessLogSeal.objects.order_by("number").iterator(chunk_size=50)
    last: AccessLogSeal | None = None
    chain = START
    for _, group in groupby(seals, key=lambda seal: seal.form):
        stream: _Stream | None = None
        for seal in group:
            if seal.form not in FORMS:
                raise _Stop(Break(seal.number, None, "この版のプログラムが知らない形式の封印です"))
            _check_seal(seal, last, trusted)
            stream = stream or _Stream(read(seal.form, end_of(last)))
            chain = _check_rows(seal, stream, chain)
            if anchors.pop(seal.number, None) not in (None, fingerprint(seal).hex()):
                raise _Stop(Break(seal.number, None, "封印が外部の控えと違います"))
            outcome.seals, outcome.rows, last = outcome.seals + 1, outcome.rows + seal.row_count, seal
            if progress:
                progress(outcome.rows, total)
    if anchors:
        missing = min(anchors)
        raise _Stop(Break(missing, None, "外部の控えにある封印がありません。新しい側の記録が切り取られています"))
    outcome.head = fingerprint(last) if last else START
    outcome.unsealed = sum(1 for _ in read(max(FORMS), end_of(last)))


class _Stream:
    """Rows one after another, with one row of look-ahead."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def until(self, end: Position) -> Iterator[Row]:
        """The rows up to and with a position."""
        while self._next is not None and self._next.position <= end:
            row, self._next = self._next, next(self._rows, None)
            yield row


def _check_seal(seal: AccessLogSeal, last: AccessLogSeal | None, trusted: Mapping[str, Ed25519PublicKey]) -> None:
    from audit.sealing.seals import payload

    number = last.number + 1 if last else 1
    if seal.number != number:
        raise _Stop(Break(number, None, "封印がありません（削除されています）"))
    key = trusted.get(seal.key_id)
    if key is None:
        raise _Stop(Break(seal.number, None, f"知らない鍵「{seal.key_id}」で署名された封印です"))
    if not keys.is_signed(key, bytes(seal.signature), payload(seal)):
        raise _Stop(Break(seal.number, None, "封印の署名が正しくありません（封印が書き換えられています）"))
    if bytes(seal.previous) != (fingerprint(last) if last else START):
        raise _Stop(Break(seal.number, None, "前の封印とつながっていません（前の封印が作り直されています）"))
    if (seal.from_epoch, seal.from_xid, seal.from_id) != (end_of(last) if last else BEGINNING):
        raise _Stop(Break(seal.number, None, "前の封印の終わりから始まっていません"))


def _check_rows(seal: AccessLogSeal, stream: _Stream, chain: bytes) -> bytes:
    """The chain after the seal's rows. Raises _Stop with the first row that disagrees."""
    actual = []
    for row in stream.until(end_of(seal)):
        chain = chained(chain, row)
        actual.append(row)
        if len(actual) > 2 * seal.row_count + 1000:  # however many were put in, the first is enough
            break
    expected = [bytes(seal.rows[at : at + ENTRY]) for at in range(0, len(seal.rows), ENTRY)]
    if [row.short for row in actual] != expected:
        raise _Stop(_difference(seal, expected, actual))
    if len(actual) != seal.row_count or chain != bytes(seal.chain):
        raise _Stop(Break(seal.number, None, "行の連鎖が封印と一致しません"))
    return chain


def _difference(seal: AccessLogSeal, expected: list[bytes], actual: list[Row]) -> Break:
    present = {row.position.id: row for row in actual}
    known = {int.from_bytes(entry[:8]) for entry in expected}
    for place, entry in enumerate(expected):
        row_id = int.from_bytes(entry[:8])
        found = actual[place] if place < len(actual) else None
        if found and found.short == entry:
            continue
        if found and found.position.id not in known:
            return _named(seal, found, "後から挿入された行です")
        if row_id not in present:
            return Break(seal.number, row_id, "行が削除されています")
        if found and found.position.id == row_id:
            return _named(seal, found, "行の内容が書き換えられています")
        return _named(seal, present[row_id], "行の順序が入れ替えられています")
    return _named(seal, actual[len(expected)], "後から挿入された行です")


def _named(seal: AccessLogSeal, row: Row, message: str) -> Break:
    moment = datetime.fromtimestamp(row.micros / 1_000_000, UTC).astimezone()
    return Break(seal.number, row.position.id, f"{format_wareki(moment.date())} {moment:%H:%M:%S} の{message}")
