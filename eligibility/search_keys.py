"""Filling the 検索の手がかり from the stored rows, for one person or for everybody, and finding what is stale.

Whoever writes residents or their versions by SQL calls `refresh` in the same transaction; a resident that is saved
through the ORM is refreshed by itself. `refresh_standing` suffices where only insured periods changed.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models.signals import post_save

from eligibility.models import Resident
from kaigo.common import addresses, clock, kana
from kaigo.common.copying import stream

BATCH = 5_000  # persons in one statement
LONGEST = 200  # characters of a lexeme
EVERYBODY = "SELECT id AS resident_id FROM eligibility_resident"
# One letter before each lexeme says what it is.
KANA, GIVEN_KANA, FORMER_KANA = "K", "R", "L"
NAME, ALIAS, GIVEN, FORMER = "N", "T", "G", "F"
ADDRESS, BIRTH, OFFICE = "A", "B", "O"


class Row(NamedTuple):
    """What the keys of a resident are made of; `former` are other (name, kana, alias) that it had, as JSON."""

    resident_id: int
    office_id: int
    name: str
    kana: str
    alias: str
    name_key: str
    kana_key: str
    birth_date: date
    town: str
    lot: str
    building: str
    is_protected: bool
    standing: int
    former: str | None


CURRENT = """
    SELECT DISTINCT i.resident_id FROM wanted JOIN eligibility_insured i USING (resident_id)
    JOIN eligibility_insuredperiod p ON p.insured_id = i.id WHERE p.period @> %(today)s::date
"""
STANDING = "CASE WHEN c.resident_id IS NOT NULL THEN 0 WHEN r.status = '1' THEN 1 ELSE 2 END"
ROWS = f"""
    WITH wanted AS MATERIALIZED (SELECT DISTINCT resident_id FROM (%s) q), current AS ({CURRENT}),
    former AS (
        SELECT v.resident_id, jsonb_agg(DISTINCT jsonb_build_array(v.name, v.kana, v.alias)) AS names
        FROM wanted JOIN eligibility_resident r ON r.id = wanted.resident_id
        JOIN eligibility_residentversion v ON v.resident_id = r.id
        WHERE (v.name, v.kana, v.alias) <> (r.name, r.kana, r.alias) GROUP BY v.resident_id)
    SELECT r.id, r.office_id, r.name, r.kana, r.alias, r.name_key, r.kana_key, r.birth_date, r.town, r.lot, r.building,
        r.is_protected, {STANDING}, f.names
    FROM wanted JOIN eligibility_resident r ON r.id = wanted.resident_id
    LEFT JOIN current c ON c.resident_id = r.id LEFT JOIN former f ON f.resident_id = r.id
"""  # noqa: S608 - constants of this module
COLUMNS = ("resident_id", "office_id", "standing", "kana_key", "name_key", "birth_date", "words")
GIVEN_KEYS = f"""
    SELECT {", ".join(COLUMNS[:-1])}, words::tsvector AS words FROM unnest(
        %s::bigint[], %s::bigint[], %s::smallint[], %s::text[], %s::text[], %s::date[], %s::text[]
    ) AS given ({", ".join(COLUMNS)})
"""  # noqa: S608 - constants of this module
WRITE = f"""
    INSERT INTO eligibility_searchkey AS k ({", ".join(COLUMNS)}) {GIVEN_KEYS}
    ON CONFLICT (resident_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])}
    WHERE ({", ".join(f"k.{name}" for name in COLUMNS)}) <> ({", ".join(f"excluded.{name}" for name in COLUMNS)})
"""
DIFFERING = f"""
    SELECT g.resident_id FROM ({GIVEN_KEYS}) g LEFT JOIN eligibility_searchkey k USING (resident_id)
    WHERE k.resident_id IS NULL
        OR ({", ".join(f"k.{name}" for name in COLUMNS[1:])}) <> ({", ".join(f"g.{name}" for name in COLUMNS[1:])})
