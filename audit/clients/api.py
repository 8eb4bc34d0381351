"""What every endpoint of the API is built on, and the first of them: who am I."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.timezone import localtime
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from audit.clients import limits
from audit.clients.authentication import TokenAuthentication, TooMany, caller_of
from audit.clients.models import Call, Token
from audit.clients.permissions import HasScope
from audit.permissions import Disclosure
from kaigo.common import clock

QUIET_SECONDS = 60  # of refusals for the limit, one in so many seconds is kept


class ClientThrottle(BaseThrottle):
    """The limit of the client's terms, over all its tokens."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not getattr(request.user, "is_authenticated", False):
            return True  # refused for another reason, right after
        caller = caller_of(request)
        admission = limits.admit(f"client:{caller.token.client_id}", caller.terms.rate_per_minute)
        request._request.api_left = admission.left  # type: ignore[attr-defined]
        if not admission.admitted:
            words = f"1分間の回数の上限（{caller.terms.rate_per_minute:,}回）を超えました。"
            raise TooMany("rate-limit", words, admission.wait)
        return True


class ClientView(APIView):
    """An endpoint for API clients: name its `scope` and what it `discloses`, and write `get`, `post` and so on.

    Every call of a known client is entered in the ledger of calls, answered or refused; when that fails, nothing is
    answered. What an endpoint discloses is recorded with `audit.access.record` as on a screen.
    """

    scope: ClassVar[str]
    discloses: ClassVar[bool] = True
    why: ClassVar[str] = ""
    authentication_classes = (TokenAuthentication,)
    throttle_classes = (ClientThrottle,)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.permission_classes = (HasScope(cls.scope),)
        if not cls.discloses and not cls.why:
            raise TypeError(f"{cls.__name__} does not say why it discloses nothing")

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view: Any = super().as_view(**initkwargs)
        view.disclosure = Disclosure(discloses=cls.discloses, why=cls.why, api=True)
        return view

    def check_permissions(self, request: Request) -> None:
        """The limit first: a call without the right counts as well."""
        super().check_throttles(request)
        super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """Done before the permissions."""

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        enter_call(getattr(request, "_request", request), answer)
        return answer


def enter_call(request: HttpRequest, answer: Any) -> None:
    """Enter a call of a known client in the ledger of calls; one of an unknown caller is in the access log."""
    token: Token | None = getattr(request, "api_token", None)
    if token is None or (answer.status_code == 429 and _entered_lately(token)):
        return
    actor = request.actor  # type: ignore[attr-defined]
    code = answer.data.get("code", "") if answer.status_code >= 400 and isinstance(answer.data, dict) else ""
    Call.objects.create(
        client_id=token.client_id, token=token, at=clock.now(), route=actor.route, method=str(request.method)[:8],
        status=answer.status_code, code=str(code)[:40], address=actor.address, request_id=actor.request_id,
    )  # fmt: skip


def _entered_lately(token: Token) -> bool:
    last = Call.objects.filter(client_id=token.client_id, status=429).order_by("-at").first()
    return last is not None and abs((clock.now() - last.at).total_seconds()) < QUIET_SECONDS


class WhoAmI(ClientView):
    """API利用者の確認: the caller's own registration, what a new client is tried with."""

    scope = "whoami"
    discloses = False
    why = "the client's own registration, without insured persons"

    def get(self, request: Request) -> Response:
        caller = caller_of(request)
        return Response(
            {
                "client": caller.token.client.name,
                "system": caller.token.client.system,
                "token": caller.token.prefix,
                "valid_until": caller.token.valid_until.isoformat(),
                "ends_at": localtime(caller.token.ends_at).isoformat() if caller.token.ends_at else None,
                "scopes": sorted(caller.scopes),
                "offices": [office.name for office in caller.terms.offices.all()],
                "rate_per_minute": caller.terms.rate_per_minute,
                "rate_left": getattr(request._request, "api_left", 0),
            }
        )
