"""manage.py levy_export: the ledger of a year's levy, for comparison."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from audit import access
from audit.actor import Actor
from audit.rights import Act, File
from levy.export import persons, write_ledger


class Command(BaseCommand):
    help = "確定した賦課決定を被保険者番号順のCSV（UTF-8）で書き出します。個人情報を含みます。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--year", type=int, required=True, help="賦課年度（西暦）")
        parser.add_argument("--output", type=Path, help="出力先（省略時は標準出力）")

    def handle(self, *_args: Any, **options: Any) -> None:
        # first the log, then the file: what cannot be logged is not written out
        operator, year = Actor(name="運用コマンド"), options["year"]
        access.write_many(operator, File.LEVY, Act.EXPORT, persons(year), items=("賦課",), reason="levy_export")
        if options["output"]:
            with open(options["output"], "w", encoding="utf-8", newline="", opener=_private) as out:
                write_ledger(year, out)
        else:
            sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
            write_ledger(year, sys.stdout)


def _private(path: str, flags: int) -> int:
    """The file holds personal information: only its owner may read it."""
    return os.open(path, flags, 0o600)
