"""Readers of the levy room for screens and documents; each makes a bounded number of SQL statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from eligibility.models import Resident
from kaigo.common.trace import ExplainedStep, explain
from levy.models import Assessment, AssistancePeriod, Instalment, LevyRun, PensionRecord, TaxRecord
from levy.rules.steps import STEPS

METHOD_LABELS = {"withholding": "特別徴収", "ordinary": "普通徴収", "combined": "併用徴収", "none": "徴収なし"}


@dataclass(frozen=True, slots=True)
class InstalmentView:
    """期別: one withholding or one ordinary period (amounts in yen)."""

    method: str
    number: int
    due_date: date
    amount: int
    provisional: bool

    @property
    def method_label(self) -> str:
        return Instalment.Method(self.method).label

    @property
    def label(self) -> str:
        """第3期 for an ordinary period, 仮徴収4月 / 本徴収10月 for a withholding."""
        if self.method == Instalment.Method.ORDINARY:
            return f"第{self.number}期"
        return f"{'仮徴収' if self.provisional else '本徴収'} {self.due_date.month}月"


@dataclass(frozen=True)
class AssessmentView:
    """賦課決定 as screens and documents show it. `version` counts the committed decisions of the year from 1."""

    assessment: Assessment
    version: int
    instalments: tuple[InstalmentView, ...]

    def __getattr__(self, name: str) -> Any:
        """The assessment's own fields: fiscal_year, base_date, tier, yearly_premium, months, premium, …"""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.assessment, name)

    @property
    def run(self) -> LevyRun:
        return self.assessment.run

    @property
    def levied_on(self) -> date:
        return self.assessment.run.levied_on

    @property
    def committed_at(self) -> datetime | None:
        return self.assessment.run.committed_at

    @property
    def method(self) -> str:
        """`withholding`, `ordinary`, `combined`, or `none` when nothing is collected."""
        used = {instalment.method for instalment in self.instalments}
        if len(used) == 2:
            return "combined"
        names = {str(Instalment.Method.WITHHOLDING): "withholding", str(Instalment.Method.ORDINARY): "ordinary"}
        return names[used.pop()] if used else "none"

    @property
    def method_label(self) -> str:
        return METHOD_LABELS[self.method]

    @cached_property
    def steps(self) -> list[ExplainedStep]:
        """The "why" of tier, months, amount and schedule, step by step."""
        return explain_assessment(self.assessment)


def assessments_of(insured_id: int) -> list[AssessmentView]:
    """Every committed decision about a person, all years, the newest first. Two SQL statements."""
    rows = (
        Assessment.objects.filter(insured_id=insured_id, run__state=LevyRun.State.COMMITTED)
        .select_related("run", "run__parameter_set", "run__job")
        .prefetch_related("instalments")
        .order_by("fiscal_year", "run__committed_at", "id")
    )
    views: list[AssessmentView] = []
    version_of_year: dict[int, int] = {}
    for row in rows:
        version = version_of_year[row.fiscal_year] = version_of_year.get(row.fiscal_year, 0) + 1
        views.append(view_of(row, version))
    return views[::-1]


def current_assessment(insured_id: int, fiscal_year: int) -> AssessmentView | None:
    """The decision in force: the latest committed one of the year, if there is one. Two SQL statements."""
    return next((view for view in assessments_of(insured_id) if view.assessment.fiscal_year == fiscal_year), None)


def current_assessments(insured_id: int, from_year: int) -> list[AssessmentView]:
    """The decisions in force of a fiscal year and of all later ones, the newest year first. Two SQL statements."""
    found: dict[int, AssessmentView] = {}
    for view in assessments_of(insured_id):
        found.setdefault(view.assessment.fiscal_year, view)
    return [view for year, view in found.items() if year >= from_year]


def view_of(assessment: Assessment, version: int = 1) -> AssessmentView:
    """One decision as screens and documents show it. One SQL statement, unless its instalments are at hand."""
    return AssessmentView(assessment, version, _instalments(assessment))


