"""The writers of cards: one at the counter (through a notification), many by a run, and what ends by itself."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from audit.actor import Actor
from audit.history import recorded
from audit.models import JobRun
from audit.permissions import require
from audit.rights import Act, File
from eligibility.effects import Effects
from eligibility.holds import CARD, require_free
from eligibility.models import Card, Insured, Resident
from eligibility.practice import number
from eligibility.presenters import address_lines
from kaigo.common import clock
from kaigo.common.days import add_months
from kaigo.common.refusal import Refusal


def content_of(resident: Resident, insured: Insured) -> dict[str, Any]:
    """The first panel in plain words, as it is printed and kept with the card."""
    return {
        "number": insured.insured_number,
        "address": address_lines(resident),
        "kana": resident.kana,
        "name": resident.name,
        "birth_date": resident.birth_date.isoformat(),
        "sex": resident.get_sex_display(),
        "insurer_number": insured.insurer_number,
        "insurer": settings.INSURER_NAME,
    }


def in_force(insured: Insured) -> Card | None:
    """The card that a person holds now."""
    return insured.cards.filter(ended_on=None, withdrawn=False).first()


def countable() -> QuerySet[Insured]:
    """Insured persons with the number of their last card (`last_serial`) and what is printed on a card."""
    return Insured.objects.select_related("resident__office").annotate(last_serial=Max("cards__serial"))


def card_fields(insured: Insured, issued_on: date) -> dict[str, Any]:
    """The fields that every new card has, whoever makes it; the insured person comes from `countable`."""
    years = number("card_term_years", issued_on)
    return {
        "insured": insured,
        "serial": (insured.last_serial or 0) + 1,  # type: ignore[attr-defined]
        "office": insured.resident.office,
        "issued_on": issued_on,
        "valid_until": add_months(issued_on, 12 * years) if years else None,
        "content": content_of(insured.resident, insured),
        "created_at": clock.now(),
    }


def make(effects: Effects, resident: Resident, **fields: Any) -> Card:
    """Make a card in the course of a notification. Raises Refusal while issue is held (抑止)."""
    require_free(resident, CARD, fields["issued_on"])
    insured = countable().get(resident=resident)
    made = effects.create(Card, **card_fields(insured, fields.pop("issued_on")), staff_id=effects.staff_id, **fields)
    assert isinstance(made, Card)  # noqa: S101 - for the type checker: what was asked for is what is made
    return made


def make_many(actor: Actor, proposals: Iterable[tuple[Insured, str, date]], job: JobRun) -> list[Card]:
    """Make the cards of a run in the caller's transaction, for insured persons of `countable`.

    Raises IntegrityError where one is in force already.
    """
    made = [
        Card(
            **card_fields(insured, issued_on), reason=reason, handed=Card.Handed.POST, job=job, staff_id=actor.staff_id
        )
        for insured, reason, issued_on in proposals
    ]
    return Card.objects.bulk_create(made)


def settle(residents: str, day: date) -> tuple[int, int]:
    """Cards follow the insured periods: (how many ended with the insurance, how many came back into force).

    For the residents of a query (column `resident_id`), in the caller's transaction. A card that was sent ahead of the
    day of acquisition waits for that day.
    """
    of_them = f"SELECT i.id FROM ({residents}) q JOIN eligibility_insured i ON i.resident_id = q.resident_id"  # noqa: S608
    return _end(of_them, day), _reopen(of_them, day)


ENDED = """
    SELECT c.id, c.row_version, coalesce((SELECT max(upper(p.period)) FROM eligibility_insuredperiod p
        WHERE p.insured_id = c.insured_id AND upper(p.period) <= %(day)s), %(day)s) AS ended_on
    FROM eligibility_card c
    WHERE c.ended_on IS NULL AND NOT c.withdrawn AND c.issued_on <= %(day)s AND c.insured_id IN ({insured})
        AND NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod p
            WHERE p.insured_id = c.insured_id AND coalesce(upper(p.period), 'infinity') > %(day)s)
"""
AGAIN = """
    SELECT c.id, c.row_version FROM eligibility_card c
    WHERE c."end" = 'disqualified' AND c.returned_on IS NULL AND NOT c.withdrawn AND c.insured_id IN ({insured})
        AND NOT EXISTS (SELECT 1 FROM eligibility_card l
            WHERE l.insured_id = c.insured_id AND l.serial > c.serial AND NOT l.withdrawn)
        AND EXISTS (SELECT 1 FROM eligibility_insuredperiod p
            WHERE p.insured_id = c.insured_id AND p.period @> %(day)s::date)
"""


def _end(insured: str, day: date) -> int:
    rows = list(Card.objects.raw(ENDED.format(insured=insured), {"day": day}))
    for row in rows:
        row.end, row.recover, row.row_version = Card.End.DISQUALIFIED, True, row.row_version + 1
    Card.objects.bulk_update(rows, ["ended_on", "end", "recover", "row_version"], batch_size=1000)
    return len(rows)


def _reopen(insured: str, day: date) -> int:
    rows = list(Card.objects.raw(AGAIN.format(insured=insured), {"day": day}))
    for row in rows:
        row.ended_on, row.end, row.recover, row.row_version = None, "", False, row.row_version + 1
    Card.objects.bulk_update(rows, ["ended_on", "end", "recover", "row_version"], batch_size=1000)
    return len(rows)


def remind(actor: Actor, cards: Iterable[Card]) -> list[Card]:
    """返還のお願い: note that the return of these cards was asked for today. Raises Forbidden, Refusal for none."""
    rows = list(cards)
    if not rows:
        raise Refusal("nothing-chosen", "返還をお願いする証を選んでください。")
    for office in {row.insured.resident.office_id for row in rows}:
        require(actor, File.ELIGIBILITY, Act.ENTER, office)
    with transaction.atomic(), recorded(actor, "被保険者証の返還のお願い"):
        for row in rows:
            row.reminded_on, row.row_version = clock.today(), row.row_version + 1
        Card.objects.bulk_update(rows, ["reminded_on", "row_version"])
    return rows
