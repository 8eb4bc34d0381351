"""Readers of the eligibility room; each makes a bounded number of SQL statements."""

from dataclasses import astuple, dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from audit.rights import Act, File, Right
from eligibility.models import HouseholdMembership, IndividualNumber, InsuredPeriod, Resident
from kaigo.common.refusal import NotFound

HEAD = "01"
VIEW = Right(File.ELIGIBILITY, Act.VIEW)


def people() -> QuerySet[Resident]:
    """Residents with their office, insured number and insured periods (two SQL statements)."""
    periods = Prefetch("insured__periods", InsuredPeriod.objects.order_by("period"))
    return Resident.objects.select_related("office", "insured").prefetch_related(periods)


def person(public_id: UUID) -> Resident:
    """The resident with this public id. Raises NotFound. Two SQL statements."""
    found = people().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-person", "この住民は見つかりません。", ways=("上の検索欄から探し直してください。",))
    return found


def household_on(resident: Resident, day: date) -> list[HouseholdMembership]:
    """The members of the resident's household on a day, the head first; empty without one. Two SQL statements."""
    own = HouseholdMembership.objects.filter(resident=resident, period__contains=day).first()
    if own is None:
        return []
    members = HouseholdMembership.objects.filter(household_number=own.household_number, period__contains=day)
    return list(members.select_related("resident", "resident__office").order_by("relationship", "resident__birth_date"))


def memberships_of(resident: Resident) -> QuerySet[HouseholdMembership]:
    """The households that the resident has belonged to, the newest first."""
    return HouseholdMembership.objects.filter(resident=resident).order_by("-period")


def has_individual_number(resident: Resident) -> bool:
    """Whether an individual number is registered; the number itself is not read."""
    return IndividualNumber.objects.filter(resident=resident).exists()


@dataclass(frozen=True, slots=True)
class AddressVersion:
    """An address as it stood in the register from the moment it was recorded."""

    recorded_at: datetime
    ward_code: str
    town: str
    lot: str
    building: str


def addresses_of(resident: Resident) -> list[AddressVersion]:
    """The addresses that this system has known of the resident, the newest first. One SQL statement."""
    versions: list[AddressVersion] = []
    events = resident.events.order_by("pgh_id").values_list("pgh_created_at", "ward_code", "town", "lot", "building")  # type: ignore[attr-defined]
    for row in events:
        version = AddressVersion(*row)
        if not versions or astuple(versions[-1])[1:] != astuple(version)[1:]:
            versions.append(version)
    return versions[::-1]
