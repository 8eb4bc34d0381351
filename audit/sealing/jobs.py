"""The nightly proof (封印の検証): a job of the ledger, with an urgent notice when the log was tampered with."""

from django.db import transaction

from audit import notices
from audit.actor import Actor
from audit.jobs import Issue, JobKind, Work, execute, register, request_job
from audit.models import Office, Staff
from audit.rights import Act, File, Right
from audit.sealing.partitions import stray_rows
from audit.sealing.seals import seal_log
from audit.sealing.verify import verify
from kaigo.common import clock

KIND = "verify-log"
REMEDY = (
    "データベースの管理者の操作記録と、外部に控えた封印（export_seals）を確かめ、漏えい等事案として報告してください。"
)


def run(work: Work) -> None:
    """Verify the whole log; a break is an issue of the job and an urgent notice to those who review the log."""
    with work.stage("verify", "封印との突合") as stage:
        seal_log()
        shown = 0

        def advance(done: int, total: int) -> None:
            nonlocal shown
            stage.total = total
            stage.advance(done - shown)
            shown = done

        found = verify(progress=advance)
    issues = []
    if found.broken:
        row = f"（行 {found.broken.row}）" if found.broken.row is not None else ""
        message = f"封印 {found.broken.seal}{row}: {found.broken.message}"
        issues.append(Issue(found.broken.row, "", "", "log-broken", message, REMEDY))
    if strays := stray_rows():
        text = f"月の範囲の外の行が{strays}行あります。サーバーの時計を確かめてください。"
        issues.append(
            Issue(None, "", "", "log-stray", text, "時計を直し、区画の作成を確かめてください。", refused=False)
        )
    with transaction.atomic():
        work.job.issues.all().delete()
        work.issues(issues)
        work.save(counts={"行": found.rows, "封印": found.seals, "未封印": found.unsealed, "異常": len(issues)})
        if found.broken:
            _alarm(work)


def run_nightly() -> None:
    """The nightly verification, asked for by the calendar."""
    job = request_job(
        Actor.of_calendar(),
        KIND,
        office=Office.objects.get(is_head=True),
        period=f"{clock.today():%Y-%m-%d}",
        idempotency_key=f"{KIND}:{clock.today():%Y%m%d}",
        by_schedule=True,
        enqueue=False,
    )
    execute(str(job.public_id))


def _alarm(work: Work) -> None:
    right = Right(File.ACCESS_LOG, Act.VIEW)
    readers = Staff.objects.filter(
        is_active=True,
        assignments__period__contains=clock.today(),
        assignments__role__permissions__codename=right.codename,
    ).distinct()
    for reader in readers:
        notices.tell(
            reader,
            "アクセス記録の検証で異常が見つかりました。記録が書き換えられた疑いがあります。",
            path=f"/jobs/{work.job.public_id}/issues/",
            urgent=True,
        )


register(JobKind(KIND, "アクセス記録の検証", File.ACCESS_LOG, run=run))
