"""Screens of the eligibility room: the search and the person page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from audit import access, navigation
from audit.permissions import actor_of, discloses, discloses_nothing, require
from audit.rights import Act, File, Right
from eligibility import presenters, queries, searches, timeline
from eligibility.forms import ResultsPage, SearchForm
from eligibility.frame import frame, named, open_tabs, visible_person
from eligibility.models import Resident
from eligibility.registry import PersonTab, TimelineEntry, tab_of
from eligibility.search import Search, read_search
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
SUGGESTIONS = 8
SHORTEST = 2  # characters before typing already shows people
ROW_ITEMS = ("氏名", "氏名カナ", "生年月日", "性別", "住所", "担当事務所", "資格の状態", "被保険者番号")
SUGGESTION_ITEMS = ("氏名", "氏名カナ", "生年月日", "資格の状態", "被保険者番号")
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


@require_http_methods(["GET", "POST"])
@discloses(File.ELIGIBILITY, Act.VIEW)
def person_search(request: HttpRequest) -> HttpResponse:
    """人を探す: what is typed is posted and kept aside; the results have an address without it."""
    if request.method == "POST":
        return _suggest(request) if request.htmx else _start_search(request)  # type: ignore[attr-defined]
    asked = ResultsPage(request.GET)
    token = asked.cleaned_data["s"] if asked.is_valid() else None
    if token is None:
        return _search_page(request)
    text = searches.recall(actor_of(request).staff_id, token)
    if text is None:
        return _search_page(request, note="前の検索から時間がたったため、条件を消しました。もう一度入れてください。")
    return _results(request, text, token, asked.cleaned_data["page"] or 1)


def _start_search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.POST)
    if not form.is_valid():
        return _search_page(request, form=form)
    text = form.cleaned_data["text"]
    try:
        search = read_search(text)
    except Refusal as refusal:
        form.add_error("text", refusal.message)
        return _search_page(request, form=form, ways=refusal.ways)
    only = _only_hit(request, search)
    if only:
        return redirect("person", public_id=only.public_id)
    token = searches.remember(actor_of(request).staff_id, text)
    return redirect(f"{reverse('person-search')}?s={token}")


def _only_hit(request: HttpRequest, search: Search) -> Resident | None:
    if not search.by_number:
        return None
    found = queries.find_people(actor_of(request), search, size=2)
    return found.rows[0] if len(found.rows) == 1 else None


def _search_page(request: HttpRequest, **context: object) -> HttpResponse:
    access.nothing_shown(request)
    return render(request, "eligibility/search.html", context)


def _results(request: HttpRequest, text: str, token: UUID, page: int) -> HttpResponse:
    found = queries.find_people(actor_of(request), read_search(text), page=page)
    rows = [presenters.person_row(resident, clock.today()) for resident in found.rows]
    access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=_of(found), items=ROW_ITEMS if rows else ())
    context = {"found": found, "rows": rows, "search_text": text, "token": token, "first": (page - 1) * 50 + 1}
    return render(request, "eligibility/search.html", context)


def _of(found: queries.Found) -> list[UUID]:
    return [resident.public_id for resident in found.rows]


def _suggest(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("text", "").strip()[:100]
    if len(text) < SHORTEST:
        access.nothing_shown(request)
        return HttpResponse()
    try:
        search = read_search(text)
    except Refusal as refusal:
        access.nothing_shown(request)
        return render(request, "eligibility/suggestions.html", {"refusal": refusal})
    found = queries.find_people(actor_of(request), search, size=SUGGESTIONS)
    rows = [presenters.person_row(resident, clock.today()) for resident in found.rows]
    access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=_of(found), items=SUGGESTION_ITEMS if rows else ())
    return render(request, "eligibility/suggestions.html", {"rows": rows, "more": found.more})


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
