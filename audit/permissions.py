"""The only place that answers who may do what, and the declarations of what each view discloses."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from guardian.models import UserObjectPermission

from audit import access
from audit.actor import Actor
from audit.rights import ALL_RIGHTS, Act, File, Right
from kaigo.common.refusal import Forbidden

if TYPE_CHECKING:
    from audit.models import Staff

Row = TypeVar("Row", bound=Model)
View = TypeVar("View", bound=Callable[..., HttpResponse])

_BY_CODENAME = {right.codename: right for right in ALL_RIGHTS}


GRANT = "担当する職務に必要な場合は、所属長を通じて権限の付与を申請してください。"
CROSS_OFFICE = (
    "ほかの所属の人です。業務に必要なときは、「権限・記録・台帳」の「他所属の照会」で理由を入れると、"
    "一定の時間だけ照会できます。"
)


class Refused(Forbidden):
    """A right is missing. Carries the attempt, whose row in the log must survive the roll-back of its transaction."""

    def __init__(self, actor: Actor, right: Right, subjects: Iterable[uuid.UUID], logged: int) -> None:
        super().__init__(
            "no-right",
            f"{right.label}の権限がないため、この操作はできません。この操作の試みは記録されました。",
            ways=(CROSS_OFFICE, GRANT) if subjects and right.act is Act.VIEW and actor.may(right) else (GRANT,),
        )
        self.actor, self.right, self.subjects, self.logged = actor, right, tuple(subjects), logged


def held_rights(staff: "Staff") -> dict[Right, frozenset[int]]:
    """Each right that the member of staff holds today, with the ids of the offices it is held on. One SQL statement.

    An id that may not be used today (audit.usability) holds nothing.
    """
    from audit.usability import usable

    if usable(staff):
        return {}
    held: dict[Right, set[int]] = defaultdict(set)
    rows = UserObjectPermission.objects.filter(
        user=staff, content_type__app_label="audit", content_type__model="office"
    ).values_list("permission__codename", "object_pk")
    for codename, office_id in rows:
        if codename in _BY_CODENAME:
            held[_BY_CODENAME[codename]].add(int(office_id))
    return {right: frozenset(offices) for right, offices in held.items()}


def held_roles(staff: "Staff") -> tuple[str, ...]:
    """The roles held today as the log names them; one held for somebody else is marked 代理. One SQL statement."""
    from audit.models import RoleAssignment
    from kaigo.common.clock import today

    rows = RoleAssignment.objects.filter(staff=staff, period__contains=today()).values_list("role__name", "kind")
    marks = {RoleAssignment.Kind.SUBSTITUTION: "（代理）"}
    return tuple(sorted({name[:50] + marks.get(RoleAssignment.Kind(kind), "") for name, kind in rows}))


def visible(
    rows: QuerySet[Row], actor: Actor, right: Right, *, office: str = "office_id", subject: str = "public_id"
) -> QuerySet[Row]:
    """Only the rows that the actor may see: of the offices on which the right is held, and, to view, of the residents
    that they were let read. `office` and `subject` are the lookups to the office's id and the resident's public id.
    """
    offices = actor.offices(right)
    allowed = Q(**{f"{office}__in": offices})
    if offices and right.act is Act.VIEW and actor.exceptional.readings:
        allowed |= Q(**{f"{subject}__in": list(actor.exceptional.readings)})
    return rows.filter(allowed)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a view may show: a right on a file, or nothing (`right` is then only what opening it needs).

    `why` says, for a view that discloses nothing or needs no sign-in, why that is so. `api` answers to the tokens of
    API clients (audit.clients) and never to a session.
    """

    discloses: bool
    right: Right | None = None
    public: bool = False
    why: str = ""
    api: bool = False


def discloses(file: File, act: Act) -> Callable[[View], View]:
    """The view shows specific personal information of `file`: `act` on it is needed on some office at least.

    The view itself must call `require` for the person's office and `access.record` for what it shows;
    a successful answer without a record is a defect and is not sent (DisclosureMiddleware).
    """
    return _declared(Disclosure(discloses=True, right=Right(file, act)))


def discloses_by_case(why: str) -> Callable[[View], View]:
    """The view shows personal information of a file that depends on what it is called for.

    The view itself must call `require` with the right of that file, and `access.record` as ever.
    """
    return _declared(Disclosure(discloses=True, why=why))


def discloses_nothing(why: str, *, right: Right | None = None) -> Callable[[View], View]:
    """The view shows no personal information; signing in (and `right`, if named) is needed."""
    return _declared(Disclosure(discloses=False, right=right, why=why))


def public(why: str) -> Callable[[View], View]:
    """The view needs no sign-in and shows no personal information."""
    return _declared(Disclosure(discloses=False, public=True, why=why))


def _declared(disclosure: Disclosure) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not disclosure.public:
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                if disclosure.right is not None and not actor_of(request).may(disclosure.right):
                    raise refuse(actor_of(request), disclosure.right, subjects=_asked_for(kwargs.get("public_id")))
            return view(request, *args, **kwargs)

        guarded.disclosure = disclosure  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _asked_for(public_id: object) -> list[uuid.UUID]:
    """The resident whom an address names, so that a refused attempt says whom somebody tried to look up."""
    from audit import subjects

    return list(subjects.describe([public_id])) if isinstance(public_id, uuid.UUID) else []


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a signed-in request, resolved once (audit.middleware.RequestContextMiddleware)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def staff_of(request: HttpRequest) -> int:
    """The id of the member of staff of a signed-in request. Raises RuntimeError where nobody is signed in."""
    return staff_id_of(actor_of(request))


def staff_id_of(actor: Actor) -> int:
    """The id of the member of staff who acts. Raises RuntimeError where nobody does."""
    if actor.staff_id is None:
        raise RuntimeError("nobody is signed in")
    return actor.staff_id


def require(
    actor: Actor, file: File, act: Act, office_id: int | None = None, *, subjects: Iterable[uuid.UUID] = ()
) -> None:
    """Refuse unless the actor holds the right (on the office, when one is named); the attempt goes into the log.

    Raises Forbidden.
    """
    right, people = Right(file, act), tuple(subjects)
    if not actor.may(right, office_id, people):
        raise refuse(actor, right, subjects=people)


def refuse(actor: Actor, right: Right, *, subjects: Iterable[uuid.UUID] = ()) -> Refused:
    """Log the refused attempt and return the refusal to raise."""
    people = tuple(subjects)
    return Refused(actor, right, people, access.record_refusal(actor, right, subjects=people))
