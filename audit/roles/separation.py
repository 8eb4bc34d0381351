"""職務分離: rights that one person should not hold together."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from audit.rights import Right
from kaigo.common import yamlfile

RULES = Path(__file__).parent / "data" / "separation.yaml"


@dataclass(frozen=True, slots=True)
class Rule:
    """Two rights that should not be with one person on one office, and why."""

    first: Right
    second: Right
    why: str

    @property
    def words(self) -> str:
        """The rule as the screen shows it."""
        return f"{self.first.label}と{self.second.label}：{self.why}"


@cache
def rules() -> tuple[Rule, ...]:
    """The rules as they are laid down in the data file."""
    rows = yamlfile.read(RULES)["rules"]
    return tuple(Rule(Right.named(row["first"]), Right.named(row["second"]), row["why"]) for row in rows)


def joined(rights: Collection[Right], known: Iterable[Rule] | None = None) -> list[Rule]:
    """The rules that a set of rights, held on one office, does not keep."""
    return [rule for rule in (rules() if known is None else known) if rule.first in rights and rule.second in rights]
