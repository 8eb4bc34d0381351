"""Printed documents of personnel data. Layout is in the templates."""

from uuid import UUID

from django.conf import settings

from audit.models import Office
from audit.personnel import pledges
from audit.personnel.models import IdRequest, ReviewCampaign
from kaigo.common import clock
from kaigo.common.pdf import render_pdf

STYLE = ("personnel/documents.css",)


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
