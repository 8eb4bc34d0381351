"""A city of any size straight into the tables, by COPY: the same number gives the same city.

One household of four persons in turn: a couple of pensioners, a pensioner alone, a pensioner with a working child
and a small grandchild. The people, tax data and pensions are invented; shares are about those of a large city.
"""

import random
from datetime import date, timedelta

from django.db import connection

from audit.models import JobFile, JobRun, Office
from kaigo.common import clock
from kaigo.common.copying import copy_text, text_line
from levy.yearly.requirements import REQUIRED

YEAR = 2026
RECEIVED = date(YEAR, 6, 5)
WARDS = ("12101", "12102", "12103", "12104", "12105", "12106")
RESIDENT = (
    "id", "public_id", "addressee_number", "history_serial", "status", "name", "kana", "alias", "name_key", "kana_key",
    "birth_date",
    "sex", "office_id", "ward_code", "postal_code", "town", "lot", "building", "phone", "resident_from",
    "previous_municipality", "is_foreign", "is_protected", "insured_elsewhere", "elsewhere_insurer_number",
)  # fmt: skip
TAX = (
    "resident_id", "fiscal_year", "received_on", "history_serial", "changed_on", "status", "per_capita_levy",
    "income_levy", "total_income", "salary_revenue", "salary_income", "pension_revenue", "pension_income",
    "other_income", "long_term_special_deduction", "short_term_special_deduction", "dependents", "exempt_category",
    "job_id",
)  # fmt: skip
PENSION = (
    "resident_id", "fiscal_year", "basic_pension_number", "basic_pension_lookup", "pension_code",
    "old_age_welfare_pension", "yearly_amount", "obligor_code", "withholding_state", "withholding_from",
    "last_february_amount", "received_on",
)  # fmt: skip
HOUSEHOLD = ("resident_id", "household_number", "relationship", "period")
INSURED = ("id", "public_id", "resident_id", "insurer_number", "insured_number")
PERIOD = ("insured_id", "category", "period", "acquisition_reason", "loss_reason", "trace")
ASSISTANCE = ("resident_id", "kind", "period", "border_tier", "case_number")


class Lines:
    """Rows of one table on their way to COPY."""

    def __init__(self, table, columns):
        self.table, self.columns, self.lines = table, columns, []

    def add(self, *values):
        self.lines.append(text_line(values))
        if len(self.lines) >= 20_000:
            self.flush()

    def flush(self):
        copy_text(connection, self.table, self.columns, ["".join(self.lines)])
        self.lines.clear()


class City:
    """Writes households until there are `insured` insured persons."""

    def __init__(self, insured, *, seed=1, first_id=0):
        self.wanted, self.dice, self.person, self.count = insured, random.Random(seed), first_id, 0  # noqa: S311
        self.household = self.insured = first_id
        self.jobs = imports_done()
        self.offices = dict(Office.objects.exclude(ward_code="").values_list("ward_code", "id"))
        self.residents = Lines("eligibility_resident", RESIDENT)
        self.memberships = Lines("eligibility_householdmembership", HOUSEHOLD)
        self.people = Lines("eligibility_insured", INSURED)
        self.periods = Lines("eligibility_insuredperiod", PERIOD)
        self.taxes = Lines("levy_taxrecord", TAX)
        self.pensions = Lines("levy_pensionrecord", PENSION)
        self.assistance = Lines("levy_assistanceperiod", ASSISTANCE)

    def build(self):
        while self.count < self.wanted:
            self.household += 1
            kind = self.household % 3
            self.pensioner("01")
            if kind == 0 and self.count < self.wanted:
                self.pensioner("03")
            elif kind == 2:
                self.worker()
                self.resident(date(2018, 1, 1) + timedelta(days=self.dice.randrange(2000)), "04")
        for lines in vars(self).values():
            if isinstance(lines, Lines):
                lines.flush()

    def resident(self, born, relationship):
        self.person += 1
        number, ward = self.person, WARDS[self.household % 6]
        self.residents.add(
            number, public_id(number), f"{number:015}", 1, "1", "試験 太郎", "シケン タロウ", "", "試験太郎",
            "シケンタロウ", born, "1", self.offices[ward], ward, "2600001", "見本町", "1-2-3", "", "",
            date(2000, 1, 1), "", False, False, False, "",
        )  # fmt: skip
        self.memberships.add(number, f"{self.household:015}", relationship, "[2000-01-01,)")
        return number

    def pensioner(self, relationship):
        dice = self.dice
        resident = self.resident(date(1930, 1, 1) + timedelta(days=dice.randrange(11000)), relationship)
        self.count += 1
        self.insured += 1
        acquired = date(YEAR, 4, 1) + timedelta(days=dice.randrange(60)) if dice.random() < 0.01 else date(2015, 4, 1)
        lost = date(YEAR, 6, 1) + timedelta(days=dice.randrange(300)) if dice.random() < 0.03 else ""
        self.people.add(self.insured, public_id(self.insured), resident, "121004", f"{self.insured:010}")
        self.periods.add(self.insured, "1", f"[{acquired},{lost})", "age65", "", "[]")
        self.pension_and_tax(resident, dice.randrange(0, 3_000_000))
        if dice.random() < 0.03:
            self.assistance.add(resident, "1", "[2020-01-01,)", None, f"{resident:010}")

    def pension_and_tax(self, resident, revenue):
        dice, income = self.dice, max(0, revenue - 1_100_000)
        other = dice.randrange(0, 8_000_000) if dice.random() < 0.15 else 0
        status = "4" if dice.random() < 0.01 else "1" if income + other > 450_000 else "3"
        self.tax(resident, status, revenue, income, 0, 0, other)
        if dice.random() < 0.02:
            self.tax(resident, "3", revenue, income, 0, 0, 0, received=RECEIVED + timedelta(days=7))
        if dice.random() < 0.93:
            state = dice.choices("0123", (18, 70, 8, 4))[0]
            self.pensions.add(
                resident, YEAR, "\\x00", "\\x00", "1150", False, revenue, "001", state, "",
                dice.randrange(20, 160) * 100, RECEIVED,
            )  # fmt: skip

    def worker(self):
        resident = self.resident(date(1965, 1, 1) + timedelta(days=self.dice.randrange(9000)), "04")
        revenue = self.dice.randrange(0, 9_000_000)
        income = max(0, revenue * 7 // 10 - 80_000)
        self.tax(resident, "1" if income > 450_000 else "3", 0, 0, revenue, income, 0)

    def tax(self, resident, status, pension, pension_income, salary, salary_income, other, *, received=RECEIVED):
        total = pension_income + salary_income + other
        levy = (3_000, total * 6 // 100) if status == "1" else (0, 0)
        self.taxes.add(
            resident, YEAR, received, 1, RECEIVED, status, *levy, total, salary, salary_income, pension, pension_income,
            other, 0, 0, 0, False, self.jobs["import-tax"],
        )  # fmt: skip


def public_id(number):
    return f"00000000-0000-4000-8000-{number:012}"


def imports_done(created_on=RECEIVED):
    """The ledger says that every required file has been taken in."""
    head, found = Office.objects.get(is_head=True), {}
    for required in REQUIRED:
        job = JobRun.objects.create(kind=required.kind, office=head, state="done", requested_at=clock.now())
        JobFile.objects.create(
            job=job, direction="in", name=f"{required.kind}.csv", sha256="0" * 64, size=0, created_on=created_on
        )
        found[required.kind] = job.pk
    return found


def build(insured, **more):
    """Make the city. Raises IntegrityError when its ids are taken."""
    City(insured, **more).build()
