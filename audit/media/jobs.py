"""Making a large export (外部出力の作成) after its approval, and the decision that it waits for."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from audit import access, notices
from audit.decisions.kinds import DecisionKind, Rows
from audit.history import recorded
from audit.jobs import JobKind, Work
from audit.media import making, services
from audit.media.models import Export, ExportStep
from audit.media.refusals import Barred
from audit.models import JobRun
from audit.rights import File
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_wareki


def run(work: Work) -> None:
    """Make the file; run again after an interruption, it makes it then and once. A refusal is told to the asker."""
    row = _export(work.job)
    if row.state != Export.State.MAKING:
        return
    try:
        with work.stage("make", "ファイルの作成", row.count), _recorded(work):
            making.make(work.actor, row, scope=making.scope_of(row))
            work.save(counts={"件数": row.count})
    except Refusal as refusal:
        if isinstance(refusal, Barred):
            access.keep_refusal(refusal)
        with _recorded(work):
            making.move(row, state=Export.State.FAILED, failure=refusal.message[:300])
            making.note(work.actor, row, ExportStep.Kind.FAILED, refusal.message)
            _tell(row, "作成できませんでした。")
        raise
    _tell(row, "受け取れるようになりました。")


@contextmanager
def _recorded(work: Work) -> Iterator[None]:
    with transaction.atomic(), recorded(work.actor, "外部出力の作成"):
        yield


def _tell(row: Export, words: str) -> None:
    notices.tell(row.requested_by, f"外部出力（{row.number}）を{words}", path=path(row.public_id))


def _export(job: JobRun) -> Export:
    return Export.objects.select_related("requested_by", "office").get(public_id=job.parameters["export"])


def path(about: UUID) -> str:
    """The page of an export."""
    return reverse("media-export", args=[about])


def rows(about: UUID) -> Rows:
    """What the deciders read about an export."""
    row = Export.objects.select_related("medium", "requested_by__office", "terminal").get(public_id=about)
    return [
        ("出力するもの", f"{row.label}　{row.words}".strip()),
        ("項目", "、".join(row.items)),
        ("人数・件数", f"{row.count:,}"),
        ("利用目的", row.purpose),
        ("提供先・利用者", row.recipient),
        ("持ち出し方", row.get_carrier_display() + (f"：{row.medium.number}" if row.medium else "")),
        ("消去の期限", format_wareki(row.erase_by)),
        ("申請者", f"{row.requested_by.office.name}　{row.requested_by.name}"),
        ("申請した端末", row.terminal.name),
    ]


KIND = JobKind(
    services.JOB, "外部出力の作成", File.MEDIA, run=run, page=lambda job: path(UUID(job.parameters["export"]))
)
DECISION = DecisionKind(
    name=services.DECISION,
    label="大量の外部出力",
    file=File.MEDIA,
    apply=services.approved,
    rows=rows,
    path=path,
    closed=services.closed,
)
