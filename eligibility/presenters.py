"""What the screens say about a person: state, badges, address, timeline. No SQL of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from eligibility.facts import facts_of
from eligibility.models import HouseholdMembership, Insured, InsuredPeriod, Resident
from eligibility.registry import Badge
from eligibility.rules import DEATH, REASONS, STEPS, insured_periods
from kaigo.common.refusal import Refusal
from kaigo.common.trace import ExplainedStep, explain

RELATIONSHIPS = {
    "01": "世帯主",
    "02": "夫",
    "03": "妻",
    "04": "子",
    "05": "父",
    "06": "母",
    "07": "その他親族",
    "08": "同居人",
}
HIDDEN_ADDRESS = "（支援措置のため表示しません）"
GONE = {
    Resident.Status.MOVED_OUT: Badge("転出", "warning"),
    Resident.Status.DIED: Badge("死亡", "danger"),
    Resident.Status.REMOVED: Badge("職権消除", "warning"),
}


def insured_of(resident: Resident) -> Insured | None:
    """The insurance status of a resident, if there is one."""
    return getattr(resident, "insured", None)


def periods_of(resident: Resident) -> list[InsuredPeriod]:
    """The insured periods, the oldest first (prefetched by queries.people)."""
    insured = insured_of(resident)
    return list(insured.periods.all()) if insured else []


def current_period(resident: Resident, day: date) -> InsuredPeriod | None:
    """The insured period that a day falls in."""
    return next((row for row in periods_of(resident) if _contains(row, day)), None)


def age_words(resident: Resident, day: date) -> str:
    """89歳, or for somebody who died the age then: 86歳で死亡."""
    if resident.status == Resident.Status.DIED and resident.resident_until:
        return f"{age_on(resident.birth_date, resident.resident_until)}歳で死亡"
    return f"{age_on(resident.birth_date, day)}歳"


def age_on(birth: date, day: date) -> int:
    """Full years by birthdays."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def has_died(resident: Resident) -> bool:
    """Whether the register or a notification says so."""
    periods = periods_of(resident)
    return resident.status == Resident.Status.DIED or bool(periods and periods[-1].loss_reason == DEATH)


def insured_state(resident: Resident, day: date) -> Badge:
    """資格の状態 on a day, in words."""
    periods = periods_of(resident)
    if not periods:
        return Badge("被保険者ではない")
    current = current_period(resident, day)
    if current:
        return Badge(f"{current.get_category_display()}被保険者", "good")
    if periods[-1].period.lower > day:
        return Badge("資格取得予定", "info")
    return Badge("資格喪失", "warning")


def badges(resident: Resident, day: date) -> list[Badge]:
    """What everybody who opens the person must notice first."""
    found = []
    if resident.is_protected:
        found.append(Badge("支援措置対象者（住所を伝えない）", "danger"))
    if resident.status in GONE:
        found.append(GONE[Resident.Status(resident.status)])
    if resident.insured_elsewhere:
        found.append(Badge("住所地特例（他市町村の被保険者）", "info"))
    elif resident.status == Resident.Status.MOVED_OUT and current_period(resident, day):
        found.append(Badge("住所地特例（市外の施設に居住）", "info"))
    if resident.is_foreign:
        found.append(Badge("外国人"))
    return found


def address_of(resident: Resident, *, reveal: bool = False) -> str:
    """The address on one line; hidden for a protected person (支援措置) unless the reader may see it."""
    if resident.is_protected and not reveal:
        return HIDDEN_ADDRESS
    return " ".join(address_lines(resident))


def address_lines(resident: Resident) -> list[str]:
    """Ward, town and lot, then the building. The register leaves the ward out; its office is named after it."""
    town = f"{resident.town}{resident.lot}"
    if not town.startswith(settings.INSURER_NAME) and resident.office.name.endswith("区役所"):
        town = resident.office.name.removesuffix("役所") + town
    return [line for line in (town, resident.building) if line]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of a list of people; `former` is the former name (旧氏名) by which the person was found."""

    resident: Resident
    age: str
    state: Badge
    address: str
    insured_number: str
    former: str = ""


def person_row(resident: Resident, day: date, *, former: str = "") -> PersonRow:
    insured = insured_of(resident)
    return PersonRow(
        resident=resident,
        age=age_words(resident, day),
        state=insured_state(resident, day),
        address=address_of(resident),
        insured_number=insured.insured_number if insured else "",
        former=former,
    )


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the household (世帯員)."""

    resident: Resident
    relationship: str
    since: date
    age: str


@dataclass(frozen=True, slots=True)
class PersonHeader:
    """The header of every page of a person."""

    resident: Resident
    insured: Insured | None
    age: str
    state: Badge
    badges: Sequence[Badge]
    household: Sequence[Member]

    @property
    def head(self) -> Resident | None:
        """世帯主: the head of the household today."""
        return next((member.resident for member in self.household if member.relationship == "世帯主"), None)


def members(household: Iterable[HouseholdMembership], day: date) -> list[Member]:
    """The household as the screens show it on a day."""
    return [
        Member(
            row.resident,
            RELATIONSHIPS.get(row.relationship, row.relationship),
            row.period.lower,
            age_words(row.resident, day),
        )
        for row in household
    ]


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """An insured period as the screen shows it; `steps` say why it began and ended."""

    category: str
    acquired_on: date
    lost_on: date | None
    acquisition_reason: str
    loss_reason: str
    steps: Sequence[ExplainedStep]


def why_not_insured(resident: Resident, day: date) -> list[ExplainedStep]:
    """Why a resident without insured periods has none on a day, by the rule itself.

    Register data that contradict each other are said as the one step: the person's page must still open.
    """
    try:
        return explain(insured_periods(facts_of(resident), day).steps, STEPS)
    except Refusal as refusal:
        return [ExplainedStep("判定できません", refusal.message, "", (), "住民記録の確認が必要")]


def period_rows(resident: Resident) -> list[PeriodRow]:
    """The insured periods, the newest first."""
    return [
        PeriodRow(
            row.get_category_display(),
            row.period.lower,
            row.period.upper,
            REASONS.get(row.acquisition_reason, row.acquisition_reason),
            REASONS.get(row.loss_reason, row.loss_reason),
            explain(row.trace, STEPS),
        )
        for row in reversed(periods_of(resident))
    ]


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A stay in a household, with inclusive days."""

    household_number: str
    relationship: str
    first: date
    last: date | None


def membership_rows(memberships: Iterable[HouseholdMembership]) -> list[MembershipRow]:
    """The households of a resident, in the order given."""
    return [
        MembershipRow(
            row.household_number,
            RELATIONSHIPS.get(row.relationship, row.relationship),
            row.period.lower,
            last_day_of(row.period),
        )
        for row in memberships
    ]


def _contains(row: InsuredPeriod, day: date) -> bool:
    return bool(row.period.lower <= day and (row.period.upper is None or day < row.period.upper))


def last_day_of(period: Any) -> date | None:
    return date.fromordinal(period.upper.toordinal() - 1) if period.upper else None
