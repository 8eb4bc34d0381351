"""週次の税ファイル: every new file of the inbox, in order; a Friday without one leaves a failed job that says so."""

from datetime import timedelta

from audit.actor import Actor
from audit.jobs import execute, request_job
from audit.models import JobRun, Office
from kaigo.common import clock
from linkage import inbox

LAYOUT, KIND = "ZEI", "import-tax"
FRIDAY = 4
BY_CALENDAR = Actor(name="定時処理")


def import_tax_files() -> list[JobRun]:
    """Take in the tax files that wait, the oldest first. A file whose job was asked for before is not asked for again.

    The same content is the same request, so that a repeated run of the task does nothing twice.
    """
    head, friday = Office.objects.get(is_head=True), clock.today()
    last_week = friday - timedelta(days=7)
    files = inbox.waiting(LAYOUT)
    jobs = [_carried_out(head, file.period, f"inbox:{file.sha256}", path=file.path) for file in files]
    came = any(file.created_on > last_week for file in files) or inbox.arrived_after(LAYOUT, last_week)
    if friday.weekday() == FRIDAY and not came:
        jobs.append(_carried_out(head, f"{friday:%Y%m%d}", f"{KIND}-missing:{friday}", path="", due=str(friday)))
    return jobs


def _carried_out(head: Office, period: str, key: str, **parameters: str) -> JobRun:
    job = request_job(
        BY_CALENDAR,
        KIND,
        office=head,
        period=period,
        parameters=parameters,
        idempotency_key=key,
        by_schedule=True,
        enqueue=False,
    )
    return execute(str(job.public_id))
