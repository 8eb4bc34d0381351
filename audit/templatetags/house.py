"""Days, ages, money and rights in templates, written the same way on every screen."""

import uuid
from datetime import date
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.rights import Right
from kaigo.common.wareki import format_short, format_wareki, format_year

register = template.Library()


@register.filter
def wareki(day: date | None) -> str:
    """令和8年6月10日; nothing for no day."""
    return format_wareki(day) if day else ""


@register.filter
def wareki_short(day: date | None) -> str:
    """R8.6.10, where the column is narrow."""
    return format_short(day) if day else ""


@register.filter
def fiscal_year(year: int | None) -> str:
    """令和8年度 for 2026."""
    return format_year(year) if year else ""


@register.filter
def yen(amount: int | None) -> str:
    """12,300円; nothing for no amount."""
    return "" if amount is None else f"{amount:,}円"


@register.filter
def last_day(period: Any) -> date | None:
    """The last day that belongs to a half-open period; nothing while it is open."""
    return date.fromordinal(period.upper.toordinal() - 1) if period and period.upper else None


@register.simple_tag(takes_context=True)
def may(context: Context, right: str, office_id: int | None = None) -> bool:
    """Whether the signed-in person holds the right called `file.act` (on an office, when named)."""
    return bool(context["request"].actor.may(Right.named(right), office_id))


@register.simple_tag(takes_context=True)
def current(context: Context, url_name: str) -> SafeString:
    """`aria-current` for the navigation entry that the page belongs to."""
    path, address = context["request"].path, reverse(url_name)
    if path != address and (address == "/" or not path.startswith(address)):
        return SafeString("")
    return format_html(' aria-current="{}"', "page" if path == address else "true")


@register.simple_tag
def submission() -> SafeString:
    """The hidden key that makes a form count once, however often it is sent (audit.screens.once)."""
    return format_html('<input type="hidden" name="submission" value="{}">', uuid.uuid4())


@register.filter
def signed(number: int | None) -> str:
    """+12, −3 or ±0; nothing for nothing."""
    if number is None:
        return ""
    return f"{number:+,}".replace("-", "−") if number else "±0"
