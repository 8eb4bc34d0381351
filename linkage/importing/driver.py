"""The driver of every take-in: frame, repeats, rows, store, and the sum that must agree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from audit.actor import Actor
from audit.files import store_file
from audit.history import recorded
from audit.intake import About, Chunk, Counts
from audit.jobs import Issue, JobKind, Stage, Work, execute, request_job
from audit.models import JobFile, JobRun, Office
from audit.rights import File
from kaigo.common import clock
from kaigo.common.refusal import Refusal
from linkage.importing.ledger import refuse_repeats
from linkage.layouts import IncomingFile, RowIssue, get_layout, open_file, rows

CHUNK = 20_000  # rows between two looks at the progress
RETENTION = "incoming-file"

Store = Callable[[Work, About, Iterator[Chunk], Stage], Counts]


@dataclass(frozen=True, slots=True)
class Intake:
    """How one layout is taken in: its job kind and the room's store function."""

    kind: str
    label: str
    layout: str
    file: File
    store: Store

    def job_kind(self) -> JobKind:
        """The job kind of this take-in."""
        return JobKind(self.kind, f"{self.label}の取込", self.file, run=self.run)

    def run(self, work: Work) -> None:
        """Carry the job out: everything or nothing, and every row accounted for."""
        path = _allowed(Path(work.job.parameters["path"]))
        with work.stage("check", "ファイルの検査"):
            file = open_file(path, get_layout(self.layout), today=clock.today())
            refuse_repeats(file)
        with work.stage("keep", "原本の保管"):
            kept = store_file(path, path.name, "text/csv", RETENTION)
        with transaction.atomic(), recorded(work.actor, f"{self.label}の取込"):
            work.job.issues.all().delete()
            reading = Reading(file, work)
            about = About(file.created_on, file.is_full, file.layout.index)
            with work.stage("store", "読取りと登録", total=file.rows) as stage:
                counts = self.store(work, about, reading.chunks(stage), stage)
            reading.flush()
            _settle(work, file, counts, reading.refused)
            work.file(
                JobFile.Direction.IN,
                layout=self.layout,
                name=path.name,
                sha256=file.sha256,
                size=file.size,
                rows=file.rows,
                created_on=file.created_on,
                serial=file.serial,
                stored=kept,
            )


class Reading:
    """Hands out the good rows of a file in chunks and turns the bad ones into issues."""

    def __init__(self, file: IncomingFile, work: Work) -> None:
        self._file = file
        self._work = work
        self._bad: list[Issue] = []
        self.refused = 0

    def chunks(self, stage: Stage) -> Iterator[Chunk]:
        """Chunks of (line, values)."""
        chunk: Chunk = []
        for row in rows(self._file, today=clock.today()):
            if isinstance(row, RowIssue):
                self._bad.append(Issue(*row))
            else:
                chunk.append(row)
            if len(chunk) + len(self._bad) >= CHUNK:
                stage.advance(len(chunk) + len(self._bad))
                yield chunk
                chunk = []
                self.flush()
        stage.advance(len(chunk) + len(self._bad))
        if chunk:
            yield chunk
        self.flush()

    def flush(self) -> None:
        """Store the issues found since the last time."""
        self.refused += self._work.issues(self._bad)
        self._bad = []


def take_in(kind_name: str, path: Path, *, actor: Actor, office: Office) -> JobRun:
    """Ask for a take-in and carry it out at once. Raises Forbidden without the right."""
    job = request_job(
        actor,
        kind_name,
        office=office,
        period=path.stem.split("_")[1] if "_" in path.stem else "",
        parameters={"path": str(path)},
        enqueue=False,
    )
    return execute(str(job.public_id))


def _settle(work: Work, file: IncomingFile, counts: Counts, refused: int) -> None:
    refused += counts.refused
    if counts.stored + counts.unchanged + refused != file.rows:
        raise RuntimeError(f"rows do not add up: {counts} and {refused} refused of {file.rows}")
    work.save(
        counts={
            "読み込んだ行": file.rows,
            "登録": counts.stored,
            "変更なし": counts.unchanged,
            "受け付けなかった行": refused,
        }
    )


def _allowed(path: Path) -> Path:
    full = path if path.is_absolute() else settings.INBOX / path
    if not full.is_file():
        raise Refusal(
            "file-missing", "ファイルが見つかりません。", ways=("受信フォルダーにファイルがあるか確かめてください。",)
        )
    return full
