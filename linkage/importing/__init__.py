"""Taking in the files of the other systems (取込): one driver, one store function a layout."""

from linkage.importing.driver import COUNTED, Intake, take_in
from linkage.importing.ledger import previous_imports

__all__ = ["COUNTED", "Intake", "previous_imports", "take_in"]
