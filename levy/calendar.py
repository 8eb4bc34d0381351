"""暦: the national holidays that move due dates. The rules take them as data."""

from datetime import date
from functools import cache

import jpholiday


@cache
def holidays(fiscal_year: int) -> frozenset[date]:
    """National holidays from April of the fiscal year to March two years later (late instalments)."""
    return frozenset(day for day, _ in jpholiday.between(date(fiscal_year, 4, 1), date(fiscal_year + 2, 3, 31)))