"""  # noqa: S608 - constants of this module


def refresh(residents: str = EVERYBODY) -> int:
    """Bring the keys of the residents of a query (column `resident_id`) in line; says how many rows were written.

    Reads the stored residents, their versions and insured periods, as of today; rows that are right stay untouched.
    """
    written = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for columns in _batches(residents):
            cursor.execute(WRITE, columns)
            written += cursor.rowcount
    return written


def refresh_standing(residents: str = EVERYBODY) -> int:
    """Bring only the place in the order (被保険者 first) in line, as of today; says how many rows were written."""
    statement = f"""
        WITH wanted AS MATERIALIZED (SELECT DISTINCT resident_id FROM ({residents}) q), current AS ({CURRENT})
        UPDATE eligibility_searchkey k SET standing = {STANDING}
        FROM wanted JOIN eligibility_resident r ON r.id = wanted.resident_id
        LEFT JOIN current c ON c.resident_id = r.id
        WHERE k.resident_id = r.id AND k.standing <> {STANDING}
    """  # noqa: S608 - a query of code and constants of this module
    with connection.cursor() as cursor:
        cursor.execute(statement, {"today": clock.today()})
        return int(cursor.rowcount)


def stale() -> list[int]:
    """The residents whose keys differ from what their rows give today, or are missing."""
    found: list[int] = []
    with transaction.atomic(), connection.cursor() as cursor:
        for columns in _batches(EVERYBODY):
            cursor.execute(DIFFERING, columns)
            found += [resident_id for (resident_id,) in cursor.fetchall()]
    return sorted(found)


def _batches(residents: str) -> Iterator[list[list[Any]]]:
    """The columns of the keys, some thousand persons at a time."""
    rows = stream(connection, ROWS.replace("%s", residents, 1), {"today": clock.today()})
    while batch := list(islice(rows, BATCH)):
        keys = [_key(Row(*row)) for row in batch]
        yield [list(column) for column in zip(*keys, strict=True)]


def _key(row: Row) -> tuple[Any, ...]:
    words = " ".join(map(lexeme, dict.fromkeys(words_of(row))))
    return row.resident_id, row.office_id, row.standing, row.kana_key, row.name_key, row.birth_date, words


def lexeme(word: str) -> str:
    """A word as PostgreSQL reads it in a tsvector or tsquery."""
    return "'" + word[:LONGEST].replace("\\", "\\\\").replace("'", "''") + "'"


def words_of(row: Row) -> Iterator[str]:
    """The lexemes of a resident; the address of a protected person (支援措置) leads to nobody."""
    yield KANA + row.kana_key
    yield NAME + row.name_key
    yield from _given(row.name, GIVEN, kana.name_key)
    yield from _given(row.kana, GIVEN_KANA, kana.search_key)
    yield from _alias(row.alias, ALIAS)
    for name, reading, alias in json.loads(row.former or "[]"):
        if kana.name_key(name) != row.name_key:
            yield FORMER + kana.name_key(name)
        if kana.search_key(reading) != row.kana_key:
            yield FORMER_KANA + kana.search_key(reading)
        if alias != row.alias:
            yield from _alias(alias, FORMER)
    if not row.is_protected:
        starts = addresses.beginnings(row.town, row.lot, row.building, settings.INSURER_NAME)
        yield from (ADDRESS + start for start in starts)
    yield f"{BIRTH}{row.birth_date:%Y%m%d}"
    yield f"{OFFICE}{row.office_id}"


def _given(name: str, tag: str, key: Callable[[str], str]) -> Iterator[str]:
    """The names after the first one, which alone are also asked for."""
    yield from (tag + folded for part in name.split()[1:] if (folded := key(part)))


def _alias(alias: str, tag: str) -> Iterator[str]:
    if alias:
        yield tag + kana.name_key(alias)
        yield from _given(alias, GIVEN, kana.name_key) if tag == ALIAS else ()
        if kana.is_kana(kana.normalise(alias)):
            yield tag + kana.search_key(alias)


def follow(sender: type[Resident], instance: Resident, update_fields: frozenset[str] | None, **_: Any) -> None:
    """A resident that was saved through the ORM: the keys follow in the same transaction."""
    if update_fields is None or set(update_fields) & SOURCES:
        refresh(f"SELECT {int(instance.pk)}::bigint AS resident_id")


SOURCES = {*Row._fields, "office", "status"}
post_save.connect(follow, sender=Resident, dispatch_uid="search-keys")
