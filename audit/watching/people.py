"""Whom people looked up: relations between staff and the residents whose records they saw (E06, E11).

Goes through the different residents of a day in chunks; only the pairs that stand in a relation are kept.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from audit.models import Staff
from audit.subjects import Subject, describe
from audit.watching.gathering import ALLOWED, PEOPLE, RECORDS, Day
from audit.watching.rules import Kind
from audit.watching.rules.facts import Related
from kaigo.common import kana

CHUNK = 2000

LOOKED_UP = f"""
SELECT s, array_agg(DISTINCT l.staff_id),
       coalesce(array_agg(DISTINCT l.staff_id) FILTER (WHERE NOT l.route = ANY(%(searching)s)), '{{}}')
FROM audit_accesslog l, unnest(l.subjects) s
WHERE {PEOPLE} AND {RECORDS} AND {ALLOWED} GROUP BY s
"""  # noqa: S608 - constants of this module


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff as residents are compared with them."""

    staff_id: int
    name: str
    full_key: str
    surname_key: str
    address_key: bytes


@dataclass(slots=True)
class Pairs:
    """The pairs of the day that stand in a relation, and how common each surname was among those looked up."""

    found: dict[tuple[int, Kind], set[UUID]] = field(default_factory=lambda: defaultdict(set))
    surnames: Counter[str] = field(default_factory=Counter)
    seen: int = 0


def related(day: Day) -> list[Related]:
    """Everybody who saw records of family, neighbours, themselves, colleagues or protected persons."""
    staff = _staff()
    by_name: dict[str, list[Colleague]] = defaultdict(list)
    for person in staff.values():
        by_name[person.full_key].append(person)
    pairs = Pairs()
    for chunk in _looked_up(day):
        subjects = describe([subject_id for subject_id, _, _ in chunk])
        for subject_id, listed, opened in chunk:
            if subject := subjects.get(subject_id):
                _pair(pairs, subject, _known(staff, listed), _known(staff, opened), by_name)
    return [_related(staff[who], kind, subjects, pairs, day) for (who, kind), subjects in sorted(pairs.found.items())]


def _looked_up(day: Day) -> Iterator[list[tuple[UUID, list[int], list[int]]]]:
    """The residents of the day in chunks, each with who had them in a list or opened them, and who opened them."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(LOOKED_UP, day.values())
        while chunk := cursor.fetchmany(CHUNK):
            yield chunk


def _staff() -> dict[int, Colleague]:
    rows = Staff.objects.values_list("id", "name", "surname_key", "address_key")
    return {
        staff_id: Colleague(staff_id, name, kana.name_key(name), surname, bytes(address or b""))
        for staff_id, name, surname, address in rows
    }


def _known(staff: dict[int, Colleague], ids: Iterable[int]) -> list[Colleague]:
    return [staff[staff_id] for staff_id in ids if staff_id in staff]


def _pair(
    pairs: Pairs,
    subject: Subject,
    listed: list[Colleague],
    opened: list[Colleague],
    by_name: dict[str, list[Colleague]],
) -> None:
    if opened:
        pairs.seen += 1
        pairs.surnames[subject.surname_key] += 1
    full_key = kana.name_key(subject.name)
    for person in listed:
        same_address = bool(subject.address_key) and subject.address_key == person.address_key
        if same_address:
            kind = Kind.ONESELF if full_key == person.full_key else Kind.SAME_ADDRESS
            pairs.found[person.staff_id, kind].add(subject.public_id)
        elif person in opened and subject.surname_key and subject.surname_key == person.surname_key:
            pairs.found[person.staff_id, Kind.SAME_SURNAME].add(subject.public_id)
    _protected_and_colleagues(pairs, subject, opened, by_name.get(full_key, []))


def _protected_and_colleagues(
    pairs: Pairs, subject: Subject, opened: list[Colleague], namesakes: list[Colleague]
) -> None:
    same = [one for one in namesakes if one.address_key and one.address_key == subject.address_key]
    for person in opened:
        if subject.is_protected:
            pairs.found[person.staff_id, Kind.PROTECTED].add(subject.public_id)
        if any(one.staff_id != person.staff_id for one in same):
            pairs.found[person.staff_id, Kind.COLLEAGUE].add(subject.public_id)


def _related(person: Colleague, kind: Kind, subjects: set[UUID], pairs: Pairs, day: Day) -> Related:
    share = pairs.surnames[person.surname_key] * 1000 / max(pairs.seen, 1)
    rare = kind == Kind.SAME_SURNAME and share < day.limits.rare_surname
    return Related(person.staff_id, person.name, kind, tuple(sorted(subjects)), rare)
