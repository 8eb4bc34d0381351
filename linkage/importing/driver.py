"""The driver of every take-in: frame, repeats, rows, store, and the sum that must agree."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from audit.actor import Actor
from audit.files import store_file
from audit.history import recorded
from audit.intake import About, Chunk, Counts, in_bulk
from audit.jobs import Issue, JobKind, Stage, Work, execute, request_job
from audit.models import JobFile, JobRun, Office, StoredFile
from audit.rights import File
from kaigo.common import clock
from kaigo.common.refusal import Refusal
from linkage import inbox
from linkage.importing.ledger import alone, refuse_repeats
from linkage.layouts import IncomingFile, RowIssue, get_layout, open_file, rows

CHUNK = 10_000  # rows between two looks at the progress
RETENTION = "incoming-file"
COUNTED = ("読み込んだ行", "登録", "変更なし", "受け付けなかった行")
"""What the counts of a take-in are called: the first is the sum of the others."""

Store = Callable[[Work, About, Iterator[Chunk]], Counts]


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
        """Carry the job out: everything or nothing, and every row accounted for.

        A job that was interrupted after its rows were committed has nothing left to do. Raises Refusal for a file
        that cannot be taken in as a whole.
        """
        if work.job.files.filter(direction=JobFile.Direction.IN).exists():
            return
        path = _file_of(work.job)
        with work.stage("check", "ファイルの検査"):
            file = open_file(path, get_layout(self.layout), today=clock.today())
            refuse_repeats(file)
        with work.stage("keep", "原本の保管"):
            kept = store_file(path, path.name, "text/csv", RETENTION)
        # The stage comes first: its row must be visible to those who watch while the transaction is open.
        with work.stage("store", "読取りと登録", total=file.rows) as stage, transaction.atomic():
            self._store(work, file, kept, stage)
        with suppress(OSError):  # the original is kept, encrypted; the plain one must not lie about
            path.unlink()

    def _store(self, work: Work, file: IncomingFile, kept: StoredFile, stage: Stage) -> None:
        with recorded(work.actor, f"{self.label}の取込"):
            alone(self.layout)
            refuse_repeats(file)
            in_bulk()
            work.job.issues.all().delete()
            reading = Reading(file, work)
            about = About(file.created_on, file.is_full, file.layout.index)
            counts = self.store(work, about, reading.chunks(stage))
            _clear_tables()
            _settle(work, file, counts, reading.refused)
            work.file(
                JobFile.Direction.IN,
                layout=self.layout,
                name=file.path.name,
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
        self.refused = 0

    def chunks(self, stage: Stage) -> Iterator[Chunk]:
        """Chunks of (line, values); a chunk with nothing usable is not handed out."""
        good: Chunk = []
        bad: list[Issue] = []
        for row in rows(self._file, today=clock.today()):
            if isinstance(row, RowIssue):
                bad.append(Issue(*row))
            else:
                good.append(row)
            if len(good) + len(bad) >= CHUNK:
                yield from self._hand_out(good, bad, stage)
                good, bad = [], []
        yield from self._hand_out(good, bad, stage)

    def _hand_out(self, good: Chunk, bad: list[Issue], stage: Stage) -> Iterator[Chunk]:
        self.refused += self._work.issues(bad)
        if good:
            yield good
        stage.advance(len(good) + len(bad))


def take_in(kind_name: str, path: Path, *, actor: Actor, office: Office) -> JobRun:
    """Ask for a take-in and carry it out at once; a file that lies elsewhere is brought into the inbox first.

    The file is gone from the inbox once its rows are stored; one elsewhere stays where it is. Raises Forbidden
    without the right and Refusal for a path without a file; a file that is refused leaves a failed job.
    """
    job = request_job(
        actor,
        kind_name,
        office=office,
        period=inbox.day_in_name(path.name),
        parameters={"path": inbox.bring(path)},
        enqueue=False,
    )
    return execute(str(job.public_id))


def _file_of(job: JobRun) -> Path:
    if job.parameters.get("due"):
        raise Refusal(
            "file-not-arrived",
            "今週の税ファイルが届いていません。",
            ways=("提供元に送信を確かめ、届いたら「一括処理」から取込みを依頼してください。",),
        )
    return inbox.incoming(str(job.parameters.get("path", "")))


def _clear_tables() -> None:
    """Staged rows go as soon as they are stored: a caller's transaction may live on and take in another file."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD TEMP")


def _settle(work: Work, file: IncomingFile, counts: Counts, refused: int) -> None:
    refused += counts.refused
    if counts.stored + counts.unchanged + refused != file.rows:
        raise RuntimeError(f"rows do not add up: {counts} and {refused} refused of {file.rows}")
    work.save(counts=dict(zip(COUNTED, (file.rows, counts.stored, counts.unchanged, refused), strict=True)))
