"""Deriving insured periods (資格期間) from what the register says, for one person or for everybody, by one rule."""

from collections.abc import Callable, Iterator
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
from eligibility.facts import Person, people, with_kept
from eligibility.models import Resident
from eligibility.search_keys import refresh_standing
from kaigo.common import checkdigits, clock
from kaigo.common.copying import copy_rows, staging_table, stream
from kaigo.common.refusal import Refusal
from kaigo.common.trace import compact

NUMBERING_LOCK = 0x6B62  # one numbering of insured persons at a time
BATCH = 5_000  # persons between two writes
DERIVED = {
    "resident_id": "bigint", "addressee_number": "text", "insured_id": "bigint", "first_day": "date",
    "category": "text", "period": "daterange", "acquisition_reason": "text", "loss_reason": "text", "trace": "jsonb",
}  # fmt: skip
EVERYBODY = "SELECT id AS resident_id FROM eligibility_resident"
DIFFERING = {"resident_id": "bigint", "insured_id": "bigint"}


Follower = Callable[[str, date], object]
_FOLLOWERS: list[Follower] = []


def follow(follower: Follower) -> None:
    """Let a part bring what is its own in line after each derivation: for a query of residents, as of a day."""
    if follower not in _FOLLOWERS:
        _FOLLOWERS.append(follower)


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
    return [person.resident_id for person, _ in differing_from(EVERYBODY, as_of, [])]


def derive(residents: str, *, as_of: date) -> Derived:
    """Derive for the residents of a query (column `resident_id`), in the caller's transaction.

    New insured persons are numbered in the order of acquisition and addressee number, so that the same files
    always give the same numbers. Who has contradictory facts keeps the periods held, and is named. Where an entry was
    merged into another (名寄せ), the one that is kept is derived with it.
    """
    residents = with_kept(residents)
    staging_table(connection, "derived_period", DERIVED)
    staging_table(connection, "differing_resident", DIFFERING)
    contradictions: list[Issue] = []
    differing = differing_from(residents, as_of, contradictions)
    while batch := list(islice(differing, BATCH)):
        people = [(person.resident_id, person.insured_id) for person, _ in batch]
        copy_rows(connection, "differing_resident", list(DIFFERING), people)
        copy_rows(connection, "derived_period", list(DERIVED), (row for found in batch for row in _rows(*found)))
    acquired = _number(UNNUMBERED)
    run(
        """UPDATE derived_period d SET insured_id = i.id FROM eligibility_insured i
           WHERE d.insured_id IS NULL AND i.resident_id = d.resident_id"""
    )
    corrected = _write_periods()
    refresh_standing("SELECT resident_id FROM differing_resident")
    run("DROP TABLE derived_period, differing_resident")
    for follower in _FOLLOWERS:
        follower(residents, as_of)
    return Derived(acquired, corrected, contradictions)


def _rows(person: Person, decision: rules.PeriodsDecision) -> Iterator[tuple[Any, ...]]:
    trace = compact(decision.steps)
    for span in decision.periods:
        yield (
            person.resident_id, person.addressee_number, person.insured_id, decision.periods[0].acquired_on,
            span.category, DateRange(span.acquired_on, span.lost_on), span.acquisition_reason, span.loss_reason, trace,
        )  # fmt: skip


def differing_from(
    residents: str, as_of: date, contradictions: list[Issue]
) -> Iterator[tuple[Person, rules.PeriodsDecision]]:
    """Whose periods held differ from what the rule gives on a day; whose facts contradict each other is added aside."""
    for person in people(residents, as_of):
        try:
            decision = rules.insured_periods(person.facts, as_of)
        except Refusal as refusal:
            contradictions.append(_contradiction(person, refusal))
            continue
        if list(decision.periods) != person.periods:
            yield person, decision


def _contradiction(person: Person, refusal: Refusal) -> Issue:
    return Issue(
        None, person.addressee_number, "", refusal.code.replace("_", "-"), refusal.message, "".join(refusal.ways), False
    )


def number_ahead(residents: str) -> int:
    """Give insured numbers to residents of a query before their day of acquisition, for the cards of those who come of
    age; says to how many. In the caller's transaction; the oldest first, so that the same people get the same numbers.
    """
    return _number(
        f"""SELECT r.id FROM ({residents}) q JOIN eligibility_resident r ON r.id = q.resident_id
            WHERE NOT EXISTS (SELECT 1 FROM eligibility_insured i WHERE i.resident_id = r.id)
            ORDER BY r.birth_date, r.addressee_number"""  # noqa: S608 - a query of this room
    )


def _number(unnumbered: str) -> int:
    """Give insured numbers to the residents of a query, one transaction at a time; says to how many."""
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
        for place, (resident_id,) in enumerate(stream(connection, unnumbered), 1)
    )
    while batch := list(islice(numbered, BATCH)):
        copy_rows(connection, "numbered_resident", ["resident_id", "insured_number"], batch)
    count = run(
        """INSERT INTO eligibility_insured (resident_id, insurer_number, insured_number)
           SELECT resident_id, %s, insured_number FROM numbered_resident ORDER BY insured_number""",
        [settings.INSURER_NUMBER],
    )
    run("DROP TABLE numbered_resident")
    return count


UNNUMBERED = """
    SELECT resident_id FROM derived_period WHERE insured_id IS NULL
    GROUP BY resident_id, addressee_number, first_day ORDER BY first_day, addressee_number
"""


def _write_periods() -> int:
    """Bring the periods of those that differ in line; says how many persons had some before.

    A period is known by its category and first day: one that stays keeps its identity. What has gone makes room first,
    then what ends earlier than before, then what ends later.
    """
    run(
        f"""
        DELETE FROM eligibility_insuredperiod p USING differing_resident s
        WHERE p.insured_id = s.insured_id AND NOT EXISTS (SELECT 1 FROM derived_period d WHERE {SAME_PERIOD})
        """  # noqa: S608 - a constant of this module
    )
    for later in ("<=", ">"):
        run(
            f"""
            UPDATE eligibility_insuredperiod p SET period = d.period, acquisition_reason = d.acquisition_reason,
                loss_reason = d.loss_reason, trace = d.trace
            FROM derived_period d
            WHERE {SAME_PERIOD}
                AND (p.period, p.acquisition_reason, p.loss_reason) <> (d.period, d.acquisition_reason, d.loss_reason)
                AND coalesce(upper(d.period), 'infinity') {later} coalesce(upper(p.period), 'infinity')
            """  # noqa: S608 - constants of this module
        )
    run(
        f"""
        INSERT INTO eligibility_insuredperiod
            (insured_id, category, period, acquisition_reason, loss_reason, trace)
        SELECT insured_id, category, period, acquisition_reason, loss_reason, trace FROM derived_period d
        WHERE NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod p WHERE {SAME_PERIOD})
        ORDER BY insured_id, period
        """  # noqa: S608 - a constant of this module
    )
    return run(
        """UPDATE eligibility_insured i SET row_version = i.row_version + 1
           FROM differing_resident s WHERE i.id = s.insured_id"""
    )


SAME_PERIOD = "d.insured_id = p.insured_id AND d.category = p.category AND lower(d.period) = lower(p.period)"
