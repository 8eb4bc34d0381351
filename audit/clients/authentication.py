"""Who calls the API: a bearer token of an approved client, from one of its addresses (E09, E14)."""

import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from audit import access, notices
from audit.actor import Actor
from audit.clients import limits, queries, rules, scopes, secrets
from audit.clients.models import Terms, Token
from audit.rights import Right
from kaigo.common.refusal import Refusal

log = logging.getLogger("kaigo.api")
REALM = 'Bearer realm="kaigo"'
# Names under which programs like to put a token into an address, where proxies and browsers keep it.
IN_ADDRESS = {"token", "access_token", "api_key", "apikey", "api-key", "authorization", "bearer"}


class Unauthenticated(Refusal):
    """Nobody whom the API knows."""

    status = 401
    headers = {"WWW-Authenticate": REALM}


class NotAllowed(Refusal):
    """A client that is known may not call like this."""

    status = 403


class TooMany(Refusal):
    """Over the limit: when to come again is in `headers`."""

    status = 429

    def __init__(self, code: str, message: str, wait: int) -> None:
        super().__init__(code, message, ways=(f"{wait}秒待ってから、もう一度送ってください。",))
        self.headers = {"Retry-After": str(wait)}


@dataclass(frozen=True, slots=True)
class Caller:
    """The client that calls, with the token it showed and the terms that hold; what the framework calls the user."""

    token: Token
    terms: Terms
    scopes: frozenset[str]
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False
    pk: None = None

    def __str__(self) -> str:
        return self.token.prefix


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer kc_…`. A session cookie counts for nothing here."""

    def authenticate_header(self, request: Request) -> str:
        return REALM

    def authenticate(self, request: Request) -> tuple[Caller, Token] | None:
        inner: HttpRequest = request._request
        _become_nobody(inner)
        _refuse_in_address(inner)
        scheme, _, text = inner.headers.get("Authorization", "").strip().partition(" ")
        if not scheme:
            return None
        token = _token(inner, scheme, text.strip())
        inner.api_token = token  # type: ignore[attr-defined]
        terms = queries.terms_in_force(token.client)
        inner.actor = _actor(inner, token, terms)  # type: ignore[attr-defined]
        if refusal := _fault(inner, token, terms):
            _log_refused(inner, refusal)
            raise refusal
        if terms is None:
            raise RuntimeError("a client without terms passed")
        return Caller(token, terms, _scopes(token, terms)), token


def _become_nobody(request: HttpRequest) -> None:
    """The API knows no session: whoever is signed in in the same browser does not act here."""
    before: Actor = request.actor  # type: ignore[attr-defined]
    request.actor = Actor(  # type: ignore[attr-defined]
        address=before.address, terminal=before.terminal, request_id=before.request_id, route=before.route
    )


def _actor(request: HttpRequest, token: Token, terms: Terms | None) -> Actor:
    """The client as the log names it: its name, its office, and the token in the place of the session."""
    nobody: Actor = request.actor  # type: ignore[attr-defined]
    offices = frozenset(office.pk for office in terms.offices.all()) if terms else frozenset()
    held: dict[Right, frozenset[int]] = {}
    for scope in scopes.known(sorted(_scopes(token, terms))) if terms else ():
        held |= dict.fromkeys(scope.rights, offices)
    return Actor(
        name=token.client.name, office_name=token.client.office.name, roles=("API利用者",), scope=held,
        session=token.prefix, client=token.client.public_id, address=nobody.address, terminal=nobody.terminal,
        request_id=nobody.request_id, route=nobody.route,
    )  # fmt: skip


def _scopes(token: Token, terms: Terms) -> frozenset[str]:
    return frozenset(token.scopes) & frozenset(terms.scopes)


def _token(request: HttpRequest, scheme: str, text: str) -> Token:
    """The token that was sent. Raises Unauthenticated, and TooMany for an address that keeps guessing."""
    key, limit = f"address:{request.actor.address}", settings.API_FAILURES_PER_MINUTE  # type: ignore[attr-defined]
    if wait := limits.wait(key, limit):
        raise TooMany("too-many-failures", "誤ったトークンが続いたため、しばらく受け付けません。", wait)
    found = secrets.token_of(text) if scheme.lower() == "bearer" and secrets.WHOLE.fullmatch(text) else None
    if found is None:
        limits.admit(key, limit)
        refusal = Unauthenticated(
            "bad-token",
            "トークンが正しくありません。",
            ways=("「Authorization: Bearer kc_…」の形で、発行されたトークンをそのまま送ってください。",),
        )
        _log_refused(request, refusal)
        raise refusal
    return found


def _fault(request: HttpRequest, token: Token, terms: Terms | None) -> Refusal | None:
    """Why the holder of a right token may not come in now."""
    if token.client.ended_at is not None:
        return NotAllowed("client-ended", "このAPI利用者は廃止されています。")
    state = queries.state_of(token)
    if not state.usable:
        return Unauthenticated(
            f"token-{state.value}",
            f"このトークンは使えません（{state.label}）。",
            ways=("所管の担当者に、新しいトークンの発行を依頼してください。",),
        )
    if terms is None:
        return NotAllowed("not-approved", "このAPI利用者は承認されていません。")
    if not rules.within(request.actor.address, terms.networks):  # type: ignore[attr-defined]
        return NotAllowed(
            "other-address",
            "登録されていない接続元からの呼出しです。",
            ways=("接続元が変わったときは、所管の担当者に利用条件の変更を依頼してください。",),
        )
    return None


def _refuse_in_address(request: HttpRequest) -> None:
    """A token in an address ends in logs of proxies: refused, and the keepers are told when it was a real one."""
    values = [value for values in request.GET.lists() for value in values[1]]
    shown = next((found for value in values if (found := secrets.PREFIX.search(value))), None)
    if shown is None and not IN_ADDRESS & {name.lower() for name in request.GET}:
        return
    token = Token.objects.select_related("client").filter(prefix=shown.group()).first() if shown else None
    if token is not None:
        _tell_exposed(token)
    raise Refusal(
        "token-in-address",
        "トークンをアドレス（URL）に入れて送ることはできません。",
        ways=(
            "「Authorization: Bearer kc_…」のヘッダーで送ってください。",
            "アドレスに入れたトークンは通信の記録に残ったおそれがあります。交換を依頼してください。",
        ),
    )


def _tell_exposed(token: Token) -> None:
    if "exposed" in token.told or not queries.state_of(token).usable:
        return
    Token.objects.filter(pk=token.pk).update(told=[*token.told, "exposed"])
    words = (
        f"API利用者「{token.client.name}」のトークン（{token.prefix}）がURLに書かれて送られました。交換してください。"
    )
    for keeper in queries.keepers(token.client.office_id):
        notices.tell(keeper, words, path=f"/clients/{token.client.public_id}/", urgent=True)


def _log_refused(request: HttpRequest, refusal: Refusal) -> None:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    log.info("api refused %s route=%s request=%s", refusal.code, actor.route, actor.request_id)
    access.record_sign_in(actor, "login", outcome="refused", reason=f"API：{refusal.message}"[:200])


def caller_of(request: Any) -> Caller:
    """The caller of a request that was let in. Raises RuntimeError where there is none."""
    if not isinstance(request.user, Caller):
        raise RuntimeError("nobody calls")
    return request.user
