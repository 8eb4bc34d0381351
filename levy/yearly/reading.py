"""Reading the inputs of a chunk of persons, set-based: eight SQL statements however many persons there are.

The statements are written so that each goes from the persons asked for to their rows by one index (LATERAL, with
OFFSET 0 against rewriting), whatever the planner believes about tables that an import has just filled: a wrong belief
there once cost a minute for 5,000 persons.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from levy.models import AssistancePeriod
from levy.office_parameters import YearParameters
from levy.rules import NO_WITHHOLDING, PremiumCase, TaxFacts, WithholdingFacts
from levy.rules.amounts import base_date
from levy.rules.facts import Period

IN_YEAR = "p.category = '1' AND p.period && daterange(%(first)s, %(next)s) AND lower(p.period) <= %(levied)s"
COUNT = "SELECT count(*) FROM eligibility_insured"
PEOPLE = """
    SELECT id, insured_number, resident_id FROM eligibility_insured
    WHERE insured_number > %(after)s ORDER BY insured_number LIMIT %(size)s
"""
PERIODS = f"""
    SELECT insured.id, p.id, lower(p.period), upper(p.period) FROM unnest(%(ids)s::bigint[]) AS insured (id)
    CROSS JOIN LATERAL (SELECT * FROM eligibility_insuredperiod WHERE insured_id = insured.id OFFSET 0) p
    WHERE {IN_YEAR} ORDER BY 1, 3
"""  # noqa: S608 - a constant of this module
HOUSEHOLDS = """
    SELECT person.resident_id, other.resident_id
    FROM unnest(%(residents)s::bigint[], %(days)s::date[]) AS person (resident_id, day)
    CROSS JOIN LATERAL (
        SELECT household_number, period FROM eligibility_householdmembership
        WHERE resident_id = person.resident_id OFFSET 0
    ) own
    CROSS JOIN LATERAL (
        SELECT resident_id, period FROM eligibility_householdmembership
        WHERE household_number = own.household_number OFFSET 0
    ) other
    WHERE own.period @> person.day AND other.period @> person.day AND other.resident_id <> person.resident_id
    ORDER BY 1, 2
"""
TAXES = """
    SELECT person.resident_id, latest.* FROM unnest(%(residents)s::bigint[]) AS person (resident_id)
    CROSS JOIN LATERAL (
        SELECT id, fiscal_year, status::int, per_capita_levy, income_levy, total_income, salary_revenue,
            salary_income, pension_revenue, pension_income, other_income, long_term_special_deduction,
            short_term_special_deduction, dependents, exempt_category
        FROM levy_taxrecord t WHERE t.fiscal_year = %(year)s AND t.resident_id = person.resident_id
        ORDER BY received_on DESC, id DESC LIMIT 1
    ) latest
"""
BIRTHS = "SELECT id, birth_date FROM eligibility_resident WHERE id = ANY(%(residents)s)"
ASSISTANCE = """
    SELECT person.resident_id, a.id, kind, lower(period), upper(period), border_tier
    FROM unnest(%(residents)s::bigint[]) AS person (resident_id)
    CROSS JOIN LATERAL (SELECT * FROM levy_assistanceperiod WHERE resident_id = person.resident_id OFFSET 0) a
    WHERE period && daterange(%(first)s, %(next)s) ORDER BY 1, 4, 3
"""
PENSIONS = """
    SELECT person.resident_id, found.* FROM unnest(%(residents)s::bigint[]) AS person (resident_id)
    CROSS JOIN LATERAL (
        SELECT id, withholding_state::int, yearly_amount, last_february_amount, old_age_welfare_pension
        FROM levy_pensionrecord p WHERE p.fiscal_year = %(year)s AND p.resident_id = person.resident_id OFFSET 0
    ) found
