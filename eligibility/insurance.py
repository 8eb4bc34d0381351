"""Deriving insured periods (資格期間) from what the register says, for one person or for everybody, by one rule."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from audit.actor import Actor
from audit.history import recorded
from audit.intake import one, run
from eligibility import rules
from eligibility.models import Resident
from kaigo.common import checkdigits, clock
from kaigo.common.copying import copy_rows, next_ids, staging_table, stream
from kaigo.common.trace import compact

NUMBERING_LOCK = 0x6B62  # one numbering of insured persons at a time


class Facts(NamedTuple):
    """A resident with the insured status held now."""

    resident_id: int
    addressee_number: str
    facts: rules.RegisterFacts
    insured_id: int | None
    periods: list[tuple[date, date | None, str, str]]


class Derived(NamedTuple):
    """How many persons became insured, and how many had their periods corrected."""

    acquired: int
    corrected: int


def derive_person(actor: Actor, resident: Resident, reason: str) -> Derived:
    """Bring one person's insured periods in line with the register, today. One transaction."""
    with transaction.atomic(), recorded(actor, reason):
        return derive(f"SELECT {int(resident.pk)}::bigint AS resident_id", as_of=clock.today())


def derive_all(actor: Actor, reason: str) -> Derived:
    """Bring everybody in line as of today: the nightly run, which also finds those who became 65."""
    with transaction.atomic(), recorded(actor, reason):
        return derive("SELECT id AS resident_id FROM eligibility_resident", as_of=clock.today())


def stale(as_of: date) -> list[int]:
    """The residents whose stored periods differ from what the rule gives on a day."""
    query = "SELECT id AS resident_id FROM eligibility_resident"
    return [person.resident_id for person, _ in _differing(query, as_of)]


def derive(residents: str, *, as_of: date) -> Derived:
    """Derive for the residents of a query (column `resident_id`), in the caller's transaction.

    New insured persons are numbered in the order of acquisition and addressee number, so that the same files
    always give the same numbers.
    """
    staging_table(
        connection,
        "derived_period",
        {
            "resident_id": "bigint", "addressee_number": "text", "insured_id": "bigint", "first_day": "date",
            "period": "daterange", "acquisition_reason": "text", "loss_reason": "text", "trace": "jsonb",
        },
    )  # fmt: skip
    staging_table(connection, "differing_resident", {"resident_id": "bigint", "insured_id": "bigint"})
    differing: list[tuple[int, int | None]] = []
    batch: list[tuple[Any, ...]] = []
    for person, decision in _differing(residents, as_of):
        differing.append((person.resident_id, person.insured_id))
        batch += _rows(person, decision)
    copy_rows(connection, "differing_resident", ["resident_id", "insured_id"], differing)
    copy_rows(
        connection,
        "derived_period",
        [
            "resident_id",
            "addressee_number",
            "insured_id",
            "first_day",
            "period",
            "acquisition_reason",
            "loss_reason",
            "trace",
        ],
        batch,
    )
    acquired = _number_new()
    corrected = _write_periods()
    run("DROP TABLE derived_period, differing_resident")
    return Derived(acquired, corrected)


def _rows(person: Facts, decision: rules.PeriodsDecision) -> Iterator[tuple[Any, ...]]:
    trace = compact(decision.steps)
    for span in decision.periods:
        yield (
            person.resident_id, person.addressee_number, person.insured_id, decision.periods[0].acquired_on,
            DateRange(span.acquired_on, span.lost_on), span.acquisition_reason, span.loss_reason, trace,
        )  # fmt: skip


def _differing(residents: str, as_of: date) -> Iterator[tuple[Facts, rules.PeriodsDecision]]:
    for person in _facts(residents, as_of):
        decision = rules.insured_periods(person.facts, as_of)
        held = [
            (span.acquired_on, span.lost_on, span.acquisition_reason, span.loss_reason) for span in decision.periods
        ]
        if held != person.periods:
            yield person, decision


def _facts(residents: str, as_of: date) -> Iterator[Facts]:
    """Residents who can be insured by the day, or are held to be; younger ones are left out in SQL."""
    query = f"""
        SELECT r.id, r.addressee_number, r.birth_date, r.resident_from, r.resident_until, r.status, r.taken_over_on,
            r.insured_elsewhere, i.id,
            (SELECT jsonb_agg(jsonb_build_array(lower(p.period), upper(p.period), p.acquisition_reason, p.loss_reason)
                ORDER BY p.period) FROM eligibility_insuredperiod p WHERE p.insured_id = i.id AND p.category = '1')
        FROM ({residents}) q JOIN eligibility_resident r ON r.id = q.resident_id
        LEFT JOIN eligibility_insured i ON i.resident_id = r.id
        WHERE i.id IS NOT NULL OR r.birth_date <= %s
        ORDER BY r.id
    """  # noqa: S608 - the query is one of the callers' constants
    youngest = date(as_of.year - rules.FIRST_CATEGORY_AGE + 1, 1, 1)
    for row in stream(connection, query, [youngest]):
        yield Facts(row[0], row[1], _register_facts(row[2:8]), row[8], [_period(*held) for held in row[9] or []])


def _register_facts(row: tuple[Any, ...]) -> rules.RegisterFacts:
    birth_date, begun_on, ended_on, status, taken_over_on, elsewhere = row
    stay = rules.Stay(begun_on, ended_on, rules.END_OF_STATUS[status], taken_over_on)
    return rules.RegisterFacts(birth_date, (stay,), elsewhere)


def _period(lower: str, upper: str | None, acquisition: str, loss: str) -> tuple[date, date | None, str, str]:
    return date.fromisoformat(lower), date.fromisoformat(upper) if upper else None, acquisition, loss


def _number_new() -> int:
    """Give insured numbers to those who have none, one transaction at a time."""
    run("SELECT pg_advisory_xact_lock(%s)", [NUMBERING_LOCK])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT resident_id FROM derived_period WHERE insured_id IS NULL
            GROUP BY resident_id, addressee_number, first_day ORDER BY first_day, addressee_number
            """
        )
        residents = [row[0] for row in cursor.fetchall()]
    method = settings.INSURED_NUMBER_CHECK
    digits = 10 if method == "none" else 9
    last = one("SELECT coalesce(max(left(insured_number, %s)::bigint), 0) FROM eligibility_insured", [digits])
    ids = next_ids(connection, "eligibility_insured", len(residents))
    copy_rows(
        connection,
        "eligibility_insured",
        ["id", "resident_id", "insurer_number", "insured_number"],
        (
            (insured_id, resident_id, settings.INSURER_NUMBER, checkdigits.insured_number(last + place, method))
            for place, (insured_id, resident_id) in enumerate(zip(ids, residents, strict=True), 1)
        ),
    )
    run(
        """UPDATE derived_period d SET insured_id = i.id FROM eligibility_insured i
           WHERE d.insured_id IS NULL AND i.resident_id = d.resident_id"""
    )
    return len(residents)


def _write_periods() -> int:
    """Replace the first-category periods of those that differ; says how many had some before."""
    run(
        """DELETE FROM eligibility_insuredperiod p USING differing_resident d
           WHERE p.insured_id = d.insured_id AND p.category = '1'"""
    )
    run(
        """
        INSERT INTO eligibility_insuredperiod (insured_id, category, period, acquisition_reason, loss_reason, trace)
        SELECT insured_id, '1', period, acquisition_reason, loss_reason, trace FROM derived_period
        ORDER BY insured_id, period
        """
    )
    return int(one("SELECT count(*) FROM differing_resident WHERE insured_id IS NOT NULL"))
