"""How often something may happen in a minute: a window that slides, exact also when calls come at the same time."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from audit.clients.models import Window
from audit.clients.rules import WINDOW, wait_for_room
from kaigo.common import clock

# One statement: the row's lock lets calls of the same client pass one after the other, and the condition is asked
# again of the row as the call before left it.
ADMIT = """
INSERT INTO clients_window AS w (key, calls) VALUES (%(key)s, ARRAY[%(now)s]::bigint[])
ON CONFLICT (key) DO UPDATE
SET calls = array_append(ARRAY(SELECT c FROM unnest(w.calls) c WHERE c > %(since)s), %(now)s::bigint)
WHERE (SELECT count(*) FROM unnest(w.calls) c WHERE c > %(since)s) < %(limit)s
RETURNING cardinality(w.calls)
"""


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether one more call fits; how many fit after it, or in how many seconds one will."""

    admitted: bool
    left: int = 0
    wait: int = 0


def admit(key: str, limit: int) -> Admission:
    """Count one more call of `key` unless `limit` calls of the last 60 seconds are counted already."""
    now = _micros()
    values: dict[str, str | int] = {
        "key": key,
        "now": now,
        "since": now - int(WINDOW.total_seconds() * 1_000_000),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(ADMIT, values)
        row = cursor.fetchone()
    if row:
        return Admission(True, left=limit - row[0])
    return Admission(False, wait=max(1, wait(key, limit)))


def wait(key: str, limit: int) -> int:
    """In how many seconds one more call of `key` fits; 0 for now. Counts nothing."""
    row = Window.objects.filter(key=key).first()
    return wait_for_room(row.calls, _micros(), limit) if row else 0


def clear() -> int:
    """Nightly: windows in which nothing has been counted for a day. Says how many."""
    since = int((clock.now() - timedelta(days=1)).timestamp() * 1_000_000)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM clients_window WHERE calls[cardinality(calls)] <= %s", [since])
        return int(cursor.rowcount)


def _micros() -> int:
    return int(clock.now().timestamp() * 1_000_000)
