"""Printed documents: the package of what is held, letters to the requester and to authorities, the file register."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings

from audit.disclosure import queries, requests, rules
from audit.disclosure.models import OfficialInquiry, Request
from audit.models import Office
from audit.subjects import describe
from kaigo.common import clock
from kaigo.common.pdf import Addressee, Letter, Sender, render_pdf
from kaigo.common.wareki import format_wareki

STYLE = ("disclosure/documents.css",)
TITLES = {
    Request.Decision.WHOLE: "保有個人情報の開示をする旨の決定について（通知）",
    Request.Decision.PART: "保有個人情報の開示をする旨の決定について（通知）",
    Request.Decision.NONE: "保有個人情報の開示をしない旨の決定について（通知）",
    Request.Decision.NOT_HELD: "保有個人情報の開示をしない旨の決定について（通知）",
    Request.Decision.SILENT: "保有個人情報の開示をしない旨の決定について（通知）",
}
OTHERS = {
    Request.Kind.CORRECTION: "保有個人情報の訂正の請求に対する決定について（通知）",
    Request.Kind.SUSPENSION: "保有個人情報の利用停止の請求に対する決定について（通知）",
}


def package(row: Request, *, redacted: bool) -> bytes:
    """What is held on the person and who has seen it, as PDF; `redacted` leaves out what is not disclosed."""
    subject = describe([row.subject]).get(row.subject)
    context = {
        "row": row,
        "subject": subject,
        "insurer": settings.INSURER_NAME,
        "today": clock.today(),
        "redacted": redacted,
        "sections": requests.shown(row),
        "looks": queries.looks(row.subject, names=settings.DISCLOSE_STAFF_NAMES),
        "names": settings.DISCLOSE_STAFF_NAMES,
    }
    return render_pdf("disclosure/package_pdf.html", context, document_id=row.public_id, stylesheets=STYLE)


def decision_letter(row: Request) -> bytes:
    """決定通知書, with the legal remedies (教示)."""
    title = TITLES.get(Request.Decision(row.decision)) or OTHERS[Request.Kind(row.kind)]
    context = {
        "row": row,
        "left_out": row.redactions.order_by("id"),
        "remedies": rules.table()["remedies"],
        "values": rules.periods(row.received_on),
    }
    return _letter(
        "disclosure/decision_pdf.html", row.public_id, row.number, title, _requester(row), context, row.decided_on
    )


def extension_letter(row: Request) -> bytes:
    """決定期限延長通知書."""
    title = "開示決定等の期限の延長について（通知）"
    was_due = rules.due(row.received_on, rules.periods(row.received_on), suspended_days=row.suspended_days)
    return _letter(
        "disclosure/extension_pdf.html",
        row.public_id,
        row.number,
        title,
        _requester(row),
        {"row": row, "was_due": was_due},
        row.extended_on,
    )


def answer_letter(row: OfficialInquiry) -> bytes:
    """公用照会への回答."""
    addressee = Addressee(row.postal_code, _address(row.address), row.inquirer, "御中")
    context = {"row": row, "ground": rules.ground(row.ground), "lines": row.subjects.all()}
    return _letter(
        "disclosure/answer_pdf.html",
        row.public_id,
        row.number,
        "照会事項について（回答）",
        addressee,
        context,
        row.answered_on,
    )


def file_book() -> bytes:
    """個人情報ファイル簿 as PDF."""
    return render_pdf("disclosure/files_pdf.html", file_book_context(), stylesheets=STYLE)


def file_book_context() -> dict[str, Any]:
    """What page and paper of the register of files show: the contents of 個人情報保護法75条1項."""
    return {
        "insurer": settings.INSURER_NAME,
        "head": Office.objects.filter(is_head=True).first(),
        "today": clock.today(),
        "files": queries.file_book(),
    }


def _letter(
    template: str,
    document_id: UUID,
    number: str,
    title: str,
    addressee: Addressee,
    context: dict[str, Any],
    day: date | None,
) -> bytes:
    """A letter of the day of the act that it tells, also when it is printed again later."""
    head = Office.objects.get(is_head=True)
    letter = Letter(
        title=title, number=number, issued_on=format_wareki(day or clock.today()), addressee=addressee,
        sender=Sender(head.postal_code, head.address, (settings.INSURER_NAME, head.section), head.section, head.phone),
    )  # fmt: skip
    return render_pdf(template, context | {"letter": letter}, document_id=document_id, stylesheets=STYLE)


def _requester(row: Request) -> Addressee:
    return Addressee(row.postal_code, _address(row.address), row.requester)


def _address(text: str) -> Sequence[str]:
    """At most three lines: broken where the writer left a space."""
    parts = text.replace("\u3000", " ").split(" ")
    return parts if len(parts) <= 3 else [*parts[:2], " ".join(parts[2:])]
