"""Examining a day of the access log: all detectors, in one transaction a day; the same day again finds the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import F

from audit.actor import Actor
from audit.history import recorded
from audit.models import Office, Staff
from audit.watching import evidence, gathering, logons, people
from audit.watching.gathering import Day
from audit.watching.limits import day_of
from audit.watching.models import DailyUse, Examination, Finding, Review
from audit.watching.rules import Hit, Kind, Severity, detectors
from audit.watching.rules.facts import Use
from audit.watching.rules.volume import volumes
from kaigo.common import clock

LOCK = 0x7761  # "wa": keeps these advisory locks apart from others


@dataclass(frozen=True, slots=True)
class Outcome:
    """What examining a day came to: rows gone through, findings of the day, how many of them are new."""

    rows: int
    found: int
    new: int
    important: tuple[int, ...] = ()


def examine(actor: Actor, day: date) -> Outcome:
    """Go through a day of the log and enter what a manager must look at.

    One transaction: interrupted, the day stays a gap and can be examined again. A finding that was there already is
    kept; rows that came to it later are added, and if it had been reviewed it is opened again.
    Raises ParameterError where a threshold has no value on the day.
    """
    found = day_of(day)
    with transaction.atomic(), recorded(actor, f"{day:%Y-%m-%d} のアクセス記録の点検"):
        _only_one(day)
        rows = gathering.count_rows(found)
        uses = gathering.uses(found)
        _keep_uses(day, uses)
        keeper = _Keeper(actor, found)
        for hit in hits(found, uses):
            keeper.keep(hit)
        values = {
            "rows": rows,
            "found": keeper.found,
            "thresholds": found.limits.sha256,
            "examined_at": clock.now(),
            "job_id": actor.job_id,
        }
        Examination.objects.update_or_create(day=day, defaults=values)
    return Outcome(rows, keeper.found, keeper.new, tuple(keeper.important))


def hits(day: Day, uses: list[Use]) -> Iterator[Hit]:
    """What every detector says about a day."""
    limits = day.limits
    yield from detectors.long_logons(logons.of_day(day), limits)
    yield from detectors.outside_hours(gathering.outside(day), limits)
    yield from detectors.grounded(gathering.grounded(day))
    yield from volumes(uses, gathering.past(day), day.day, limits)
    yield from detectors.relations(people.related(day))
    yield from detectors.idle_searches(gathering.searching(day), limits)
    yield from detectors.paper_and_files(uses, limits)
    yield from detectors.refused_series(gathering.refused(day), limits)
    yield from detectors.sign_in_series(gathering.failed_sign_ins(day), limits)
    yield from detectors.numbers_shown(gathering.numbers_shown(day), limits)


def _only_one(day: date) -> None:
    """Two examinations of a day wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, day.toordinal()])


def _keep_uses(day: date, uses: list[Use]) -> None:
    DailyUse.objects.filter(day=day).delete()
    rows = (
        DailyUse(
            day=day,
            staff_id=use.staff_id,
            name=use.name,
            roles=list(use.roles),
            calls=use.calls,
            persons=use.persons,
            prints=use.prints,
            exports=use.exports,
        )
        for use in uses
    )
    DailyUse.objects.bulk_create(rows, batch_size=1000)


class _Keeper:
    """Enters the hits of a day, each once."""

    def __init__(self, actor: Actor, day: Day) -> None:
        self.actor, self.day = actor, day
        self.found = self.new = 0
        self.important: list[int] = []
        self.head = Office.objects.get(is_head=True).pk
        self.offices = dict(Staff.objects.values_list("id", "office_id"))

    def keep(self, hit: Hit) -> None:
        key = f"{hit.kind}:{hit.key}" if hit.once else f"{hit.kind}:{self.day.day:%Y-%m-%d}:{hit.key}"
        finding, new = Finding.objects.get_or_create(key=key[:120], defaults=self._fields(hit))
        if hit.kind == Kind.ROLE_VOLUME and finding.day != self.day.day:
            return  # once a month is enough
        before = 0 if new else finding.row_count
        now = evidence.collect(finding, hit, self.day)
        if new:
            Finding.objects.filter(pk=finding.pk).update(row_count=now)
            self.new += 1
            if hit.severity == Severity.HIGH:
                self.important.append(finding.pk)
        elif now > before:
            self._more(finding, hit, now)
        self.found += 1

    def _fields(self, hit: Hit) -> dict[str, object]:
        return {
            "kind": hit.kind.value,
            "day": self.day.day,
            "severity": hit.severity.value,
            "staff_id": hit.staff_id,
            "staff_name": hit.name[:60],
            "office_id": self.offices.get(hit.staff_id or 0, self.head),
            "explanation": hit.explanation[:600],
            "figures": dict(hit.figures),
            "thresholds": self.day.limits.sha256,
            "found_at": clock.now(),
            "due_on": clock.today() + timedelta(days=self.day.limits.review_days[hit.severity]),
        }

    def _more(self, finding: Finding, hit: Hit, rows: int) -> None:
        """Rows came after the finding was made: say the new figures, and let somebody look again."""
        fields = {
            "row_count": rows,
            "explanation": hit.explanation[:600],
            "figures": dict(hit.figures),
            "severity": max(hit.severity.value, finding.severity),
            "version": F("version") + 1,
        }
        if finding.state != Finding.State.OPEN:
            fields |= {"state": Finding.State.OPEN, "verdict": "", "reviewed_at": None}
            self._reopened(finding)
        Finding.objects.filter(pk=finding.pk).update(**fields)

    def _reopened(self, finding: Finding) -> None:
        Review.objects.create(
            finding=finding, act=Review.Act.REOPEN, staff_name=self.actor.name or "定時処理", at=clock.now()
        )
