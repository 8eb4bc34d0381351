"""What the screens, the API and the nightly look read of the API clients."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, DateField, DateTimeField, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate
from guardian.models import UserObjectPermission

from audit.actor import Actor
from audit.clients.models import Call, Client, ClientReview, Terms, Token
from audit.clients.rules import Allowed, TokenState, token_state
from audit.decisions.queries import latest
from audit.models import Office, Staff
from audit.rights import Act, File, Right
from kaigo.common import clock
from kaigo.common.refusal import NotFound

VIEW, ENTER = Right(File.API_CLIENTS, Act.VIEW), Right(File.API_CLIENTS, Act.ENTER)
DECIDE = Right(File.API_CLIENTS, Act.DECIDE)


def visible(actor: Actor) -> QuerySet[Client]:
    """The clients of the offices on which the person holds the right to view."""
    return Client.objects.filter(office_id__in=actor.offices(VIEW)).select_related("office")


def client_of(actor: Actor, public_id: UUID) -> Client:
    """One client that the person may see. Raises NotFound."""
    found = visible(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-client", "このAPI利用者は見つからないか、見る権限がありません。", ways=_BACK)
    return found


def token_of(actor: Actor, public_id: UUID) -> Token:
    """One token of a client that the person may see. Raises NotFound."""
    rows = Token.objects.filter(client__in=visible(actor)).select_related("client__office")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-token", "このトークンは見つからないか、見る権限がありません。", ways=_BACK)
    return found


def ledger(actor: Actor, state: str = "", text: str = "") -> QuerySet[Client]:
    """The clients that the filter asks for, each with its tokens in use, next end, last call and last review."""
    newest = Call.objects.filter(client=OuterRef("pk")).order_by("-at").values("at")[:1]
    live = usable(Token.objects.filter(client=OuterRef("pk"))).order_by().values("client")
    reviewed = ClientReview.objects.filter(client=OuterRef("pk")).order_by("-at").values("at")[:1]
    in_force = Terms.objects.filter(client=OuterRef("pk"), state=Terms.State.IN_FORCE)
    pending = Terms.objects.filter(client=OuterRef("pk"), state=Terms.State.PENDING)
    rows = visible(actor).annotate(
        live=Subquery(live.annotate(n=Count("pk")).values("n")),
        next_end=Subquery(live.annotate(day=Min("valid_until")).values("day"), output_field=DateField()),
        last_call=Subquery(newest, output_field=DateTimeField()),
        reviewed_at=Subquery(reviewed, output_field=DateTimeField()),
        approved=Exists(in_force),
        waits=Exists(pending),
    )
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(system__icontains=text) | Q(operator__icontains=text))
    return rows.filter(_conditions(state))


def _conditions(state: str) -> Q:
    open_ = Q(ended_at=None)
    return {
        "live": open_ & Q(approved=True),
        "waiting": open_ & Q(waits=True),
        "expiring": open_ & Q(pk__in=expiring(Token.objects.all()).values("client")),
        "unused": open_ & Q(pk__in=unused(usable(Token.objects.all())).values("client")),
        "review": open_ & Q(approved=True, pk__in=to_review().values("pk")),
        "ended": Q(ended_at__isnull=False),
    }.get(state, Q())


def terms_in_force(client: Client) -> Terms | None:
    """The terms that hold now; None for a client that was never approved."""
    return client.terms.filter(state=Terms.State.IN_FORCE).prefetch_related("offices").first()


def terms_pending(client: Client) -> Terms | None:
    """The terms that wait for a decision."""
    return client.terms.filter(state=Terms.State.PENDING).prefetch_related("offices").first()


def allowed_by(terms: Terms) -> Allowed:
    """What terms allow, to be compared."""
    offices = frozenset(office.pk for office in terms.offices.all())
    return Allowed(frozenset(terms.scopes), offices, frozenset(terms.networks), terms.rate_per_minute)


def may_be_amended(terms: Terms) -> bool:
    """Whether the deciders returned the terms, so that they can be changed and sent round again."""
    decision = latest(terms.public_id)
    return terms.state == Terms.State.PENDING and decision is not None and decision.state == decision.State.RETURNED


def state_of(token: Token) -> TokenState:
    """The state of a token now."""
    return token_state(clock.now(), valid_until=token.valid_until, ends_at=token.ends_at, revoked_at=token.revoked_at)


def tokens_of(client: Client) -> QuerySet[Token]:
    """All tokens of a client with their last use, newest first."""
    newest = Call.objects.filter(token=OuterRef("pk")).order_by("-at").values("at")[:1]
    rows = client.tokens.select_related("issued_by", "revoked_by")
    return rows.annotate(last_call=Subquery(newest, output_field=DateTimeField()))


def live_tokens(client: Client) -> QuerySet[Token]:
    """The tokens of a client that can be used now."""
    return usable(client.tokens.all())


def unused(tokens: QuerySet[Token], days: int | None = None) -> QuerySet[Token]:
    """Tokens that no call was made with for so many days (setting), and that are at least that old."""
    since = clock.now() - timedelta(days=settings.API_UNUSED_DAYS if days is None else days)
    return tokens.filter(issued_at__lt=since).exclude(Exists(Call.objects.filter(token=OuterRef("pk"), at__gte=since)))


def expiring(tokens: QuerySet[Token]) -> QuerySet[Token]:
    """Tokens in use whose last day is near (setting), without those that are being replaced already."""
    last = clock.today() + timedelta(days=settings.API_EXPIRY_NOTICE_DAYS)
    return usable(tokens).filter(valid_until__lte=last, ends_at=None, client__ended_at=None)


def to_review() -> QuerySet[Client]:
    """Clients that nobody has looked at for so long (setting); a new one counts from its registration."""
    since = clock.now() - timedelta(days=settings.API_REVIEW_DAYS)
    looked_at = ClientReview.objects.filter(client=OuterRef("pk"), at__gte=since)
    in_force = Terms.objects.filter(client=OuterRef("pk"), state=Terms.State.IN_FORCE)
    return Client.objects.filter(Exists(in_force), ended_at=None, entered_at__lt=since).exclude(Exists(looked_at))


def review_due(client: Client) -> date:
    """The day by which a client is to be reviewed next."""
    last: datetime = client.reviews.aggregate(at=Max("at"))["at"] or client.entered_at
    return last.astimezone(clock.TOKYO).date() + timedelta(days=settings.API_REVIEW_DAYS)


def calls(client: Client, *, refused: bool = False, token: UUID | None = None) -> QuerySet[Call]:
    """The calls of a client, newest first."""
    rows = client.calls.select_related("token")
    rows = rows.filter(status__gte=400) if refused else rows
    return rows.filter(token__public_id=token) if token else rows


def calls_by_day(client: Client, days: int = 30) -> list[dict[str, Any]]:
    """How many calls were answered and refused on each of the last days that had any."""
    since = clock.now() - timedelta(days=days)
    rows = client.calls.filter(at__gte=since).annotate(day=TruncDate("at")).values("day")
    refused = Count("pk", filter=Q(status__gte=400))
    counted = rows.annotate(answered=Count("pk", filter=Q(status__lt=400)), refused=refused)
    return [dict(row) for row in counted.order_by("-day")]


def keepers(office_id: int) -> QuerySet[Staff]:
    """Who keeps the clients of an office: the members of staff who may enter there."""
    held = UserObjectPermission.objects.filter(permission__codename=ENTER.codename, object_pk=str(office_id))
    return Staff.objects.filter(pk__in=held.values("user"), is_active=True)


def offices_for(actor: Actor, terms: Terms | None = None) -> QuerySet[Office]:
    """The offices that the person may open to a client, with those that its terms have already."""
    held = Q(pk__in=actor.offices(ENTER))
    return Office.objects.filter(held | Q(pk__in=allowed_by(terms).offices) if terms else held)


def usable(tokens: QuerySet[Token]) -> QuerySet[Token]:
    """Of some tokens those that can be used now."""
    now = clock.now()
    still = Q(ends_at=None) | Q(ends_at__gt=now)
    return tokens.filter(still, revoked_at=None, valid_until__gte=now.date())


_BACK = ("一覧から選び直してください。",)
