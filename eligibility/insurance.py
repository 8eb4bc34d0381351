"""Deriving insured periods (資格期間) from what the register says, for one person or for everybody, by one rule."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from audit.actor import Actor
from audit.history import recorded
from audit.intake import in_bulk, one, run
from audit.jobs import Issue
from eligibility import rules
from eligibility.models import Resident
from kaigo.common import checkdigits, clock
from kaigo.common.copying import copy_rows, staging_table, stream
from kaigo.common.refusal import Refusal
from kaigo.common.trace import compact

NUMBERING_LOCK = 0x6B62  # one numbering of insured persons at a time
BATCH = 5_000  # persons between two writes
DERIVED = {
    "resident_id": "bigint", "addressee_number": "text", "insured_id": "bigint", "first_day": "date",
    "period": "daterange", "acquisition_reason": "text", "loss_reason": "text", "trace": "jsonb",
}  # fmt: skip
EVERYBODY = "SELECT id AS resident_id FROM eligibility_resident"
DIFFERING = {"resident_id": "bigint", "insured_id": "bigint"}


Held = tuple[date, date | None, str, str]
"""An insured period that is stored: first day, day of loss, reasons of acquisition and loss."""


class Facts(NamedTuple):
    """A resident with the insured status held now."""

    resident_id: int
    addressee_number: str
    facts: rules.RegisterFacts
    insured_id: int | None
    periods: list[Held]


class Derived(NamedTuple):
    """How many persons became insured, how many had their periods corrected, and whose facts contradict each other."""

    acquired: int
    corrected: int
    contradictions: list[Issue]


def derive_person(actor: Actor, resident: Resident, reason: str) -> Derived:
    """Bring one person's insured periods in line with the register, today. One transaction."""
    with transaction.atomic(), recorded(actor, reason):
        return derive(f"SELECT {int(resident.pk)}::bigint AS resident_id", as_of=clock.today())


def derive_all(actor: Actor, reason: str) -> Derived:
    """Bring everybody in line as of today: the nightly run, which also finds those who became 65."""
    with transaction.atomic(), recorded(actor, reason):
        in_bulk()
        return derive(EVERYBODY, as_of=clock.today())


def stale(as_of: date) -> list[int]:
    """The residents whose stored periods differ from what the rule gives on a day."""
    return [person.resident_id for person, _ in _differing(EVERYBODY, as_of, [])]


def derive(residents: str, *, as_of: date) -> Derived:
    """Derive for the residents of a query (column `resident_id`), in the caller's transaction.

    New insured persons are numbered in the order of acquisition and addressee number, so that the same files
    always give the same numbers. Who has contradictory facts keeps the periods held, and is named.
    """
    staging_table(connection, "derived_period", DERIVED)
    staging_table(connection, "differing_resident", DIFFERING)
    contradictions: list[Issue] = []
    differing = _differing(residents, as_of, contradictions)
    while batch := list(islice(differing, BATCH)):
        people = [(person.resident_id, person.insured_id) for person, _ in batch]
        copy_rows(connection, "differing_resident", list(DIFFERING), people)
        copy_rows(connection, "derived_period", list(DERIVED), (row for found in batch for row in _rows(*found)))
    acquired = _number_new()
    corrected = _write_periods()
    run("DROP TABLE derived_period, differing_resident")
    return Derived(acquired, corrected, contradictions)


def _rows(person: Facts, decision: rules.PeriodsDecision) -> Iterator[tuple[Any, ...]]:
    trace = compact(decision.steps)
    for span in decision.periods:
        yield (
            person.resident_id, person.addressee_number, person.insured_id, decision.periods[0].acquired_on,
            DateRange(span.acquired_on, span.lost_on), span.acquisition_reason, span.loss_reason, trace,
        )  # fmt: skip


def _differing(
    residents: str, as_of: date, contradictions: list[Issue]
) -> Iterator[tuple[Facts, rules.PeriodsDecision]]:
    for person in _facts(residents, as_of):
        try:
            decision = rules.insured_periods(person.facts, as_of)
        except Refusal as refusal:
            contradictions.append(_contradiction(person, refusal))
            continue
        if [tuple(span) for span in decision.periods] != person.periods:
            yield person, decision


def _contradiction(person: Facts, refusal: Refusal) -> Issue:
    return Issue(
        None, person.addressee_number, "", refusal.code.replace("_", "-"), refusal.message, "".join(refusal.ways), False
    )


def _facts(residents: str, as_of: date) -> Iterator[Facts]:
    """Residents who can be insured by the day, or are held to be; younger ones are left out in SQL."""
    query = f"""
        SELECT r.id, r.addressee_number, i.id, r.birth_date, r.resident_from, r.resident_until, r.status,
            r.taken_over_on, r.insured_elsewhere,
            (SELECT jsonb_agg(jsonb_build_array(lower(p.period), upper(p.period), p.acquisition_reason, p.loss_reason)
                ORDER BY p.period) FROM eligibility_insuredperiod p WHERE p.insured_id = i.id AND p.category = '1'),
            (SELECT range_agg(h.period) FROM eligibility_householdmembership h
                WHERE h.resident_id = r.id AND upper(h.period) <= r.resident_from)
        FROM ({residents}) q JOIN eligibility_resident r ON r.id = q.resident_id
        LEFT JOIN eligibility_insured i ON i.resident_id = r.id
        WHERE i.id IS NOT NULL OR r.birth_date <= %s
        ORDER BY r.id
    """  # noqa: S608 - the query is one of the callers' constants
    youngest = date(as_of.year - rules.FIRST_CATEGORY_AGE + 1, 1, 1)
    for resident_id, number, insured_id, *register, periods, former in stream(connection, query, [youngest]):
        held = [_period(*period) for period in json.loads(periods or "[]")]
        yield Facts(resident_id, number, _register_facts(register, former or [], held), insured_id, held)


