"""First set-up of offices, roles and accounts."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from audit.services import bootstrap


class Command(BaseCommand):
    help = "事務所・役割・職員アカウントを作ります（すでにあれば何もしません）。パスワードは一度だけ表示します。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="機械が読む形で出力する")

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = bootstrap()
        if options["json"]:
            self.stdout.write(
                json.dumps({"created": bool(accounts), "accounts": [asdict(a) for a in accounts]}, ensure_ascii=False)
            )
            return
        for account in accounts:
            self.stdout.write(f"{account.login:<12}{account.password:<20}{account.role}（{account.office}）")
        if not accounts:
            self.stdout.write("アカウントはすでにあります。")
