"""What the administrator does for somebody who cannot sign in (staff.enter on the person's office)."""

from django.db import transaction

from audit import access, notices
from audit.actor import Actor
from audit.identity.models import Passkey
from audit.identity.services import codes, lockout
from audit.models import Staff
from audit.permissions import require
from audit.rights import Act, File
from kaigo.common.refusal import Refusal


def unlock(actor: Actor, staff: Staff) -> None:
    """End the lock of an id before its time. Raises Forbidden, or Refusal for one's own id."""
    _require(actor, staff)
    with transaction.atomic():
        lockout.forget(staff.login)
        _log(actor, staff, "ロックの解除")
        notices.tell(staff, "システム管理者が利用者IDのロックを解除しました。", urgent=True)


def remove_factors(actor: Actor, staff: Staff) -> None:
    """Take away all passkeys and codes of somebody who lost the device. Raises Forbidden, or Refusal for one's own."""
    _require(actor, staff)
    with transaction.atomic():
        for passkey in Passkey.objects.filter(staff=staff).select_related("authenticator"):
            passkey.authenticator.delete()
        codes.remove(actor, staff)
        _log(actor, staff, "パスキーとワンタイムコードの削除")
        notices.tell(
            staff,
            "システム管理者が、紛失などの届出によりパスキーとワンタイムコードを削除しました。心当たりがないときは、すぐに連絡してください。",
            urgent=True,
        )


def _require(actor: Actor, staff: Staff) -> None:
    require(actor, File.STAFF, Act.ENTER, staff.office_id)
    if staff.pk == actor.staff_id:
        raise Refusal("own-id", "自分の利用者IDは、別のシステム管理者が処理します。")


def _log(actor: Actor, staff: Staff, item: str) -> None:
    access.write(actor, File.STAFF, Act.ENTER, items=(item,), count=0, reason=f"利用者ID：{staff.login}")
