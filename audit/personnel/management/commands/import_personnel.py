"""manage.py import_personnel FILE --as LOGIN: ask for the take-in of a personnel file from the command line."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.actor import Actor
from audit.jobs import execute
from audit.models import Staff
from audit.personnel.intake import request_import
from kaigo.common.refusal import Refusal


class Command(BaseCommand):
    """The same act as on the screen: the preview runs, and a second person approves it there."""

    help = "人事情報ファイルの取込みを依頼し、仮実行まで行う。承認は画面で別の職員が行う。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="人事情報ファイル（CSV）")
        parser.add_argument("--as", dest="login", required=True, help="依頼する職員の利用者ID")

    def handle(self, *args: Any, **options: Any) -> None:
        staff = Staff.objects.filter(login=options["login"]).first()
        if staff is None:
            raise CommandError("この利用者IDの登録はありません。")
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError("ファイルを読めません。") from error
        try:
            job = execute(str(request_import(Actor.of(staff), content, enqueue=False).public_id))
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        for name, count in job.counts.items():
            self.stdout.write(f"{name:<12}{count:>6}")
        self.stdout.write(f"{job.get_state_display()}　{job.public_id}")
