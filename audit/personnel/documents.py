"""Printed documents of personnel data. Layout is in the templates."""

from uuid import UUID

from django.conf import settings

from audit.models import Office
from audit.personnel import pledges
from audit.personnel.models import IdRequest
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
