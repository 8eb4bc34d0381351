"""How a previewed job gets its second person: the approval routes (決裁) take this place when they are there."""

from typing import Protocol

from audit.actor import Actor
from audit.models import JobRun


class Approval(Protocol):
    """What decides on jobs that wait."""

    def asked(self, job: JobRun) -> None:
        """The preview is done: send it round."""

    def approve(self, actor: Actor, job: JobRun) -> None:
        """The person approves at the current step. The last approval calls `audit.jobs.services.approved`."""

    def ended(self, actor: Actor, job: JobRun) -> None:
        """The job was cancelled: nothing is to be decided any more."""


_APPROVAL: list[Approval] = []


def provide(approval: Approval) -> None:
    """Name what decides; called once, when the applications are ready."""
    _APPROVAL[:] = [approval]


def approval() -> Approval:
    """What decides on jobs. Raises IndexError when nothing was named: then no job can be approved."""
    return _APPROVAL[0]
