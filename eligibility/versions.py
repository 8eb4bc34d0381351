"""住民記録の履歴の読み方: stays, households and 他特例 of one person, from all versions of the entry that are known.

Pure. The versions are read in the order of their serials, whatever the order in which they arrived, so that a late one
takes its place and the same one again changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from eligibility.rules import END_OF_STATUS, Stay, loss

MOVE_OUT_CANCELLED = "10"  # 転出取消: the person never left
ENTERED_OFFICIALLY = "08"  # 職権記載
TAKEN_OVER = "00"  # what was known before versions were kept: nothing is said of the time before


class Version(NamedTuple):
    """What one version says about where and with whom the person lives."""

    history_serial: int
    event: str
    event_on: date
    status: str
    household_number: str
    relationship: str
    resident_from: date
    resident_until: date | None
    taken_over_on: date | None
    insured_elsewhere: bool
    elsewhere_insurer_number: str


class Segment(NamedTuple):
    """A stretch of days in one household; `upper` is not included, None is open."""

    household_number: str
    relationship: str
    lower: date
    upper: date | None

    @property
    def home(self) -> tuple[str, str]:
        return self.household_number, self.relationship


class ElsewhereSpan(NamedTuple):
    """A stretch in which another municipality insures the resident; `until` is not included, None is open."""

    begun_on: date
    until: date | None
    insurer_number: str


def in_order(versions: Iterable[Version]) -> list[Version]:
    """The versions by their serials."""
    return sorted(versions, key=lambda version: version.history_serial)


def stays(versions: Sequence[Version]) -> list[Stay]:
    """住民であった期間: a version speaks of the stay since its 住民となった日, and replaces what that overlaps."""
    found: list[Stay] = []
    for version in in_order(versions):
        stay = _stay(version)
        if found and found[-1].begun_on == stay.begun_on:
            found[-1] = stay._replace(begin=found[-1].begin)
        else:
            found = [*(one for one in found if one.ended_on is not None and one.ended_on <= stay.begun_on), stay]
    return found


def _stay(version: Version) -> Stay:
    official = version.event == ENTERED_OFFICIALLY and version.event_on == version.resident_from
    return Stay(
        version.resident_from,
        version.resident_until,
        END_OF_STATUS[version.status],
        version.taken_over_on,
        "official" if official else "move_in",
    )


def elsewhere(versions: Sequence[Version]) -> list[ElsewhereSpan]:
    """他特例の期間: from the version that says so (from the stay's first day if it is the stay's first) to the next."""
    found: list[ElsewhereSpan] = []
    begun_on: date | None = None
    for version in in_order(versions):
        same_stay = version.resident_from == begun_on
        day = version.event_on if same_stay else version.resident_from
        begun_on = version.resident_from
        last = found[-1] if found and found[-1].until is None else None
        if last and last.insurer_number == version.elsewhere_insurer_number and same_stay:
            continue
        if last:
            found[-1] = last._replace(until=max(day, last.begun_on))
        if version.insured_elsewhere:
            found.append(ElsewhereSpan(day, None, version.elsewhere_insurer_number))
    return [span for span in found if span.until is None or span.begun_on < span.until]


def segments(versions: Sequence[Version]) -> list[Segment]:
    """世帯の期間: each version holds from its day on and replaces what an earlier one said about that day and later.

    Leaving (転出・死亡) ends the last stretch the day after, or the same day when another municipality took over on it.
    The first version of all holds from the day on which the person became a resident.
    """
    found: list[Segment] = []
    for version in in_order(versions):
        found = _followed(found, version)
    return [segment for segment in found if segment.upper is None or segment.lower < segment.upper]


def _followed(found: list[Segment], version: Version) -> list[Segment]:
    """The stretches so far, with what the next version says."""
    new = _segment(version, first=not found)
    leaves, reopens = version.resident_until is not None, version.event == MOVE_OUT_CANCELLED
    kept = [one for one in found if one.lower < (new.upper if leaves and new.upper else new.lower)]
    if not kept:
        return [new]
    last = kept.pop()
    carried_on = last.upper is None or last.upper >= new.lower or reopens
    if carried_on and (leaves or last.home == new.home):
        return [*kept, last._replace(upper=new.upper)]
    begin = min(last.upper, new.lower) if reopens and last.upper else new.lower
    return [*kept, last._replace(upper=min(last.upper or begin, begin)), new._replace(lower=begin)]


def _segment(version: Version, *, first: bool) -> Segment:
    """What one version says by itself."""
    begin = version.event_on
    if first and version.event != TAKEN_OVER:
        begin = min(begin, version.resident_from)
    return Segment(version.household_number, version.relationship, begin, loss(_stay(version)))
