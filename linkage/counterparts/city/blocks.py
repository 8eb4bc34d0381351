"""The city comes in blocks of households, so that memory does not grow with its size."""

from collections.abc import Iterator

from linkage.counterparts.city import plans
from linkage.counterparts.city.addresses import Gazetteer
from linkage.counterparts.city.calendar import born_by
from linkage.counterparts.city.config import CityConfig
from linkage.counterparts.city.dice import Dice
from linkage.counterparts.city.histories import Teller
from linkage.counterparts.city.households import Composer, Numbers
from linkage.counterparts.city.manifest import Cutoffs
from linkage.counterparts.city.people import Household

BLOCK = 1_000
"""Insured persons in a block."""
AGED_PER_CENT = 26
_INSURED_PER_FACILITY = 1_200


def cutoffs_of(config: CityConfig) -> Cutoffs:
    return Cutoffs(born_by(config.as_of, 65), born_by(config.year_end, 65), born_by(config.year_start, 15))


def blocks(config: CityConfig) -> Iterator[tuple[list[Household], Dice]]:
    """Every block with its households in the order of their numbers and the dice that go on with it."""
    gazetteer = Gazetteer(config.seed, config.insured // _INSURED_PER_FACILITY)
    numbers = Numbers()
    for place, first in enumerate(range(0, config.insured, BLOCK)):
        dice = Dice(f"{config.seed}:{config.year}:{place}")
        composer = Composer(config, gazetteer, numbers, dice)
        yield Block(composer).fill(min(BLOCK, config.insured - first)), dice


class Block:
    """Fills a block with exactly its number of insured persons, and with younger people to match."""

    def __init__(self, composer: Composer) -> None:
        self.composer = composer
        self.dice = composer.dice
        self.cutoffs = cutoffs_of(composer.config)
        self.teller = Teller(composer)
        self.households: list[Household] = []

    def fill(self, quota: int) -> list[Household]:
        self._fill_older(quota)
        self._fill_younger()
        self.dice.shuffle(self.households)
        for household in self.households:
            for person in household.members:
                person.number = self.composer.numbers.addressee(self.dice)
        return self.households

    def _fill_older(self, quota: int) -> None:
        missing = quota
        while missing:
            plan = plans.older(self.dice) if missing > 3 else plans.older_alone(self.dice)
            household = self._live(plan)
            insured = self._insured(household)
            if insured <= missing:
                self.households.append(household)
                missing -= insured

    def _fill_younger(self) -> None:
        present = [person for household in self.households for person in household.present()]
        aged = sum(person.born <= self.cutoffs.aged_65 for person in present)
        wanted = aged * 100 // AGED_PER_CENT - len(present)
        while wanted > 0:
            household = self._live(plans.younger(self.dice))
            if not self._insured(household):
                self.households.append(household)
                wanted -= len(household.present())

    def _live(self, plan: plans.Plan) -> Household:
        household = self.composer.compose(plan)
        self.teller.tell(household)
        return household

    def _insured(self, household: Household) -> int:
        return sum(self.cutoffs.insured(person) for person in household.members)
