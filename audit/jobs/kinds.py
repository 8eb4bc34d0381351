"""The kinds of batches; each room registers its own in `AppConfig.ready`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.rights import File

if TYPE_CHECKING:
    from audit.jobs.work import Work
    from audit.models import JobRun

Handler = Callable[["Work"], None]


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of batch.

    `run` does the whole work; when `commit` is given, `run` is the preview (仮実行), the job then waits for a
    second person, `commit` puts exactly the previewed result in force and `discard` clears away a preview that
    nobody wants. `settled` looks at a finished preview: where nothing is left to approve, it gives the state in which
    the job ends by itself and the words that say why. `page` gives the address of the kind's own screen for a job,
    where it has one. `file` is the personal-information file whose RUN and DECIDE rights are needed.
    """

    name: str
    label: str
    file: File
    run: Handler
    commit: Handler | None = None
    discard: Handler | None = None
    settled: Callable[["JobRun"], tuple[str, str] | None] | None = None
    queue: str = "batch"
    page: Callable[["JobRun"], str] | None = None

    @property
    def needs_approval(self) -> bool:
        return self.commit is not None


_KINDS: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Make a kind known. Raises ValueError when the name is taken by another kind."""
    if _KINDS.setdefault(kind.name, kind) != kind:
        raise ValueError(f"job kind {kind.name} is registered twice")


def kind_of(name: str) -> JobKind:
    """The kind called `name`. Raises KeyError for an unknown one."""
    return _KINDS[name]


def kinds() -> list[JobKind]:
    """All kinds, by label."""
    return sorted(_KINDS.values(), key=lambda kind: kind.label)
