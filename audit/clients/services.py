"""Writers of the API clients: registering, terms, tokens, reviews, the end. One function is one act (E09, E14)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from audit.actor import Actor
from audit.clients import queries, rules, secrets
from audit.clients.models import Client, ClientReview, Terms, Token
from audit.clients.scopes import scope_named
from audit.decisions.services import propose
from audit.history import recorded
from audit.models import Office
from audit.permissions import require, staff_id_of
from audit.rights import Act, File
from audit.screens import require_version
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal
from kaigo.common.wareki import format_wareki

KIND = "clients.terms"
State = Terms.State


@dataclass(frozen=True, slots=True)
class Wanted:
    """Terms that somebody asks for."""

    scopes: Collection[str]
    offices: Collection[Office]
    networks: Collection[str]
    rate_per_minute: int
    reason: str

    def allowed(self) -> rules.Allowed:
        offices = frozenset(office.pk for office in self.offices)
        return rules.Allowed(frozenset(self.scopes), offices, frozenset(self.networks), self.rate_per_minute)


def register(actor: Actor, facts: dict[str, Any], wanted: Wanted) -> Client:
    """登録: enter a client with its first terms and send them round; until they are decided no token can be issued.

    `facts` are the columns of Client that a person enters. Raises Forbidden without api_clients.enter on the office,
    Conflict for a name that is taken.
    """
    office: Office = facts["office"]
    require(actor, File.API_CLIENTS, Act.ENTER, office.pk)
    with transaction.atomic(), recorded(actor, "API利用者の登録"):
        try:
            with transaction.atomic():
                client = Client.objects.create(**facts, entered_by_id=staff_id_of(actor), entered_at=clock.now())
        except IntegrityError as error:
            raise Conflict("name-taken", "この名称のAPI利用者はすでに登録されています。", field="name") from error
        _check_offices(actor, wanted.offices, None)
        _enter_terms(actor, client, wanted)
        return client


def correct(actor: Actor, client: Client, facts: dict[str, Any], *, version: object) -> Client:
    """訂正: who answers for a client and how they are reached. Its name and office stay: the log speaks of them."""
    require(actor, File.API_CLIENTS, Act.ENTER, client.office_id)
    with transaction.atomic(), recorded(actor, "API利用者の登録内容の訂正"):
        row = _locked(client)
        require_version(row, version)
        _check_not_ended(row)
        kept = {name: value for name, value in facts.items() if name not in ("name", "office")}
        Client.objects.filter(pk=row.pk).update(version=F("version") + 1, **kept)
        row.refresh_from_db()
        return row


def change_terms(actor: Actor, client: Client, wanted: Wanted, *, version: object) -> Terms:
    """条件の変更: terms that only take away are in force at once; what allows more goes round for decision.

    Raises Conflict when other terms wait already, Refusal when nothing would change.
    """
    require(actor, File.API_CLIENTS, Act.ENTER, client.office_id)
    with transaction.atomic(), recorded(actor, "API利用条件の変更"):
        row = _locked(client)
        require_version(row, version)
        _check_not_ended(row)
        if row.terms.filter(state=State.PENDING).exists():
            raise Conflict(
                "terms-pending",
                "承認を待っている利用条件があります。",
                ways=("決裁を待つか、伺書を取り下げてから変更してください。",),
            )
        old = queries.terms_in_force(row)
        if old is not None and wanted.allowed() == queries.allowed_by(old):
            raise Refusal("unchanged", "いまの利用条件と同じです。")
        _check_offices(actor, wanted.offices, old)
        Client.objects.filter(pk=row.pk).update(version=F("version") + 1)
        if rules.allows_more(wanted.allowed(), queries.allowed_by(old) if old else None):
            return _enter_terms(actor, row, wanted)
        terms = _stored_terms(actor, row, wanted)
        put_in_force(terms)
        return terms


def amend_terms(actor: Actor, terms: Terms, wanted: Wanted, *, version: object) -> Terms:
    """直す: change terms that were returned by the deciders, before they are sent round again."""
    require(actor, File.API_CLIENTS, Act.ENTER, terms.client.office_id)
    with transaction.atomic(), recorded(actor, "差し戻された利用条件の訂正"):
        row = Terms.objects.select_for_update().select_related("client").get(pk=terms.pk)
        require_version(row, version)
        if not queries.may_be_amended(row):
            raise Conflict("not-returned", "差し戻された利用条件だけを直せます。", ways=("画面を開き直してください。",))
        _check_offices(actor, wanted.offices, queries.terms_in_force(row.client))
        fields = _columns(wanted)
        Terms.objects.filter(pk=row.pk).update(version=F("version") + 1, **fields)
        row.offices.set(wanted.offices)
        row.refresh_from_db()
        return row


def approve_terms(actor: Actor, terms: Terms) -> None:
    """決裁: put terms in force that another person decided on.

    Raises Refusal where the person may not decide for one of the offices that the terms add.
    """
    beyond = _beyond(actor.offices(queries.DECIDE), terms.offices.all(), queries.terms_in_force(terms.client))
    if beyond:
        names = "、".join(sorted(office.name for office in beyond))
        raise Refusal(
            "office-beyond",
            f"{names}のAPI利用者を決定する権限がないため、この利用条件は決裁できません。",
            ways=("すべての対象事務所の権限を持つ職員が決裁してください。",),
        )
    put_in_force(terms)


def put_in_force(terms: Terms) -> None:
    """適用: the terms take the place of those in force. The caller has the decision, or the terms allow no more."""
    row = Terms.objects.select_for_update().select_related("client").get(pk=terms.pk)
    client = _locked(row.client)
    _check_not_ended(client)
    if row.state != State.PENDING:
        raise Conflict("settled", "この利用条件はすでに決定されています。")
    now = clock.now()
    client.terms.filter(state=State.IN_FORCE).update(state=State.REPLACED, version=F("version") + 1)
    Terms.objects.filter(pk=row.pk).update(state=State.IN_FORCE, settled_at=now, version=F("version") + 1)


def refuse_terms(terms: Terms) -> None:
    """不承認・取下げ: the terms will not be in force; the client keeps those that it has."""
    Terms.objects.filter(pk=terms.pk, state=State.PENDING).update(
        state=State.REFUSED, settled_at=clock.now(), version=F("version") + 1
    )


def issue(
    actor: Actor, client: Client, *, label: str, scopes: Collection[str], valid_until: date
) -> tuple[Token, secrets.Secret]:
    """発行: a new token of an approved client. The secret is returned this once and kept nowhere.

    Raises Forbidden without api_clients.enter, Refusal for a client without terms in force, for a scope that they do
    not have, and for a last day that is past or too far off.
    """
    require(actor, File.API_CLIENTS, Act.ENTER, client.office_id)
    with transaction.atomic(), recorded(actor, "APIトークンの発行"):
        return _issued(actor, _locked(client), label=label, scopes=scopes, valid_until=valid_until)


def rotate(
    actor: Actor, token: Token, *, valid_until: date, overlap_hours: int, version: object
) -> tuple[Token, secrets.Secret]:
    """交換: a new token in the place of an old one, which goes on for `overlap_hours` so that the caller can change.

    Raises Refusal for a token that ended, and for an overlap beyond the setting.
    """
    require(actor, File.API_CLIENTS, Act.ENTER, token.client.office_id)
    if not 0 <= overlap_hours <= settings.API_OVERLAP_MAX_HOURS:
        raise Refusal(
            "overlap",
            f"重ねて使える時間は、{settings.API_OVERLAP_MAX_HOURS}時間までです。",
            field="overlap_hours",
        )
    with transaction.atomic(), recorded(actor, "APIトークンの交換"):
        client = _locked(token.client)
        old = Token.objects.select_for_update().get(pk=token.pk)
        require_version(old, version)
        if queries.state_of(old) is not rules.TokenState.LIVE:
            raise Conflict(
                "not-live",
                "このトークンは、すでに終わっているか、交換中です。",
                ways=("新しいトークンを発行してください。",),
            )
        new, secret = _issued(
            actor, client, label=old.label, scopes=_still_allowed(client, old), valid_until=valid_until, replaces=old
        )
        ends_at = clock.now() + timedelta(hours=overlap_hours)
        Token.objects.filter(pk=old.pk).update(ends_at=ends_at, version=F("version") + 1)
        return new, secret


def revoke(actor: Actor, token: Token, *, reason: str) -> Token:
    """失効: the next call with this token is refused. Doing it again changes nothing."""
    require(actor, File.API_CLIENTS, Act.ENTER, token.client.office_id)
    _require_reason(reason)
    with transaction.atomic(), recorded(actor, "APIトークンの失効"):
        _revoke(actor, Token.objects.filter(pk=token.pk), reason)
    return Token.objects.get(pk=token.pk)


def end_client(actor: Actor, client: Client, *, reason: str, version: object) -> Client:
    """廃止: the client is over and all its tokens with it, at once and for good."""
    require(actor, File.API_CLIENTS, Act.ENTER, client.office_id)
    _require_reason(reason)
    with transaction.atomic(), recorded(actor, "API利用者の廃止"):
        row = _locked(client)
        require_version(row, version)
        _check_not_ended(row)
        _revoke(actor, row.tokens.all(), f"廃止：{reason}"[:200])
        Client.objects.filter(pk=row.pk).update(
            ended_at=clock.now(), ended_by_id=staff_id_of(actor), ended_reason=reason, version=F("version") + 1
        )
        row.refresh_from_db()
        return row


def review(actor: Actor, client: Client, *, comment: str, version: object) -> ClientReview:
    """点検: with api_clients.decide, say that the client, its terms and its tokens are still needed as they are."""
    require(actor, File.API_CLIENTS, Act.DECIDE, client.office_id)
    if not comment.strip():
        raise Refusal("no-comment", "何を確かめたかを入れてください。", field="comment")
    with transaction.atomic(), recorded(actor, "API利用者の点検"):
        row = _locked(client)
        require_version(row, version)
        _check_not_ended(row)
        live = queries.live_tokens(row)
        return ClientReview.objects.create(
            client=row, staff_id=staff_id_of(actor), staff_name=actor.name, at=clock.now(), comment=comment.strip(),
            tokens=live.count(), unused=queries.unused(live).count(),
        )  # fmt: skip


def _enter_terms(actor: Actor, client: Client, wanted: Wanted) -> Terms:
    terms = _stored_terms(actor, client, wanted)
    title = f"API利用者「{client.name}」の利用条件"
    propose(actor, KIND, about=terms.public_id, office=client.office, title=title, reason=wanted.reason)
    return terms


def _stored_terms(actor: Actor, client: Client, wanted: Wanted) -> Terms:
    terms = Terms.objects.create(
        client=client, entered_by_id=staff_id_of(actor), entered_at=clock.now(), **_columns(wanted)
    )
    terms.offices.set(wanted.offices)
    return terms


def _columns(wanted: Wanted) -> dict[str, Any]:
    for name in wanted.scopes:
        scope_named(name)
    if not 1 <= wanted.rate_per_minute <= settings.API_RATE_MAX:
        raise Refusal("rate", f"1分間の回数は、{settings.API_RATE_MAX}回までです。", field="rate_per_minute")
    try:
        networks = rules.parse_networks("\n".join(wanted.networks))
    except ValueError as error:
        raise Refusal("networks", str(error), field="networks") from error
    return {
        "scopes": sorted(wanted.scopes), "networks": networks, "rate_per_minute": wanted.rate_per_minute,
        "reason": wanted.reason,
    }  # fmt: skip


def _issued(
    actor: Actor,
    client: Client,
    *,
    label: str,
    scopes: Collection[str],
    valid_until: date,
    replaces: Token | None = None,
) -> tuple[Token, secrets.Secret]:
    _check_not_ended(client)
    _check_scopes(client, scopes)
    _check_last_day(valid_until)
    secret = secrets.make()
    token = Token.objects.create(
        client=client, prefix=secret.prefix, digest=secret.digest, label=label, scopes=sorted(scopes),
        valid_until=valid_until, issued_by_id=staff_id_of(actor), issued_at=clock.now(), replaces=replaces,
    )  # fmt: skip
    return token, secret


def _check_offices(actor: Actor, offices: Collection[Office], old: Terms | None) -> None:
    """Nobody opens the data of an office to another system who does not keep the clients of that office."""
    beyond = _beyond(actor.offices(queries.ENTER), offices, old)
    if beyond:
        names = "、".join(sorted(office.name for office in beyond))
        raise Refusal("office-beyond", f"{names}のAPI利用者を入力する権限がありません。", field="offices")


def _beyond(held: frozenset[int], offices: Iterable[Office], old: Terms | None) -> list[Office]:
    """The offices that are new in terms and on which the right is not held."""
    before = queries.allowed_by(old).offices if old else frozenset()
    return [office for office in offices if office.pk not in before | held]


def _check_scopes(client: Client, scopes: Collection[str]) -> None:
    terms = queries.terms_in_force(client)
    if terms is None:
        raise Refusal(
            "not-approved", "このAPI利用者はまだ承認されていません。", ways=("決裁の後にトークンを発行してください。",)
        )
    if not scopes:
        raise Refusal("no-scope", "利用できる機能を1つ以上選んでください。", field="scopes")
    if set(scopes) - set(terms.scopes):
        raise Refusal("scope-beyond", "承認された利用条件にない機能は選べません。", field="scopes")


def _check_last_day(day: date) -> None:
    last = clock.today() + timedelta(days=settings.API_TOKEN_MAX_DAYS)
    if not clock.today() <= day <= last:
        raise Refusal(
            "valid-until", f"有効期限は、今日から{format_wareki(last)}までの日にしてください。", field="valid_until"
        )


def _still_allowed(client: Client, token: Token) -> set[str]:
    terms = queries.terms_in_force(client)
    return set(token.scopes) & set(terms.scopes if terms else ())


def _revoke(actor: Actor, tokens: Any, reason: str) -> None:
    tokens.filter(revoked_at=None).update(
        revoked_at=clock.now(), revoked_by_id=staff_id_of(actor), revoked_reason=reason, version=F("version") + 1
    )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("no-reason", "理由を入れてください。", field="reason")


def _check_not_ended(client: Client) -> None:
    if client.ended_at is not None:
        raise Conflict("client-ended", "このAPI利用者は廃止されています。", ways=("改めて登録してください。",))


def _locked(client: Client) -> Client:
    return Client.objects.select_for_update(of=("self",)).select_related("office").get(pk=client.pk)
