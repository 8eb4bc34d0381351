"""入力の版: counters from which any change of the levy's inputs shows.

Tax data and change history only grow, so the number of rows and the highest number together move with every
change, also with one that was committed late under a lower number.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import sql

SOURCES = {
    "tax": ("税情報", "levy_taxrecord", "id"),
    "periods": ("資格期間", "eligibility_insuredperiodevent", "pgh_id"),
    "households": ("世帯", "eligibility_householdmembershipevent", "pgh_id"),
    "assistance": ("生活保護等", "levy_assistanceperiodevent", "pgh_id"),
    "pension": ("年金情報", "levy_pensionrecordevent", "pgh_id"),
}


def take(parameters_sha256: str) -> dict[str, Any]:
    """The counters of all inputs as they are now, with the digest of the parameters. One SQL statement."""
    counters = [
        sql.SQL("SELECT {}, count(*), coalesce(max({}), 0) FROM {}").format(
            sql.Literal(name), sql.Identifier(key), sql.Identifier(table)
        )
        for name, (_, table, key) in SOURCES.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(counters))
        found: dict[str, Any] = {name: [count, highest] for name, count, highest in cursor.fetchall()}
    return {**found, "parameters": parameters_sha256}


def moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The Japanese names of the inputs that differ."""
    names = [label for key, (label, _, _) in SOURCES.items() if before.get(key) != now.get(key)]
    return names if before.get("parameters") == now.get("parameters") else [*names, "規則値"]
