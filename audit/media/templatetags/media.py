"""The way from any list page to an export of it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.media.kinds import kind_of

register = template.Library()


@register.simple_tag(takes_context=True)
def export_link(
    context: Context, kind_name: str, *, conditions: Mapping[str, Any] | None = None, **parameters: Any
) -> SafeString:
    """「出力」 with the page's conditions filled in, for who may export this kind; nothing for anybody else."""
    parameters |= conditions or {}
    kind = kind_of(kind_name)
    if kind is None or not context["request"].actor.may(kind.right):
        return SafeString("")
    query = urlencode({name: value for name, value in parameters.items() if value not in ("", None)})
    return format_html(
        '<a class="button" href="{}{}">{}を出力する</a>',
        reverse("media-export-new", args=[kind.name]), f"?{query}" if query else "", kind.label,
    )  # fmt: skip
