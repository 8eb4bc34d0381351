"""The table with which the first year ends: people, tiers, money, issues, seconds."""

import unicodedata
from collections.abc import Iterator, Sequence

from django.db.models import Count, Q

from audit.models import JobIssue
from eligibility.models import HouseholdMembership, InsuredPeriod, Resident
from kaigo.common.wareki import format_wareki, format_year
from levy.models import LevyRun
from levy.queries import RunSummary
from linkage.first_year import Step


def outcome(steps: Sequence[Step], run: LevyRun, summary: RunSummary) -> Iterator[str]:
    """The lines of the table. Persons are counted as of the day of the decision; amounts are yen."""
    yield f"{format_year(run.fiscal_year)} 本算定（{format_wareki(run.levied_on)}賦課）"
    yield from _people(run)
    yield ""
    yield from _tiers(summary)
    yield ""
    yield from _issues(steps)
    yield ""
    yield from _seconds(steps)


def _people(run: LevyRun) -> Iterator[str]:
    day = run.levied_on
    households = HouseholdMembership.objects.filter(period__contains=day).aggregate(
        count=Count("household_number", distinct=True)
    )
    insured = InsuredPeriod.objects.filter(category=InsuredPeriod.Category.FIRST, period__contains=day)
    yield _row("住民", Resident.objects.filter(status=Resident.Status.RESIDENT).count(), "人")
    yield _row("世帯", households["count"], "世帯")
    yield _row("第1号被保険者", insured.count(), "人")


def _tiers(summary: RunSummary) -> Iterator[str]:
    columns = (("人数", 12), ("特別徴収", 12), ("普通徴収", 12), ("併用", 10), ("保険料額（円）", 20))
    yield _left("段階", 10) + "".join(_right(*column) for column in columns)
    for tier in summary.tiers:
        yield (
            f"{_left(f'第{tier.tier}段階', 10)}{tier.persons:>12,}{tier.withholding:>12,}{tier.ordinary:>12,}"
            f"{tier.combined:>10,}{tier.premium:>20,}"
        )
    yield f"{_left('計', 10)}{summary.persons:>12,}{'':>34}{summary.premium:>20,}"
    yield "（計には、年度の途中で資格を喪失した人を含みます。第1号被保険者の人数は住民記録の時点のものです。）"


def _issues(steps: Sequence[Step]) -> Iterator[str]:
    counts = {
        row["job"]: row
        for row in JobIssue.objects.filter(job__in=[step.job for step in steps])
        .values("job")
        .annotate(rows=Count("id", filter=Q(refused=True)), doubts=Count("id", filter=Q(refused=False)))
    }
    yield f"{_left('問題', 40)}{_right('受け付けず', 14)}{_right('要確認', 12)}"
    for step in {step.job.pk: step for step in reversed(steps)}.values():
        if row := counts.get(step.job.pk):
            yield f"{_left(step.label, 40)}{row['rows']:>14,}{row['doubts']:>12,}"


def _seconds(steps: Sequence[Step]) -> Iterator[str]:
    yield f"{_left('段階ごとの時間', 40)}{_right('秒', 14)}"
    for step in steps:
        yield f"{_left(step.label, 40)}" + (_right("済み", 14) if step.seconds is None else f"{step.seconds:>14.1f}")
    yield f"{_left('計', 40)}{sum(step.seconds or 0 for step in steps):>14.1f}"


def _row(label: str, count: int, unit: str) -> str:
    return f"{_left(label, 20)}{count:>14,}{unit}"


def _width(text: str) -> int:
    """Columns on a terminal: full-width characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def _left(text: str, columns: int) -> str:
    return text + " " * max(0, columns - _width(text))


def _right(text: str, columns: int) -> str:
    return " " * max(0, columns - _width(text)) + text
