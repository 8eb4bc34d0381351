"""manage.py import_file: take one file in (連携ファイルの取込), as a member of staff."""

import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from audit.actor import Actor
from audit.models import JobRun, JobStage, Office, Staff
from kaigo.common.refusal import Refusal
from linkage.importing import COUNTED, take_in
from linkage.jobs import INTAKES

ISSUES_SHOWN = 20
WATCH_EVERY = 1.0  # seconds


class Command(BaseCommand):
    help = "連携ファイルを1つ取り込みます。行の問題は処理台帳に残り、はじめの数件を表示します。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="ファイル（住民記録・税・生活保護等・年金）")
        parser.add_argument("--staff", required=True, help="依頼する職員の利用者ID")

    def handle(self, *_args: Any, **options: Any) -> None:
        path, actor = options["path"], _actor(options["staff"])
        try:
            kind = kind_for(path)
            with self._watching(kind):
                job = take_in(kind, path, actor=actor, office=Office.objects.get(is_head=True))
        except Refusal as refusal:
            raise CommandError("\n".join([refusal.message, *refusal.ways])) from refusal
        if job.state != JobRun.State.DONE:
            raise CommandError(f"取り込めませんでした（処理番号{job.pk}）: {job.failure}")
        self._report(job)

    def _report(self, job: JobRun) -> None:
        self.stdout.write(f"取り込みました（処理番号{job.pk}）")
        for name in COUNTED:
            self.stdout.write(f"  {name}: {job.counts[name]:,}")
        for issue in job.issues.all()[:ISSUES_SHOWN]:
            self.stdout.write(f"  {issue.line}行目 {issue.field}: {issue.message}")
        if (rest := job.issues.count() - ISSUES_SHOWN) > 0:
            self.stdout.write(f"  ほか{rest:,}件（一括処理の画面で見られます）")

    @contextmanager
    def _watching(self, kind: str) -> Iterator[None]:
        """Show the stages of the newest job of the kind while it runs, from a connection of its own."""
        ended = threading.Event()
        last = JobRun.objects.filter(kind=kind).values_list("pk", flat=True).first() or 0
        watcher = threading.Thread(target=self._watch, args=(kind, last, ended), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def _watch(self, kind: str, last: int, ended: threading.Event) -> None:
        shown = ""
        while not ended.wait(WATCH_EVERY):
            stage = JobStage.objects.filter(job__kind=kind, job_id__gt=last).order_by("-id").first()
            line = f"{stage.label}: {stage.done:,} / {stage.total:,}" if stage else ""
            if line != shown:
                self.stderr.write(line)
                shown = line
        connection.close()


def kind_for(path: Path) -> str:
    """The job kind for a file, by the layout that its first line names. Raises Refusal when none takes it."""
    try:
        with path.open("rb") as source:
            first = source.readline(200).decode("utf8", errors="replace").split(",")
    except OSError as error:
        raise Refusal("file-missing", f"ファイルを開けません（{error.strerror}）。") from error
    for intake in INTAKES:
        if first[:2] == ["H", intake.layout]:
            return intake.kind
    raise Refusal(
        "file-control",
        "先頭の行から、どの連携ファイルか分かりません。",
        ways=("住民記録・税・生活保護等・年金のどれかのファイルを指定してください。",),
    )


def _actor(login: str) -> Actor:
    try:
        return Actor.of(Staff.objects.select_related("office").get(login=login))
    except Staff.DoesNotExist as error:
        raise CommandError("この利用者IDの職員はいません。") from error
