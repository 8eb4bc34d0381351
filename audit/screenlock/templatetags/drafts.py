"""What a form says of its draft (下書き)."""

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
