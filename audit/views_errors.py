"""Error pages: a refusal says what to do; a defect shows a reference number only."""

import logging

from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audit.api import PREFIX, problem
from audit.permissions import public
from kaigo.common.refusal import Refusal

log = logging.getLogger("kaigo.requests")

TITLES = {
    400: "受け付けられませんでした",
    403: "権限がありません",
    404: "見つかりません",
    409: "内容が変わっています",
    503: "記録できないため中止しました",
}


def render_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The page (or htmx fragment) for a refusal."""
    template = "errors/refusal_part.html" if getattr(request, "htmx", False) else "errors/refusal.html"
    context = {"refusal": refusal, "title": getattr(refusal, "title", TITLES.get(refusal.status, TITLES[400]))}
    return render(request, template, context, status=refusal.status)


@public("an error page without data")
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    refusal = Refusal(
        "csrf",
        "画面の有効期限が切れているか、別の画面から送信されました。",
        ways=("前の画面に戻って再読込みをし、もう一度送信してください。",),
    )
    refusal.status = 403
    return render_refusal(request, refusal)


@public("an error page without data")
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(PREFIX):
        return problem(404)
    refusal = Refusal("not-found", "このページはありません。", ways=("上の検索欄か、左上のホームから探してください。",))
    refusal.status = 404
    return render_refusal(request, refusal)


@public("an error page without data")
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(PREFIX):
        return problem(400)
    if isinstance(exception, SessionInterrupted):
        return render_refusal(
            request,
            Refusal(
                "signed-out",
                "別の画面でログアウトしたため、この処理の途中でログインが終わりました。",
                ways=("ログインし直してから、結果を確かめてください。",),
            ),
        )
    return render_refusal(
        request,
        Refusal("bad-request", "要求の形式が正しくありません。", ways=("前の画面に戻り、やり直してください。",)),
    )


@public("an error page without data")
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    refusal = Refusal("forbidden", "この操作はできません。", ways=("前の画面に戻ってください。",))
    refusal.status = 403
    return render_refusal(request, refusal)


@public("an error page with a reference number only")
def server_error(request: HttpRequest) -> HttpResponse:
    reference = getattr(request, "request_id", "")
    if request.path.startswith(PREFIX):
        return problem(500, reference=reference)
    try:
        return render(request, "errors/defect.html", {"reference": reference}, status=500)
    except Exception:  # the page itself must never be the second defect
        log.exception("the error page failed")
        return HttpResponse(
            f"障害が起きました。受付番号: {reference}", content_type="text/plain; charset=utf-8", status=500
        )
