"""The person page looking back: the change history as a story, and how things stood as of two dates."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit import access, story
from audit.permissions import actor_of, discloses
from audit.rights import Act, File, Right
from eligibility.forms import AsOfForm, ChangesFilter
from eligibility.frame import frame, named, open_tabs, visible_person
from eligibility.models import Resident
from eligibility.story import standings
from kaigo.common import clock

PAGE = 20


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def person_changes(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """変更履歴: who changed what about the person, when and why (旧→新), of the files that the reader may see."""
    resident = visible_person(request, public_id)
    files = _open_files(request, resident)
    form = ChangesFilter(request.GET, files=files)
    chosen = [File(form.cleaned_data["file"])] if form.is_valid() and form.cleaned_data["file"] else files
    entries = story.story(resident.pk, chosen, mask=_masked(request, resident))
    page = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    around = frame(request, resident)
    for file in chosen:
        access.record(request, file, Act.VIEW, subjects=named(around["header"]), items=("変更履歴",))
    query = request.GET.copy()
    query.pop("page", None)
    context = {"key": "changes", "page": page, "form": form, "query": query.urlencode()}
    return render(request, "eligibility/changes.html", around | context)


@require_GET
@discloses(File.ELIGIBILITY, Act.VIEW)
def person_as_of(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """ある日の内容: what held on one day, as it was known at the end of another."""
    resident = visible_person(request, public_id)
    form = AsOfForm(request.GET) if request.GET else AsOfForm({"day": "", "known": ""})
    context = {**frame(request, resident), "key": "as-of", "form": form}
    if not form.is_valid():
        access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=named(context["header"]), items=("氏名",))
        return render(request, "eligibility/as_of.html", context)
    day, known = form.cleaned_data["day"], form.cleaned_data["known"]
    moment = datetime.combine(known + timedelta(days=1), time(), tzinfo=clock.TOKYO) - timedelta(microseconds=1)
    files = _open_files(request, resident)
    parts = []
    for standing in standings():
        if standing.file in files:
            parts.append((standing.file.label, standing.sections(resident, day, moment, _masked(request, resident))))
            access.record(request, standing.file, Act.VIEW, subjects=named(context["header"]), items=standing.items)
    today = clock.today()
    context |= {"day": day, "known": known, "parts": parts, "other_day": (day, known) != (today, today)}
    return render(request, "eligibility/as_of.html", context)


def _open_files(request: HttpRequest, resident: Resident) -> list[File]:
    return list(dict.fromkeys(tab.file for tab in open_tabs(request, resident)))


def _masked(request: HttpRequest, resident: Resident) -> bool:
    """A protected person's address, today's and earlier ones, is for those who decide."""
    decides = actor_of(request).may(Right(File.ELIGIBILITY, Act.DECIDE), resident.office_id)
    return resident.is_protected and not decides
