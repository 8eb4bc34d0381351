"""The batches of the levy room. Registered in AppConfig.ready."""

from django.urls import reverse

from audit.jobs import JobKind, register
from audit.models import JobRun
from audit.rights import File
from levy import notices, yearly
from levy.services import SAMPLE_NOTICES, YEARLY


def _run_page(job: JobRun) -> str:
    """The levy's own screen for a job."""
    return reverse("levy-run", args=[job.levy_run.public_id])


register(
    JobKind(
        YEARLY,
        "本算定（保険料の年次賦課）",
        File.LEVY,
        run=yearly.preview,
        commit=yearly.commit,
        discard=yearly.discard,
        page=_run_page,
    )
)
register(JobKind(SAMPLE_NOTICES, "納入通知書の見本作成", File.LEVY, run=notices.make_samples))
