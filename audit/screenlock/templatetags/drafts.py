"""What a form says of its draft (下書き)."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def draft(key: str, *about: object) -> SafeString:
    """The hidden field by which the server knows which draft is used up when the form is carried out.

    It stands in the form that is filled in (beside its `data-draft`) and in the one that confirms it. `about` tells
    drafts of the same form apart: the random ids of what it is about.
    """
    name = "-".join(str(part) for part in (key, *about))
    return format_html('<input type="hidden" name="draft" value="{}">', name)


@register.simple_tag(takes_context=True)
def page_draft_name(context: dict[str, Any]) -> str:
    """The name of the draft of a page with one form: its route and what its address is about."""
    match = context["request"].resolver_match
    return "-".join(str(part) for part in (match.url_name, *match.kwargs.values()))


@register.simple_tag(takes_context=True)
def page_draft(context: dict[str, Any]) -> SafeString:
    """The hidden field beside `data-draft="{% page_draft_name %}"`, on the form and on the page that confirms it."""
    return draft(page_draft_name(context))
