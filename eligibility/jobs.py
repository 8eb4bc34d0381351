"""Registered in AppConfig.ready: the nightly acquisition by age (年齢到達による資格取得)."""

from django.db import transaction

from audit.actor import Actor
from audit.jobs import JobKind, Work, register, request_job
from audit.models import JobRun, Office
from audit.rights import File
from eligibility import search_keys
from eligibility.insurance import derive_all
from kaigo.common import clock

KIND = "acquire-by-age"


def acquire_by_age(work: Work) -> None:
    """Everybody whose day of acquisition has come by today becomes insured; what is stale is corrected too."""
    with work.stage("derive", "資格の判定"), transaction.atomic():
        derived = derive_all(work.actor, "年齢到達による資格取得")
        work.job.issues.all().delete()
        work.issues(derived.contradictions)
        work.save(
            counts={
                "資格取得": derived.acquired,
                "資格期間の訂正": derived.corrected,
                "住民記録の矛盾": len(derived.contradictions),
            }
        )
    _refresh_search_keys(work)


def _refresh_search_keys(work: Work) -> None:
    """What the search box answers from: periods that begin or end today move the order, what is stale is righted."""
    with work.stage("search", "検索の手がかりの更新"):
        work.save(counts={**work.job.counts, "検索の手がかりの訂正": search_keys.refresh()})


def request_acquisition() -> JobRun:
    """Ask for today's run; asking again the same day answers with the same job."""
    today = clock.today()
    return request_job(
        Actor(name="定時処理"),
        KIND,
        office=Office.objects.get(is_head=True),
        period=str(today),
        idempotency_key=f"{KIND}:{today}",
        by_schedule=True,
    )


register(JobKind(KIND, "年齢到達による資格取得", File.ELIGIBILITY, run=acquire_by_age))
