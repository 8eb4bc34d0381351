"""被保険者証 as printed (介護保険法施行規則様式第1号: three panels, folded), and the letter that asks for one back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings

from audit.models import Office
from eligibility.cards.queries import state_of
from eligibility.cards.sections import sections_of
from eligibility.models import Card, Resident
from eligibility.practice import book, word
from eligibility.presenters import address_lines, has_died
from kaigo.common import clock
from kaigo.common.pdf import Addressee, Letter, Sender, render_bundle
from kaigo.common.wareki import format_wareki

STYLE = ("cards/card.css",)
# Letters that fit a line of the first panel at each size of card.css (full-width letters count as one).
FITS = {"fit-large": 13, "fit-medium": 17, "fit-small": 24}
ROWS = {"limits": 3, "restrictions": 3, "managers": 3, "stays": 2}
WIDTHS = {"limits": 2, "restrictions": 2, "managers": 2, "stays": 4}


def card(row: Card) -> bytes:
    """One card as PDF: the front with three panels, and the back. The same card gives the same bytes."""
    return cards([row])


def cards(rows: Sequence[Card]) -> bytes:
    """Several cards in one PDF, each as it looks when printed singly.

    Raises Refusal for a character that no font can print; ValueError for no card at all.
    """
    return render_bundle("cards/card_pdf.html", [(row.public_id, card_context(row)) for row in rows], stylesheets=STYLE)


def card_context(row: Card) -> dict[str, Any]:
    """Everything that stands on a card. The first panel is what was kept when it was issued."""
    content = row.content
    resolved = book().resolve(row.issued_on)
    sections = sections_of(row.insured, row.issued_on)
    return {
        "card": row,
        "content": content,
        "birth_date": format_wareki(date.fromisoformat(content["birth_date"])),
        "issued_on": format_wareki(row.issued_on),
        "valid_until": format_wareki(row.valid_until) if row.valid_until else "",
        "sizes": {
            "name": fit(content["name"]), "kana": fit(content["kana"]), "address": fit(max(content["address"], key=len))
        },
        "sections": sections,
        "rows": {name: _filled(getattr(sections, name), ROWS[name], WIDTHS[name]) for name in ROWS},
        "form": resolved.get("card_paper") == "form",
        "cautions": resolved.get("card_cautions"),
        "again": "再交付" if row.replaces_id else "",
    }  # fmt: skip


def fit(text: str) -> str:
    """The largest size at which a text fits a line; what is longer than the smallest line breaks, and is never cut."""
    return next((size for size, letters in FITS.items() if len(text) <= letters), "fit-small")


def _filled(rows: Sequence[tuple[str, ...]], lines: int, width: int) -> list[tuple[str, ...]]:
    """The lines of a table of the form: what there is, and empty ones up to the form's number."""
    return [*rows, *[("",) * width] * (lines - len(rows))]


def reminders(rows: Sequence[Card]) -> bytes:
    """返還のお願い: one letter a card, for the window envelope."""
    return render_bundle(
        "cards/reminder_pdf.html", [(row.public_id, _reminder(row)) for row in rows], stylesheets=STYLE
    )


def _reminder(row: Card) -> dict[str, Any]:
    resident = row.insured.resident
    return {
        "letter": _letter("介護保険被保険者証の返還のお願い", resident),
        "card": row,
        "state": state_of(row),
        "reason": "資格を喪失" if row.end == Card.End.DISQUALIFIED else "新しい証を交付",
        "ended_on": format_wareki(row.ended_on or clock.today()),
        "died": has_died(resident),
    }


def _letter(title: str, resident: Resident) -> Letter:
    head, today = Office.objects.get(is_head=True), clock.today()
    address = _with_city(address_lines(resident))
    name = f"{resident.name}　様　ご遺族" if has_died(resident) else resident.name
    return Letter(
        title=title,
        number="",
        issued_on=format_wareki(today),
        addressee=Addressee(resident.postal_code, address, name),
        sender=Sender(
            head.postal_code, head.address, (f"{settings.INSURER_NAME}長",),
            f"{resident.office.name} {resident.office.section}", resident.office.phone,
        ),
    )  # fmt: skip


def _with_city(lines: list[str]) -> list[str]:
    if lines and not lines[0].startswith(settings.INSURER_NAME):
        return [settings.INSURER_NAME + lines[0], *lines[1:]]
    return lines


def reason_words(row: Card) -> str:
    """交付事由 in words."""
    return word("card_reasons", row.reason, row.issued_on)
