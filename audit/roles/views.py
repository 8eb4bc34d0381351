"""Screens of roles: the list, a role's matrix, composing it, two side by side."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from audit.decisions.queries import latest
from audit.permissions import actor_of, discloses_nothing
from audit.rights import ACT_LABELS, Act, File, Right
from audit.roles import composing, queries
from audit.roles.forms import CompareForm, RoleFilter, RoleForm
from audit.roles.models import Role
from audit.roles.separation import joined
from audit.screens import listing, once
from kaigo.common.refusal import Refusal

VIEW, ENTER = queries.VIEW, Right(File.STAFF, Act.ENTER)
WHY = "roles and members of staff, without insured persons"
COLUMNS = {"役割": "group__name", "説明": None, "権限の数": None, "割り当てられている職員": "holders", "状態": None}


@require_GET
@discloses_nothing(WHY, right=VIEW)
def role_list(request: HttpRequest) -> HttpResponse:
    """役割の一覧."""
    form = RoleFilter(request.GET)
    found = listing(request, queries.roles(**form.asked()), COLUMNS, order="group__name")
    context = {
        "form": form,
        "listing": found,
        "rows": [(role, len(queries.rights_of(role.group))) for role in found.page],
        "may_enter": actor_of(request).may(ENTER),
    }
    return render(request, "roles/roles.html", context)


@require_GET
@discloses_nothing(WHY, right=VIEW)
def role_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """役割: its matrix, who holds it, how it came to be."""
    role = queries.role_of(public_id)
    rights = queries.rights_of(role.group)
    actor = actor_of(request)
    visible = actor.offices(VIEW)
    context = {
        "role": role,
        "acts": ACT_LABELS.values(),
        "matrix": queries.matrix(rights),
        "apart": joined(rights),
        "holders": [row for row in queries.holders(role) if row.staff.office_id in visible],
        "changes": [(c, composing.words(c), latest(c.public_id)) for c in queries.changes(role)],
        "may_enter": actor.may(ENTER),
    }
    return render(request, "roles/role.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def role_new(request: HttpRequest) -> HttpResponse:
    """役割を作る, from nothing or as a copy of another."""
    first: dict[str, Any] = {}
    if source := request.GET.get("copy"):
        role = queries.role_of(_uuid(source))
        names = [queries.name_of(right) for right in queries.rights_of(role.group)]
        first = {"name": f"{role.group.name}（写し）", "description": role.description, "rights": names}
    return _compose(request, None, first)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def role_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """役割の権限を変える: the matrix, what would change, proposing it."""
    role = queries.role_of(public_id)
    names = [queries.name_of(right) for right in queries.rights_of(role.group)]
    return _compose(request, role, {"name": role.group.name, "description": role.description, "rights": names})


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def role_retire(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """役割の廃止を起案する."""
    role = queries.role_of(public_id)
    error = ""
    if request.method == "POST":
        try:
            return once(request, lambda: _retired(request, role))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            error = refusal.message + "".join(refusal.ways)
    return render(
        request, "roles/retire.html", {"role": role, "error": error, "reason": request.POST.get("reason", "")}
    )


@require_GET
@discloses_nothing(WHY, right=VIEW)
def role_compare(request: HttpRequest) -> HttpResponse:
    """2つの役割を比べる."""
    form = CompareForm(request.GET or None)
    context: dict[str, Any] = {"form": form, "acts": ACT_LABELS.values()}
    if form.is_bound and form.is_valid():
        a, b = form.cleaned_data["a"], form.cleaned_data["b"]
        one, other = queries.rights_of(a.group), queries.rights_of(b.group)
        context |= {"a": a, "b": b, "pairs": list(zip(queries.matrix(one), queries.matrix(other), strict=True)),
                    "only_a": sorted(one - other), "only_b": sorted(other - one), "both": len(one & other)}  # fmt: skip
        context["rows"] = [
            (x.file, [(right, in_a, in_b) for (right, in_a), (_, in_b) in zip(x.cells, y.cells, strict=True)])
            for x, y in context["pairs"]
        ]
    return render(request, "roles/compare.html", context)


def _compose(request: HttpRequest, role: Role | None, first: dict[str, Any]) -> HttpResponse:
    form = RoleForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid() and "back" not in request.POST:
        try:
            if "confirmed" in request.POST:
                return once(request, lambda: _proposed(request, role, form.cleaned_data))
            return _check(request, role, form)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    context = {
        "form": form,
        "role": role,
        "acts": ACT_LABELS.values(),
        "matrix": [
            (r.file, [(queries.name_of(x), x, held) for x, held in r.cells]) for r in queries.matrix(form.ticked)
        ],
    }
    return render(request, "roles/compose.html", context)


def _check(request: HttpRequest, role: Role | None, form: RoleForm) -> HttpResponse:
    before = queries.rights_of(role.group) if role else frozenset()
    after = form.cleaned_data["rights"]
    holders = {row.staff for row in queries.holders(role)} if role else set()
    visible = actor_of(request).offices(VIEW)
    context = {
        "form": form,
        "role": role,
        "added": sorted(after - before),
        "removed": sorted(before - after),
        "apart": composing.conflicts(role, after),
        "affected": len(holders),
        "holders": sorted((staff for staff in holders if staff.office_id in visible), key=lambda s: s.login),
        "rights": sorted(queries.name_of(right) for right in after),
    }
    return render(request, "roles/check.html", context)


def _proposed(request: HttpRequest, role: Role | None, asked: dict[str, Any]) -> str:
    decision = composing.propose_change(actor_of(request), role, **asked)
    messages.success(request, f"起案しました（{decision.number}）。別の職員の決裁で効力を生じます。")
    return reverse("decision", args=[decision.public_id])


def _retired(request: HttpRequest, role: Role) -> str:
    reason = request.POST.get("reason", "").strip()[:200]
    if not reason:
        raise Refusal("no-reason", "理由を入れてください。", field="reason")
    decision = composing.propose_retirement(actor_of(request), role, reason=reason)
    messages.success(request, f"廃止を起案しました（{decision.number}）。")
    return reverse("decision", args=[decision.public_id])


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Refusal("bad-choice", "画面の情報が正しくありません。", ways=("一覧を開き直してください。",)) from error
