"""Who acts: a member of staff in a request, or a job."""

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from audit.rights import Right

if TYPE_CHECKING:
    from audit.models import JobRun, Staff


@dataclass(frozen=True, slots=True)
class Actor:
    """The acting member of staff (職員) or job, with the rights resolved once a request.

    `scope` maps each right held to the ids of the offices that it is held on; a job acts with the
    rights that were checked when it was asked for and has an empty scope.
    """

    staff_id: int | None = None
    name: str = ""
    office_name: str = ""
    roles: tuple[str, ...] = ()
    scope: dict[Right, frozenset[int]] = field(default_factory=dict)
    address: str | None = None
    terminal: str = ""
    session: str = ""
    request_id: str | None = None
    route: str = ""
    job_id: int | None = None

    @classmethod
    def of(cls, staff: "Staff") -> "Actor":
        """The actor for a member of staff outside a request (commands, tests)."""
        from audit.permissions import held_rights

        return cls(
            staff_id=staff.pk,
            name=staff.name,
            office_name=staff.office.name,
            roles=tuple(sorted(group.name for group in staff.groups.all())),
            scope=held_rights(staff),
            request_id=str(uuid.uuid4()),
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

    def may(self, right: Right, office_id: int | None = None) -> bool:
        """Whether the right is held on the office (or on any, when none is named)."""
        offices = self.offices(right)
        return bool(offices) if office_id is None else office_id in offices
