"""What of the registers waits for a person (今日の仕事)."""

from django.urls import reverse

from audit.actor import Actor
from audit.registers import queries
from audit.registers.catalogue import REGISTERS
from audit.worklist import Waiting


def waiting(actor: Actor) -> list[Waiting]:
    """Open entries with something due, for those who enter them."""
    if not actor.may(queries.ENTER):
        return []
    found = []
    for register in REGISTERS:
        rows = queries.entries(actor, register, state="open").filter(office_id__in=actor.offices(queries.ENTER))
        dues = [due for row in rows if (due := register.due(row))]
        path = f"{reverse('register', args=[register.key])}?state=open"
        found.append(Waiting(f"{register.label}の期限のある記録を進める", path, len(dues), min(dues, default=None)))
    return found
