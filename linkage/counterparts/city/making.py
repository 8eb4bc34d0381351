"""Makes the city: every household's people go straight into the files."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from linkage.counterparts.city import folder, premiums
from linkage.counterparts.city.assistance import BORDER_CASE, Assistance, Welfare
from linkage.counterparts.city.blocks import blocks, cutoffs_of
from linkage.counterparts.city.config import CityConfig
from linkage.counterparts.city.dice import Dice
from linkage.counterparts.city.faults import Sprinkler
from linkage.counterparts.city.files import (
    CHANGES,
    COLUMNS,
    FULL,
    CityFile,
    assistance_row,
    pension_row,
    resident_row,
    tax_row,
)
from linkage.counterparts.city.incomes import Incomes, Tax
from linkage.counterparts.city.manifest import NAME, CityManifest, WrittenFault
from linkage.counterparts.city.pensions import Pensions
from linkage.counterparts.city.people import Household, Person

Progress = Callable[[str, int, int], None]
WEEK = timedelta(days=7)
_CORRECTED = 0.01
_PEOPLE = "世帯と住民"


class FaultyFile:
    """A file together with its faults; every wrong row goes into the manifest."""

    def __init__(self, file: CityFile, manifest: CityManifest) -> None:
        self.file = file
        self.manifest = manifest
        config = manifest.config
        self._as_of = config.as_of
        self._sprinkler = Sprinkler(file.layout, config.faulty, Dice(f"{config.seed}:faults:{file.name}"))

    def write(self, fields: list[str], person: Person, *, eligible: bool = True) -> bool:
        """Write a row, or spoil it if it is the turn of a fault; tells whether the good row was written."""
        fault = self._sprinkler.draw(eligible=eligible)
        if fault is None or fault.adds:
            self.file.write(fields)
        if fault is None:
            return True
        row = dict(zip(COLUMNS[self.file.layout], fields, strict=True))
        fault.spoil(row, person, self._as_of)
        line = self.file.write(list(row.values()))
        self.manifest.faults.append(
            WrittenFault(self.file.name, line, fault.kind, fault.level, fault.column, row["宛名番号"])
        )
        return fault.adds

    def write_of_refused(self, fields: list[str], person: Person) -> None:
        """Write a good row of a person whom the resident file made unknown."""
        line = self.file.write(fields)
        self.manifest.consequences.append(
            WrittenFault(self.file.name, line, "unknown_person", "reference", "宛名番号", f"{person.number:015}")
        )


class CityMaker:
    def __init__(self, config: CityConfig, out: Path) -> None:
        self.config = config
        self.manifest = CityManifest(config)
        self._cutoffs = cutoffs_of(config)
        self._incomes, self._pensions, self._welfare = Incomes(config), Pensions(config), Welfare(config)
        day = config.as_of
        self._residents = self._file(CityFile(out, "JUMIN", day, 1, FULL))
        self._taxes = self._file(CityFile(out, "ZEI", day, 1, FULL))
        self._corrections = self._file(CityFile(out, "ZEI", day + WEEK, 2, CHANGES))
        self._assistance = self._file(CityFile(out, "SEIHO", day, 1, FULL))
        self._pension_file = self._file(CityFile(out, "NENKIN", day, 1, FULL))
        self.files = [self._residents, self._taxes, self._corrections, self._assistance, self._pension_file]

    def _file(self, file: CityFile) -> FaultyFile:
        return FaultyFile(file, self.manifest)

    def run(self, progress: Progress) -> None:
        for households, dice in blocks(self.config):
            for household in households:
                self._write(household, dice)
            progress(_PEOPLE, self.manifest.population["insured"], self.config.insured)
        self.manifest.insured = self.manifest.population["insured"]
        self.manifest.insured_expected = self.manifest.insured - self.manifest.population["insured_refused"]
        for place, written in enumerate(self.files, start=1):
            self.manifest.files.append(written.file.finish())
            progress(written.file.name, place, len(self.files))

    def close(self) -> None:
        for written in self.files:
            written.file.close()

    def _write(self, household: Household, dice: Dice) -> None:
        self.manifest.count(household, self._cutoffs)
        refused = {person.number for person in household.members if not self._write_resident(person)}
        concerned = [person for person in household.members if self._stays(person)]
        if not any(person.born <= self._cutoffs.aged_65_this_year for person in concerned):
            return
        assistance = self._welfare.of(household, dice) if not household.head.elsewhere else []
        taxes = self._incomes.of(concerned, assistance, dice)
        self._write_assistance(assistance, refused)
        self._write_taxes(taxes, refused)
        self._write_pensions(taxes, assistance, refused, dice)
        self._write_corrections(taxes, assistance, refused, dice)

    def _stays(self, person: Person) -> bool:
        """Whether the person lived here in the fiscal year."""
        left = person.last.left_on
        return left is None or left >= self.config.year_start

    def _write_resident(self, person: Person) -> bool:
        """Write all versions; faults fall only on persons with one version, who become unknown by them."""
        known, eligible = True, len(person.entries) == 1
        for version, entry in enumerate(person.entries, start=1):
            known &= self._residents.write(resident_row(person, version, entry), person, eligible=eligible)
        self.manifest.population["insured_refused"] += not known and self._cutoffs.insured(person)
        return known

    def _put(self, target: FaultyFile, row: list[str], person: Person, refused: set[int]) -> bool:
        if person.number in refused:
            target.write_of_refused(row, person)
            return False
        return target.write(row, person)

    def _write_assistance(self, assistance: list[Assistance], refused: set[int]) -> None:
        for row in assistance:
            if self._stays(row.person):
                self._put(self._assistance, assistance_row(row), row.person, refused)
                self.manifest.population[f"assistance_{row.kind}"] += 1

    def _has_tax(self, tax: Tax) -> bool:
        return tax.person.born <= self._cutoffs.aged_15 and not tax.person.elsewhere

    def _write_taxes(self, taxes: list[Tax], refused: set[int]) -> None:
        decided = min(self.config.as_of, date(self.config.year, 6, 1))
        for tax in taxes:
            if self._has_tax(tax):
                self._put(self._taxes, tax_row(tax, self.config.year, 1, decided), tax.person, refused)

    def _write_pensions(self, taxes: list[Tax], assistance: list[Assistance], refused: set[int], dice: Dice) -> None:
        household_taxed = any(tax.taxed for tax in taxes)
        assisted = self._assisted(assistance)
        for tax in taxes:
            on = tax.person.number in assisted
            tier = premiums.rough_tier(tax, household_taxed=household_taxed, assisted=on, rules=self.config.rules)
            if self._cutoffs.insured(tax.person):
                self.manifest.population[f"rough_tier_{tier:02}"] += 1
            pension = self._pensions.of(tax, tier=tier, assisted=on, dice=dice)
            if pension:
                self._put(self._pension_file, pension_row(pension), tax.person, refused)
                self.manifest.population[f"withholding_{pension.state}"] += 1

    def _assisted(self, assistance: list[Assistance]) -> set[int]:
        day = self.config.year_start
        return {row.person.number for row in assistance if row.kind != BORDER_CASE and row.in_force(day)}

    def _write_corrections(self, taxes: list[Tax], assistance: list[Assistance], refused: set[int], dice: Dice) -> None:
        assisted = self._assisted(assistance)
        for tax in taxes:
            if self._has_tax(tax) and tax.person.number not in refused | assisted and dice.chance(_CORRECTED):
                self._incomes.correct(tax, dice)
                day = self.config.as_of + timedelta(days=dice.between(1, 7))
                self._corrections.write(tax_row(tax, self.config.year, 2, day), tax.person)


def make_city(config: CityConfig, out: Path, progress: Progress | None = None) -> CityManifest:
    """Write the files of an invented city and city.json into `out`; the same config gives the same bytes.

    `progress` is called with a stage in Japanese, what is done and the total. Files of an earlier city in `out` are
    replaced. Raises Refusal (`city.out`) if `out` cannot be written or holds anything else.
    """
    with folder.refusing_full_disk():
        folder.prepare(out)
        maker = CityMaker(config, out)
        try:
            maker.run(progress or (lambda _stage, _done, _total: None))
            maker.manifest.write(out / folder.BEGUN)
            os.replace(out / folder.BEGUN, out / NAME)
        except BaseException:
            maker.close()
            folder.clear(out)
            raise
    return maker.manifest
