"""Screens of the routes (決裁経路): what is laid down, and laying down another."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from audit.decisions import laying, queries
from audit.decisions.forms import RouteForm, StepFormSet, planned
from audit.decisions.kinds import kind_of, kinds
from audit.decisions.models import Route
from audit.permissions import actor_of, discloses_nothing
from audit.rights import Act, File, Right
from audit.screens import listing, once
from kaigo.common import clock
from kaigo.common.refusal import Refusal

VIEW, ENTER = Right(File.DECISIONS, Act.VIEW), Right(File.DECISIONS, Act.ENTER)
COLUMNS = {
    "種類": "kind",
    "所属": "office__code",
    "金額の上限": "amount_up_to",
    "適用開始日": "period",
    "段階": None,
    "状態": None,
}
WHY = "who decides on what, without insured persons"


@require_GET
@discloses_nothing(WHY, right=VIEW)
def route_list(request: HttpRequest) -> HttpResponse:
    """決裁経路の一覧, and the kinds for which nothing is laid down."""
    found = listing(request, queries.routes(), COLUMNS, order="kind")
    laid = set(Route.objects.filter(in_force=True, period__contains=clock.today()).values_list("kind", flat=True))
    context = {
        "listing": found,
        "rows": [(row, kind_of(row.kind).label, laying.step_rows(row), _state(row)) for row in found.page],
        "by_default": [kind.label for kind in kinds() if kind.name not in laid],
        "may_enter": actor_of(request).may(ENTER),
    }
    return render(request, "decisions/routes.html", context)


@require_GET
@discloses_nothing(WHY, right=VIEW)
def route_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """決裁経路: one route with its steps and the decision that put it in force."""
    row = queries.route_of(public_id)
    context = {
        "route": row,
        "label": kind_of(row.kind).label,
        "rows": laying.step_rows(row),
        "state": _state(row),
        "decision": queries.latest(row.public_id),
    }
    return render(request, "decisions/route.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def route_new(request: HttpRequest) -> HttpResponse:
    """決裁経路を定める: for what, and the steps in their order; another person decides on it."""
    first = {"starts_on": clock.today(), "kind": request.GET.get("kind", "")}
    form = RouteForm(request.POST or None, initial=first)
    steps = StepFormSet(request.POST or None, prefix="step", form_kwargs={"actor": actor_of(request)})
    if request.method == "POST" and all([form.is_valid(), steps.is_valid()]):
        try:
            return once(request, lambda: _proposed(request, form, steps))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return render(request, "decisions/route_new.html", {"form": form, "steps": steps})


def _proposed(request: HttpRequest, form: RouteForm, steps: StepFormSet) -> str:  # type: ignore[valid-type]
    decision = laying.propose_route(actor_of(request), steps=planned(steps), **form.cleaned_data)
    messages.success(request, f"決裁経路を起案しました（{decision.number}）。別の職員の決裁で効力を生じます。")
    return reverse("decision", args=[decision.public_id])


def _state(route: Route) -> str:
    today = clock.today()
    if not route.in_force:
        return "決裁前"
    if route.period.lower > today:
        return "適用前"
    return "適用中" if route.period.upper is None or route.period.upper > today else "終了"
