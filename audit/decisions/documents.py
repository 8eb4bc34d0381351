"""The printed sheets (伺書): one decision, or a batch with its list."""

from uuid import UUID

from django.conf import settings

from audit.decisions import queries
from audit.decisions.kinds import kind_of
from audit.decisions.models import Batch, Decision
from kaigo.common.pdf import render_pdf

STYLE = ("decisions/documents.css",)


def sheet(decision: Decision) -> bytes:
    """The sheet of one decision as PDF, with a box for everybody who acted in the current round."""
    context = {
        "insurer": settings.INSURER_NAME,
        "decision": decision,
        "label": kind_of(decision.kind).label,
        "lines": queries.lines(decision),
        "acts": decision.acts.all(),
    }
    return render_pdf("decisions/sheet_pdf.html", context, document_id=decision.public_id, stylesheets=STYLE)


def batch_sheet(batch: Batch, decisions: list[Decision]) -> bytes:
    """The cover with the list of its decisions and their states as PDF."""
    context = {
        "insurer": settings.INSURER_NAME,
        "batch": batch,
        "label": kind_of(batch.kind).label,
        "decisions": decisions,
    }
    return render_pdf("decisions/batch_pdf.html", context, document_id=UUID(str(batch.public_id)), stylesheets=STYLE)
