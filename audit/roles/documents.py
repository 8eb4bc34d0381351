"""A person's effective rights on paper and as a table file."""

from django.conf import settings

from audit.models import Staff
from audit.roles import queries
from audit.usability import usable
from kaigo.common import clock
from kaigo.common.pdf import render_pdf
from kaigo.common.tables import csv_text

HEAD = ("利用者ID", "氏名", "所属", "権限", "対象事務所", "役割")


def rights_pdf(staff: Staff) -> bytes:
    """The person's assignments and effective rights as of today, as PDF."""
    context = {
        "insurer": settings.INSURER_NAME,
        "staff": staff,
        "today": clock.today(),
        "unusable": usable(staff),
        "assignments": queries.assignments(staff),
        "effective": queries.effective(staff),
    }
    return render_pdf(
        "roles/rights_pdf.html", context, document_id=staff.public_id, stylesheets=("roles/documents.css",)
    )


def rights_csv(staff: Staff) -> str:
    """The person's effective rights as CSV (UTF-8)."""
    rows = queries.effective(staff)
    return csv_text(
        HEAD, ([staff.login, staff.name, staff.office.name, r.right.label, r.offices, r.roles] for r in rows)
    )
