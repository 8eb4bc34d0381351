"""The decision (決裁) on the terms of an API client: a second person says what another system may do here."""

from uuid import UUID

from django.urls import reverse

from audit.actor import Actor
from audit.clients import queries, services
from audit.clients.models import Terms
from audit.clients.scopes import labels
from audit.decisions.kinds import DecisionKind, Rows
from audit.decisions.models import Decision
from audit.rights import File


def _apply(actor: Actor, decision: Decision) -> None:
    services.approve_terms(actor, Terms.objects.select_related("client").get(public_id=decision.about))


def _closed(actor: Actor, decision: Decision) -> None:
    if decision.state != Decision.State.RETURNED:
        services.refuse_terms(Terms.objects.get(public_id=decision.about))


def _rows(about: UUID) -> Rows:
    terms = Terms.objects.select_related("client__office").get(public_id=about)
    client = terms.client
    return [
        ("API利用者", client.name),
        ("システム", client.system),
        ("利用目的", client.purpose),
        ("運用", client.operator + ("（委託先）" if client.is_contractor else "")),
        ("連絡先", f"{client.contact_name}　{client.contact_phone}　{client.contact_email}".strip()),
        ("所管", client.office.name),
        *compared(terms),
    ]


def compared(terms: Terms) -> Rows:
    """What terms allow in words; where it differs from the terms in force, those stand beside it."""
    old = queries.terms_in_force(terms.client)
    before = dict(in_words(old)) if old and old.pk != terms.pk else {}
    found = []
    for label, words in in_words(terms):
        changed = before and before[label] != words
        found.append((label, f"{words}（いまは：{before[label]}）" if changed else words))
    return found


def in_words(terms: Terms) -> Rows:
    """What terms allow in words."""
    return [
        ("利用できる機能", labels(terms.scopes)),
        ("対象事務所", "、".join(office.name for office in terms.offices.order_by("code")) or "なし"),
        ("接続元のアドレス", "、".join(terms.networks)),
        ("1分間の回数の上限", f"{terms.rate_per_minute:,}回"),
    ]


def _path(about: UUID) -> str:
    return reverse("client", args=[Terms.objects.select_related("client").get(public_id=about).client.public_id])


KIND = DecisionKind(
    name=services.KIND,
    label="API利用者の利用条件",
    file=File.API_CLIENTS,
    apply=_apply,
    rows=_rows,
    path=_path,
    closed=_closed,
)
