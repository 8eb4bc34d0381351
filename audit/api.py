"""What every API of the house shares: refusals as problem+json (RFC 9457)."""

from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from kaigo.common.refusal import Refusal


class ProblemRenderer(JSONRenderer):
    """JSON under the media type of a problem."""

    media_type = "application/problem+json"


def refusal_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Render a Refusal with the code, sentence, field and ways out of the screens; other errors as the framework does.

    A defect is not rendered here: it ends as an error page with a reference number only.
    """
    if not isinstance(error, Refusal):
        return exception_handler(error, context)
    request = context.get("request")
    if request is not None:
        request.accepted_renderer = ProblemRenderer()
        request.accepted_media_type = ProblemRenderer.media_type
    body = {
        "type": f"urn:kaigo:refusal:{error.code}",
        "title": error.message,
        "status": error.status,
        "code": error.code,
        "field": error.field,
        "ways": list(error.ways),
    }
    return Response(body, status=error.status, content_type=ProblemRenderer.media_type)
