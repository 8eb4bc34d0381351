"""時系列: what happened to a person as dated facts, and the drawing of what lasted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from eligibility.models import Resident
from eligibility.presenters import last_day_of, periods_of
from eligibility.registry import TimelineEntry
from kaigo.common.wareki import era_year

WIDTH = 1000
ONE_DAY = timedelta(days=1)


def residence_timeline(resident: Resident) -> list[TimelineEntry]:
    """When the person came, went, and was insured."""
    entries = [TimelineEntry(resident.birth_date, "住民", "出生")]
    came = f"{resident.previous_municipality}から転入" if resident.previous_municipality else "住民となった日"
    if resident.resident_from != resident.birth_date:
        entries.append(TimelineEntry(resident.resident_from, "住民", came))
    if resident.resident_until:
        title = Resident.Status(resident.status).label
        entries.append(TimelineEntry(resident.resident_until, "住民", title))
    for row in periods_of(resident):
        title = f"{row.get_category_display()}被保険者の資格"
        entries.append(TimelineEntry(row.period.lower, "資格", title, until=last_day_of(row.period), lasting=True))
    return entries


@dataclass(frozen=True, slots=True)
class Bar:
    """A span of time as a piece of a drawing 1000 units wide."""

    x: int
    width: int
    lane: int
    label: str

    @property
    def y(self) -> int:
        return 34 + 30 * self.lane

    @property
    def text_x(self) -> int:
        """The words stand inside the bar where it begins early, before it where it begins late."""
        return self.x + (6 if self.starts_early else -6)

    @property
    def text_y(self) -> int:
        return self.y + 15

    @property
    def starts_early(self) -> bool:
        return self.x < WIDTH // 2


@dataclass(frozen=True, slots=True)
class Drawing:
    """The spans of a timeline over the years in which anything ended or began."""

    bars: Sequence[Bar]
    years: Sequence[tuple[int, str]]
    height: int


def draw(entries: Sequence[TimelineEntry], today: date) -> Drawing | None:
    """The spans among the entries, one lane a kind; None when there is none."""
    spans = sorted((entry for entry in entries if entry.lasting), key=lambda entry: entry.day)
    if not spans:
        return None
    first = date(spans[0].day.year, 1, 1).toordinal()
    last = date(max(today.year, *(entry.day.year for entry in spans)) + 1, 1, 1).toordinal()

    def place(day: date) -> int:
        return round(WIDTH * (min(day.toordinal(), last) - first) / (last - first))

    kinds = list(dict.fromkeys(entry.kind for entry in spans))
    bars = []
    for entry in spans:
        x = place(entry.day)
        end = place(entry.until + ONE_DAY) if entry.until else WIDTH
        bars.append(Bar(x, max(end - x, 6), kinds.index(entry.kind), entry.title))
    return Drawing(bars, _years(first, last, place), 40 + 30 * len(kinds))


def _years(first: int, last: int, place: Callable[[date], int]) -> list[tuple[int, str]]:
    start, end = date.fromordinal(first).year, date.fromordinal(last).year
    step = max(1, -(-(end - start) // 10))
    return [(place(date(year, 1, 1)), _short_year(year)) for year in range(start, end, step)]


def _short_year(year: int) -> str:
    era, number = era_year(date(year, 12, 31))
    return f"{era.short}{number}"
