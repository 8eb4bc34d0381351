"""What the eligibility file tells in the change history, and how it stood as of two dates (design §5)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from audit import story
from audit.rights import File
from audit.story import Source, tracked_versions
from eligibility.models import HouseholdMembership, IndividualNumber, Insured, InsuredPeriod, Resident
from eligibility.presenters import RELATIONSHIPS
from eligibility.rules import REASONS

RESIDENT = Source(
    Resident,
    File.ELIGIBILITY,
    tracked_versions(Resident, "pgh_obj_id", "office"),
    hidden=("ward_code",),  # the office says it
    address=("office", "postal_code", "town", "lot", "building", "phone"),
)
HOUSEHOLD = Source(
    HouseholdMembership,
    File.ELIGIBILITY,
    tracked_versions(HouseholdMembership, "resident_id"),
    hidden=("resident",),
    words={"relationship": RELATIONSHIPS},
)
INSURED = Source(Insured, File.ELIGIBILITY, tracked_versions(Insured, "resident_id"), hidden=("resident",))
PERIOD = Source(
    InsuredPeriod,
    File.ELIGIBILITY,
    tracked_versions(InsuredPeriod, "insured__resident_id"),
    hidden=("insured", "trace"),
    words={"acquisition_reason": REASONS, "loss_reason": REASONS},
)
NUMBER = Source(
    IndividualNumber,
    File.ELIGIBILITY,
    tracked_versions(IndividualNumber, "resident_id"),
    hidden=("resident",),
    sealed=("sealed", "lookup"),
)


class Section(NamedTuple):
    """A part of the page as of two dates: one row of a table in words."""

    title: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one file stood: `sections(resident, day, moment, mask)` gives what held on the day as known at the moment.

    `items` are the record items that the access log names.
    """

    file: File
    items: tuple[str, ...]
    sections: Callable[[Resident, date, datetime, bool], list[Section]]


_STANDINGS: list[Standing] = []


def register_standing(standing: Standing) -> None:
    """Let a room say how its file stood as of two dates."""
    _STANDINGS.append(standing)


def standings() -> list[Standing]:
    """How each room's file stood, in the order of the rooms."""
    return list(_STANDINGS)


def holding(source: Source, resident: Resident, day: date, moment: datetime, *, mask: bool) -> list[Section]:
    """The rows of a table that hold on a day as known at a moment; a table without a period holds always."""
    found = (version.row for version in story.known(source, resident.pk, moment))
    return [Section(source.title, story.facts(source, row, mask=mask)) for row in found if _holds(row, day)]


def _holds(row: Any, day: date) -> bool:
    """Whether a row holds on a day: by its period, by its first and last day, or always."""
    if hasattr(row, "period"):
        return day in row.period
    if not hasattr(row, "begun_on"):
        return True
    return not row.withdrawn and row.begun_on <= day and (row.ended_on is None or day <= row.ended_on)


_ALSO: list[Source] = []


def also(*sources: Source) -> None:
    """Tables of this room that belong to the page as of two dates as well."""
    _ALSO.extend(sources)


def _sections(resident: Resident, day: date, moment: datetime, mask: bool) -> list[Section]:
    return [
        section
        for source in (RESIDENT, HOUSEHOLD, INSURED, PERIOD, *_ALSO)
        for section in holding(source, resident, day, moment, mask=mask)
    ]


for _source in (RESIDENT, HOUSEHOLD, INSURED, PERIOD, NUMBER):
    story.register(_source)
register_standing(
    Standing(File.ELIGIBILITY, ("氏名", "住所", "電話番号", "世帯", "被保険者番号", "資格期間"), _sections)
)
