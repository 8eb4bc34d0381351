"""Change history (変更履歴): every version of a row, with who, when and why, for bulk writes too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pghistory
import pgtrigger
from django.db import models

if TYPE_CHECKING:
    from audit.actor import Actor

M = TypeVar("M", bound=type[models.Model])


def tracked(*, exclude: tuple[str, ...] = ()) -> Callable[[M], M]:
    """Keep every version of a model's rows in an event table, by statement-level triggers.

    Statement level, because batches write these tables: one trigger call a statement instead of one a row.
    `exclude` names columns that are derived from the others (search keys).
    """
    decorate: Callable[[M], M] = pghistory.track(
        pghistory.InsertEvent(level=pgtrigger.Statement),
        pghistory.UpdateEvent(level=pgtrigger.Statement),
        pghistory.DeleteEvent(level=pgtrigger.Statement),
        exclude=list(exclude),
    )
    return decorate


@contextmanager
def recorded(actor: "Actor", reason: str, **more: Any) -> Iterator[None]:
    """Attach who, why and which request or job to every change of the block.

    Raises ValueError when nobody is named: an unattributed write cannot be made.
    """
    if actor.staff_id is None and actor.job_id is None and actor.client is None:
        raise ValueError("a write needs a member of staff or a job, or an API client")
    if actor.client is not None:
        more["client"] = str(actor.client)
    with pghistory.context(
        staff=actor.staff_id, staff_name=actor.name, job=actor.job_id, request=actor.request_id, reason=reason, **more
    ):
        yield
