"""Asking for the take-in of a personnel file (人事情報の取込みの依頼): its frame, its rows, and never its addresses."""

from datetime import date
from typing import Any, Protocol

from django.db import connection, transaction

from audit.actor import Actor
from audit.history import recorded
from audit.jobs import Issue, Work, request_job
from audit.models import JobFile, JobRun, Office
from audit.permissions import require
from audit.personnel import reading
from audit.personnel.layout import Value, jinji
from audit.personnel.models import PersonnelOrder
from audit.personnel.reading import PersonnelFile
from audit.personnel.rules import Fault
from audit.rights import Act, File
from audit.subjects import address_key
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal

KIND = "personnel-import"
LOCK = 0x7065  # "pe": one file at a time
State = JobRun.State


def request_import(actor: Actor, content: bytes, *, enqueue: bool = True) -> JobRun:
    """人事情報の取込みを依頼する: the job previews it, a second person approves it (E08).

    The file itself is not kept: its rows are, with the digest of the address in place of the address.
    Raises Forbidden without staff.run on the head office, Refusal for a wrong frame (see `reading.read`), for the
    same file again (`file-again`) or one older than the last (`file-older`), Conflict while another one is open.
    """
    head = Office.objects.get(is_head=True)
    require(actor, File.STAFF, Act.RUN, head.pk)
    file = reading.read(content, today=clock.today())
    with transaction.atomic(), recorded(actor, "人事情報の取込みの依頼"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK])
        _check_turn(file)
        job = request_job(
            actor, KIND, office=head, period=f"{file.created_on:%Y-%m-%d}",
            parameters={"full": file.is_full}, enqueue=enqueue,
        )  # fmt: skip
        name = f"{jinji().id}_{file.created_on:%Y%m%d}_{file.serial:03d}.csv"
        JobFile.objects.create(
            job=job, direction=JobFile.Direction.IN, layout=jinji().id, name=name, sha256=file.sha256, size=file.size,
            rows=len(file.rows), created_on=file.created_on, serial=file.serial,
        )  # fmt: skip
        _keep_rows(job, file)
        return job


class Upload(Protocol):
    """What a browser sent."""

    size: int

    def read(self) -> bytes: ...


def request_upload(actor: Actor, upload: Upload) -> JobRun:
    """The same from a browser; what is too large is not even read."""
    if upload.size > reading.LARGEST:
        raise reading.too_large()
    return request_import(actor, upload.read())


def _check_turn(file: PersonnelFile) -> None:
    """One file after the other, each once, none before an older one."""
    earlier = JobFile.objects.filter(layout=jinji().id, direction=JobFile.Direction.IN)
    earlier = earlier.exclude(job__state=State.CANCELLED)
    if earlier.filter(sha256=file.sha256).exists():
        raise Refusal("file-again", "このファイルは、すでに取り込んでいます。", field="file")
    if JobRun.objects.filter(kind=KIND).exclude(state__in=(State.DONE, State.CANCELLED)).exists():
        raise Conflict(
            "import-open",
            "前の人事情報の取込みが終わっていません。",
            ways=("前の取込みを承認するか、取り消してから依頼してください。",),
        )
    last = earlier.order_by("-created_on", "-serial").first()
    if last and last.created_on and (file.created_on, file.serial) <= (last.created_on, last.serial):
        raise Refusal(
            "file-older",
            f"最後に取り込んだファイル（{last.name}）より新しいファイルではありません。",
            field="file",
            ways=("作成日と通番の新しいファイルを選んでください。",),
        )


def _keep_rows(job: JobRun, file: PersonnelFile) -> None:
    orders, issues = [], []
    for line, row in file.rows:
        if isinstance(row, dict):
            orders.append(_order(job, line, row))
        else:
            issues += [issue(line, "", fault) for fault in row]
    PersonnelOrder.objects.bulk_create(orders, batch_size=500)
    Work(job).issues(issues)


def _order(job: JobRun, line: int, row: dict[str, Value]) -> PersonnelOrder:
    texts: dict[str, Any] = {name: value for name, value in row.items() if name not in ("address", "office")}
    on = texts.pop("effective_on")
    if not isinstance(on, date):
        raise TypeError("the layout gives a day")
    return PersonnelOrder(
        job=job, line=line, effective_on=on, office_code=str(row["office"]),
        address_key=address_key(str(row["address"]), ""), **texts,
    )  # fmt: skip


def issue(line: int | None, key: str, fault: Fault) -> Issue:
    """A fault as the job's ledger keeps it."""
    return Issue(line, key, fault.field, fault.code, fault.message, fault.remedy, fault.refused)
