"""Pensions (年金) of persons of 65 and over and the state of their withholding (特別徴収)."""

from dataclasses import dataclass
from datetime import timedelta

from linkage.counterparts.city import premiums
from linkage.counterparts.city.assistance import has_old_age_welfare
from linkage.counterparts.city.calendar import born_by
from linkage.counterparts.city.config import CityConfig
from linkage.counterparts.city.dice import Dice, Weighted
from linkage.counterparts.city.incomes import Tax
from linkage.counterparts.city.people import DEAD, Person

NONE, GOES_ON, FROM_OCTOBER, STOPPED = "0", "1", "2", "3"  # 特別徴収状態
WITHHELD_FROM = 180_000
"""Least yearly pension from which premiums are withheld (介護保険法施行令41条), yen."""
# Codes of invented pension payers (特別徴収義務者コード) and kinds (年金コード); the real lists are not public.
_PAYERS: Weighted[str] = Weighted([("101", 88), ("201", 4), ("301", 6), ("401", 2)])
_OLD_AGE, _WELFARE, _UNTAXED = "1150", "0240", ("1350", "1450")


@dataclass(slots=True)
class Pension:
    """One NENKIN row; amounts in yen a year, `february` what was withheld in February before the fiscal year."""

    person: Person
    number: str
    code: str
    welfare: bool
    amount: int
    payer: str
    state: str = NONE
    starts: str = ""
    february: int = 0


class Pensions:
    def __init__(self, config: CityConfig) -> None:
        self.config = config
        self._aged_65 = born_by(config.as_of, 65)
        self._aged_66 = born_by(config.year_start, 66)
        self._settled_by = config.year_start - timedelta(days=180)

    def of(self, tax: Tax, *, tier: int, assisted: bool, dice: Dice) -> Pension | None:
        """The pension of one person, if there is one; an old-age welfare pension (老齢福祉年金) is not taxed."""
        person = tax.person
        if person.born > self._aged_65:
            return None
        pension = self._kind(tax, dice)
        if pension and self._can_withhold(pension, assisted):
            self._withhold(pension, tier, dice)
        return pension

    def _kind(self, tax: Tax, dice: Dice) -> Pension | None:
        person, number = tax.person, tax.person.pension_number
        payer = _PAYERS.at(dice.random())
        if has_old_age_welfare(person, self.config.as_of):
            return Pension(person, number, _WELFARE, True, 412_500, payer)
        if tax.pension_revenue:
            return Pension(person, number, _OLD_AGE, False, tax.pension_revenue, payer)
        if dice.chance(0.6):
            return Pension(person, number, dice.pick(_UNTAXED), False, dice.between(420_000, 1_250_000), payer)
        return None

    @staticmethod
    def _can_withhold(pension: Pension, assisted: bool) -> bool:
        person = pension.person
        return not (pension.welfare or assisted or person.elsewhere or pension.amount < WITHHELD_FROM)

    def _withhold(self, pension: Pension, tier: int, dice: Dice) -> None:
        person = pension.person
        draw = dice.random()
        if person.born > self._aged_66 or person.since > self._settled_by:
            if draw < 0.6:
                self._from_october(pension)
            return
        if not person.present and person.last.state == DEAD:
            self._goes_on(pension, STOPPED, tier, dice)
        elif draw < 0.895:
            self._goes_on(pension, GOES_ON, tier, dice)
        elif draw < 0.935:
            self._goes_on(pension, STOPPED, tier, dice)
        elif draw < 0.97:
            self._from_october(pension)

    def _from_october(self, pension: Pension) -> None:
        if pension.person.present:
            pension.state, pension.starts = FROM_OCTOBER, f"{self.config.year}10"

    def _goes_on(self, pension: Pension, state: str, tier: int, dice: Dice) -> None:
        """February's amount is a sixth of last year's premium, which a change of income may have made another one."""
        pension.state = state
        pension.starts = f"{dice.between(max(2006, pension.person.born.year + 65), self.config.year - 1)}10"
        draw = dice.random()
        if draw < 0.012:  # so much that the first three withholdings alone pass the year's premium
            pension.february = premiums.yearly(tier) // 300 * 100 + 1_000
            return
        former = tier if draw < 0.88 else min(13, max(1, tier + (1 if draw < 0.94 else -1)))
        pension.february = (premiums.yearly(former) // 6 + 50) // 100 * 100
