"""The invented city of a first start: its files are made once a database, its first year is run once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaigo.run import display
from kaigo.run.options import DEFAULT_INSURED
from kaigo.run.state import State

SEED = 1


@dataclass(frozen=True)
class InventedCity:
    """`manage` runs a management command; `has_residents` asks the database whether persons are in it already."""

    state: State
    folder: Path
    manage: Callable[..., Any]
    has_residents: Callable[[], bool]

    def bring_up(self, database: str, wanted: int | None) -> None:
        """Do what is left to do for this database; an interrupted step is done again.

        `wanted` is the number of insured persons asked for, None for what was begun or the usual. A database
        with residents that are not from here gets no city: they may be a real city's.
        """
        note = self._note(database)
        if not note["made"]:
            if self.has_residents():
                display.line("データベースにはすでに住民がいるので、架空の市は作りません。")
                return
            note = self._make(note | {"insured": wanted or note["insured"]})
        elif wanted not in (None, note["insured"]):
            display.line(f"市はもう作ってあります（被保険者 {note['insured']:,} 人）。")
            display.line("作り直すには --fresh を付けてください。")
        if not note["done"]:
            with display.stage("最初の一年"):
                self.manage("first_year", "--city", str(self.folder))
            self.state.put("city", note | {"done": True})

    def _note(self, database: str) -> dict[str, Any]:
        note = self.state.get("city")
        if isinstance(note, dict) and note.get("database") == database:
            return note
        return {"database": database, "insured": DEFAULT_INSURED, "made": False, "done": False}

    def _make(self, note: dict[str, Any]) -> dict[str, Any]:
        self.state.put("city", note)
        with display.stage(f"架空の市（被保険者 {note['insured']:,} 人）のファイル"):
            self.manage("make_city", "--insured", str(note["insured"]), "--seed", str(SEED), "--out", str(self.folder))
        note = note | {"made": True}
        self.state.put("city", note)
        return note
