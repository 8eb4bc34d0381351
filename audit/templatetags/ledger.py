"""Words and numbers of the job ledger and the access log."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import yaml
from django import template
from django.utils import timezone

from audit.logbook import Place
from audit.models import AccessLog
from audit.screen_names import screen_name
from kaigo.common.wareki import format_short, format_wareki, format_year

register = template.Library()


@cache
def _issue_names() -> dict[str, str]:
    path = Path(__file__).parent.parent / "issue_codes.yaml"
    return yaml.safe_load(path.read_text(encoding="utf8")) or {}


@register.filter
def issue_name(code: str) -> str:
    """The Japanese name of an issue code."""
    return _issue_names().get(code, code)


register.filter("screen_name", screen_name)


@register.filter
def wareki_time(moment: datetime | None) -> str:
    """令和8年6月10日 14:05; nothing for no moment (a template passes an empty text for what is not there)."""
    if not moment:
        return ""
    local = timezone.localtime(moment)
    return f"{format_wareki(local.date())} {local:%H:%M}"


@register.filter
def wareki_seconds(moment: datetime | None) -> str:
    """R8.6.10 14:05:09, for lists in which each moment counts."""
    if not moment:
        return ""
    local = timezone.localtime(moment)
    return f"{format_short(local.date())} {local:%H:%M:%S}"


@register.filter
def place_of_work(person: Any) -> str:
    """所属: the office and, where there is one, the section of whoever has both (a member of staff, a request)."""
    return " ".join(part for part in (person.office.name, person.section) if part)


@register.filter
def prefixed(text: str) -> str:
    """A word with a space before it, or nothing."""
    return f" {text}" if text else ""


@register.filter
def postal(code: str) -> str:
    """260-0001."""
    return f"{code[:3]}-{code[3:]}" if len(code) == 7 else code


@register.filter
def period_words(period: str) -> str:
    """The period of a job in words: 2026 is 令和8年度, 2026-06 is 令和8年6月, 2026-06-05 is 令和8年6月5日.

    Anything else stays as it is.
    """
    if re.fullmatch(r"\d{4}", period):
        return format_year(int(period))
    if re.fullmatch(r"\d{4}-\d{2}", period):
        return format_wareki(date.fromisoformat(f"{period}-01")).removesuffix("1日")
    try:
        return format_wareki(date.fromisoformat(period))
    except ValueError:
        return period


@register.filter
def thousands(number: int | None) -> str:
    """A whole number with separators; nothing for nothing."""
    return f"{number:,}" if isinstance(number, int) else ""


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds in words: 3分20秒."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}分{rest}秒" if minutes else f"{rest}秒"


@register.filter
def counts(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The whole numbers of a job's counts, with separators; nested tables are left to the kind's own screen."""
    return ((name, f"{value:,}") for name, value in values.items() if isinstance(value, int))


@register.filter
def place(row: AccessLog) -> str:
    """The query string that finds a row of the access log again."""
    return urlencode({"row": str(Place.of(row))})


@register.filter
def place_text(found: Place) -> str:
    """A place of the access log as it stands in an address."""
    return quote(str(found), safe="")
