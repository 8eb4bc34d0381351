"""Screens of talks, notes, holds, remarks, and of mailing addresses that wait for a second person."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import access
from audit.permissions import actor_of, discloses, require
from audit.rights import Act, File, Right
from audit.screens import listing, once
from eligibility import frame, sealing
from eligibility.contacts import queries, services
from eligibility.contacts.acts import SEALED
from eligibility.contacts.forms import HoldForm, NoteForm, ReleaseForm, RemarkForm, TalkFilter, TalkForm
from eligibility.models import BankAccount, Hold, MailingAddress, Resident, StickyNote, Talk
from eligibility.practice import word
from eligibility.queries import person
from eligibility.views import HEADER_ITEMS
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal

ENTER = Right(File.ELIGIBILITY, Act.ENTER)
TALKS = {
    "被保険者": "resident__kana_key", "日時": "at", "方法": "channel", "内容": None, "次回予定日": "next_on",
    "引継ぎ先": "handed_to__kana", "応対した職員": "staff__kana",
}  # fmt: skip
MAILING = {
    "被保険者": "resident__kana_key", "送付先": None, "理由": None, "いつから": "begun_on", "入力": "created_at",
    "": None,
}  # fmt: skip


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def talk_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """応対記録の入力."""
    resident = _resident(request, public_id)
    form = TalkForm(_posted(request), office_ids=_offices(request))
    return _form(request, resident, form, "応対記録の入力", lambda: _talk_saved(request, resident, form))


def _talk_saved(request: HttpRequest, resident: Resident, form: TalkForm) -> str:
    services.talk(actor_of(request), resident, form.cleaned_data)
    messages.success(request, "応対を記録しました。")
    return reverse("person-tab", args=[resident.public_id, "talks"])


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def talk_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """応対記録の訂正・引継ぎ・完了."""
    row = _talk(request, public_id)
    names = ("channel", "at", "speaker", "speaker_name", "text", "next_on", "handed_to")
    initial = {name: getattr(row, name) for name in names} | {"handed_to": row.handed_to and row.handed_to.public_id}
    form = TalkForm(_posted(request), office_ids=_offices(request), initial=initial)
    return _form(
        request, row.resident, form, "応対記録の訂正・引継ぎ", lambda: _talk_amended(request, row, form), talk=row
    )


def _talk_amended(request: HttpRequest, row: Talk, form: TalkForm) -> str:
    services.amend(actor_of(request), row, form.cleaned_data, version=request.POST.get("version"))
    messages.success(request, "応対記録を直しました。")
    return reverse("person-tab", args=[row.resident.public_id, "talks"])


@require_POST
@discloses(File.ELIGIBILITY, Act.ENTER)
def talk_close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """応対の完了."""
    row = _talk(request, public_id)
    access.nothing_shown(request)
    return once(request, lambda: _talk_closed(request, row))


def _talk_closed(request: HttpRequest, row: Talk) -> str:
    services.close(actor_of(request), row, version=request.POST.get("version"))
    messages.success(request, "応対を完了しました。")
    return reverse("person-tab", args=[row.resident.public_id, "talks"])


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def talk_list(request: HttpRequest) -> HttpResponse:
    """応対の予定: open talks of one's offices, handed over to oneself, or due."""
    actor, form = actor_of(request), TalkFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = queries.talks(actor) if asked.get("closed") else queries.open_talks(actor)
    if asked.get("whose") == "mine":
        rows = rows.filter(handed_to=actor.staff_id)
    elif asked.get("whose") == "due":
        rows = rows.filter(staff=actor.staff_id, next_on__lte=clock.today())
    found = listing(request, rows, TALKS, order="next_on")
    _record(request, [row.resident.public_id for row in found.page], ("氏名", "応対記録"))
    return render(request, "contacts/talks.html", {"form": form, "listing": found, "today": clock.today()})


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def note_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """付箋を付ける."""
    resident = _resident(request, public_id)
    form = NoteForm(_posted(request))
    return _form(request, resident, form, "付箋を付ける", lambda: _note_saved(request, resident, form))


def _note_saved(request: HttpRequest, resident: Resident, form: NoteForm) -> str:
    services.stick(actor_of(request), resident, form.cleaned_data)
    messages.success(request, "付箋を付けました。")
    return reverse("person-tab", args=[resident.public_id, "talks"])


@require_POST
@discloses(File.ELIGIBILITY, Act.ENTER)
def note_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """付箋を外す."""
    row = _of_office(request, StickyNote.objects.select_related("resident__office"), public_id)
    access.nothing_shown(request)
    return once(request, lambda: _note_ended(request, row))


def _note_ended(request: HttpRequest, row: StickyNote) -> str:
    services.peel(actor_of(request), row)
    messages.success(request, "付箋を外しました。")
    return reverse("person-tab", args=[row.resident.public_id, "talks"])


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def hold_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """抑止."""
    resident = _resident(request, public_id)
    form = HoldForm(_posted(request))
    return _form(request, resident, form, "抑止する", lambda: _hold_saved(request, resident, form))


