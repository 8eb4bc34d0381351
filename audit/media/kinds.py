"""The kinds of exports (出力の種類); each room registers its own in `AppConfig.ready`.

A room offers an export in three steps: a kind registered here, `{% export_link "kind" … %}` on its list page, and
nothing else: the form, the rights, the approval, the encryption and the ledger are this part's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms

from audit.actor import Actor
from audit.rights import Act, File, Right
from kaigo.common import tables


@dataclass(frozen=True, slots=True)
class Asked:
    """What an export was asked for: of which offices (ids), and the kind's own conditions."""

    offices: frozenset[int]
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportKind:
    """A kind of export.

    `rows` gives the lines of a CSV under `columns`, `people` the public ids of everyone they concern (each is named
    in the access log), `count` how many there are, before anything is written. `form` asks for the conditions; its
    cleaned data must be what JSON can hold, without personal data, and `words` says them in Japanese. Where `people`
    is None the rows concern nobody by themselves (a log) and `count` counts rows. `items` are the record items.
    """

    name: str
    label: str
    file: File
    items: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Callable[[Asked], Iterable[Sequence[object]]]
    count: Callable[[Asked], int]
    people: Callable[[Asked], Iterable[UUID]] | None = None
    form: type[forms.Form] | None = None
    words: Callable[[Mapping[str, Any]], str] | None = None
    help: str = ""

    @property
    def right(self) -> Right:
        """The right without which nobody exports this."""
        return Right(self.file, Act.EXPORT)

    @property
    def unit(self) -> str:
        return "件" if self.people is None else "人"

    def described(self, parameters: Mapping[str, Any]) -> str:
        """The conditions in words."""
        return self.words(parameters) if self.words else ""

    def text(self, asked: Asked) -> Iterator[str]:
        """The CSV in pieces, as it is read by a spreadsheet (UTF-8 with a mark, CRLF)."""
        return tables.pieces(self.columns, self.rows(asked))


_KINDS: dict[str, ExportKind] = {}


def register(kind: ExportKind) -> None:
    """Make a kind known. Raises ValueError when the name is taken by another kind."""
    if _KINDS.setdefault(kind.name, kind) != kind:
        raise ValueError(f"export kind {kind.name} is registered twice")


def kind_of(name: str) -> ExportKind | None:
    """The kind called `name`, if a room has registered it."""
    return _KINDS.get(name)


def kinds() -> list[ExportKind]:
    """All kinds, by label."""
    return sorted(_KINDS.values(), key=lambda kind: kind.label)


def open_to(actor: Actor) -> list[ExportKind]:
    """The kinds that the person may export on some office."""
    return [kind for kind in kinds() if actor.may(kind.right)]
