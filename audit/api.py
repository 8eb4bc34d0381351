"""What every API of the house shares: refusals and errors as problem+json (RFC 9457), in Japanese."""

from typing import Any

from django.http import JsonResponse
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from audit import access
from audit.permissions import Refused
from kaigo.common.refusal import Refusal

MEDIA_TYPE = "application/problem+json"
PREFIX = "/api/"

# The framework's own errors by status: code, sentence, way out.
WORDS: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", "要求の形式が正しくありません。", "送った内容を、仕様と照らして確かめてください。"),
    401: (
        "no-token",
        "トークンが付いていません。",
        "「Authorization: Bearer kc_…」のヘッダーで、発行されたトークンを送ってください。",
    ),
    403: ("forbidden", "この操作はできません。", "所管の担当者に確かめてください。"),
    404: ("not-found", "この宛先はありません。", "アドレスを確かめてください。"),
    405: ("method", "この方法（メソッド）では呼び出せません。", "仕様にある方法で呼び出してください。"),
    406: (
        "not-acceptable",
        "求められた形式では答えられません。",
        "Accept を application/json にしてください。",
    ),
    415: ("media-type", "この形式の内容は受け取れません。", "Content-Type を application/json にしてください。"),
    429: ("rate-limit", "回数の上限を超えました。", "しばらく待ってから、もう一度送ってください。"),
    500: ("defect", "障害が起きました。", "受付番号を添えて、所管の担当者に知らせてください。"),
}


class ProblemRenderer(JSONRenderer):
    """JSON under the media type of a problem."""

    media_type = MEDIA_TYPE


def problem(status: int, *, reference: str = "") -> JsonResponse:
    """The answer of an API address outside the framework: an unknown address, a defect."""
    code, title, way = WORDS.get(status, WORDS[400])
    body = _body(status, code, title, ways=[way])
    if reference:
        body["reference"] = reference
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False})


def refusal_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Render a Refusal as the screens do (code, sentence, field, ways out), and the framework's own errors alike.

    A defect is not rendered here: it ends as an error page with a reference number only.
    """
    if isinstance(error, Refusal):
        if isinstance(error, Refused):
            access.keep_refusal(error)
        body = _body(error.status, error.code, error.message, field=error.field, ways=list(error.ways))
        return _answer(body, error.status, getattr(error, "headers", {}), context)
    plain = exception_handler(error, context)
    if plain is None:
        return None
    code, title, way = WORDS.get(plain.status_code, WORDS[400])
    body = _body(plain.status_code, code, title, ways=[way])
    if isinstance(error, exceptions.ValidationError):
        body["errors"] = error.detail
    return _answer(body, plain.status_code, dict(plain.items()), context)


def _body(status: int, code: str, title: str, *, field: str = "", ways: list[str]) -> dict[str, Any]:
    return {
        "type": f"urn:kaigo:refusal:{code}",
        "title": title,
        "status": status,
        "code": code,
        "field": field,
        "ways": ways,
    }


def _answer(body: dict[str, Any], status: int, headers: dict[str, str], context: dict[str, Any]) -> Response:
    request = context.get("request")
    if request is not None:
        request.accepted_renderer = ProblemRenderer()
        request.accepted_media_type = MEDIA_TYPE
    kept = {name: value for name, value in headers.items() if name in ("WWW-Authenticate", "Retry-After", "Allow")}
    return Response(body, status=status, content_type=MEDIA_TYPE, headers=kept)
