"""Incomes and resident tax (住民税) of the members of a household, in yen."""

from dataclasses import dataclass
from itertools import product

from linkage.counterparts.city.assistance import BORDER_CASE, Assistance, has_old_age_welfare
from linkage.counterparts.city.calendar import born_by, years_before
from linkage.counterparts.city.config import CityConfig
from linkage.counterparts.city.dice import Dice, Weighted
from linkage.counterparts.city.people import Person
from linkage.counterparts.city.tax_rules import income_levy_limit, pension_income, per_capita_limit, salary_income

TAXED, PER_CAPITA_ONLY, NOT_TAXED, NOT_DECLARED = "1", "2", "3", "4"  # 課税区分
PER_CAPITA_LEVY = 3_000  # 市民税均等割, 地方税法310条

Band = tuple[int, int]
_PENSION_MEN: Weighted[Band] = Weighted(
    [
        ((0, 0), 40),
        ((90_000, 400_000), 50),
        ((400_000, 830_000), 160),
        ((830_000, 1_200_000), 120),
        ((1_200_000, 1_800_000), 260),
        ((1_800_000, 2_400_000), 280),
        ((2_400_000, 3_600_000), 90),
    ]
)
_PENSION_WOMEN: Weighted[Band] = Weighted(
    [
        ((0, 0), 60),
        ((90_000, 400_000), 130),
        ((400_000, 830_000), 440),
        ((830_000, 1_200_000), 210),
        ((1_200_000, 1_800_000), 120),
        ((1_800_000, 2_400_000), 32),
        ((2_400_000, 3_200_000), 8),
    ]
)
_PENSION_EARLY: Weighted[Band] = Weighted([((200_000, 1_200_000), 1)])
_SALARY_OLDER: Weighted[Band] = Weighted(
    [
        ((200_000, 550_999), 150),
        ((551_000, 1_899_999), 450),
        ((1_900_000, 4_000_000), 280),
        ((4_000_000, 7_000_000), 85),
        ((7_000_000, 12_000_000), 25),
        ((12_000_000, 25_000_000), 10),
    ]
)
_SALARY_MEN: Weighted[Band] = Weighted(
    [
        ((551_000, 1_899_999), 8),
        ((1_900_000, 4_000_000), 35),
        ((4_000_000, 7_000_000), 40),
        ((7_000_000, 12_000_000), 15),
        ((12_000_000, 25_000_000), 2),
    ]
)
_SALARY_WOMEN: Weighted[Band] = Weighted(
    [
        ((551_000, 1_899_999), 35),
        ((1_900_000, 4_000_000), 42),
        ((4_000_000, 7_000_000), 20),
        ((7_000_000, 12_000_000), 3),
    ]
)
_SALARY_STUDENT: Weighted[Band] = Weighted([((200_000, 1_400_000), 1)])
_OTHER: Weighted[Band] = Weighted(
    [
        ((50_000, 1_000_000), 75),
        ((1_000_000, 4_000_000), 18),
        ((4_000_000, 10_000_000), 5),
        ((10_000_000, 40_000_000), 2),
    ]
)
_SALARY_SHARES = {("1", 65): 0.42, ("2", 65): 0.30, ("1", 70): 0.25, ("2", 70): 0.16}


@dataclass(slots=True)
class Tax:
    """One ZEI row before it is written; `other` includes capital gains before their special deduction."""

    person: Person
    salary_revenue: int = 0
    salary_income: int = 0
    pension_revenue: int = 0
    pension_income: int = 0
    other: int = 0
    long_deduction: int = 0
    short_deduction: int = 0
    dependents: int = 0
    disabled: bool = False
    status: str = NOT_TAXED
    per_capita: int = 0
    income_levy: int = 0
    exact: bool = False
    """The income stands on a boundary on purpose and stays there."""

    @property
    def total(self) -> int:
        """合計所得金額, before special deductions (地方税法292条①十三)."""
        return self.salary_income + self.pension_income + self.other

    @property
    def taxed(self) -> bool:
        return self.status in (TAXED, PER_CAPITA_ONLY)


