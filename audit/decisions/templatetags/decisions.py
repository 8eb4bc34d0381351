"""What became of asking for a second person, on the page of what was asked for."""

from typing import Any
from uuid import UUID

from django import template

from audit.decisions.queries import latest

register = template.Library()


@register.inclusion_tag("decisions/about.html")
def decision_about(about: UUID) -> dict[str, Any]:
    """The newest decision on a subject: its state, the step it has come to, and the way to its sheet."""
    return {"decision": latest(about)}
