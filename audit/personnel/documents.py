"""Printed documents of personnel data. Layout is in the templates."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID, uuid4

from django.conf import settings

from audit.models import Office, Staff
from audit.personnel import checks, pledges, queries
from audit.personnel.models import IdRequest, ReviewCampaign
from kaigo.common import clock
from kaigo.common.pdf import Addressee, Letter, Sender, render_bundle, render_pdf
from kaigo.common.tables import csv_text
from kaigo.common.wareki import format_wareki

STYLE = ("personnel/documents.css",)
STAFF_HEAD = (
    "利用者ID", "氏名", "氏名カナ", "職員番号", "所属", "係", "職名", "任用区分", "所属長", "有効期限", "状態", "役割",
)  # fmt: skip


def pledge_form(request: IdRequest, document_id: UUID) -> bytes:
    """誓約書の用紙: the text in force, with whom it is for, to be signed by hand."""
    context = {
        "request": request,
        "text": pledges.current_text(),
        "insurer": settings.INSURER_NAME,
        "head": Office.objects.get(is_head=True),
        "today": clock.today(),
    }
    return render_pdf("personnel/pledge_pdf.html", context, document_id=document_id, stylesheets=STYLE)


def id_letters(passwords: Iterable[tuple[Staff, str]]) -> bytes:
    """利用者ID発行通知: each id with its initial password, one letter a person. Kept nowhere.

    Raises Refusal for an address that does not fit.
    """
    head = Office.objects.get(is_head=True)
    letters = [(uuid4(), _id_letter(staff, password, head)) for staff, password in passwords]
    return render_bundle("personnel/letter_pdf.html", letters, stylesheets=STYLE)


def review(campaign: ReviewCampaign, progress: object, *, decision: str = "") -> bytes:
    """利用者IDと権限の棚卸し: every row with its marks and verdict; a draft until it is signed."""
    context = {
        "campaign": campaign,
        "items": campaign.items.select_related("staff", "role", "decided_by"),
        "progress": progress,
        "insurer": settings.INSURER_NAME,
        "decision": decision,
        "now": clock.now(),
    }
    return render_pdf("personnel/review_pdf.html", context, document_id=campaign.public_id, stylesheets=STYLE)


def staff_list(people: Sequence[Staff]) -> bytes:
    """職員の一覧 as PDF: ids, posts and roles, without anything secret."""
    context = {"rows": _lines(people), "head": STAFF_HEAD, "insurer": settings.INSURER_NAME, "now": clock.now()}
    return render_pdf("personnel/staff_pdf.html", context, stylesheets=STYLE)


def staff_csv(people: Sequence[Staff]) -> str:
    """職員の一覧 as CSV (UTF-8 with a byte order mark, for spreadsheets): no password, key or address.

    A cell that a spreadsheet would take for a formula is written as text.
    """
    return csv_text(STAFF_HEAD, _lines(people))


def _id_letter(staff: Staff, password: str, head: Office) -> dict[str, object]:
    office = staff.office
    letter = Letter(
        title="介護保険システム 利用者ID発行通知（本人限り）",
        number="",
        issued_on=format_wareki(clock.today()),
        addressee=Addressee(office.postal_code, (office.address, f"{office.name} {staff.section}"), staff.name),
        sender=Sender(head.postal_code, head.address, (settings.INSURER_NAME, head.section), head.section, head.phone),
    )
    return {"letter": letter, "staff": staff, "password": password}


def _lines(people: Sequence[Staff]) -> Iterator[list[str]]:
    roles = queries.roles_of([row.pk for row in people])
    for row, reason in checks.states(people):
        until = f"{row.valid_until:%Y-%m-%d}" if row.valid_until else ""
        yield [
            row.login, row.name, row.kana, row.personnel_number or "", row.office.name, row.section, row.position,
            row.get_employment_display(), row.manager.name if row.manager else "",
            until, reason or "使える", "、".join(roles.get(row.pk, [])),
        ]  # fmt: skip
