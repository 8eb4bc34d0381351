"""Sealing: every few minutes the rows that are final are chained, and the chain's head is signed (E11)."""

import hashlib
import json
from collections.abc import Sequence

from django.db import connection, transaction

from audit.models import AccessLogSeal
from audit.sealing import keys
from audit.sealing.rows import BEGINNING, CURRENT_FORM, Position, Row, chained, horizon, read
from kaigo.common import clock
from kaigo.common.refusal import Refusal

ROWS_A_SEAL = 5_000
START = bytes(32)
LOCK = 0x5EA1  # one sealer at a time


def seal_log() -> int:
    """Seal all rows that are final and not sealed yet; says how many. A second sealer at the same time does nothing.

    Raises Refusal when the database was restored into another cluster and no new epoch was begun.
    """
    sealed = 0
    while True:
        with transaction.atomic():
            if not _only_sealer():
                return sealed
            rows = _next_rows()
            if rows:
                _write(rows)
        sealed += len(rows)
        if len(rows) < ROWS_A_SEAL:
            return sealed


def payload(seal: AccessLogSeal) -> bytes:
    """What a seal's signature covers."""
    head = [
        seal.form, seal.number, seal.epoch, seal.from_epoch, seal.from_xid, seal.from_id, seal.to_xid, seal.to_id,
        seal.row_count, int(seal.made_at.timestamp() * 1_000_000), seal.key_id,
    ]  # fmt: skip
    entries = hashlib.sha256(bytes(seal.rows)).digest()
    return json.dumps(head, separators=(",", ":")).encode() + bytes(seal.previous) + bytes(seal.chain) + entries


def fingerprint(seal: AccessLogSeal) -> bytes:
    """The digest of a whole seal; the next seal carries it, and it is what is noted down elsewhere (外部控え)."""
    return hashlib.sha256(payload(seal) + bytes(seal.signature)).digest()


def end_of(seal: AccessLogSeal | None) -> Position:
    """The place of the last row that a seal covers."""
    return Position(seal.epoch, seal.to_xid, seal.to_id) if seal else BEGINNING


def newest() -> AccessLogSeal | None:
    """The newest seal, if there is one."""
    return AccessLogSeal.objects.order_by("number").last()


def begin_epoch() -> int:
    """After a dump was restored into another cluster: rows from now on stand after all earlier ones.

    The new cluster counts transactions from the beginning again. Needs the owner's database role; returns the epoch.
    """
    epoch, _ = horizon()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE audit_accesslog ALTER COLUMN epoch SET DEFAULT {epoch + 1:d}")
    return epoch + 1


def _only_sealer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _next_rows() -> list[Row]:
    """The next rows of one epoch, at most as many as a seal takes."""
    epoch, lowest = horizon()
    last = end_of(newest())
    if last.epoch == epoch and lowest < last.xid:
        raise Refusal(
            "log-epoch",
            "データベースの取引番号が、最後の封印より前に戻っています。別のサーバーへ復元した後の状態です。",
            ways=("manage.py begin_log_epoch を、データベースの所有者で実行してください（docs/operation.md）。",),
        )
    # Rows of an earlier epoch are final: the cluster that wrote them is gone.
    below = None if epoch > last.epoch else lowest
    rows = list(read(CURRENT_FORM, last, horizon=below, limit=ROWS_A_SEAL))
    rows = [row for row in rows if row.position.epoch < epoch or row.position.xid < lowest]
    return [row for row in rows if row.position.epoch == rows[0].position.epoch]


def _write(rows: Sequence[Row]) -> AccessLogSeal:
    before = newest()
    start, end = end_of(before), rows[-1].position
    chain = bytes(before.chain) if before else START
    for row in rows:
        chain = chained(chain, row)
    name, private = keys.signing_key()
    seal = AccessLogSeal(
        form=CURRENT_FORM,
        number=before.number + 1 if before else 1,
        epoch=end.epoch,
        from_epoch=start.epoch,
        from_xid=start.xid,
        from_id=start.id,
        to_xid=end.xid,
        to_id=end.id,
        row_count=len(rows),
        rows=b"".join(row.short for row in rows),
        chain=chain,
        previous=fingerprint(before) if before else START,
        key_id=name,
        made_at=clock.now(),
    )
    seal.signature = private.sign(payload(seal))
    seal.save()
    return seal
