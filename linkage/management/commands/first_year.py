"""The first year of an office in one command, with progress and a table of the outcome."""

import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from audit.models import JobRun, JobStage
from kaigo.common.refusal import Refusal
from levy.models import LevyRun
from levy.queries import run_summary
from linkage.first_year import FirstYear, Step
from linkage.outcome import outcome


class Command(BaseCommand):
    help = "連携ファイルの取込みから本算定・納入通知書の見本まで、一年度分の処理を続けて行います。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--city", type=Path, required=True, help="連携ファイルのあるフォルダー")
        parser.add_argument("--year", type=int, default=2026, help="賦課年度（西暦）")
        parser.add_argument("--sample", type=int, default=20, help="見本として作る納入通知書の部数")

    def handle(self, *_args: Any, **options: Any) -> None:
        progress = Progress(sys.stderr)
        year = FirstYear(options["city"].resolve(), options["year"], options["sample"], progress.watch)
        steps: list[Step] = []
        try:
            for step in year.steps():
                steps.append(step)
                progress.finished(step)
        except Refusal as refusal:
            raise CommandError("\n".join([refusal.message, *refusal.ways])) from refusal
        run = LevyRun.objects.get(fiscal_year=options["year"], state=LevyRun.State.COMMITTED)
        summary = run_summary(run)
        if summary is None:
            raise CommandError("本算定の集計がありません。")
        for line in outcome(steps, run, summary):
            self.stdout.write(line)


class Progress:
    """Plain lines, redrawn in place on a terminal. Reads the job ledger, as the screens do."""

    EVERY = {True: 0.5, False: 5.0}  # seconds between two looks, on a terminal and in a log

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._redraw = out.isatty()

    @contextmanager
    def watch(self, label: str, job: JobRun | None) -> Iterator[None]:
        """Show the stages of a job, or of the job that the block begins, until the block ends."""
        done = threading.Event()
        since = JobRun.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        watcher = threading.Thread(target=self._follow, args=(label, job.pk if job else None, since, done), daemon=True)
        self._line(f"{label} …")
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def finished(self, step: Step) -> None:
        """One line for a step that is over."""
        said = "済み（とばしました）" if step.seconds is None else f"{step.seconds:.1f}秒"
        self._line(f"{step.label}: {said}", last=True)

    def _follow(self, label: str, job: int | None, since: int, done: threading.Event) -> None:
        try:
            while not done.wait(self.EVERY[self._redraw]):
                if stage := self._stage(job, since):
                    share = f"{stage.done:,} / {stage.total:,}" if stage.total else ""
                    self._line(f"{label}: {stage.label} {share}{self._left(stage)}")
        finally:
            connection.close()

    def _stage(self, job: int | None, since: int) -> JobStage | None:
        stages = JobStage.objects.filter(finished_at=None)
        stages = stages.filter(job=job) if job else stages.filter(job__gt=since)
        return stages.order_by("-pk").first()

    def _left(self, stage: JobStage) -> str:
        """The seconds left, as far as they can be told from the pace so far."""
        if not stage.done or stage.total <= stage.done:
            return ""
        gone = time.time() - stage.started_at.timestamp()
        return f"（残り約{gone / stage.done * (stage.total - stage.done):.0f}秒）"

    def _line(self, text: str, *, last: bool = False) -> None:
        if self._redraw:
            self._out.write(f"\r\x1b[K{text}" + ("\n" if last else ""))
        else:
            self._out.write(text + "\n")
        self._out.flush()
