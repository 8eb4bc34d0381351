"""Whether the terminal and the person are ones that media work is done with (E04, E14)."""

from audit.actor import Actor
from audit.media.models import MediaOfficer
from audit.media.refusals import Barred
from audit.models import Terminal
from audit.rights import Act, File, Right
from kaigo.common import clock

COPY = Right(File.MEDIA, Act.ENTER)


def exporting_terminals(office_ids: frozenset[int]) -> list[Terminal]:
    """The terminals of the offices from which data may leave: where to go."""
    found = Terminal.objects.filter(may_export=True, is_active=True, office_id__in=office_ids)
    return list(found.select_related("office"))


def terminal_of(actor: Actor) -> Terminal | None:
    """The terminal that the person sits at, if data may leave from it."""
    if not actor.address:
        return None
    return Terminal.objects.filter(address=actor.address, may_export=True, is_active=True).first()


def require_terminal(actor: Actor, right: Right) -> Terminal:
    """The terminal, or a refusal that goes into the log (E14). Raises Barred."""
    found = terminal_of(actor)
    if found is None:
        raise Barred(
            actor, right, "terminal", "この端末からは、外部への出力ができません。",
            ways=("出力を許可された端末（権限・記録・台帳の「端末」で確かめられます）で操作してください。",),
        )  # fmt: skip
    return found


def duties(actor: Actor) -> frozenset[int]:
    """The ids of the offices whose media the person handles today."""
    found = MediaOfficer.objects.filter(staff_id=actor.staff_id or 0, period__contains=clock.today())
    return frozenset(found.values_list("office_id", flat=True))


def require_officer(actor: Actor, office_id: int, right: Right = COPY) -> None:
    """Refuse, and log, whoever is not named for the media of the office (定められた担当者). Raises Barred."""
    if office_id not in duties(actor):
        raise not_an_officer(actor, right)


def not_an_officer(actor: Actor, right: Right) -> Barred:
    """The refusal for who is not named for media; the attempt is in the log."""
    return Barred(
        actor, right, "not-officer", "媒体を扱えるのは、媒体取扱担当者に指名された職員だけです。",
        ways=("指名された職員に依頼するか、管理者に指名を求めてください。",),
    )  # fmt: skip
