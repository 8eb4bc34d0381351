"""The kinds of decisions; each room registers its own in `AppConfig.ready`."""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from audit.actor import Actor
from audit.rights import Act, File, Right

if TYPE_CHECKING:
    from audit.decisions.models import Decision

Rows = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DecisionKind:
    """A kind of decision (決裁の種類).

    `apply` puts in force what was decided, in the transaction of the last approval; `rows` is what the deciders read
    about the subject (its public id), `path` its page, `fingerprint` its content: when that has changed since the
    proposal, nobody can approve. Without a fingerprint the rows stand for the content. `closed` hears of a decision
    that was returned, rejected or withdrawn. `barred` names the members of staff who may not decide on a subject,
    beside its proposer. `subjects` names the insured persons whose data the rows show. What is corrected and proposed
    `anew` on its own page is not sent round again from the decision's.
    """

    name: str
    label: str
    file: File
    apply: Callable[[Actor, "Decision"], None]
    rows: Callable[[UUID], Rows]
    path: Callable[[UUID], str]
    fingerprint: Callable[[UUID], str] | None = None
    closed: Callable[[Actor, "Decision"], None] | None = None
    barred: Callable[[UUID], Collection[int]] | None = None
    subjects: Callable[[UUID], Collection[UUID]] | None = None
    anew: bool = False

    @property
    def right(self) -> Right:
        """The right without which nobody decides on this kind, whatever the route says."""
        return Right(self.file, Act.DECIDE)

    def content(self, about: UUID) -> tuple[Rows, str]:
        """What the deciders read, and the digest of what is to be put in force (64 hexadecimal digits)."""
        rows = self.rows(about)
        text = self.fingerprint(about) if self.fingerprint else json.dumps(rows, ensure_ascii=False)
        return rows, hashlib.sha256(text.encode()).hexdigest()


_KINDS: dict[str, DecisionKind] = {}
_FAMILIES: dict[str, Callable[[], list[DecisionKind]]] = {}


def register(kind: DecisionKind) -> None:
    """Make a kind known. Raises ValueError when the name is taken by another kind."""
    if _KINDS.setdefault(kind.name, kind) != kind:
        raise ValueError(f"decision kind {kind.name} is registered twice")


def register_family(prefix: str, members: Callable[[], list[DecisionKind]]) -> None:
    """Make known kinds that are derived from something else that rooms register (the kinds of batches)."""
    _FAMILIES[prefix] = members


def kind_of(name: str) -> DecisionKind:
    """The kind called `name`. Raises KeyError for an unknown one."""
    return {kind.name: kind for kind in kinds()}[name]


def kinds() -> list[DecisionKind]:
    """All kinds, by label."""
    derived = [kind for members in _FAMILIES.values() for kind in members()]
    return sorted([*_KINDS.values(), *derived], key=lambda kind: kind.label)
