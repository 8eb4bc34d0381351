"""Laying down a route (決裁経路): entered by one person, in force by the decision of another."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from audit.actor import Actor
from audit.decisions import services
from audit.decisions.kinds import DecisionKind, Rows, kind_of
from audit.decisions.models import Decision, Route, RouteStep
from audit.decisions.routes import Planned, faults
from audit.history import recorded
from audit.models import Office
from audit.permissions import require, staff_id_of
from audit.rights import Act, File
from kaigo.common import clock
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_wareki


def propose_route(
    actor: Actor,
    *,
    kind: str,
    office: Office | None,
    amount_up_to: int | None,
    starts_on: date,
    steps: Sequence[Planned],
    reason: str,
) -> Decision:
    """Enter a route and send it round; it replaces the one for the same kind, office and limit from its first day.

    Without steps the kind goes back to one other person with the right to decide. Raises Forbidden without
    decisions.enter on the head office, Refusal for a route that cannot be used.
    """
    head = Office.objects.get(is_head=True)
    require(actor, File.DECISIONS, Act.ENTER, head.pk)
    if wrong := faults(steps):
        raise Refusal("bad-route", "".join(wrong))
    if starts_on < clock.today():
        raise Refusal("past-day", "適用開始日は、今日以後の日にしてください。", field="starts_on")
    with transaction.atomic(), recorded(actor, "決裁経路の入力"):
        route = Route.objects.create(
            kind=kind, office=office, amount_up_to=amount_up_to, period=DateRange(starts_on, None), reason=reason,
            entered_by_id=staff_id_of(actor),
        )  # fmt: skip
        for step in steps:
            RouteStep.objects.create(route=route, **step.values())
        title = f"「{kind_of(kind).label}」の決裁経路"
        return services.propose(actor, KIND.name, about=route.public_id, office=head, title=title, reason=reason)


def _put_in_force(actor: Actor, decision: Decision) -> None:
    route = Route.objects.select_for_update().get(public_id=decision.about)
    start = max(route.period.lower, clock.today())
    same = Route.objects.filter(
        kind=route.kind, office=route.office, amount_up_to=route.amount_up_to, in_force=True, period__contains=start
    )
    if (
        Route.objects.filter(
            kind=route.kind,
            office=route.office,
            amount_up_to=route.amount_up_to,
            in_force=True,
            period__startswith__gte=start,
        )
        .exclude(pk__in=same.filter(period__startswith=start))
        .exists()
    ):
        raise Refusal("later-route", "この日より後に始まる同じ決裁経路がすでにあります。差し戻してください。")
    for earlier in same:
        if earlier.period.lower == start:
            Route.objects.filter(pk=earlier.pk).update(in_force=False)
        else:
            Route.objects.filter(pk=earlier.pk).update(period=DateRange(earlier.period.lower, start))
    Route.objects.filter(pk=route.pk).update(in_force=True, period=DateRange(start, None))


def _rows(about: UUID) -> Rows:
    route = Route.objects.select_related("office").get(public_id=about)
    rows = [
        ("決裁の種類", kind_of(route.kind).label),
        ("所属", route.office.name if route.office else "すべての所属"),
        ("金額の上限", "金額を問わない" if route.amount_up_to is None else f"{route.amount_up_to:,}円以下"),
        ("適用開始日", format_wareki(route.period.lower)),
        ("理由・根拠", route.reason),
    ]
    return rows + step_rows(route)


def step_rows(route: Route) -> Rows:
    """The steps of a route in words, as its deciders and its page show them."""
    found = []
    for step in route.steps.select_related("role", "person", "office"):
        deputy = f"（不在のときは{step.deputy_position}が代決）" if step.deputy_position else ""
        found.append((f"{step.order}段目", f"{step.get_action_display()}：{step.label}{deputy}"))
    return found or [("段階", "決定の権限を持つ別の職員1人（既定）")]


def _path(about: UUID) -> str:
    from django.urls import reverse

    return reverse("decision-route", args=[about])


KIND = DecisionKind(
    name="decisions.route",
    label="決裁経路の制定",
    file=File.DECISIONS,
    apply=_put_in_force,
    rows=_rows,
    path=_path,
)
