"""One-time codes (ワンタイムコード, TOTP) and recovery codes (予備コード): the second factor beside a password."""

import unicodedata

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from audit import access, notices
from audit.actor import Actor
from audit.identity.services import lockout
from audit.models import Staff
from audit.rights import Act, File
from kaigo.common import clock
from kaigo.common.refusal import Refusal

SECRET = "identity.totp_secret"  # noqa: S105  where the session keeps the sealed secret until it is confirmed
PERIOD = 30  # seconds, as every authenticator has it
TOTP = Authenticator.Type.TOTP
RECOVERY = Authenticator.Type.RECOVERY_CODES


def is_set_up(staff: Staff) -> bool:
    """Whether the person has an authenticator for one-time codes."""
    return Authenticator.objects.filter(user=staff, type=TOTP).exists()


def is_required(staff: Staff) -> bool:
    """Whether a password alone does not sign this person in, by the rule of the installation."""
    if settings.SECOND_FACTOR == "roles":
        return staff.groups.filter(name__in=settings.SECOND_FACTOR_ROLES).exists()
    return bool(settings.SECOND_FACTOR == "password")


def begin(request: HttpRequest) -> str:
    """The secret to be set up, the same one until it is confirmed; the session keeps it sealed."""
    sealed = request.session.get(SECRET)
    if not sealed:
        sealed = request.session[SECRET] = get_adapter().encrypt(totp.generate_totp_secret())
    secret: str = get_adapter().decrypt(sealed)
    return secret


def address(staff: Staff, secret: str) -> str:
    """The `otpauth:` address that an authenticator reads from the QR code."""
    url: str = get_adapter().build_totp_url(staff, secret)
    return url


def set_up(request: HttpRequest, actor: Actor, staff: Staff, code: str) -> list[str]:
    """Keep the authenticator once it has shown a right code. Returns the recovery codes, which are shown once.

    Raises Refusal (`wrong-code`), Refusal (`code-exists`) where there is one already.
    """
    secret = begin(request)
    counter = _counter(secret, code, after=-1)
    if counter is None:
        raise Refusal("wrong-code", "コードが違います。今表示されている6桁の数字を入れてください。", field="code")
    with transaction.atomic():
        Staff.objects.select_for_update().get(pk=staff.pk)
        if is_set_up(staff):
            raise Refusal("code-exists", "ワンタイムコードは、すでに設定されています。")
        sealed = get_adapter().encrypt(secret)
        Authenticator.objects.create(user=staff, type=TOTP, data={"secret": sealed, "last_counter": counter})
        _say(actor, staff, "ワンタイムコードを設定しました。", "ワンタイムコードの設定")
        recovery = _new_recovery_codes(staff)
    del request.session[SECRET]
    return recovery


def renew_recovery_codes(actor: Actor, staff: Staff) -> list[str]:
    """New recovery codes; the old ones are void. Raises Refusal without an authenticator for codes."""
    if not is_set_up(staff):
        raise Refusal("no-code", "ワンタイムコードを設定していません。")
    with transaction.atomic():
        recovery = _new_recovery_codes(staff)
        _say(actor, staff, "予備コードを作り直しました。", "予備コードの再発行")
    return recovery


def remove(actor: Actor, staff: Staff) -> None:
    """Take the authenticator and the recovery codes away."""
    with transaction.atomic():
        if Authenticator.objects.filter(user=staff, type__in=(TOTP, RECOVERY)).delete()[0]:
            _say(actor, staff, "ワンタイムコードを解除しました。", "ワンタイムコードの解除")


def recovery_codes_left(staff: Staff) -> int:
    """How many recovery codes have not been used."""
    row = Authenticator.objects.filter(user=staff, type=RECOVERY).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


def check(request: HttpRequest, staff: Staff, code: str) -> str:
    """The method that the code proves: `totp` or `recovery`.

    A code counts once, also when the clock goes back. Wrong ones count toward the lock-out of the id.
    Raises Refusal (`wrong-code`) or LockedOut.
    """
    lockout.require_unlocked(request, staff.login)
    if _use_totp(staff, code):
        return "totp"
    if _use_recovery_code(staff, code):
        return "recovery"
    request.sign_in_method = "ワンタイムコード"  # type: ignore[attr-defined]
    if lockout.failed(request, staff.login):
        raise lockout.locked(request, staff.login)
    raise Refusal(
        "wrong-code",
        "コードが違うか、すでに使われています。",
        field="code",
        ways=("次のコードが表示されるのを待って入れてください。",),
    )


def _use_totp(staff: Staff, code: str) -> bool:
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(user=staff, type=TOTP).first()
        if row is None:
            return False
        counter = _counter(get_adapter().decrypt(row.data["secret"]), code, after=row.data.get("last_counter", -1))
        if counter is None:
            return False
        row.data["last_counter"] = counter
        row.last_used_at = clock.now()
        row.save(update_fields=["data", "last_used_at"])
        return True


def _counter(secret: str, code: str, *, after: int) -> int | None:
    """The step of time whose code this is, among the present one and its neighbours, if it is later than `after`."""
    typed = _normal(code)
    now = int(clock.now().timestamp()) // PERIOD
    for counter in range(now - settings.MFA_TOTP_TOLERANCE, now + settings.MFA_TOTP_TOLERANCE + 1):
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if constant_time_compare(typed, expected) and counter > after:
            return counter
    return None


def _use_recovery_code(staff: Staff, code: str) -> bool:
    row = Authenticator.objects.filter(user=staff, type=RECOVERY).first()
    if row is None or not RecoveryCodes(row).validate_code(_normal(code)):
        return False
    left = recovery_codes_left(staff)
    notices.tell(
        staff, f"予備コードでログインしました。残りは{left}個です。", path=reverse("one-time-code"), urgent=left <= 2
    )
    return True


def _new_recovery_codes(staff: Staff) -> list[str]:
    Authenticator.objects.filter(user=staff, type=RECOVERY).delete()
    made: list[str] = RecoveryCodes.activate(staff).get_unused_codes()
    return made


def _normal(code: str) -> str:
    return "".join(unicodedata.normalize("NFKC", code).split()).replace("-", "")


def _say(actor: Actor, staff: Staff, sentence: str, item: str) -> None:
    access.write(actor, File.STAFF, Act.ENTER, items=(item,), count=0, reason=f"利用者ID：{staff.login}")
    notices.tell(
        staff,
        f"{sentence}心当たりがないときは、システム管理者に連絡してください。",
        path=reverse("one-time-code"),
    )
