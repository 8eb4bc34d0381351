"""Facts for the tests of the premium rules: prepared parameters, plain cases, hypothesis strategies."""

from datetime import date
from functools import cache

from hypothesis import strategies as st

from levy.calendar import holidays
from levy.casebook import book
from levy.rules import PremiumCase, TaxFacts, WithholdingFacts, prepare

YEARS = range(2021, 2027)
ALWAYS = ((date(2000, 4, 1), None),)
LIMITS = [
    0, 350000, 450000, 551000, 651000, 800000, 809000, 826500, 1010000, 1200000, 1350000, 1619000, 1628000, 1800000,
    1900000, 2100000, 3200000, 4200000, 5200000, 6200000, 7200000, 9000000,
]  # fmt: skip


@cache
def params(year=2026):
    return prepare(book().resolve(date(year, 4, 1)), holidays(year))


def overridden(year=2026, **values):
    first = date(year, 4, 1)
    rows = [{"name": name, "from": first, "value": value, "source": "test"} for name, value in values.items()]
    return prepare(book().resolve(first, rows), holidays(year))


def a_case(year=2026, **values):
    """A person insured all year, alone, untaxed, without income."""
    plain = {
        "fiscal_year": year,
        "insured_periods": ALWAYS,
        "levied_on": date(year, 6, 10),
        "tax": TaxFacts(year, 3),
    }
    return PremiumCase(**{**plain, **values})


def yen(top=9_000_000):
    """Amounts around the limits of the law as often as amounts between them."""
    edges = [limit + step for limit in LIMITS for step in (-1, 0, 1) if 0 <= limit + step <= top]
    return st.one_of(st.sampled_from(edges), st.integers(0, top))


@st.composite
def tax_facts(draw, year):
    """Consistent enough to be a tax record: the total holds the parts, the rest is as it comes."""
    salary_revenue = draw(st.one_of(st.just(0), yen()))
    salary_income = max(0, salary_revenue - (650000 if year >= 2026 else 550000))
    pension_revenue = draw(yen(4_000_000))
    pension_income = max(0, pension_revenue - 1_100_000)
    other_income = draw(st.one_of(st.just(0), yen()))
    return TaxFacts(
        fiscal_year=year,
        status=draw(st.sampled_from([1, 2, 3, 3, 3, 4])),
        total_income=salary_income + pension_income + other_income,
        salary_revenue=salary_revenue,
        salary_income=salary_income,
        pension_revenue=pension_revenue,
        pension_income=pension_income,
        other_income=other_income,
        long_term_special_deduction=draw(st.sampled_from([0, 0, 0, 500_000, 30_000_000])),
        short_term_special_deduction=draw(st.sampled_from([0, 0, 0, 100_000])),
        dependents=draw(st.integers(0, 3)),
        exempt_category=draw(st.booleans()),
    )


@st.composite
def premium_cases(draw, year=None):
    year = year or draw(st.sampled_from(YEARS))
    first, last = date(year, 4, 1), date(year + 1, 3, 31)
    acquired_on = draw(st.one_of(st.just(date(2000, 4, 1)), st.dates(first, last)))
    lost_on = draw(st.one_of(st.none(), st.dates(acquired_on, last)))
    begun_on = draw(st.dates(date(year - 1, 1, 1), last))
    ended_on = draw(st.one_of(st.none(), st.dates(begun_on, date(year + 1, 12, 31))))
    return PremiumCase(
        fiscal_year=year,
        insured_periods=((acquired_on, lost_on),),
        levied_on=draw(st.dates(first, date(year + 1, 5, 31))),
        tax=draw(st.one_of(st.none(), tax_facts(year), tax_facts(year), tax_facts(year))),
        household=tuple(draw(st.lists(st.one_of(st.none(), tax_facts(year)), max_size=3))),
        assistance=draw(st.sampled_from([(), (), ((begun_on, ended_on),)])),
        old_age_welfare_pension=draw(st.booleans()),
        border_tier=draw(st.one_of(st.none(), st.integers(1, 9))),
        withholding=WithholdingFacts(
            draw(st.integers(0, 3)), draw(st.sampled_from([0, 179_999, 180_000, 900_000])), draw(st.integers(0, 40_000))
        ),
    )
