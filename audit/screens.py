"""What every list and form of the ledgers does the same way: sorting, paging, version, one submission one act."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit.models import Submission
from audit.permissions import staff_of
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal

PAGE = 50
_HEARD: list[Callable[[HttpRequest], None]] = []


@dataclass(frozen=True, slots=True)
class Column:
    """A column head: its words, and where pressing it leads (nothing for a column that does not sort)."""

    label: str
    link: str = ""
    direction: str = "none"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, its column heads, and the rest of the query string for the pager."""

    page: Page[Any]
    columns: list[Column]
    query: str


def listing(
    request: HttpRequest, rows: QuerySet[Any], columns: Mapping[str, str | None], *, order: str, size: int = PAGE
) -> Listing:
    """A page of `rows`, sorted as the address says.

    `columns` maps each column's words to the field that it sorts by (None: does not sort); `order` is the field
    (with "-" for descending) when the address says nothing. Everything stays in the address; an unknown field or
    page number falls back to the first.
    """
    asked = request.GET.get("sort", "")
    order = asked if asked.lstrip("-") in columns.values() and asked.lstrip("-") else order
    page = Paginator(rows.order_by(order, "pk"), size).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    heads = [_head(request, label, field, order) for label, field in columns.items()]
    return Listing(page, heads, query.urlencode())


def _head(request: HttpRequest, label: str, field: str | None, order: str) -> Column:
    if not field:
        return Column(label)
    direction = {field: "ascending", f"-{field}": "descending"}.get(order, "none")
    query = request.GET.copy()
    query.pop("page", None)
    query["sort"] = f"-{field}" if direction == "ascending" else field
    return Column(label, f"?{query.urlencode()}", direction)


def once(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    """Carry out a submitted form once, in one transaction, and go to the address that `act` returns.

    The form carries `{% submission %}`; sending the same form again answers with the first result.
    Raises Refusal when the key is missing, and whatever `act` raises (then nothing is kept).
    """
    key = _key(request)
    with transaction.atomic():
        row, new = Submission.objects.get_or_create(
            key=key, defaults={"staff_id": staff_of(request), "at": clock.now()}
        )
        if not new and row.staff_id != staff_of(request):
            raise Refusal("submission", "画面の情報が正しくありません。", ways=("画面を開き直してください。",))
        if new:
            row.result = act()
            row.save(update_fields=["result"])
            carried_out(request)
    return redirect(row.result)


def when_carried_out(heard: Callable[[HttpRequest], None]) -> None:
    """Register who is told of each form that was carried out (its draft is used up)."""
    if heard not in _HEARD:
        _HEARD.append(heard)


def carried_out(request: HttpRequest) -> None:
    """Say that the form of this request was carried out. `once` says it by itself."""
    for heard in _HEARD:
        heard(request)


def _key(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("submission", ""))
    except ValueError as error:
        raise Refusal(
            "submission", "画面の情報が足りません。", ways=("画面を開き直し、もう一度送信してください。",)
        ) from error


def field_ids(act: str) -> str:
    """Ids of the fields of a form, where a page has a form for each act."""
    return f"id_{act}_%s"


def require_version(row: Model, version: object, *, changed_by: str = "") -> None:
    """Refuse a save of a row that somebody else has changed since the form was shown (design §11).

    `row` has a `version` and was locked by the caller; `version` is what the form carried. Raises Conflict.
    """
    if str(getattr(row, "version", "")) == str(version):
        return
    who = f"{changed_by}さんが" if changed_by else "別の職員が"
    raise Conflict(
        "row-moved",
        f"この画面を開いた後に、{who}内容を変更しました。入力した内容はまだ保存していません。",
        ways=("画面を開き直して今の内容を確かめ、必要な変更を入れ直してください。",),
    )
