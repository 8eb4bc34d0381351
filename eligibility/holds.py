"""抑止: what must not be issued to somebody now. Parts and rooms that know of a hold register themselves here."""

from collections.abc import Callable
from datetime import date

from eligibility.models import Resident
from kaigo.common.refusal import Refusal

CARD = "card"
Holds = Callable[[Resident, str, date], list[str]]
_HOLDS: list[Holds] = []


def provide(holds: Holds) -> None:
    """Let a part say, in words, why something (such as `card`) must not be issued to a resident on a day."""
    if holds not in _HOLDS:
        _HOLDS.append(holds)


def holds_on(resident: Resident, what: str, day: date) -> list[str]:
    """Why something must not be issued to a resident on a day; empty when it may."""
    return [reason for holds in _HOLDS for reason in holds(resident, what, day)]


def require_free(resident: Resident, what: str, day: date) -> None:
    """Raises Refusal with the reasons when something must not be issued to a resident on a day."""
    reasons = holds_on(resident, what, day)
    if reasons:
        raise Refusal(
            "held",
            f"この人への交付は抑止されています。{'、'.join(reasons)}",
            ways=("抑止の理由を確かめ、終わっていれば抑止を解除してから交付してください。",),
        )