def _register_facts(register: list[Any], former: list[Any], held: list[Held]) -> rules.RegisterFacts:
    """The stays of a resident: what the register says now, after the stays that ended before.

    Those are known by the households: a stay is an unbroken run of them, and its end is the day of loss. Whoever is
    insured elsewhere now was insured here in those former stays only for which a period is held.
    """
    birth_date, begun_on, ended_on, status, taken_over_on, elsewhere = register
    stays = [_former_stay(span) for span in former]
    if elsewhere:
        stays = [stay for stay in stays if any(stay.begun_on <= begun < begun_on for begun, *_ in held)]
    else:
        stays.append(rules.Stay(begun_on, ended_on, rules.END_OF_STATUS[status], taken_over_on))
    return rules.RegisterFacts(birth_date, tuple(stays), elsewhere and not stays)


def _former_stay(span: Any) -> rules.Stay:
    return rules.Stay(span.lower, span.upper - rules.ONE_DAY, rules.MOVE_OUT)


def _period(lower: str, upper: str | None, acquisition: str, loss: str) -> Held:
    return date.fromisoformat(lower), date.fromisoformat(upper) if upper else None, acquisition, loss


def _number_new() -> int:
    """Give insured numbers to those who have none, one transaction at a time; says to how many."""
    run("SELECT pg_advisory_xact_lock(%s)", [NUMBERING_LOCK])
    method = settings.INSURED_NUMBER_CHECK
    digits = 10 if method == "none" else 9
    # numbers of 生活保護 (H + nine digits) are not of this sequence
    last = one(
        """SELECT coalesce(max(left(insured_number, %s)::bigint), 0) FROM eligibility_insured
           WHERE insured_number !~ '^H'""",
        [digits],
    )
    staging_table(connection, "numbered_resident", {"resident_id": "bigint", "insured_number": "text"})
    numbered = (
        (resident_id, checkdigits.insured_number(last + place, method))
        for place, (resident_id,) in enumerate(stream(connection, UNNUMBERED), 1)
    )
    while batch := list(islice(numbered, BATCH)):
        copy_rows(connection, "numbered_resident", ["resident_id", "insured_number"], batch)
    count = run(
        """INSERT INTO eligibility_insured (resident_id, insurer_number, insured_number)
           SELECT resident_id, %s, insured_number FROM numbered_resident ORDER BY insured_number""",
        [settings.INSURER_NUMBER],
    )
    run(
        """UPDATE derived_period d SET insured_id = i.id FROM eligibility_insured i
           WHERE d.insured_id IS NULL AND i.resident_id = d.resident_id"""
    )
    run("DROP TABLE numbered_resident")
    return count


UNNUMBERED = """
    SELECT resident_id FROM derived_period WHERE insured_id IS NULL
    GROUP BY resident_id, addressee_number, first_day ORDER BY first_day, addressee_number
"""


def _write_periods() -> int:
    """Bring the first-category periods of those that differ in line; says how many persons had some before.

    A period is known by its first day: one that stays keeps its identity, and what has gone makes room first.
    """
    run(
        """
        DELETE FROM eligibility_insuredperiod p USING differing_resident s
        WHERE p.insured_id = s.insured_id AND p.category = '1' AND NOT EXISTS (SELECT 1 FROM derived_period d
            WHERE d.insured_id = p.insured_id AND lower(d.period) = lower(p.period))
        """
    )
    run(
        """
        UPDATE eligibility_insuredperiod p SET period = d.period, acquisition_reason = d.acquisition_reason,
            loss_reason = d.loss_reason, trace = d.trace
        FROM derived_period d
        WHERE p.insured_id = d.insured_id AND p.category = '1' AND lower(p.period) = lower(d.period)
            AND (p.period, p.acquisition_reason, p.loss_reason) <> (d.period, d.acquisition_reason, d.loss_reason)
        """
    )
    run(
        """
        INSERT INTO eligibility_insuredperiod (insured_id, category, period, acquisition_reason, loss_reason, trace)
        SELECT insured_id, '1', period, acquisition_reason, loss_reason, trace FROM derived_period d
        WHERE NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod p
            WHERE p.insured_id = d.insured_id AND p.category = '1' AND lower(p.period) = lower(d.period))
        ORDER BY insured_id, period
        """
    )
    return run(
        """UPDATE eligibility_insured i SET row_version = i.row_version + 1
           FROM differing_resident s WHERE i.id = s.insured_id"""
    )
