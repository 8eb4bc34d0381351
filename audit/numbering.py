"""Numbers of ledgers and documents (文書番号): one series a kind and fiscal year, without gaps."""

from datetime import date

from django.db import connection

from kaigo.common.wareki import fiscal_year_of

NEXT = """
INSERT INTO audit_numberseries (series, fiscal_year, last) VALUES (%s, %s, 1)
ON CONFLICT (series, fiscal_year) DO UPDATE SET last = audit_numberseries.last + 1
RETURNING last
"""


def next_number(series: str, day: date) -> str:
    """The next number of a series in the fiscal year of `day`, such as 決裁2026-0001.

    Call it inside the transaction of the act that the number is for: whoever comes next waits until it ends, and a
    roll-back gives the number back.
    """
    year = fiscal_year_of(day)
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [series, year])
        row = cursor.fetchone()
    return f"{series}{year}-{row[0]:04d}"
