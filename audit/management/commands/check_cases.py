"""manage.py check_cases: run the examples of the rules through the functions that the system uses."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kaigo.common import cases


class Command(BaseCommand):
    """Shipped cases without arguments; any file or folder otherwise. Exit code 1 on a difference."""

    help = "事例ファイル（YAML）を、システムが使う規則そのもので確かめる。違いがあれば終了コード1。"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="*", type=Path, metavar="PATH", help="事例ファイルかフォルダー（省略時は同梱の事例）"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        paths = options["paths"]
        run = different = broken = 0
        for path in paths or cases.shipped_folders():
            found, problems = self._read(path)
            for case in found:
                same = self._one(case, problems, office=bool(paths))
                run += 1
                different += same is False
            for problem in problems:
                self.stderr.write(self.style.ERROR(f"誤り  {problem.message}"))
            broken += len(problems)
        summary = f"事例 {run}件、一致 {run - different}件、相違 {different}件、形の誤り {broken}件"
        if different or broken or not run:
            raise CommandError(summary, returncode=1)
        self.stdout.write(self.style.SUCCESS(summary))

    def _read(self, path: Path) -> tuple[list[cases.Case], list[cases.CaseError]]:
        try:
            files = cases.case_files(path)
        except cases.CaseError as error:
            return [], [error]
        read = [cases.read_cases(file) for file in files]
        return [case for found, _ in read for case in found], [problem for _, wrong in read for problem in wrong]

    def _one(self, case: cases.Case, problems: list[cases.CaseError], *, office: bool) -> bool | None:
        """True as expected, False different, None malformed (then added to the problems)."""
        try:
            outcome = cases.run(case, office=office)
        except cases.CaseError as error:
            problems.append(error)
            return None
        if outcome.differences:
            self._show(outcome)
        return not outcome.differences

    def _show(self, outcome: cases.Outcome) -> None:
        write = self.stdout.write
        write(self.style.WARNING(f"相違  {outcome.case.where}（出典 {outcome.case.source}）"))
        for item in outcome.differences:
            write(f"      {item.item}: 期待 {_text(item.expected)} → 結果 {_text(item.actual)}")
        for number, step in enumerate(outcome.steps, 1):
            write(f"      {number}. {step.title}: {step.sentence}〔{step.article}〕")


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    return "なし" if value is None else str(value)
