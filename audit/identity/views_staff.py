"""The administrator's screens: who cannot sign in, and what can be done about it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from audit import shown_once
from audit.identity import queries
from audit.identity.forms import StateFilter
from audit.identity.queries import MANAGE
from audit.identity.services import administration, passwords
from audit.models import Staff
from audit.permissions import actor_of, discloses_nothing, require
from audit.screens import listing, once
from kaigo.common.refusal import NotFound

WHY = "members of staff and how they sign in, no insured person"
COLUMNS = {
    "利用者ID": "login",
    "氏名": "name",
    "所属": "office__code",
    "状態": None,
    "認証手段": None,
    "パスワードの変更": "password_state__changed_at",
    "最終ログイン": "last_login",
}


@require_GET
@discloses_nothing(WHY, right=MANAGE)
def id_list(request: HttpRequest) -> HttpResponse:
    """利用者IDの認証状態の一覧."""
    form = StateFilter(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = listing(request, queries.ids(actor_of(request), **asked), COLUMNS, order="login")
    context = {
        "form": form,
        "page": found.page,
        "columns": found.columns,
        "query": found.query,
        "rows": [queries.state_of(row) for row in found.page.object_list],
    }
    return render(request, "identity/ids.html", context)


@require_GET
@discloses_nothing(WHY, right=MANAGE)
def id_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """利用者IDの認証状態: of one id, and what the administrator can do."""
    row = _row(request, public_id)
    context = {
        "row": queries.state_of(row),
        "own": row.pk == actor_of(request).staff_id,
        "password": shown_once.take(request, f"password.{row.public_id}"),
    }
    return render(request, "identity/id.html", context)


@require_POST
@discloses_nothing(WHY, right=MANAGE)
def id_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """パスワードの再発行, ロックの解除, パスキーとコードの削除."""
    row = _row(request, public_id)
    acts: dict[str, Callable[[HttpRequest, Staff], None]] = {
        "password": _issue,
        "unlock": _unlock,
        "factors": _remove_factors,
    }
    if act not in acts:
        raise NotFound("no-act", "この操作はありません。")
    # before the transaction of the act: a refused attempt stays in the log
    require(actor_of(request), MANAGE.file, MANAGE.act, row.office_id)

    def carry_out() -> str:
        acts[act](request, row)
        return reverse("sign-in-id", args=[row.public_id])

    return once(request, carry_out)


def _issue(request: HttpRequest, row: Staff) -> None:
    shown_once.keep(request, f"password.{row.public_id}", passwords.issue(actor_of(request), row))


def _unlock(request: HttpRequest, row: Staff) -> None:
    administration.unlock(actor_of(request), row)
    messages.success(request, "ロックを解除しました。")


def _remove_factors(request: HttpRequest, row: Staff) -> None:
    administration.remove_factors(actor_of(request), row)
    messages.success(request, "パスキーとワンタイムコードを削除しました。")


def _row(request: HttpRequest, public_id: UUID) -> Staff:
    row = queries.ids(actor_of(request)).filter(public_id=public_id).first()
    if row is None:
        raise NotFound(
            "no-id", "この利用者IDは見つからないか、扱う権限がありません。", ways=("一覧から選び直してください。",)
        )
    return row
