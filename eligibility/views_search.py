"""人を探す: the search box, what it shows while somebody types, and the list of results."""

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from audit import access
from audit.permissions import actor_of, discloses
from audit.rights import Act, File
from eligibility import presenters, searches
from eligibility.finding import Found, find_people
from eligibility.forms import ResultsPage, SearchForm
from eligibility.models import Resident
from eligibility.search import Search, read_search
from kaigo.common import clock
from kaigo.common.refusal import Refusal

PAGE = 50  # results a page
SUGGESTIONS = 8
SHORTEST = 2  # characters before typing already shows people
ROW_ITEMS = ("氏名", "氏名カナ", "通称", "生年月日", "性別", "住所", "担当事務所", "資格の状態", "被保険者番号")
SUGGESTION_ITEMS = ("氏名", "氏名カナ", "生年月日", "資格の状態", "被保険者番号")
FORMER_ITEM = "旧氏名"


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
    found = find_people(actor_of(request), search, size=2)
    return found.rows[0] if len(found.rows) == 1 else None


def _search_page(request: HttpRequest, **context: object) -> HttpResponse:
    access.nothing_shown(request)
    return render(request, "eligibility/search.html", context)


def _results(request: HttpRequest, text: str, token: UUID, page: int) -> HttpResponse:
    found = find_people(actor_of(request), read_search(text), page=page, size=PAGE)
    _record(request, found, ROW_ITEMS)
    context = {
        "found": found,
        "rows": _rows(found.rows, found),
        "similar": _rows(found.similar, found),
        "search_text": text,
        "token": token,
        "caption": _caption(found),
    }
    return render(request, "eligibility/search.html", context)


def _caption(found: Found) -> str:
    said = f"{(found.page - 1) * PAGE + 1}人目から{len(found.rows)}人を表示（よく合う順、カナ順）。"
    more = "ほかにもあります。言葉を足す（例：ヤマダ 昭和12年、ヤマダ 都町）と絞れます。"
    return said + more if found.more else said


def _rows(people: Iterable[Resident], found: Found) -> list[presenters.PersonRow]:
    today = clock.today()
    return [presenters.person_row(person, today, former=found.former.get(person.pk, "")) for person in people]


def _record(request: HttpRequest, found: Found, items: tuple[str, ...]) -> None:
    """In the log: everybody who is shown, under their own heading or as somebody of a similar name."""
    shown = [person.public_id for person in (*found.rows, *found.similar)]
    named = (*items, FORMER_ITEM) if found.former else items
    access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=shown, items=named if shown else ())


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
    found = find_people(actor_of(request), search, size=SUGGESTIONS).cut(SUGGESTIONS)
    _record(request, found, SUGGESTION_ITEMS)
    context = {"rows": _rows(found.rows, found), "similar": _rows(found.similar, found), "more": found.more}
    return render(request, "eligibility/suggestions.html", context)
