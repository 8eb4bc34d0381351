"""Who acts: a member of staff in a request, another system through the API, or a job."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from audit.exceptions import NONE, Exceptional, held_by
from audit.rights import Act, Right

if TYPE_CHECKING:
    from audit.models import JobRun, Staff


@dataclass(frozen=True, slots=True)
class Actor:
    """The acting member of staff (職員) or job, with the rights resolved once a request.

    `scope` maps each right held to the ids of the offices that it is held on; a job acts with the
    rights that were checked when it was asked for and has an empty scope. `client` is the API client
    (API利用者) that calls, by its public id: no member of staff, the rights of its scopes.
    """

    staff_id: int | None = None
    name: str = ""
    office_name: str = ""
    roles: tuple[str, ...] = ()
    scope: dict[Right, frozenset[int]] = field(default_factory=dict)
    exceptional: Exceptional = NONE
    address: str | None = None
    terminal: str = ""
    session: str = ""
    request_id: str | None = None
    route: str = ""
    job_id: int | None = None
    client: UUID | None = None

    @classmethod
    def of(cls, staff: "Staff", **where: Any) -> "Actor":
        """The actor for a member of staff: their rights of this moment, and `where` they act (address, session …)."""
        from audit.permissions import held_roles

        return cls(
            staff_id=staff.pk,
            name=staff.name,
            office_name=staff.office.name,
            roles=held_roles(staff),
            **_rights_of(staff),
            **({"request_id": str(uuid.uuid4())} | where),
        )

    @classmethod
    def of_calendar(cls) -> "Actor":
        """The actor of a scheduled batch (定時処理): no member of staff and no right."""
        return cls(name="定時処理")

    @classmethod
    def of_job(cls, job: "JobRun") -> "Actor":
        """The actor for the work of a job: attributed to the job and to whoever asked for it."""
        return cls(
            staff_id=job.requested_by_id, name=job.requested_by.name if job.requested_by else "定時処理", job_id=job.pk
        )

    def offices(self, right: Right) -> frozenset[int]:
        """The ids of the offices on which the right is held; empty when it is not held at all."""
        return self.scope.get(right, frozenset())

    def may(self, right: Right, office_id: int | None = None, subjects: Collection[UUID] = ()) -> bool:
        """Whether the right is held on the office (or on any, when none is named).

        Who holds the right to view on some office may also view the `subjects` that they were let read (他所属の照会).
        """
        offices = self.offices(right)
        if office_id is None or office_id in offices:
            return bool(offices)
        return bool(offices) and right.act is Act.VIEW and self._let_read(subjects)

    def ground_for(self, right: Right, subjects: Collection[UUID]) -> tuple[str, str]:
        """On what an access rests, for the log: (`cross_office` or `emergency`, the reason given), or two blanks.

        Emergency rights mark every access of their kind while they last, also to the person's own office.
        """
        if self._let_read(subjects):
            return "cross_office", self.exceptional.readings[next(iter(subjects))]
        if right in self.exceptional.emergency:
            return "emergency", self.exceptional.emergency_reason
        return "", ""

    def _let_read(self, subjects: Collection[UUID]) -> bool:
        return bool(subjects) and all(subject in self.exceptional.readings for subject in subjects)


def _rights_of(staff: "Staff") -> dict[str, Any]:
    """The scope of a member of staff with what emergency access adds, and the exceptions."""
    from audit.permissions import held_rights

    standing = held_rights(staff)
    exceptional = held_by(staff) if standing else NONE
    scope = dict(standing)
    for right, offices in exceptional.emergency.items():
        scope[right] = scope.get(right, frozenset()) | offices
    return {"scope": scope, "exceptional": exceptional}
