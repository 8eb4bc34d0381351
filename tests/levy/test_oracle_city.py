"""Everybody's tier in a whole invented city, against the independent check and the raw rows of the database."""

from collections import Counter, defaultdict
from contextlib import nullcontext
from datetime import date

import pytest
from django.db.models import Sum

from audit.models import JobRun
from audit.services import bootstrap
from eligibility.models import HouseholdMembership, InsuredPeriod, Resident
from levy.models import Assessment, AssistancePeriod, Instalment, LevyRun, PensionRecord, TaxRecord
from linkage.counterparts.city import CityConfig, make_city
from linkage.first_year import FirstYear
from tests.levy.oracle import tier_of

YEAR = 2026
NO_INCOME = {
    "status": 3, "total_income": 0, "salary_revenue": 0, "salary_income": 0, "pension_revenue": 0, "pension_income": 0,
    "long_term_special_deduction": 0, "short_term_special_deduction": 0, "dependents": 0, "exempt_category": False,
}  # fmt: skip


class RawFacts:
    """The rows that decide a tier, held by person; looked up the slow and obvious way."""

    def __init__(self):
        self.tax, self.homes, self.people_of = {}, defaultdict(list), defaultdict(list)
        for row in TaxRecord.objects.filter(fiscal_year=YEAR).order_by("received_on", "id"):
            self.tax[row.resident_id] = {name: getattr(row, name) for name in NO_INCOME} | {"status": int(row.status)}
        for row in HouseholdMembership.objects.all():
            self.homes[row.resident_id].append(row)
            self.people_of[row.household_number].append(row)
        self.born = dict(Resident.objects.values_list("id", "birth_date"))
        self.helped = defaultdict(list)
        for row in AssistancePeriod.objects.all():
            self.helped[row.resident_id].append(row)
        self.old_age = set(
            PensionRecord.objects.filter(old_age_welfare_pension=True).values_list("resident_id", flat=True)
        )
        self.periods = defaultdict(list)
        for row in InsuredPeriod.objects.filter(category="1"):
            self.periods[row.insured_id].append(row.period)

    def base(self, insured):
        """April 1, or the first day of insurance in the year."""
        april = date(YEAR, 4, 1)
        if any(april in period for period in self.periods[insured.pk]):
            return april
        return min(period.lower for period in self.periods[insured.pk] if period.lower > april)

    def tax_of(self, resident_id):
        if resident_id in self.tax:
            return self.tax[resident_id]
        return NO_INCOME if self.born[resident_id] > date(YEAR - 15, 1, 1) else None

    def household(self, resident_id, day):
        own = [row.household_number for row in self.homes[resident_id] if day in row.period]
        return [
            self.tax_of(row.resident_id)
            for number in own
            for row in self.people_of[number]
            if day in row.period and row.resident_id != resident_id
        ]

    def of(self, insured):
        person, day = insured.resident_id, self.base(insured)
        helped = [row for row in self.helped[person] if day in row.period]
        return {
            "tax": self.tax.get(person),
            "household": self.household(person, day),
            "assistance": any(row.kind in "12" for row in helped),
            "old_age_welfare_pension": person in self.old_age,
            "border_tier": min((row.border_tier for row in helped if row.kind == "3"), default=None),
        }


def levied_city(insured, folder):
    make_city(CityConfig(insured), folder)
    bootstrap()
    steps = list(FirstYear(folder, YEAR, 1, lambda label, job: nullcontext()).steps())
    assert steps[-1].job.state == "done"
    return LevyRun.objects.get(state="committed")


def check(run):
    raw, seen = RawFacts(), Counter()
    for row in Assessment.objects.filter(run=run).select_related("insured"):
        assert row.tier == tier_of(raw.of(row.insured), YEAR), row.inputs
        assert row.base_date == raw.base(row.insured)
        seen[row.tier] += 1
    return seen


def check_sums(run):
    stored = JobRun.objects.get(pk=run.job_id).result
    rows = Assessment.objects.filter(run=run).aggregate(premium=Sum("premium"), overpaid=Sum("overpaid"))
    collected = Instalment.objects.filter(assessment__run=run).aggregate(total=Sum("amount"))["total"]
    assert stored["premium"] == rows["premium"] == collected - rows["overpaid"]
    unequal = (
        Assessment.objects.filter(run=run)
        .annotate(collected=Sum("instalments__amount"))
        .values_list("premium", "overpaid", "collected")
    )
    assert all(premium + overpaid == (total or 0) for premium, overpaid, total in unequal)


def check_everybody_is_levied(run):
    """Nobody insured in the year is forgotten, nobody else is levied."""
    insured = InsuredPeriod.objects.filter(
        category="1", period__overlap=(date(YEAR, 4, 1), date(YEAR + 1, 4, 1)), period__startswith__lte=run.levied_on
    )
    assert set(Assessment.objects.filter(run=run).values_list("insured_id", flat=True)) == set(
        insured.values_list("insured_id", flat=True)
    )


@pytest.mark.django_db
def test_every_tier_of_a_small_city(tmp_path):
    run = levied_city(1_000, tmp_path)
    seen = check(run)
    check_sums(run)
    check_everybody_is_levied(run)
    assert set(seen) >= {1, 2, 3, 4, 5, 6, 7, 8}


@pytest.mark.slow
@pytest.mark.django_db
def test_every_tier_of_the_city(tmp_path):
    run = levied_city(20_000, tmp_path)
    seen = check(run)
    check_sums(run)
    check_everybody_is_levied(run)
    assert set(seen) == set(range(1, 14))
    assert sum(seen.values()) > 19_900
