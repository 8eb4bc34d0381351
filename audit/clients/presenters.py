"""Clients, terms and tokens as they are read on screen."""

from datetime import date
from typing import Any

from django import forms

from audit.clients import queries, scopes
from audit.clients.models import Client
from audit.clients.rules import TokenState
from kaigo.common.wareki import format_wareki

MARKS = {
    TokenState.LIVE: "state-done",
    TokenState.CLOSING: "state-waiting",
    TokenState.EXPIRED: "state-failed",
    TokenState.REPLACED: "",
    TokenState.REVOKED: "",
}


def token_rows(client: Client) -> list[dict[str, Any]]:
    """The tokens of a client with their state, scopes in words, and whether they end soon or lie unused."""
    near = set(queries.expiring(client.tokens.all()).values_list("pk", flat=True))
    idle = set(queries.unused(queries.live_tokens(client)).values_list("pk", flat=True))
    return [
        {
            "token": token,
            "state": (state := queries.state_of(token)),
            "mark": MARKS[state],
            "scopes": scopes.labels(token.scopes),
            "near": token.pk in near,
            "idle": token.pk in idle,
        }
        for token in queries.tokens_of(client)
    ]


def entered(form: forms.Form) -> list[tuple[str, str]]:
    """What was entered, field by field in words, to be checked before it counts."""
    return [(str(bound.label), _words(bound.field, form.cleaned_data.get(bound.name))) for bound in form]


def sent_again(form: forms.Form) -> list[tuple[str, str]]:
    """The fields of a checked form as they were sent, to be sent again with the confirmation."""
    found = []
    for bound in form:
        value = bound.field.widget.value_from_datadict(form.data, form.files, bound.html_name)
        values = value if isinstance(value, list) else [value]
        found += [(bound.html_name, str(one)) for one in values if one not in (None, False, "")]
    return found


def _words(field: forms.Field, value: Any) -> str:
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, date):
        return format_wareki(value)
    if isinstance(field, forms.MultipleChoiceField) and isinstance(value, list) and not _is_model(field):
        return scopes.labels(value)
    if isinstance(value, list) or hasattr(value, "all"):
        return "、".join(str(one) for one in value)
    return str(value or "なし")


def _is_model(field: forms.Field) -> bool:
    return isinstance(field, forms.ModelMultipleChoiceField)
