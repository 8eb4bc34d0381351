"""What the screens say about a premium: what it was based on, warnings, dated facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from eligibility.models import Resident
from eligibility.presenters import insured_of
from eligibility.registry import Badge, TimelineEntry
from kaigo.common import clock
from kaigo.common.wareki import format_year
from levy import queries
from levy.models import Assessment, AssistancePeriod, PensionRecord, TaxRecord
from levy.rules.steps import FLAGS

APRIL = 4
NEAR = "near"


def fiscal_year_of(day: date) -> int:
    """The fiscal year (年度) that a day lies in."""
    return day.year if day.month >= APRIL else day.year - 1


@dataclass(frozen=True, slots=True)
class HouseholdTax:
    """A household member and the tax record that counted; none when there was none."""

    resident: Resident
    record: TaxRecord | None


@dataclass(frozen=True, slots=True)
class Basis:
    """The records that a decision was based on, as they were then."""

    tax: TaxRecord | None
    household: Sequence[HouseholdTax]
    pension: PensionRecord | None
    assistance: Sequence[AssistancePeriod]


def basis_of(assessment: Assessment) -> Basis:
    """The very rows that the decision names as its inputs. Four SQL statements at most."""
    named = assessment.inputs
    members = dict(named.get("household", ()))
    records = TaxRecord.objects.in_bulk([key for key in (named.get("tax"), *members.values()) if key])
    residents = Resident.objects.in_bulk(list(members))
    return Basis(
        tax=records.get(named.get("tax")),
        household=[HouseholdTax(residents[key], records.get(record)) for key, record in members.items()],
        pension=queries.pension_of(_resident_id(assessment)).filter(pk=named.get("pension")).first(),
        assistance=list(AssistancePeriod.objects.filter(pk__in=named.get("assistance", ()))),
    )


def _resident_id(assessment: Assessment) -> int:
    return assessment.insured.resident_id


def flag_names(assessment: Assessment) -> list[str]:
    """The notes (注記) of a decision in Japanese."""
    return [FLAGS.get(flag, flag) for flag in assessment.flags]


@dataclass(frozen=True, slots=True)
class Person:
    """A sample whom the person at the screen may see."""

    resident: Resident
    sample: queries.Sample


@dataclass(frozen=True, slots=True)
class Samples:
    """確かめる人の例: who lies close to a boundary, and the ends of each tier by insured number."""

    near: Sequence[Person]
    tiers: Mapping[int, Sequence[Person]]


def samples(summary: queries.RunSummary | None, people: Mapping[UUID, Resident]) -> Samples:
    """The samples of a run among the people given."""
    known = [Person(people[s.public_id], s) for s in (summary.samples if summary else ()) if s.public_id in people]
    tiers: dict[int, list[Person]] = {}
    for person in known:
        if person.sample.kind != NEAR:
            tiers.setdefault(person.sample.tier, []).append(person)
    return Samples([person for person in known if person.sample.kind == NEAR], dict(sorted(tiers.items())))


def badges(resident: Resident) -> list[Badge]:
    """Public assistance and the like, as of today."""
    today = clock.today()
    receiving = AssistancePeriod.objects.filter(resident=resident, period__contains=today)
    return [Badge(row.get_kind_display(), "info") for row in receiving.order_by("kind")]


def timeline(resident: Resident) -> list[TimelineEntry]:
    """Assistance periods and premium decisions."""
    entries = [
        TimelineEntry(row.period.lower, "生活保護等", row.get_kind_display(), until=_last_day(row), lasting=True)
        for row in queries.assistance_of(resident.pk)
    ]
    insured = insured_of(resident)
    for view in queries.assessments_of(insured.pk) if insured else ():
        title = f"{format_year(view.fiscal_year)}の保険料を決定"
        detail = f"第{view.tier}段階　{view.premium:,}円（{view.method_label}）"
        entries.append(TimelineEntry(view.levied_on, "賦課", title, detail))
    return entries


def _last_day(row: AssistancePeriod) -> date | None:
    return date.fromordinal(row.period.upper.toordinal() - 1) if row.period.upper else None
