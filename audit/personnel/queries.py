"""What a person may see of personnel data: imports and their orders."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from audit.actor import Actor
from audit.models import JobRun
from audit.personnel.intake import KIND
from audit.personnel.models import PersonnelOrder
from audit.rights import Act, File, Right
from kaigo.common.refusal import NotFound

VIEW = Right(File.STAFF, Act.VIEW)
ENTER = Right(File.STAFF, Act.ENTER)
DECIDE = Right(File.STAFF, Act.DECIDE)
RUN = Right(File.STAFF, Act.RUN)


def imports(actor: Actor) -> QuerySet[JobRun]:
    """The take-ins of personnel files, on the offices where the person may view, run or decide."""
    offices = actor.offices(VIEW) | actor.offices(RUN) | actor.offices(DECIDE)
    rows = JobRun.objects.filter(kind=KIND, office_id__in=offices).select_related("requested_by", "approved_by")
    refused = Count("issues__line", filter=Q(issues__refused=True), distinct=True)
    return rows.annotate(refused=refused).prefetch_related("files")


def import_of(actor: Actor, public_id: UUID) -> JobRun:
    """One take-in. Raises NotFound."""
    return found(imports(actor).filter(public_id=public_id).first(), "この人事情報の取込み")


def orders(job: JobRun, asked: dict[str, Any]) -> QuerySet[PersonnelOrder]:
    """The orders of a take-in that the filter asks for."""
    rows = PersonnelOrder.objects.filter(job=job).select_related("staff__office")
    wanted = {name: asked[name] for name in ("state", "kind") if asked.get(name)}
    return rows.filter(**wanted)


def order_of(actor: Actor, public_id: UUID) -> PersonnelOrder:
    """One order of a take-in that the person may see. Raises NotFound."""
    rows = PersonnelOrder.objects.filter(public_id=public_id, job__in=imports(actor).order_by().values("pk"))
    return found(rows.select_related("job", "staff").first(), "この発令")


def failed_orders(actor: Actor) -> QuerySet[PersonnelOrder]:
    """Orders whose day came and that could not take effect."""
    return PersonnelOrder.objects.filter(
        state=PersonnelOrder.State.FAILED, job__in=imports(actor).order_by().values("pk")
    )


def found(row: Any, what: str) -> Any:
    """The row, or NotFound: of another office or not there at all is the same to who asks."""
    if row is None:
        raise NotFound(
            "not-found", f"{what}は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return row