def _hold_saved(request: HttpRequest, resident: Resident, form: HoldForm) -> str:
    services.hold(actor_of(request), resident, form.cleaned_data)
    messages.success(request, "抑止を登録しました。")
    return reverse("person-tab", args=[resident.public_id, "contacts"])


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def hold_release(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """抑止の解除."""
    row = _of_office(request, Hold.objects.select_related("resident__office"), public_id)
    form = ReleaseForm(_posted(request))
    title = f"抑止の解除（{row.get_what_display()}）"
    return _form(request, row.resident, form, title, lambda: _released(request, row, form), version=row.row_version)


def _released(request: HttpRequest, row: Hold, form: ReleaseForm) -> str:
    services.release(actor_of(request), row, form.cleaned_data["reason"], version=request.POST.get("version"))
    messages.success(request, "抑止を解除しました。")
    return reverse("person-tab", args=[row.resident.public_id, "contacts"])


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def remarks(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """備考の入力."""
    resident = _resident(request, public_id)
    held = queries.everything(resident, clock.today())["remarks"]
    form = RemarkForm(_posted(request), initial={f"line_{row.line}": row.text for row in held})
    return _form(request, resident, form, "備考", lambda: _remarks_saved(request, resident, form))


def _remarks_saved(request: HttpRequest, resident: Resident, form: RemarkForm) -> str:
    for line in (1, 2, 3):
        services.remark(actor_of(request), resident, line, form.cleaned_data[f"line_{line}"])
    messages.success(request, "備考を保存しました。")
    return reverse("person-tab", args=[resident.public_id, "contacts"])


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def mailing_list(request: HttpRequest) -> HttpResponse:
    """送付先の確認待ち (F2)."""
    actor = actor_of(request)
    found = listing(request, queries.unconfirmed(actor), MAILING, order="created_at")
    for row in found.page:
        row.reason_words = word("mailing_reasons", row.reason, row.begun_on)
    _record(request, [row.resident.public_id for row in found.page], ("氏名", "送付先"))
    return render(request, "contacts/mailing.html", {"listing": found, "own": actor.staff_id})


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def mailing_confirm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """送付先の確認: the second look, beside the registered address."""
    row = _of_office(request, queries.unconfirmed(actor_of(request), ENTER), public_id)
    if request.method == "POST":
        access.nothing_shown(request)
        return once(request, lambda: _mailing_confirmed(request, row))
    _show(request, row.resident, ("送付先",))
    context = {
        "row": row, "registered": queries.registered_lines(row.resident), "own": actor_of(request).staff_id,
        "relationship": word("relationships", row.relationship, row.begun_on),
        "reason": word("mailing_reasons", row.reason, row.begun_on), **frame.frame(request, row.resident),
    }  # fmt: skip
    return render(request, "contacts/mailing_confirm.html", context)


def _mailing_confirmed(request: HttpRequest, row: MailingAddress) -> str:
    services.confirm_mailing(actor_of(request), row, version=request.POST.get("version"))
    messages.success(request, "送付先を確認しました。これからの通知に使います。")
    return reverse("mailing")


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.ENTER)
def account_show(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """口座番号の表示: the whole number and the holder, with a reason that the log keeps."""
    row = _of_office(request, BankAccount.objects.select_related("resident__office"), public_id)
    form = ReleaseForm(_posted(request))
    form.fields["reason"].label = "表示する理由"
    context: dict[str, Any] = {"row": row, "form": form, **frame.frame(request, row.resident)}
    if request.method == "POST" and form.is_valid():
        context["number"], context["holder"] = sealing.unseal(row.resident, row.sealed, SEALED).split("\n")
        _show(request, row.resident, ("口座番号", "口座名義"), reason=form.cleaned_data["reason"])
    else:
        _show(request, row.resident, ("口座",))
    return render(request, "contacts/account.html", context)


def _form(request: HttpRequest, resident: Resident, form: Any, title: str, act: Any, **context: Any) -> HttpResponse:
    """Entry of a small form: saved at once, with every refusal beside the field."""
    ways: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            access.nothing_shown(request)
            return once(request, act)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            ways = refusal.ways
    _show(request, resident, ("応対記録", "付箋", "抑止", "備考"))
    whole = {"form": form, "title": title, "ways": ways, **context, **frame.frame(request, resident)}
    return render(request, "contacts/form.html", whole)


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _offices(request: HttpRequest) -> list[int]:
    return list(actor_of(request).offices(ENTER))


def _resident(request: HttpRequest, public_id: UUID) -> Resident:
    resident = person(public_id)
    require(actor_of(request), File.ELIGIBILITY, Act.ENTER, resident.office_id, subjects=[resident.public_id])
    return resident


def _talk(request: HttpRequest, public_id: UUID) -> Talk:
    found: Talk = _of_office(request, queries.talks(actor_of(request), ENTER), public_id)
    return found


def _of_office(request: HttpRequest, rows: Any, public_id: UUID) -> Any:
    """A row about a resident of one's offices. Raises NotFound, for another office's as for an unknown one."""
    actor = actor_of(request)
    row = rows.filter(public_id=public_id, resident__office_id__in=actor.offices(ENTER)).first()
    if row is None:
        raise NotFound("no-row", "この記録は見つかりません。", ways=("住民の画面から選び直してください。",))
    require(actor, File.ELIGIBILITY, Act.ENTER, row.resident.office_id, subjects=[row.resident.public_id])
    return row


def _show(request: HttpRequest, resident: Resident, items: tuple[str, ...], reason: str = "") -> None:
    header = frame.queries.household_on(resident, clock.today())
    head = [row.resident.public_id for row in header if row.relationship == "01"]
    people = list(dict.fromkeys([resident.public_id, *head]))
    access.record(request, File.ELIGIBILITY, Act.ENTER, subjects=people, items=(*HEADER_ITEMS, *items), reason=reason)


def _record(request: HttpRequest, people: list[UUID], items: tuple[str, ...]) -> None:
    if people:
        access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=list(dict.fromkeys(people)), items=items)
    else:
        access.nothing_shown(request)
