"""What a person may see of exports, media and terminals."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet

from audit.actor import Actor
from audit.media.models import Export, MediaOfficer, Medium, MediumUse
from audit.models import Office, Staff, Terminal
from audit.rights import Act, File, Right
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal

VIEW = Right(File.MEDIA, Act.VIEW)
STILL_OUT = Q(erased_on=None, voided_at=None)


def exports(actor: Actor) -> QuerySet[Export]:
    """The person's own exports, and those of the offices whose ledger they may view."""
    allowed = Q(office_id__in=actor.offices(VIEW)) | Q(requested_by_id=actor.staff_id)
    return Export.objects.filter(allowed).select_related("office", "requested_by", "medium", "terminal", "job")


def ledger(actor: Actor, asked: dict[str, Any]) -> QuerySet[Export]:
    """The exports that the filter asks for."""
    rows = exports(actor)
    for name, lookup in (("state", "state"), ("kind", "kind"), ("day_from", "requested_at__date__gte"),
                         ("day_to", "requested_at__date__lte")):  # fmt: skip
        if asked.get(name):
            rows = rows.filter(**{lookup: asked[name]})
    return rows.filter(requested_by_id=actor.staff_id) if asked.get("mine") else rows


def uses(actor: Actor, state: str = "") -> QuerySet[MediumUse]:
    """The rows of the media register of the person's offices: all, `out` (not erased) or `overdue`."""
    rows = MediumUse.objects.filter(office_id__in=_offices(actor)).select_related(
        "medium", "office", "copied_by", "terminal", "export"
    )
    if state == "out":
        return rows.filter(STILL_OUT)
    return rows.filter(STILL_OUT, due_on__lt=clock.today()) if state == "overdue" else rows


def use_of(actor: Actor, public_id: UUID) -> MediumUse:
    """One row of the media register. Raises NotFound."""
    return _one(
        uses(actor).select_related("handed_by", "returned_by", "erased_by", "voided_by"), public_id, "この媒体の記録"
    )


def media(actor: Actor) -> QuerySet[Medium]:
    """The media of the person's offices, with how many copies are on each."""
    return (
        Medium.objects.filter(office_id__in=_offices(actor))
        .select_related("office", "registered_by", "disposed_by")
        .annotate(on_it=Count("uses", filter=Q(uses__erased_on=None, uses__voided_at=None)))
    )


def medium_of(actor: Actor, public_id: UUID) -> Medium:
    """One medium. Raises NotFound."""
    return _one(media(actor), public_id, "この媒体")


def medium_for(public_id: UUID) -> Medium:
    """A medium that can be written to; the caller checks who may. Raises Refusal."""
    found = Medium.objects.filter(public_id=public_id, disposed_on=None).select_related("office").first()
    if found is None:
        raise Refusal("no-medium", "この媒体は使えません。登録されている媒体を選んでください。", field="medium")
    return found


def usable_media(office_ids: frozenset[int]) -> QuerySet[Medium]:
    """The media of the offices that can be written to."""
    return Medium.objects.filter(office_id__in=office_ids, disposed_on=None).select_related("office")


def officers(actor: Actor) -> QuerySet[MediaOfficer]:
    """Who is or was named for the media of the person's offices."""
    return MediaOfficer.objects.filter(office_id__in=actor.offices(VIEW)).select_related(
        "staff__office", "office", "appointed_by"
    )


def officer_of(actor: Actor, public_id: UUID) -> MediaOfficer:
    """One appointment. Raises NotFound."""
    return _one(officers(actor), public_id, "この指名")


def candidates(office_ids: frozenset[int]) -> QuerySet[Staff]:
    """Staff of the offices who could be named: their ids are open, and not expired."""
    expired = Q(valid_until__lt=clock.today())
    staff = Staff.objects.filter(office_id__in=office_ids, is_active=True).exclude(expired)
    return staff.select_related("office").order_by("login")


def terminal_rows(actor: Actor) -> QuerySet[Terminal]:
    """The terminals of the person's offices, with when they were last changed."""
    return (
        Terminal.objects.filter(office_id__in=actor.offices(VIEW))
        .select_related("office")
        .annotate(changed_at=Max("changes__at"))
    )


def terminal_row(actor: Actor, public_id: UUID) -> Terminal:
    """One terminal. Raises NotFound."""
    return _one(terminal_rows(actor), public_id, "この端末")


def offices_with(actor: Actor, right: Right) -> QuerySet[Office]:
    """The offices on which a right is held, for a choice in a form."""
    return Office.objects.filter(pk__in=actor.offices(right))


def overdue(office_ids: frozenset[int]) -> tuple[int, date | None]:
    """How many copies should have been erased by now, and the earliest day."""
    found = MediumUse.objects.filter(STILL_OUT, office_id__in=office_ids, due_on__lt=clock.today())
    counted = found.aggregate(count=Count("id"), due=Min("due_on"))
    return counted["count"], counted["due"]


def to_collect(staff_id: int | None) -> tuple[int, date | None]:
    """How many of the person's exports are ready and were never collected, and when the first expires."""
    found = Export.objects.filter(requested_by_id=staff_id, state=Export.State.READY, collected=0)
    counted = found.aggregate(count=Count("id"), due=Min("expires_on"))
    return counted["count"], counted["due"]


def _offices(actor: Actor) -> frozenset[int]:
    """Those whose ledger may be viewed, and those whose media the person handles."""
    from audit.media.limits import duties

    return actor.offices(VIEW) | duties(actor)


def _one(rows: QuerySet[Any], public_id: UUID, what: str) -> Any:
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(
            "not-found", f"{what}は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return found
