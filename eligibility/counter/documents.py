"""Printed documents of the counter: the receipt (受付票) and the slip between municipalities (住所地特例連絡票)."""

from typing import Any

from django.conf import settings

from eligibility import presenters
from eligibility.counter import queries
from eligibility.models import Placement, Reception, Resident
from eligibility.practice import word
from kaigo.common import clock
from kaigo.common.pdf import render_pdf
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_wareki

STYLE = ("counter/documents.css",)


def receipt(reception: Reception) -> bytes:
    """受付票: what was received, without what was shown for identity and without any number of the person."""
    lines = [queries.line(row) for row in queries.of_reception(reception) if row.withdrawn_at is None]
    context = {
        "reception": reception,
        "resident": reception.resident,
        "lines": lines,
        "insurer": settings.INSURER_NAME,
        "office": reception.office,
    }
    return render_pdf("counter/receipt_pdf.html", context, document_id=reception.public_id, stylesheets=STYLE)


def slip(row: Placement) -> bytes:
    """住所地特例（適用・変更・終了）連絡票 for the other municipality. Raises Refusal for 適用除外, which has none.

    Of a protected person (支援措置) the address is not passed on.
    """
    if row.kind == Placement.Kind.EXEMPT:
        raise Refusal(
            "no-slip", "適用除外には、市町村の間の連絡票はありません。", ways=("届出の画面へ戻ってください。",)
        )
    resident, ours = row.resident, row.kind == Placement.Kind.OURS
    insured = presenters.insured_of(resident)
    day = clock.today()
    context = {
        "insurer": settings.INSURER_NAME,
        "insurer_number": settings.INSURER_NUMBER,
        "to": row.facility.municipality if ours else f"保険者番号 {row.insurer_number} の市町村",
        "title": _title(row),
        "row": row,
        "resident": resident,
        "office": resident.office,
        "insured_number": insured.insured_number if insured and ours else "",
        "facility_kind": word("facility_kinds", row.facility.kind, day),
        "end": row.get_end_display() if row.end else "",
        "former_address": "" if resident.is_protected else row.former_address,
        "issued_on": format_wareki(day),
        "ours": ours,
    }
    return render_pdf("counter/slip_pdf.html", context, document_id=row.public_id, stylesheets=STYLE)


def closing_sheet(resident: Resident, found: dict[str, Any]) -> bytes:
    """終了時の確認票: what is still open, with boxes to tick. `found` is what the screen shows."""
    insured = presenters.insured_of(resident)
    context = {
        **found,
        "resident": resident,
        "insured_number": insured.insured_number if insured else "",
        "printed_on": format_wareki(clock.today()),
    }
    return render_pdf("counter/closing_pdf.html", context, document_id=resident.public_id, stylesheets=STYLE)


def _title(row: Placement) -> str:
    if row.ended_on:
        return "住所地特例終了連絡票"
    earlier = row.resident.placements.filter(kind=row.kind, withdrawn=False, ended_on=row.begun_on).exists()
    return "住所地特例変更連絡票" if earlier else "住所地特例適用連絡票"
