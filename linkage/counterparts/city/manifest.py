"""city.json: what the city holds and every row of its files that is wrong on purpose."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from linkage.counterparts.city.config import CityConfig
from linkage.counterparts.city.files import FileRecord
from linkage.counterparts.city.people import DEAD, MOVED_OUT, Household, Person

NAME = "city.json"


@dataclass(frozen=True, slots=True)
class WrittenFault:
    """A wrong row: 1-based line, kind of fault and what a reader must know to see it (`level`, see faults.py)."""

    file: str
    line: int
    kind: str
    level: str
    column: str
    addressee_number: str


@dataclass(slots=True)
class CityManifest:
    """`insured`: 第1号 persons on the as-of date as the city has them; `insured_expected`: those who remain once
    the wrong rows of the resident file are refused. `consequences`: rows that are right in themselves but speak of a
    person whose resident row is refused. `population` and `wards` count persons (the former: before refusing)."""

    config: CityConfig
    insured: int = 0
    insured_expected: int = 0
    files: list[FileRecord] = field(default_factory=list)
    population: Counter[str] = field(default_factory=Counter)
    wards: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[WrittenFault] = field(default_factory=list)
    consequences: list[WrittenFault] = field(default_factory=list)

    def count(self, household: Household, cutoffs: "Cutoffs") -> None:
        """Add a household to the population."""
        self.population["households"] += any(person.present for person in household.members)
        for person in household.members:
            if person.present:
                self._count_resident(person, cutoffs)
            else:
                self._count_former(person)

    def _count_resident(self, person: Person, cutoffs: "Cutoffs") -> None:
        ward, counted = person.last.address.ward, self.population
        for key, holds in (
            ("residents", True),
            ("aged_65", person.born <= cutoffs.aged_65),
            ("insured", cutoffs.insured(person)),
        ):
            counted[key] += holds
            self.wards.setdefault(ward, Counter())[key] += holds
        counted["foreign"] += person.foreign
        counted["protected"] += person.protected
        counted["insured_elsewhere"] += bool(person.elsewhere)
        counted["turning_65_later_this_year"] += cutoffs.aged_65 < person.born <= cutoffs.aged_65_this_year

    def _count_former(self, person: Person) -> None:
        state = person.last.state
        self.population["former_residents"] += 1
        self.population["dead" if state == DEAD else "moved_out" if state == MOVED_OUT else "removed"] += 1

    def as_json(self) -> str:
        """The manifest as text; the same city gives the same text."""
        config = self.config
        data: dict[str, Any] = {
            "seed": config.seed,
            "year": config.year,
            "as_of": config.as_of,
            "faulty_share": config.faulty,
            "insured": self.insured,
            "insured_expected": self.insured_expected,
            "files": [self._file(record) for record in self.files],
            "population": dict(sorted(self.population.items())),
            "wards": {ward: dict(counts) for ward, counts in sorted(self.wards.items())},
            "faults": [asdict(fault) for fault in self.faults],
            "consequences": [asdict(fault) for fault in self.consequences],
        }
        return json.dumps(data, ensure_ascii=False, indent=1, default=date.isoformat) + "\n"

    def write(self, path: Path) -> None:
        path.write_text(self.as_json(), encoding="utf-8")

    def _file(self, record: FileRecord) -> dict[str, Any]:
        kinds = Counter(fault.kind for fault in self.faults if fault.file == record.name)
        consequences = sum(fault.file == record.name for fault in self.consequences)
        return {**asdict(record), "faults": dict(sorted(kinds.items())), "consequences": consequences}


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Latest birth dates for an age on a day."""

    aged_65: date
    aged_65_this_year: date
    aged_15: date

    def insured(self, person: Person) -> bool:
        """Whether a resident is a 第1号 insured person of this city on the as-of date (介護保険法9条, 13条)."""
        return person.born <= self.aged_65 and not person.elsewhere and person.present