def _instalments(assessment: Assessment) -> tuple[InstalmentView, ...]:
    return tuple(
        InstalmentView(row.method, row.number, row.due_date, row.amount, row.provisional)
        for row in assessment.instalments.all()
    )


def explain_assessment(assessment: Assessment) -> list[ExplainedStep]:
    """The stored trace in plain Japanese, with the article of each step."""
    return explain(assessment.trace, STEPS)


def tax_records_of(resident_id: int) -> QuerySet[TaxRecord]:
    """Every version of a person's tax data, the newest year and version first."""
    return TaxRecord.objects.filter(resident_id=resident_id).order_by("-fiscal_year", "-received_on", "-id")


def pension_of(resident_id: int) -> QuerySet[PensionRecord]:
    """The pension records of a person, the newest year first; the sealed number is not read."""
    return (
        PensionRecord.objects.filter(resident_id=resident_id)
        .defer("basic_pension_number", "basic_pension_lookup")
        .order_by("-fiscal_year")
    )


def assistance_of(resident_id: int) -> QuerySet[AssistancePeriod]:
    """Public assistance, returnee support and border cases of a person, the newest first."""
    return AssistancePeriod.objects.filter(resident_id=resident_id).order_by("-period", "kind")


def runs(fiscal_year: int | None = None) -> QuerySet[LevyRun]:
    """Levy runs, the newest first, of one fiscal year or of all."""
    found = LevyRun.objects.select_related("job", "job__requested_by", "job__approved_by", "parameter_set")
    if fiscal_year is not None:
        found = found.filter(fiscal_year=fiscal_year)
    return found.order_by("-fiscal_year", "-id")


def fiscal_years() -> list[int]:
    """The fiscal years that tax data or a levy run exists for, the newest first."""
    taxed = TaxRecord.objects.order_by("fiscal_year").distinct().values_list("fiscal_year", flat=True)
    levied = LevyRun.objects.order_by("fiscal_year").distinct().values_list("fiscal_year", flat=True)
    return sorted({*taxed, *levied}, reverse=True)


@dataclass(frozen=True, slots=True)
class TierRow:
    """One line of the table by tier (段階別集計表): persons, of these by method, yen; change to the year before."""

    tier: int
    persons: int
    withholding: int
    ordinary: int
    combined: int
    none: int
    premium: int
    persons_before: int | None

    @property
    def change(self) -> int | None:
        return None if self.persons_before is None else self.persons - self.persons_before


@dataclass(frozen=True, slots=True)
class WardRow:
    """One line of the table by ward: persons and yen."""

    ward_code: str
    ward: str
    persons: int
    premium: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A person to look at before approving: where on the scale, and why picked. Named by public id only."""

    public_id: UUID
    tier: int
    premium: int
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a levy run comes to (仮実行の結果); all figures are those stored with the job."""

    persons: int
    premium: int
    instalments: int
    overpaid: int
    estimated: int
    issues: int
    tiers: Sequence[TierRow]
    wards: Sequence[WardRow]
    samples: Sequence[Sample]
    previous_year: int | None
    premium_before: int | None


def run_summary(run: LevyRun) -> RunSummary | None:
    """The stored totals of a run; None while its preview has not come so far. One SQL statement at most."""
    stored = run.job.result
    if "tiers" not in stored:
        return None
    return RunSummary(
        persons=stored["persons"],
        premium=stored["premium"],
        instalments=stored["instalments"],
        overpaid=stored["overpaid"],
        estimated=stored["estimated"],
        issues=stored["issues"],
        tiers=[TierRow(**row) for row in stored["tiers"]],
        wards=[WardRow(**row) for row in stored["wards"]],
        samples=[Sample(**{**row, "public_id": UUID(row["public_id"])}) for row in stored["samples"]],
        previous_year=stored["previous_year"],
        premium_before=stored["premium_before"],
    )


def residents_by_public_id(public_ids: Sequence[UUID]) -> dict[UUID, Resident]:
    """The residents behind samples, for a screen whose reader may see them. One SQL statement."""
    return {row.public_id: row for row in Resident.objects.filter(public_id__in=public_ids)}
