"""Passkeys (パスキー): registering, using, renaming and removing them. User verification is always required (E07)."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from audit import access, notices
from audit.actor import Actor
from audit.identity.models import Passkey
from audit.models import Staff
from audit.rights import Act, File
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal

BEGUN = "identity.passkey_begun"
LIFETIME = timedelta(minutes=5)  # from the challenge to the answer
# What the library raises for an answer that is cut short, of another shape, or wrong.
MALFORMED = (ValidationError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError)


def possible(request: HttpRequest) -> bool:
    """Whether a browser can make passkeys here: on the host they are for (or below it), and over TLS or locally."""
    host, wanted = request.get_host().partition(":")[0], settings.WEBAUTHN_RP_ID
    return (host == wanted or host.endswith(f".{wanted}")) and (request.is_secure() or host == "localhost")


def begin_registration(request: HttpRequest, staff: Staff) -> dict[str, Any]:
    """The options for `navigator.credentials.create`: a discoverable credential with user verification."""
    with context.request_context(request):
        options = webauthn.begin_registration(staff, passwordless=True)
    request.session[BEGUN] = clock.now().isoformat()
    return _plain(options)


def finish_registration(request: HttpRequest, actor: Actor, staff: Staff, name: str, credential: str) -> Passkey:
    """Keep the passkey that the browser made. Raises Refusal when it is not one of ours, unverified or not new."""
    parsed = _parsed(credential)
    with context.request_context(request):
        _require_open(request)
        try:
            _require_origin(RegistrationResponse.from_dict(parsed).response.client_data.origin)
            data = webauthn.complete_registration(parsed)
        except MALFORMED as error:
            raise _unusable() from error
        finally:
            _close(request)
    credential_data = data.credential_data
    if credential_data is None:
        raise _unusable()
    return _keep(actor, staff, name, parsed, bytes(credential_data.credential_id), data.counter)


@transaction.atomic
def _keep(
    actor: Actor, staff: Staff, name: str, credential: dict[str, Any], credential_id: bytes, count: int
) -> Passkey:
    require_free_name(staff, name)
    authenticator = webauthn.WebAuthn.add(staff, name, credential).instance
    try:
        with transaction.atomic():
            passkey = Passkey.objects.create(
                staff=staff,
                authenticator=authenticator,
                credential_id=credential_id,
                name=name,
                sign_count=count,
                created_at=clock.now(),
            )
    except IntegrityError as error:
        raise Refusal(
            "passkey-taken",
            "このパスキーは、すでに登録されています。",
            ways=("別の端末又は鍵で登録してください。",),
        ) from error
    _say(actor, staff, f"パスキー「{name}」を登録しました。", "パスキーの登録")
    return passkey


def begin(request: HttpRequest, staff: Staff | None = None) -> dict[str, Any]:
    """The options for `navigator.credentials.get`: of the person's own passkeys, or of any that the device offers."""
    with context.request_context(request):
        options = webauthn.begin_authentication(staff)
    request.session[BEGUN] = clock.now().isoformat()
    return _plain(options)


def finish(request: HttpRequest, credential: str, staff: Staff | None = None) -> Staff:
    """Whose passkey answered the challenge. Raises Refusal (`passkey`) unless it is genuine, verified, known, and
    of the person who is asked (when one is)."""
    parsed = _parsed(credential)
    _require_open(request)
    try:
        answer = AuthenticationResponse.from_dict(parsed)
        passkey = _passkey(answer, staff)
        _require_origin(answer.response.client_data.origin)
        with context.request_context(request):
            webauthn.complete_authentication(passkey.staff, parsed)
        _count(passkey, answer.response.authenticator_data.counter)
    except MALFORMED as error:
        raise _refused() from error
    finally:
        _close(request)
    return passkey.staff


def rename(actor: Actor, passkey: Passkey, name: str) -> None:
    """Give a passkey another name. Raises Refusal when the person has one of that name."""
    if name != passkey.name:
        require_free_name(passkey.staff, name)
        passkey.name = name
        passkey.save(update_fields=["name"])
        access.write(actor, File.STAFF, Act.ENTER, items=("パスキーの名前",), count=0, reason="本人による変更")


