"""Screens of the eligibility room: the person page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit import access, navigation
from audit.permissions import actor_of, discloses, discloses_nothing, require
from audit.rights import Act, File, Right
from eligibility import presenters, timeline
from eligibility.frame import frame, named, open_tabs, visible_person
from eligibility.models import Resident
from eligibility.registry import PersonTab, TimelineEntry, tab_of
from kaigo.common import clock
from kaigo.common.refusal import NotFound

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
HEADER_ITEMS = (
    "氏名",
    "氏名カナ",
    "通称",
    "生年月日",
    "性別",
    "担当事務所",
    "資格の状態",
    "被保険者番号",
    "世帯主",
    "支援措置",
)
VISITOR_ITEMS = ("氏名", "氏名カナ", "生年月日", "被保険者番号", "資格の状態")
TIMELINE_ITEMS = ("異動の履歴", "資格期間")


@require_GET
@discloses_nothing("the way to the lists of this room", right=VIEW)
def eligibility_lists(request: HttpRequest) -> HttpResponse:
    """資格の一覧: the way to every list of this room."""
    entries = navigation.entries_for(actor_of(request), "eligibility")
    return render(request, "eligibility/lists.html", {"entries": entries})


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """住民の情報: the first tab that the person at the screen may see."""
    return _person_page(request, public_id, "eligibility")


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def person_tab(request: HttpRequest, public_id: UUID, key: str) -> HttpResponse:
    """住民の情報: one tab, one personal-information file."""
    return _person_page(request, public_id, key)


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def person_timeline(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """時系列: what happened to the person, from every file that the person at the screen may see."""
    resident = visible_person(request, public_id)
    around, entries = frame(request, resident), list[TimelineEntry]()
    for tab in open_tabs(request, resident):
        if tab.timeline:
            entries += tab.timeline(resident)
            access.record(request, tab.file, Act.VIEW, subjects=named(around["header"]), items=TIMELINE_ITEMS)
    entries.sort(key=lambda entry: entry.day, reverse=True)
    context = {
        **around,
        "key": "timeline",
        "entries": entries,
        "drawing": timeline.draw(entries, clock.today()),
    }
    return render(request, "eligibility/timeline.html", context)


def _person_page(request: HttpRequest, public_id: UUID, key: str) -> HttpResponse:
    resident = visible_person(request, public_id)
    tab = tab_of(key)
    if tab is None:
        raise NotFound("no-tab", "この画面はありません。", ways=("住民の画面の見出しから選んでください。",))
    require(actor_of(request), tab.file, Act.VIEW, resident.office_id, subjects=[resident.public_id])
    if "visitor" in request.GET:
        return _visitor_page(request, resident, tab)
    context = {**frame(request, resident), "key": tab.key, "tab": tab, **tab.context(resident)}
    people = named(context["header"], tab.others(context) if tab.others else ())
    if tab.file != File.ELIGIBILITY:
        access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=named(context["header"]), items=HEADER_ITEMS)
        access.record(request, tab.file, Act.VIEW, subjects=people, items=tab.items)
    else:
        access.record(request, tab.file, Act.VIEW, subjects=people, items=(*HEADER_ITEMS, *tab.items))
    context["visitor_key"] = tab.key if tab.visitor else context["visitor_key"]
    return render(request, "eligibility/person.html", context)


def _visitor_page(request: HttpRequest, resident: Resident, tab: PersonTab) -> HttpResponse:
    """来庁者に見せる画面: this person alone, in large print, without anything of the house around it.

    The mode is in the address of this page only: whatever else is opened shows the page of the staff.
    """
    if tab.visitor is None:
        raise NotFound(
            "no-visitor-view", "この見出しには、来庁者に見せる画面がありません。", ways=("戻ってください。",)
        )
    today = clock.today()
    seen = {File.ELIGIBILITY: list(VISITOR_ITEMS)}
    seen.setdefault(tab.file, []).extend(tab.visitor.items)
    for file, items in seen.items():
        access.record(
            request, file, Act.VIEW, subjects=[resident.public_id], items=items, reason="来庁者に見せる画面での表示"
        )
    context = {
        "resident": resident,
        "insured": presenters.insured_of(resident),
        "age": presenters.age_words(resident, today),
        "state": presenters.insured_state(resident, today),
        "tabs": [entry for entry in open_tabs(request, resident) if entry.visitor],
        "tab": tab,
        "today": today,
        **tab.visitor.context(resident),
    }
    return render(request, "eligibility/visitor.html", context)