class Incomes:
    """Draws what a household earned in the year before the fiscal year, and its resident tax."""

    def __init__(self, config: CityConfig) -> None:
        self.config = config
        self.rules = config.rules
        self._older_born = born_by(config.as_of, 65)
        self._pensioner_born = years_before(config.year_start.replace(month=1), 65)
        self._boundaries = 0
        tiers = product((1_200_000, 2_100_000, 3_200_000, 4_200_000, 5_200_000, 6_200_000, 7_200_000), (-1, 0, 1))
        pensions = product((800_000, 809_000, 826_500, 1_200_000), (-1, 0, 1))
        salaries = (550_999, 551_000, 1_000_000, 1_100_000, 1_899_999, 1_900_000)
        self._cases = [("pension_revenue", base + step) for base, step in pensions]
        self._cases += [("other", base + step) for base, step in tiers]
        self._cases += [("salary_revenue", revenue) for revenue in salaries]

    def of(self, members: list[Person], assistance: list[Assistance], dice: Dice) -> list[Tax]:
        """The taxes of these members of one household, in their order."""
        day = self.config.year_start
        assisted = {id(a.person) for a in assistance if a.kind != BORDER_CASE and a.in_force(day)}
        taxes = [self._earn(person, id(person) in assisted, dice) for person in members]
        self._support(taxes, dice)
        for tax in taxes:
            self.levy(tax, exempt=id(tax.person) in assisted)
            if dice.chance(0.015) and not tax.exact:
                self._undeclared(tax)
        return taxes

    def levy(self, tax: Tax, *, exempt: bool) -> None:
        """Set status and amounts of the resident tax; `exempt`: on public assistance on the base date."""
        tax.per_capita = tax.income_levy = 0
        tax.status = NOT_TAXED
        if exempt or tax.total <= per_capita_limit(tax.dependents, disabled=tax.disabled):
            return
        tax.per_capita = PER_CAPITA_LEVY
        tax.income_levy = self._income_levy(tax)
        tax.status = TAXED if tax.income_levy else PER_CAPITA_ONLY

    def correct(self, tax: Tax, dice: Dice) -> None:
        """What a later week's correction changes: something declared late, usually more income."""
        if tax.status == NOT_DECLARED and tax.person.born <= self._pensioner_born:
            tax.pension_revenue = dice.between(400_000, 2_000_000)
        elif dice.chance(0.8):
            tax.other += dice.between(30_000, 900_000)
        else:
            tax.other = tax.long_deduction = tax.short_deduction = 0
        self._derive(tax)
        self.levy(tax, exempt=False)

    @staticmethod
    def _income_levy(tax: Tax) -> int:
        if tax.total <= income_levy_limit(tax.dependents):
            return 0
        total = tax.total - tax.long_deduction - tax.short_deduction
        base = total * 92 // 100 - 430_000 - 330_000 * tax.dependents
        return max(0, base // 1_000 * 1_000 * 8 // 100 // 100 * 100)

    def _earn(self, person: Person, assisted: bool, dice: Dice) -> Tax:
        tax = Tax(person)
        older = person.born <= self._older_born
        if older and dice.random() < 0.012 and self._may_be_exact(person, assisted):
            return self._boundary(tax)
        if older:
            self._earn_older(tax, assisted, dice)
        else:
            self._earn_younger(tax, assisted, dice)
        self._derive(tax)
        return tax

    def _may_be_exact(self, person: Person, assisted: bool) -> bool:
        return not (assisted or person.elsewhere or has_old_age_welfare(person, self.config.as_of))

    def _boundary(self, tax: Tax) -> Tax:
        """An income exactly on, or one yen beside, an amount at which a tier or a deduction changes."""
        field, amount = self._cases[self._boundaries % len(self._cases)]
        self._boundaries += 1
        setattr(tax, field, amount)
        tax.exact = True
        self._derive(tax)
        return tax

    def _derive(self, tax: Tax) -> None:
        tax.salary_income = salary_income(tax.salary_revenue, self.rules)
        aged_65 = tax.person.born <= self._pensioner_born
        others = tax.salary_income + tax.other
        tax.pension_income = pension_income(tax.pension_revenue, aged_65=aged_65, others=others)

    def _earn_older(self, tax: Tax, assisted: bool, dice: Dice) -> None:
        person = tax.person
        age = self.config.year - person.born.year
        tax.pension_revenue = _amount(_PENSION_MEN if person.sex == "1" else _PENSION_WOMEN, dice)
        tax.disabled = dice.random() < 0.05
        if has_old_age_welfare(person, self.config.as_of):
            tax.pension_revenue = 0
            return
        if assisted:
            tax.pension_revenue = min(tax.pension_revenue, 700_000)
            return
        if dice.random() < _SALARY_SHARES.get((person.sex, max(65, age // 5 * 5)), 0.05):
            tax.salary_revenue = _amount(_SALARY_OLDER, dice)
        if dice.random() < 0.11:
            tax.other = _amount(_OTHER, dice)
        if dice.random() < 0.0015:
            self._sell_land(tax, dice)

    @staticmethod
    def _sell_land(tax: Tax, dice: Dice) -> None:
        """A capital gain with its special deduction (長期/短期譲渡特別控除, 租税特別措置法33条の4〜36条)."""
        most = dice.pick((30_000_000, 30_000_000, 50_000_000, 1_000_000))
        gain = dice.between(800_000, most + 5_000_000)
        tax.other += gain
        if dice.chance(0.85):
            tax.long_deduction = min(gain, most)
        else:
            tax.short_deduction = min(gain, most)

    def _earn_younger(self, tax: Tax, assisted: bool, dice: Dice) -> None:
        age = self.config.year - tax.person.born.year
        if assisted or age < 15:
            return
        if age < 22:
            tax.salary_revenue = _amount(_SALARY_STUDENT, dice) if dice.random() < 0.35 else 0
            return
        man = tax.person.sex == "1"
        if dice.random() < (0.86 if man else 0.72):
            tax.salary_revenue = _amount(_SALARY_MEN if man else _SALARY_WOMEN, dice)
        if age >= 60 and dice.random() < 0.12:
            tax.pension_revenue = _amount(_PENSION_EARLY, dice)
        if dice.random() < 0.06:
            tax.other = _amount(_OTHER, dice)

    def _support(self, taxes: list[Tax], dice: Dice) -> None:
        """Dependents (扶養親族): a spouse or child with little income counts with who earns most."""
        if len(taxes) == 1:
            return
        earner = max(taxes, key=lambda tax: tax.total)
        for tax in taxes:
            if tax is not earner and tax.total <= self.rules.dependent_limit and dice.random() < 0.7:
                earner.dependents += 1

    def _undeclared(self, tax: Tax) -> None:
        tax.salary_revenue = tax.salary_income = tax.pension_revenue = tax.pension_income = tax.other = 0
        tax.long_deduction = tax.short_deduction = tax.dependents = tax.per_capita = tax.income_levy = 0
        tax.status = NOT_DECLARED


def _amount(bands: Weighted[Band], dice: Dice) -> int:
    low, high = bands.at(dice.random())
    return low + int(dice.random() * (high - low + 1))
