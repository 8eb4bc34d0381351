"""Initial passwords for new ids (利用者ID発行通知): issued by an administrator, printed once, kept nowhere."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from audit.actor import Actor
from audit.history import recorded
from audit.identity.services import passwords
from audit.models import Staff
from audit.permissions import visible
from audit.personnel import documents, gate, ids
from audit.personnel.models import IdEvent
from audit.rights import Act, File, Right
from audit.usability import usable
from kaigo.common.refusal import Refusal

ENTER = Right(File.STAFF, Act.ENTER)
UNUSABLE = "!"  # what Django stores where there is no password
MOST = 50  # letters in one go: each password is hashed slowly


@dataclass(frozen=True, slots=True)
class Secret:
    """An initial password, until its letter is printed."""

    staff: UUID
    password: str


def waiting(actor: Actor) -> QuerySet[Staff]:
    """The ids that were issued and have neither a password nor ever signed in, on the offices of the right."""
    rows = Staff.objects.filter(is_active=True, password__startswith=UNUSABLE, last_login=None, passkeys=None)
    return visible(rows, actor, ENTER).exclude(pk=actor.staff_id or 0).select_related("office", "manager")


def obstacle(staff: Staff) -> str | None:
    """Why no password can be issued yet. A contractor gets one before the work: only using it needs attendance."""
    reason = usable(staff)
    return None if reason in (gate.NO_PERMISSION, gate.NOT_ATTENDED) else reason


def issue(actor: Actor, wanted: Collection[UUID]) -> list[Secret]:
    """初期パスワードの発行: one for each chosen id, to be printed at once; the person changes it at the first sign-in.

    Raises Forbidden without staff.enter on the person's office, Refusal when nobody is chosen, too many are, or an id
    cannot be used yet (a pledge that is missing, a contractor without permission).
    """
    chosen = list(waiting(actor).filter(public_id__in=wanted).order_by("login"))
    if not chosen:
        raise Refusal("none-chosen", "初期パスワードを発行する利用者IDを選んでください。")
    if len(chosen) > MOST:
        raise Refusal("too-many", f"1度に発行できるのは{MOST}件までです。", ways=("分けて発行してください。",))
    for staff in chosen:
        if reason := obstacle(staff):
            raise Refusal("not-usable", f"{staff.login}：{reason}", ways=("この利用者IDを除いて発行してください。",))
    secrets = []
    for staff in chosen:
        secrets.append(Secret(staff.public_id, passwords.issue(actor, staff)))
        with recorded(actor, "初期パスワードの発行"):
            ids.note(actor, staff, IdEvent.Kind.LETTER, "利用者ID発行通知を印刷")
    return secrets


def print_letters(secrets: Collection[Secret]) -> bytes:
    """The letters as one PDF, one a person; they are kept nowhere. Raises Refusal for an address that does not fit."""
    people = {row.public_id: row for row in Staff.objects.filter(public_id__in=[s.staff for s in secrets])}
    return documents.id_letters([(people[secret.staff], secret.password) for secret in secrets])
