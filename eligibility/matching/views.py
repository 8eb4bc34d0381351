"""Screens of the comparisons: results, slips, two people side by side, and merges that can be undone."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import access
from audit.models import JobRun
from audit.permissions import actor_of, discloses, require
from audit.queries import stages_of
from audit.rights import Act, File, Right
from audit.screens import carried_out, listing, once
from eligibility import merging, presenters
from eligibility.counter.queries import office_of
from eligibility.matching import queries, services, slips
from eligibility.matching.forms import ChosenForm, FindingFilter, OtherForm, ReasonForm, SlipForm
from eligibility.matching.found import CODES
from eligibility.matching.jobs import KIND, request_matching
from eligibility.matching.proposals import PROPOSALS
from eligibility.models import ContactSlip, Finding, Merge, Resident
from eligibility.queries import person
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal

ENTER, RUN = Right(File.ELIGIBILITY, Act.ENTER), Right(File.ELIGIBILITY, Act.RUN)
FINDINGS = {
    "": None, "被保険者": "resident__kana_key", "違い": "code", "内容": None, "見つけた日": "found_at", "処理": None,
}  # fmt: skip
SLIPS = {
    "送付・受領": "direction", "連絡の種類": "event", "氏名": "kana", "生年月日": "birth_date",
    "施設": "facility__kana", "異動日": "day", "送付・受領日": "exchanged_on", "": None,
}  # fmt: skip
MERGES = {
    "残した人": "kept__kana_key", "統合した人": None, "理由": None, "統合した日時": "created_at", "職員": "staff__kana",
    "": None,
}  # fmt: skip
ITEMS = ("氏名", "宛名番号", "生年月日", "突合の結果")
PAIR = ("氏名", "氏名カナ", "宛名番号", "生年月日", "性別", "住所", "住民状態", "被保険者番号", "資格期間")


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.VIEW)
def matching(request: HttpRequest) -> HttpResponse:
    """突合の結果: the differences, each with what would set it right; the ticked ones are set right or left at once."""
    actor, form = actor_of(request), FindingFilter(request.GET)
    chosen = ChosenForm(request.POST or None, rows=queries.findings(actor, ENTER))
    not_done: list[tuple[Finding, Refusal]] = []
    if request.method == "POST" and chosen.is_valid():
        not_done = _decided(request, chosen)
    rows = queries.asked(queries.findings(actor), form.cleaned_data if form.is_valid() else {})
    found = listing(request, rows, FINDINGS, order="-found_at")
    for row in found.page:
        row.words, row.button = CODES[row.code], PROPOSALS.get(row.proposal)
        row.other_shown = queries.may_see(actor, row.other)
    _record(request, list(found.page), not_done)
    runs = JobRun.objects.filter(kind=KIND).select_related("office").order_by("-requested_at")
    last = runs.first()
    context = {
        "form": form, "chosen": chosen, "listing": found, "not_done": not_done, "last": last, "key": uuid4(),
        "may_enter": actor.may(ENTER), "may_run": actor.may(RUN, office_of(actor).pk),
        "stages": stages_of(last) if last and last.is_working else [],
    }  # fmt: skip
    return render(request, "matching/findings.html", context)


def _decided(request: HttpRequest, chosen: ChosenForm) -> list[tuple[Finding, Refusal]]:
    """What was pressed, for the ticked results; says how many, and gives those that were refused."""
    actor, rows = actor_of(request), list(chosen.cleaned_data["findings"])
    if "leave" in request.POST:
        done, refused = services.each(rows, lambda row: services.leave(actor, row, chosen.cleaned_data["reason"]))
        words = "訂正しないものとして記録しました"
    elif "reopen" in request.POST:
        done, refused = services.each(rows, lambda row: services.take_up(actor, row))
        words = "元に戻しました"
    else:
        done, refused = services.correct_all(actor, rows)
        words = "訂正しました"
    if done:
        messages.success(request, f"{done}件を{words}。")
    carried_out(request)
    return refused


def _record(request: HttpRequest, rows: list[Finding], not_done: list[tuple[Finding, Refusal]]) -> None:
    shown = [*rows, *(row for row, _ in not_done)]
    people = [row.resident.public_id for row in shown if row.resident]
    people += [row.other.public_id for row in rows if row.other and row.other_shown]  # type: ignore[attr-defined]
    if people:
        access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=list(dict.fromkeys(people)), items=ITEMS)
    else:
        access.nothing_shown(request)


@require_POST
@discloses(File.ELIGIBILITY, Act.RUN)
def matching_run(request: HttpRequest) -> HttpResponse:
    """突合の実行."""
    actor = actor_of(request)
    request_matching(actor, office_of(actor), request.POST.get("key", ""))
    access.nothing_shown(request)
    carried_out(request)
    messages.success(request, "突合を始めました。終わると、この画面に結果が出ます。")
    return redirect("matching")


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def slip_list(request: HttpRequest) -> HttpResponse:
    """連絡票の一覧: sent and received."""
    actor = actor_of(request)
    found = listing(request, queries.slips(actor), SLIPS, order="-exchanged_on")
    people = [row.resident.public_id for row in found.page if row.resident]
    if people or found.page.object_list:
        items = ("氏名", "氏名カナ", "生年月日", "施設入所")
        access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=list(dict.fromkeys(people)), items=items)
    else:
        access.nothing_shown(request)
    return render(request, "matching/slips.html", {"listing": found, "may_enter": actor.may(ENTER)})


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def slip_new(request: HttpRequest) -> HttpResponse:
    """連絡票の受領: a slip as another municipality wrote it."""
    actor, form, ways = actor_of(request), SlipForm(request.POST or None), ()
    access.nothing_shown(request)
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _slip_saved(request, form))
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            form.add_error(refusal.field or None, refusal.message)
            ways = refusal.ways  # type: ignore[assignment]
    context = {"form": form, "ways": ways, "office": office_of(actor)}
    return render(request, "matching/slip_form.html", context)


def _slip_saved(request: HttpRequest, form: SlipForm) -> str:
    actor = actor_of(request)
    row = slips.receive(actor, office_of(actor), form.cleaned_data)
    who = "" if row.resident is None else "住民記録の1人と結び付きました。"
    messages.success(request, f"連絡票を登録しました。{who}")
    return reverse("slips")


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def slip_withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """連絡票の取消."""
    row = queries.slips(actor_of(request), ENTER).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("no-slip", "この連絡票は見つかりません。", ways=("一覧から選び直してください。",))
    form = ReasonForm(request.POST or None)
    subjects = [row.resident.public_id] if row.resident else []
    if request.method == "POST" and form.is_valid():
        access.nothing_shown(request)
        return once(request, lambda: _slip_withdrawn(request, row, form.cleaned_data["reason"]))
    access.record(request, File.ELIGIBILITY, Act.ENTER, subjects=subjects, items=("氏名", "生年月日", "施設入所"))
    return render(request, "matching/slip_withdraw.html", {"row": row, "form": form})


def _slip_withdrawn(request: HttpRequest, row: ContactSlip, reason: str) -> str:
    slips.withdraw(actor_of(request), row, reason)
    messages.success(request, "連絡票を取り消しました。")
    return reverse("slips")


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def person_merge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """名寄せ: this person and another entry side by side, what would become of them, and the merge."""
    actor, kept = actor_of(request), _entry(request, public_id)
    asked = OtherForm(request.GET or None)
    other, shown, ways = None, None, ()
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if asked.is_bound and asked.is_valid():
        other = _by_number(request, asked)
    if other:
        try:
            shown = merging.preview(actor, kept, other)
            if request.method == "POST" and form.is_valid():
                access.nothing_shown(request)
                return once(request, lambda: _merged(request, kept, other, form))
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, refusal.message) if form.is_bound else asked.add_error(None, refusal.message)
            ways = refusal.ways  # type: ignore[assignment]
    people = [one for one in (kept, other) if one]
    access.record(request, File.ELIGIBILITY, Act.ENTER, subjects=[one.public_id for one in people], items=PAIR)
    context = {
        "kept": kept, "other": other, "asked": asked, "form": form, "shown": shown, "ways": ways,
        "people": [_column(one) for one in people],
    }  # fmt: skip
    return render(request, "matching/merge.html", context)


def _entry(request: HttpRequest, public_id: UUID) -> Resident:
    found = person(public_id)
    require(actor_of(request), File.ELIGIBILITY, Act.ENTER, found.office_id, subjects=[found.public_id])
    return found


def _by_number(request: HttpRequest, asked: OtherForm) -> Resident | None:
    number = asked.cleaned_data["number"]
    by = {"insured__insured_number": number} if len(number) == 10 else {"addressee_number": number.zfill(15)}
    found = Resident.objects.filter(**by).first()
    if found is None:
        asked.add_error("number", "この番号の人は見つかりません。番号を確かめてください。")
        return None
    return _entry(request, found.public_id)


def _column(resident: Resident) -> dict[str, Any]:
    return {
        "resident": resident,
        "address": presenters.address_of(resident),
        "insured": presenters.insured_of(resident),
        "age": presenters.age_words(resident, clock.today()),
        "periods": presenters.period_rows(resident),
    }


def _merged(request: HttpRequest, kept: Resident, other: Resident, form: ReasonForm) -> str:
    merging.merge(actor_of(request), kept, other, form.cleaned_data["reason"])
    Finding.objects.filter(
        kind=Finding.Kind.TWICE, state=Finding.State.OPEN, resident__in=[kept, other], other__in=[kept, other]
    ).update(state=Finding.State.DONE, decided_at=clock.now(), decided_by=actor_of(request).staff_id)
    messages.success(request, "二人の記録を一人にまとめました。間違いのときは、名寄せの一覧から元に戻せます。")
    return reverse("person", args=[kept.public_id])


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def merge_list(request: HttpRequest) -> HttpResponse:
    """名寄せの一覧: entries that were made one, and those that were made two again."""
    actor = actor_of(request)
    found = listing(request, queries.merges(actor), MERGES, order="-created_at")
    people: list[UUID] = []
    for row in found.page:
        row.dropped_shown = queries.may_see(actor, row.dropped)
        people += [row.kept.public_id, *([row.dropped.public_id] if row.dropped_shown else [])]
    if people:
        access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=list(dict.fromkeys(people)), items=PAIR[:3])
    else:
        access.nothing_shown(request)
    return render(request, "matching/merges.html", {"listing": found, "may_enter": actor.may(ENTER)})


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def merge_undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """名寄せを元に戻す."""
    actor = actor_of(request)
    row = queries.merges(actor, ENTER).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("no-merge", "この名寄せは見つかりません。", ways=("一覧から選び直してください。",))
    require(actor, File.ELIGIBILITY, Act.ENTER, row.dropped.office_id, subjects=[row.dropped.public_id])
    form, ways = ReasonForm(request.POST or None), ()
    if request.method == "POST" and form.is_valid():
        try:
            access.nothing_shown(request)
            return once(request, lambda: _undone(request, row, form.cleaned_data["reason"]))
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, refusal.message)
            ways = refusal.ways  # type: ignore[assignment]
    subjects = [row.kept.public_id, row.dropped.public_id]
    access.record(request, File.ELIGIBILITY, Act.ENTER, subjects=subjects, items=PAIR[:4])
    return render(request, "matching/merge_undo.html", {"row": row, "form": form, "ways": ways})


def _undone(request: HttpRequest, row: Merge, reason: str) -> str:
    merging.undo(actor_of(request), row, reason)
    messages.success(request, "二人の記録に戻しました。")
    return reverse("merges")
