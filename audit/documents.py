"""Printed documents of the accountability room itself. Layout is in the templates."""

from typing import Any

from django.conf import settings
from django.forms import ChoiceField

from audit.forms import AccessLogFilter
from audit.logbook import LogPage
from kaigo.common import clock
from kaigo.common.pdf import render_pdf
from kaigo.common.wareki import format_wareki


def access_log(page: LogPage, form: AccessLogFilter, asked: dict[str, Any], *, reason: str, printed_by: str) -> bytes:
    """A part of the access log as PDF: what was asked for, who prints it and why, the rows. Residents by id only."""
    context = {
        "insurer": settings.INSURER_NAME,
        "conditions": _conditions(form, asked),
        "reason": reason,
        "printed_by": printed_by,
        "printed_at": clock.now(),
        "rows": page.rows,
        "cut": page.older is not None,
    }
    return render_pdf("audit/access_log_pdf.html", context, stylesheets=("audit/documents.css",))


def _conditions(form: AccessLogFilter, asked: dict[str, Any]) -> list[tuple[str, str]]:
    """The filter in words."""
    found = [("期間", f"{format_wareki(asked['day_from'])}から{format_wareki(asked['day_to'])}まで")]
    for name, field in form.fields.items():
        if name in asked and isinstance(field, ChoiceField):
            words = {str(key): str(label) for key, label in list(field.choices)}  # type: ignore[arg-type]
            found.append((str(field.label), words.get(str(asked[name]), "")))
    if asked.get("number_shown"):
        found.append(("個人番号", "表示したものだけ"))
    if asked.get("person"):
        found.append(("対象者", str(asked["person"])[:8]))
    return found
