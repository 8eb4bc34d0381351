"""manage.py begin_log_epoch: after a dump was restored into another cluster, before anybody signs in."""

from typing import Any

from django.core.management.base import BaseCommand

from audit.sealing.seals import begin_epoch


class Command(BaseCommand):
    """Rows from now on stand after all earlier ones, although the new cluster counts transactions from one."""

    help = "別のサーバーへ復元した後に一度だけ、データベースの所有者（KAIGO_DATABASE_AS=owner）で実行する。"

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"アクセス記録の時期は {begin_epoch()} です。")
