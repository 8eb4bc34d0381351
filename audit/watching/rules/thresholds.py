"""The thresholds in force on a day (点検の基準値), in the form that the rules use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from audit.watching.rules.hit import Severity
from kaigo.common.parameters import ParameterError, ParameterSet


@dataclass(frozen=True, slots=True)
class Hours:
    """執務時間 of an office, the minutes of grace already added on both sides; `opens` is inclusive, `closes` not."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as unusual. Durations as timedelta, shares in per mille, the rest are counts.

    `hours` is by office code, "" for every other office. `sha256` names the set that a finding was made with.
    """

    hours: Mapping[str, Hours]
    late_night: tuple[Hours, ...]
    closings: tuple[tuple[str, str], ...]
    extra_open_days: frozenset[date]
    off_hours_minimum: int
    long_logon: timedelta
    history_days: int
    minimum_history: int
    spread_factor: int
    spread_floor: int
    minimum_counts: Mapping[str, int]
    print_persons: int
    export_persons: int
    search_routes: tuple[str, ...]
    typing_gap: timedelta
    follow_gap: timedelta
    search_minimum: int
    search_share: int
    refused_count: int
    refused_window: timedelta
    sign_in_failures: int
    sign_in_window: timedelta
    number_shown_high: int
    rare_surname: int
    review_days: Mapping[Severity, int]
    letter_days: int
    reminder_days: int
    catch_up_days: int
    sha256: str


PLAIN = (
    "off_hours_minimum", "history_days", "minimum_history", "spread_factor", "spread_floor", "print_persons",
    "export_persons", "search_routes", "search_minimum", "search_share", "refused_count", "sign_in_failures",
    "number_shown_high", "rare_surname", "letter_days", "reminder_days", "catch_up_days",
)  # fmt: skip


def read(found: ParameterSet) -> Thresholds:
    """The thresholds of a resolved set. Raises ParameterError for a time that is none, or a missing default row."""
    return Thresholds(
        hours=_hours(found),
        late_night=tuple(Hours(_time(row["opens"]), _time(row["closes"])) for row in found.get("late_night")),
        closings=tuple((row["first"], row["last"]) for row in found.get("year_end_closing")),
        extra_open_days=frozenset(found.get("extra_open_days")),
        long_logon=timedelta(minutes=found.get("long_logon_minutes")),
        typing_gap=timedelta(seconds=found.get("typing_seconds")),
        follow_gap=timedelta(minutes=found.get("follow_minutes")),
        refused_window=timedelta(minutes=found.get("refused_minutes")),
        sign_in_window=timedelta(minutes=found.get("sign_in_minutes")),
        minimum_counts={row["metric"]: row["minimum"] for row in found.get("minimum_counts")},
        review_days=_review_days(found),
        sha256=found.sha256,
        **{name: found.get(name) for name in PLAIN},
    )


def _hours(found: ParameterSet) -> dict[str, Hours]:
    hours = {row["office"] or "": _row_hours(row) for row in found.get("office_hours")}
    if "" not in hours:
        raise ParameterError("規則値「office_hours」", "事務所コードを空欄にした行（ほかのすべての事務所）が要ります")
    return hours


def _row_hours(row: Mapping[str, object]) -> Hours:
    opens, closes, grace = _time(row["opens"]), _time(row["closes"]), timedelta(minutes=int(str(row["grace"])))
    if opens >= closes:
        raise ParameterError("規則値「office_hours」", "終わりは始まりより後にしてください")
    return Hours(_shifted(opens, -grace), _shifted(closes, grace))


def _shifted(moment: time, by: timedelta) -> time:
    """A time of day moved, but not past midnight."""
    day = datetime(2000, 1, 1, moment.hour, moment.minute)  # noqa: DTZ001 - only the time of day is used
    moved = day + by
    if moved.date() == day.date():
        return moved.time()
    return time.min if by < timedelta() else time.max


def _review_days(found: ParameterSet) -> dict[Severity, int]:
    days = {Severity(row["severity"]): row["days"] for row in found.get("review_days")}
    if set(days) != set(Severity):
        raise ParameterError("規則値「review_days」", "重要度1、2、3の行が1つずつ要ります")
    return days


def _time(text: object) -> time:
    try:
        return time.fromisoformat(str(text))
    except ValueError:
        raise ParameterError("点検の基準値", f"時刻は HH:MM で書いてください（{text}）") from None
