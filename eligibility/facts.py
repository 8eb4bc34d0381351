"""What is known of residents, read for the rules: one statement for one person or for everybody."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from eligibility import rules
from eligibility.models import Merge, Placement, Resident
from eligibility.practice import practice_on
from kaigo.common.copying import stream


class Person(NamedTuple):
    """A resident as the rules see one, with the insured status held now."""

    resident_id: int
    addressee_number: str
    facts: rules.PersonFacts
    insured_id: int | None
    periods: list[rules.InsuredSpan]


QUERY = """
    SELECT r.id, r.addressee_number, i.id, r.birth_date,
        (SELECT jsonb_agg(jsonb_build_array(lower(p.period), upper(p.period), p.acquisition_reason, p.loss_reason,
            p.category) ORDER BY p.period) FROM eligibility_insuredperiod p WHERE p.insured_id = i.id),
        (SELECT jsonb_agg(jsonb_build_array(s.begun_on, s.ended_on, s."end", s.taken_over_on, s.begin)
            ORDER BY s.begun_on) FROM eligibility_residence s WHERE s.resident_id = {own}),
        (SELECT jsonb_agg(jsonb_build_array(e.begun_on, e.until) ORDER BY e.begun_on)
            FROM eligibility_elsewhereperiod e WHERE e.resident_id = {own}),
        (SELECT jsonb_agg(jsonb_build_array(p.kind, p.begun_on, p.ended_on, p."end", p.taken_over_on)
            ORDER BY p.begun_on) FROM eligibility_placement p WHERE p.resident_id = {own} AND NOT p.withdrawn),
        (SELECT jsonb_agg(jsonb_build_array(c.begun_on, c.applied_on, c.ended_on) ORDER BY c.begun_on)
            FROM eligibility_medicalcover c WHERE c.resident_id = {own} AND NOT c.withdrawn),
        (SELECT jsonb_agg(jsonb_build_array(d.kind, d.day, d.taken_over_on) ORDER BY d.day, d.kind)
            FROM eligibility_declaration d WHERE d.resident_id = {own} AND NOT d.withdrawn),
        {dropped}
    FROM ({residents}) q JOIN eligibility_resident r ON r.id = q.resident_id{merges}
    LEFT JOIN eligibility_insured i ON i.resident_id = r.id
    WHERE i.id IS NOT NULL OR r.birth_date <= %s
        OR EXISTS (SELECT 1 FROM eligibility_medicalcover c WHERE c.resident_id = r.id AND NOT c.withdrawn)
    ORDER BY r.id
"""
# Where entries were merged (名寄せ), facts of the dropped one count for the one that is kept, and for nobody else.
PLAIN = {"own": "r.id", "merges": "", "dropped": "false"}
MERGED = {
    "own": "ANY(m.ids)",
    "merges": """
    CROSS JOIN LATERAL (SELECT array_prepend(r.id, ARRAY(SELECT x.dropped_id FROM eligibility_merge x
        WHERE x.kept_id = r.id AND x.undone_at IS NULL)) AS ids) m""",
    "dropped": "EXISTS (SELECT 1 FROM eligibility_merge x WHERE x.dropped_id = r.id AND x.undone_at IS NULL)",
}
WITH_KEPT = """
    SELECT resident_id FROM ({residents}) w UNION
    SELECT x.kept_id FROM ({residents}) w JOIN eligibility_merge x ON x.dropped_id = w.resident_id
        AND x.undone_at IS NULL"""


def with_kept(residents: str) -> str:
    """A query of residents, with the entries that are kept in the place of dropped ones (名寄せ)."""
    return WITH_KEPT.format(residents=residents) if Merge.objects.filter(undone_at=None).exists() else residents


def people(residents: str, as_of: date) -> Iterator[Person]:
    """Residents of a query (column `resident_id`) who can be insured by the day, or are held to be.

    Who is too young for the first category and has asked for nothing is left out in SQL.
    """
    youngest = date(as_of.year - rules.FIRST_CATEGORY_AGE + 1, 1, 1)
    merges = Merge.objects.filter(undone_at=None).exists()
    query = QUERY.format(residents=residents, **(MERGED if merges else PLAIN))
    for row in stream(connection, query, [youngest]):
        resident_id, number, insured_id, birth_date, held, *known, dropped = row
        periods = [_period(*period) for period in json.loads(held or "[]")]
        facts = rules.PersonFacts(birth_date) if dropped else _facts(birth_date, *known)
        yield Person(resident_id, number, _joined(facts) if merges else facts, insured_id, periods)


def _joined(facts: rules.PersonFacts) -> rules.PersonFacts:
    return facts._replace(stays=rules.joined(facts.stays), elsewhere=rules.joined_elsewhere(facts.elsewhere))


def facts_of(resident: Resident) -> rules.PersonFacts:
    """Everything that decides when this resident is insured. One SQL statement."""
    query = f"SELECT {int(resident.pk)}::bigint AS resident_id"
    return next(people(query, date.max)).facts


def _facts(birth_date: date, *known: str | None) -> rules.PersonFacts:
    stays, elsewhere, placements, covers, declared = (json.loads(text) if text else () for text in known)
    facts = rules.PersonFacts(birth_date, tuple(_stay(*stay) for stay in stays))
    if not (elsewhere or placements or covers or declared):
        return facts
    by_kind: dict[str, list[Any]] = {kind: [] for kind in Placement.Kind}
    for kind, *place in placements:
        by_kind[kind].append(place)
    registered = [rules.Elsewhere(_day(begun), _maybe(until)) for begun, until in elsewhere]
    noticed = [rules.Elsewhere(_day(begun), _maybe(ended)) for begun, ended, *_ in by_kind[Placement.Kind.THEIRS]]
    return facts._replace(
        exemptions=tuple(_exemption(_day(begun), _maybe(left)) for begun, left, *_ in by_kind[Placement.Kind.EXEMPT]),
        elsewhere=tuple(sorted({*registered, *noticed}, key=lambda one: (one.begun_on, one.until or date.max))),
        domiciles=tuple(_domicile(*place) for place in by_kind[Placement.Kind.OURS]),
        covers=tuple(rules.Cover(_day(begun), _day(applied), _maybe(ended)) for begun, applied, ended in covers),
        declarations=tuple(rules.Declaration(kind, _day(day), _maybe(taken)) for kind, day, taken in declared),
    )


def _stay(begun_on: str, ended_on: str | None, end: str, taken_over_on: str | None, begin: str) -> rules.Stay:
    return rules.Stay(_day(begun_on), _maybe(ended_on), end, _maybe(taken_over_on), begin)


def _exemption(entered_on: date, left_on: date | None) -> rules.Exemption:
    after = practice_on(entered_on).exempt_lost_after
    return rules.Exemption(entered_on, left_on, after, practice_on(left_on or entered_on).exempt_back_after)


def _domicile(begun_on: str, ended_on: str | None, end: str, taken_over_on: str | None) -> rules.Domicile:
    return rules.Domicile(_day(begun_on), _maybe(ended_on), end, _maybe(taken_over_on))


def _period(lower: str, upper: str | None, acquisition: str, loss: str, category: str) -> rules.InsuredSpan:
    return rules.InsuredSpan(_day(lower), _maybe(upper), acquisition, loss, category)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _maybe(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
