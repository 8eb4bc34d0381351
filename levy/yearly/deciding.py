"""Deciding on a chunk of persons: from the rows that were read to the lines that COPY takes."""

import gc
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from audit.jobs import Issue
from kaigo.common.refusal import Refusal
from levy.rules import AssessmentResult, assess
from levy.yearly import reading, writing
from levy.yearly.reading import Person, Year

CHUNK = 5_000  # persons decided on, and written in one transaction
NEAR = 1_000  # yen from a limit of the tiers: a person to look at before approving


@dataclass(frozen=True, slots=True)
class Batch:
    """A chunk that only needs to be written.

    `looked_at` counts insured numbers, `near` are the insured ids of persons close to a limit.
    """

    looked_at: int
    last: str
    decided: int
    lines: writing.Lines
    issues: list[Issue]
    near: list[int]


def batches(run_id: int, year: Year, after: str) -> Iterator[Batch]:
    """Every chunk after an insured number, in order; the next one is prepared while one is being written.

    The next chunk is read on a connection of its own. Inside a transaction of the caller it would not see that
    transaction's rows, so there everything happens one after the other.
    """
    with _no_cycles(), _ahead() as executor:
        following = executor.submit(prepare, run_id, year, after)
        while batch := following.result():
            following = executor.submit(prepare, run_id, year, batch.last)
            yield batch


def prepare(run_id: int, year: Year, after: str) -> Batch | None:
    """Read, decide and lay out the next chunk; None when nobody is left."""
    chunk = reading.read(year, after, CHUNK)
    if chunk is None:
        return None
    issues: list[Issue] = []
    decided = list(_decided(chunk.people, year, issues))
    near = [person.insured_id for person, result in decided if _is_near(result)]
    lines = writing.lay_out(run_id, decided)
    return Batch(chunk.looked_at, chunk.last, len(decided), lines, issues, near)


def _decided(people: list[Person], year: Year, issues: list[Issue]) -> Iterator[writing.Decided]:
    """The decisions; who cannot be decided on, and whose income is unknown, is listed."""
    for person in people:
        try:
            result = assess(person.case, year.parameters.prepared)
        except Refusal as refusal:
            issues.append(_undecided(person, refusal))
            continue
        if result.estimated:
            issues.append(_unknown_income(person, result))
        yield person, result


def _undecided(person: Person, refusal: Refusal) -> Issue:
    remedy = "".join(refusal.ways)
    return Issue(None, person.insured_number, refusal.field, refusal.code, refusal.message, remedy)


def _unknown_income(person: Person, result: AssessmentResult) -> Issue:
    whose = "本人" if "income_unknown" in result.flags else "世帯員"
    return Issue(
        None,
        person.insured_number,
        "合計所得金額",
        "income-unknown",
        f"{whose}の所得が分からないため、推定で第{result.tier}段階としました。",
        "所得を照会するか申告を求め、税情報が届いたら更正してください。",
        refused=False,
    )


def _is_near(result: AssessmentResult) -> bool:
    for _, inputs, _ in result.trace:
        if "measure" in inputs:
            limits = (inputs.get("from"), inputs.get("limit"))
            return any(limit is not None and abs(inputs["measure"] - limit) <= NEAR for limit in limits)
    return False


class _Inline(Executor):
    """Does the work when it is submitted."""

    def submit(self, work, /, *args, **kwargs):
        done: Future[Batch | None] = Future()
        done.set_result(work(*args, **kwargs))
        return done


@contextmanager
def _ahead() -> Iterator[Executor]:
    if connection.in_atomic_block:
        yield _Inline()
        return
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="levy") as executor:
        try:
            yield executor
        finally:
            executor.submit(lambda: connection.close()).result()  # the thread's own connection


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Without the cycle collector: a chunk makes hundreds of thousands of tuples, none of them in a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
