"""Whether an id may be used now (利用者IDの使用可否): the one place that says so (E07, E08).

Signing in by any method, every request of a running session, and the rights that are held all ask here.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from kaigo.common import clock

if TYPE_CHECKING:
    from audit.models import Staff

Check = Callable[["Staff"], str | None]

CLOSED = "この利用者IDは無効になっています。"
EXPIRED = "この利用者IDは有効期限が過ぎています。"
ABSENT = "休職等の期間中のため、この利用者IDは使えません。"

_CHECKS: list[Check] = []


def add_check(check: Check) -> None:
    """Let a part refuse ids for a reason of its own (a contractor without permission, a missing pledge).

    `check` answers with a Japanese sentence, or None where it has nothing against the id. Call in AppConfig.ready.
    """
    if check not in _CHECKS:
        _CHECKS.append(check)


def usable(staff: "Staff", *, on: date | None = None) -> str | None:
    """Why the id may not be used on the day (today, unless named), as a Japanese sentence; None when it may.

    `valid_until` is the last day of use; `absence` (休職等) is half-open: the day of return is a day of use.
    """
    day = on or clock.today()
    if not staff.is_active:
        return CLOSED
    if staff.valid_until and staff.valid_until < day:
        return EXPIRED
    if staff.absence and day in staff.absence:
        return ABSENT
    return next((reason for check in _CHECKS if (reason := check(staff))), None)
