"""The city's common sign-on (職員認証基盤, B2) by OpenID Connect: authorization code with PKCE, nonce and state.

django-allauth's own provider trusts the token endpoint and checks neither signature nor nonce, and makes accounts;
here every ID token is checked in full, and it must name an existing member of staff.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from django.conf import settings
from django.utils.crypto import constant_time_compare

from audit.models import Staff
from kaigo.common.refusal import Refusal

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")  # never a shared secret, never "none"
LEEWAY = 60  # seconds between the two clocks


@dataclass(frozen=True, slots=True)
class Flow:
    """What the browser carries, signed, to the sign-on and back."""

    state: str
    nonce: str
    verifier: str
    next_path: str

    def text(self) -> str:
        """What the signed cookie holds."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Flow":
        """What `text` made. Raises ValueError."""
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError("not a flow") from error


def is_on() -> bool:
    """Whether the office uses the common sign-on."""
    return bool(settings.OIDC_DISCOVERY_URL)


def begin(next_path: str = "") -> tuple[str, Flow]:
    """The address of the common sign-on to go to, and what must come back. Raises Refusal (`sso-unavailable`)."""
    flow = Flow(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), next_path)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": settings.OIDC_REDIRECT_URI,
        "scope": "openid profile",
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    endpoint = _provider()["authorization_endpoint"]
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", flow


def finish(flow: Flow, *, state: str, code: str) -> Staff:
    """The member of staff whom the common sign-on vouches for.

    Raises Refusal: `sso-state` for an answer to another question, `sso-token` for a token that does not hold,
    `sso-unknown` for somebody without an id here, `sso-unavailable` when the other system does not answer.
    """
    if not code or not constant_time_compare(state, flow.state):
        raise _refused("sso-state")
    provider = _provider()
    claims = _claims(provider, _token(provider, code, flow.verifier), flow.nonce)
    return _staff(claims)


def _staff(claims: dict[str, Any]) -> Staff:
    value = claims.get(settings.OIDC_CLAIM)
    staff = None
    if isinstance(value, str) and value:
        staff = Staff.objects.filter(**{settings.OIDC_CLAIM_IS: value}).select_related("office").first()
    if staff is None:
        raise Refusal(
            "sso-unknown",
            "職員認証基盤の利用者に当たる利用者IDが、このシステムにありません。",
            ways=("利用者IDの登録を、所属長を通じて申請してください。",),
        )
    return staff


def _claims(provider: dict[str, Any], token: str, nonce: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(provider, token),
            algorithms=list(ALGORITHMS),
            audience=settings.OIDC_CLIENT_ID,
            issuer=provider["issuer"],
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise _refused("sso-token") from error
    if not constant_time_compare(str(claims.get("nonce", "")), nonce):
        raise _refused("sso-token")
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != settings.OIDC_CLIENT_ID:
        raise _refused("sso-token")
    return claims


def _key(provider: dict[str, Any], token: str) -> Any:
    """The key that the token names; the only key there is, when it names none."""
    known = jwt.PyJWKSet.from_dict(_get(provider["jwks_uri"])).keys
    named = jwt.get_unverified_header(token).get("kid")
    fitting = [key for key in known if key.key_id == named] if named else known
    if len(fitting) != 1:
        raise jwt.InvalidTokenError("no such key")
    return fitting[0]


def _token(provider: dict[str, Any], code: str, verifier: str) -> str:
    answer = _ask(
        "POST",
        provider["token_endpoint"],
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": settings.OIDC_REDIRECT_URI,
            "code_verifier": verifier,
        },
        auth=(settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET),
    )
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise _refused("sso-token")
    return token


def _provider() -> dict[str, Any]:
    provider = _get(settings.OIDC_DISCOVERY_URL)
    if not all(provider.get(name) for name in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")):
        raise _unavailable()
    return provider


def _get(url: str) -> dict[str, Any]:
    return _ask("GET", url)


def _ask(method: str, url: str, **more: Any) -> dict[str, Any]:
    try:
        answer = requests.request(method, url, timeout=settings.OIDC_TIMEOUT, allow_redirects=False, **more)
        body = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise _unavailable() from error
    if answer.status_code in (400, 401):
        raise _refused("sso-token")
    if answer.status_code != 200 or not isinstance(body, dict):
        raise _unavailable()
    return body


def _refused(code: str) -> Refusal:
    return Refusal(
        code,
        "職員認証基盤の応答を確かめられなかったため、ログインできません。",
        ways=("もう一度はじめからログインしてください。続くときは、システム管理者に連絡してください。",),
    )


def _unavailable() -> Refusal:
    return Refusal(
        "sso-unavailable",
        "職員認証基盤につながりません。",
        ways=("しばらくしてからやり直すか、パスキー又はパスワードでログインしてください。",),
    )
