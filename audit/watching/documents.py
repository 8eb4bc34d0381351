"""Printed documents of watching: the letter about long log-ons and the monthly report. Layout is in the templates."""

from typing import Any
from uuid import UUID

from django.conf import settings

from audit.models import Office
from audit.watching.models import Letter as LetterRow
from audit.watching.models import LetterPaper
from kaigo.common.pdf import Addressee, Letter, Sender, render_pdf
from kaigo.common.wareki import format_wareki

STYLE = ("watching/documents.css",)
TITLES = {False: "長時間ログオンの利用目的等について（照会）", True: "長時間ログオンの利用目的等について（督促）"}


def letter(paper: LetterPaper) -> bytes:
    """The letter or reminder as PDF; the same paper gives the same bytes.

    Raises Refusal for an address that does not fit the window or a character that no font can print.
    """
    row, head = paper.letter, Office.objects.get(is_head=True)
    context = {
        "letter": Letter(
            title=TITLES[paper.reminder > 0],
            number=row.number,
            issued_on=format_wareki(paper.issued_on),
            addressee=_addressee(row),
            sender=Sender(
                head.postal_code, head.address, (settings.INSURER_NAME, head.section), head.section, head.phone
            ),
        ),
        "paper": paper,
        "row": row,
        "items": row.items.select_related("finding__staff"),
    }
    return render_pdf("watching/letter_pdf.html", context, document_id=paper.public_id, stylesheets=STYLE)


def report(context: dict[str, Any], document_id: UUID) -> bytes:
    """The monthly report as PDF."""
    return render_pdf("watching/report_pdf.html", context, document_id=document_id, stylesheets=STYLE)


def _addressee(row: LetterRow) -> Addressee:
    """The section's manager at the office's address; the section itself where nobody is named."""
    office = row.office
    name = f"{row.addressee.position}　{row.addressee.name}".strip() if row.addressee else "所属長"
    return Addressee(office.postal_code, (office.address, f"{office.name} {office.section}"), name)