"""


@dataclass(frozen=True, slots=True)
class Year:
    """Which levy is read for: the fiscal year, the day of the decision and the values in force."""

    fiscal_year: int
    levied_on: date
    parameters: YearParameters

    @property
    def days(self) -> dict[str, date]:
        return {
            "first": date(self.fiscal_year, 4, 1),
            "next": date(self.fiscal_year + 1, 4, 1),
            "levied": self.levied_on,
        }


class Person(NamedTuple):
    """One insured person with everything that the rule needs, and the ids of the rows that it came from."""

    insured_id: int
    insured_number: str
    case: PremiumCase
    inputs: dict[str, Any]


class Chunk(NamedTuple):
    """The persons to assess among the next insured numbers, how many numbers were looked at, and the last of them."""

    people: list[Person]
    looked_at: int
    last: str


class _Head(NamedTuple):
    insured_id: int
    insured_number: str
    resident_id: int


def count() -> int:
    """How many insured numbers there are to look at."""
    return int(_rows(COUNT, {})[0][0])


def read(year: Year, after: str, size: int) -> Chunk | None:
    """The next `size` insured numbers in their order, without those not insured in the year; None at the end."""
    looked_at = [_Head(*row) for row in _rows(PEOPLE, {"after": after, "size": size})]
    if not looked_at:
        return None
    periods = _periods(year, [head.insured_id for head in looked_at])
    heads = [head for head in looked_at if head.insured_id in periods]
    return Chunk(_people(year, heads, periods), len(looked_at), looked_at[-1].insured_number)


def _people(year: Year, heads: list[_Head], periods: dict[int, list[tuple[int, Period]]]) -> list[Person]:
    bases = [base_date([period for _, period in periods[head.insured_id]], year.fiscal_year) for head in heads]
    residents = [head.resident_id for head in heads]
    households = _grouped(_rows(HOUSEHOLDS, {"residents": residents, "days": bases}))
    facts = _Facts(year, residents, {member for others in households.values() for (member,) in others})
    return [
        facts.person(
            head, base, periods[head.insured_id], [member for (member,) in households.get(head.resident_id, ())]
        )
        for head, base in zip(heads, bases, strict=True)
    ]


class _Facts:
    """What the other files say about the people of a chunk, by resident."""

    def __init__(self, year: Year, residents: Sequence[int], members: set[int]) -> None:
        self.year = year
        everybody = list({*residents, *members})
        wanted = {"year": year.fiscal_year, "residents": residents, **year.days}
        self.taxes = {row[0]: (row[1], TaxFacts(*row[2:])) for row in _rows(TAXES, {**wanted, "residents": everybody})}
        self.pensions = {row[0]: row[1:] for row in _rows(PENSIONS, wanted)}
        self.assistance = _grouped(_rows(ASSISTANCE, wanted))
        self.children = self._children(members)
        self.childs_tax = TaxFacts(year.fiscal_year, 3)

    def _children(self, members: set[int]) -> set[int]:
        """The household members whom nobody expects a tax declaration from, for their age."""
        missing = [member for member in members if member not in self.taxes]
        age, new_year = self.year.parameters.declaration_age, date(self.year.fiscal_year, 1, 1)
        born_after = new_year.replace(year=new_year.year - age)
        return {resident for resident, born in _rows(BIRTHS, {"residents": missing}) if born > born_after}

    def person(self, head: _Head, base: date, periods: list[tuple[int, Period]], members: list[int]) -> Person:
        own_id, own = self.taxes.get(head.resident_id, (None, None))
        pension_id, state, amount, february, old_age = self.pensions.get(head.resident_id, (None, 0, 0, 0, False))
        helped = self.assistance.get(head.resident_id, ())
        case = PremiumCase(
            fiscal_year=self.year.fiscal_year,
            insured_periods=tuple(period for _, period in periods),
            levied_on=self.year.levied_on,
            tax=own,
            household=tuple(self._member(member) for member in members),
            assistance=tuple((begun, ended) for _, kind, begun, ended, _ in helped if kind != BORDER),
            old_age_welfare_pension=old_age,
            border_tier=_border(helped, base),
            withholding=WithholdingFacts(state, amount, february) if pension_id else NO_WITHHOLDING,
        )
        inputs: dict[str, Any] = {"periods": [row for row, _ in periods]}
        if own_id:
            inputs["tax"] = own_id
        if members:
            inputs["household"] = [[member, self.taxes.get(member, (None,))[0]] for member in members]
        if pension_id:
            inputs["pension"] = pension_id
        if helped:
            inputs["assistance"] = [row[0] for row in helped]
        return Person(head.insured_id, head.insured_number, case, inputs)

    def _member(self, member: int) -> TaxFacts | None:
        if member in self.taxes:
            return self.taxes[member][1]
        return self.childs_tax if member in self.children else None


BORDER = AssistancePeriod.Kind.BORDER_CASE.value


def _border(helped: Iterable[tuple[Any, ...]], base: date) -> int | None:
    """The tier of a border case (境界層) that covers the base date; the lowest, were there several."""
    tiers = [
        tier
        for _, kind, begun, ended, tier in helped
        if kind == BORDER and tier is not None and begun <= base and (ended is None or base < ended)
    ]
    return min(tiers, default=None)


def _periods(year: Year, ids: list[int]) -> dict[int, list[tuple[int, Period]]]:
    found: dict[int, list[tuple[int, Period]]] = defaultdict(list)
    for insured_id, row, acquired_on, lost_on in _rows(PERIODS, {**year.days, "ids": ids}):
        found[insured_id].append((row, (acquired_on, lost_on)))
    return found


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found


def _rows(query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
