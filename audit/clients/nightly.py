"""The nightly look at the tokens: who keeps a client is told once of what ends soon or lies unused."""

from django.db import transaction
from django.urls import reverse

from audit import notices
from audit.clients import limits, queries
from audit.clients.models import Token
from kaigo.common.wareki import format_wareki


def look() -> int:
    """Tell the keepers; says how many tokens they were told about."""
    told = 0
    for token in queries.expiring(Token.objects.all()).select_related("client"):
        words = f"のトークン（{token.prefix}）が{format_wareki(token.valid_until)}に期限を迎えます。交換してください。"
        told += _tell(token, "expiring", words)
    live = queries.unused(queries.usable(Token.objects.filter(client__ended_at=None)))
    for token in live.select_related("client"):
        words = f"のトークン（{token.prefix}）が長く使われていません。要らなければ失効させてください。"
        told += _tell(token, "unused", words)
    limits.clear()
    return told


def _tell(token: Token, mark: str, words: str) -> int:
    with transaction.atomic():
        row = Token.objects.select_for_update(of=("self",)).select_related("client").get(pk=token.pk)
        if mark in row.told:
            return 0
        path = reverse("client", args=[row.client.public_id])
        for keeper in queries.keepers(row.client.office_id):
            notices.tell(keeper, f"API利用者「{row.client.name}」{words}", path=path)
        Token.objects.filter(pk=row.pk).update(told=[*row.told, mark])
    return 1
