"""What the header's button for the screen lock needs."""

from typing import Any

from django import template

from audit.screenlock import middleware

register = template.Library()


@register.simple_tag(takes_context=True)
def way_back(context: dict[str, Any]) -> str:
    """Where unlocking leads: the page itself, or the one from which its form was sent."""
    return middleware.way_back(context["request"])
