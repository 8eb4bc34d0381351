"""Pages of their own: answering a self-check, the attendance list of a training, a sub-contract's checklist."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from audit.models import Staff
from audit.permissions import actor_of, discloses_nothing, require
from audit.registers import consents, queries, rules, services
from audit.registers.catalogue import register_of
from audit.registers.forms import AnswerFormSet, AttendanceFormSet, ChecklistForm, EndingForm
from audit.registers.models import Attendance, SelfCheck, SubContract, Training
from audit.registers.views import WHY
from audit.rights import Act, File
from audit.screens import once
from kaigo.common.refusal import Refusal

ENTER = queries.ENTER


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def answers(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """自己点検の回答: all items on one page; what is left empty stays open."""
    actor, register = actor_of(request), register_of("self-checks")
    row: SelfCheck = queries.entry(actor, register, public_id)
    require(actor, File.REGISTERS, Act.ENTER, row.office_id)
    rows = AnswerFormSet(request.POST or None, initial=_initial(row), prefix="a")
    error = ""
    if request.method == "POST" and rows.is_valid():
        found = {form.cleaned_data["item"]: _values(form.cleaned_data) for form in rows if form.cleaned_data["answer"]}
        known = {item.id for item in rules.items("self_check")}

        def answer() -> str:
            kept = {item: values for item, values in found.items() if item in known}
            services.answer(actor, register, row, kept)
            messages.success(request, f"{len(kept)}項目の回答を保存しました。")
            return reverse("register-entry", args=[register.key, row.public_id])

        try:
            return once(request, answer)
        except Refusal as refusal:
            error = refusal.message
    questions = {item.id: item for item in rules.items("self_check")}
    before = queries.comparison(row)
    pairs = [
        (form, questions.get(str(form["item"].value())), before.get(str(form["item"].value()), "")) for form in rows
    ]
    context = {"row": row, "formset": rows, "pairs": pairs, "error": error}
    return render(request, "registers/answers.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def attendance(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """受講者の記録: everybody of the office with a tick."""
    actor, register = actor_of(request), register_of("trainings")
    row: Training = queries.entry(actor, register, public_id)
    require(actor, File.REGISTERS, Act.ENTER, row.office_id)
    people = Staff.objects.filter(office=row.office).order_by("login")
    held = {a.staff_id: a for a in row.attendances.all()}
    listed = [person for person in people if person.is_active or person.pk in held]
    first = [_held(row, person, held.get(person.pk)) for person in listed]
    rows = AttendanceFormSet(request.POST or None, initial=first, prefix="p", form_kwargs={"people": people})
    error = ""
    if request.method == "POST" and rows.is_valid():
        attended = [form.cleaned_data for form in rows if form.cleaned_data.get("attended")]

        def attend() -> str:
            count = services.attend(actor, register, row, attended)
            messages.success(request, f"{count}人の受講を記録しました。")
            return reverse("register-entry", args=[register.key, row.public_id])

        try:
            return once(request, attend)
        except Refusal as refusal:
            error = refusal.message
    by_id = {str(p.public_id): p for p in listed}
    pairs = [(form, by_id.get(str(form["staff"].value()))) for form in rows]
    return render(request, "registers/attendance.html", {"row": row, "formset": rows, "pairs": pairs, "error": error})


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=queries.VIEW)
def sub_contract(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """再委託: the checklist and the consent."""
    actor = actor_of(request)
    row = queries.sub_contract(actor, public_id)
    form = ChecklistForm(request.POST or None, initial=row.answers)
    if request.method == "POST":
        require(actor, File.REGISTERS, Act.ENTER, row.entry.office_id)
        if form.is_valid():
            try:
                return once(request, lambda: _consented(request, row, form.cleaned_data))
            except Refusal as refusal:
                if refusal.status in (403, 404):
                    raise
                form.add_error(None, refusal.message)
    context = {
        "row": row,
        "form": form,
        "ending": EndingForm(request.POST if "end" in request.POST else None),
        "may_enter": actor.may(ENTER, row.entry.office_id) and row.state == SubContract.State.ENTERED,
        "answers": [
            (item, consents.ANSWERS.get(row.answers.get(item.id, ""), "")) for item in rules.items("sub_contract")
        ],
    }
    return render(request, "registers/sub_contract.html", context)


def _held(row: Training, person: Staff, found: Attendance | None) -> dict[str, Any]:
    day, score = (found.attended_on, found.score) if found else (row.held_on, None)
    return {"staff": person.public_id, "attended": found is not None, "attended_on": day, "score": score}


def _ended(request: HttpRequest, row: SubContract) -> str:
    form = EndingForm(request.POST)
    asked = form.cleaned_data if form.is_valid() else {"how": "", "ending": ""}
    ended = consents.end(actor_of(request), row, version=row.version, **asked)
    messages.success(request, f"再委託を「{ended.get_state_display()}」としました。")
    return reverse("sub-contract", args=[row.public_id])


def _consented(request: HttpRequest, row: SubContract, asked: dict[str, Any]) -> str:
    actor = actor_of(request)
    row = consents.answer(actor, row, asked, version=request.POST.get("version"))
    if "end" in request.POST:
        return _ended(request, row)
    if "propose" in request.POST:
        decision = consents.propose(actor, row, version=row.version)
        messages.success(request, f"再委託の承諾を起案しました（{decision.number}）。")
    else:
        messages.success(request, "チェックリストを保存しました。")
    return reverse("sub-contract", args=[row.public_id])


def _initial(row: SelfCheck) -> list[dict[str, Any]]:
    held = {a.item: a for a in row.answers.all()}
    names = ("answer", "evidence", "remedy", "due_on", "done_on")
    return [
        {"item": item.id} | ({name: getattr(held[item.id], name) for name in names} if item.id in held else {})
        for item in rules.items("self_check")
    ]


def _values(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in ("answer", "evidence", "remedy", "due_on", "done_on")}