def remove(actor: Actor, passkey: Passkey) -> None:
    """Remove a passkey; it signs nobody in any more."""
    with transaction.atomic():
        passkey.authenticator.delete()
        _say(actor, passkey.staff, f"パスキー「{passkey.name}」を削除しました。", "パスキーの削除")


def own(staff: Staff, public_id: UUID) -> Passkey:
    """A passkey of the person. Raises NotFound for anybody else's."""
    passkey = Passkey.objects.filter(staff=staff, public_id=public_id).select_related("staff", "authenticator").first()
    if passkey is None:
        raise NotFound("no-passkey", "このパスキーは見つかりません。", ways=("一覧から選び直してください。",))
    return passkey


def require_free_name(staff: Staff, name: str) -> None:
    """Refuse a name that another passkey of the person has."""
    if Passkey.objects.filter(staff=staff, name=name).exists():
        raise Refusal("passkey-name", "同じ名前のパスキーがあります。別の名前にしてください。", field="name")


def _passkey(answer: AuthenticationResponse, staff: Staff | None) -> Passkey:
    passkey = Passkey.objects.select_related("staff__office").filter(credential_id=bytes(answer.raw_id)).first()
    if passkey is None or (staff is not None and passkey.staff_id != staff.pk):
        raise _refused()
    handle = answer.response.user_handle
    if handle and bytes(handle) != passkey.staff.public_id.bytes:
        raise _refused()
    return passkey


def _count(passkey: Passkey, count: int) -> None:
    """Keep the number of signatures. One that does not grow means that the key exists twice."""
    with transaction.atomic():
        row = Passkey.objects.select_for_update().get(pk=passkey.pk)
        copied = (count or row.sign_count) and count <= row.sign_count
        if not copied:
            row.sign_count, row.last_used_at = count, clock.now()
            row.save(update_fields=["sign_count", "last_used_at"])
            Authenticator.objects.filter(pk=row.authenticator_id).update(last_used_at=clock.now())
    if copied:
        notices.tell(
            passkey.staff,
            f"パスキー「{passkey.name}」に複製の疑いがあり、ログインを断りました。パスキーを削除し、システム管理者に連絡してください。",
            path=reverse("passkeys"),
            urgent=True,
        )
        raise _refused()


def _say(actor: Actor, staff: Staff, sentence: str, item: str) -> None:
    access.write(actor, File.STAFF, Act.ENTER, items=(item,), count=0, reason=f"利用者ID：{staff.login}")
    notices.tell(
        staff,
        f"{sentence}心当たりがないときは、システム管理者に連絡してください。",
        path=reverse("passkeys"),
    )


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(options["publicKey"]))
    return plain


def _parsed(credential: str) -> dict[str, Any]:
    try:
        parsed = json.loads(credential)
    except ValueError as error:
        raise _refused() from error
    if not isinstance(parsed, dict):
        raise _refused()
    return parsed


def _require_open(request: HttpRequest) -> None:
    begun = request.session.get(BEGUN)
    age = clock.now() - datetime.fromisoformat(begun) if begun else LIFETIME
    if not timedelta(0) <= age < LIFETIME:
        _close(request)
        raise Refusal(
            "passkey-late",
            "時間がたったため、パスキーを確かめられませんでした。",
            ways=("もう一度やり直してください。",),
        )


def _close(request: HttpRequest) -> None:
    """A challenge is answered once, rightly or wrongly."""
    request.session.pop(BEGUN, None)
    request.session.pop(webauthn.STATE_SESSION_KEY, None)


def _require_origin(origin: str) -> None:
    if settings.WEBAUTHN_ORIGINS and origin not in settings.WEBAUTHN_ORIGINS:
        raise ValueError("a foreign origin")


def _refused() -> Refusal:
    return Refusal(
        "passkey",
        "パスキーでは本人と確かめられませんでした。",
        ways=(
            "この端末に登録した自分のパスキーを選び、指紋・顔などの本人確認を済ませてください。",
            "パスキーが使えないときは、パスワードでログインしてください。",
        ),
    )


def _unusable() -> Refusal:
    return Refusal(
        "passkey-registration",
        "パスキーを登録できませんでした。",
        ways=("指紋・顔などの本人確認ができる端末又は鍵で、もう一度登録してください。",),
    )
