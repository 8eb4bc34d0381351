"""bin/test: every static check, then pytest against its own PostgreSQL and Valkey under `var/test`."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from kaigo.common.refusal import Refusal
from kaigo.run import display, keys, services

PROJECT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {
    "KAIGO_INSECURE_HTTP": "0",
    "KAIGO_ALLOWED_HOSTS": "kaigo.example.lg.jp",
    "KAIGO_TRUSTED_ORIGINS": "https://kaigo.example.lg.jp",
}
EVERYDAY = "not bench and not slow"

HELP = """Runs every check of the project: ruff, format, mypy, djlint, import rules, migrations, deployment settings,
then pytest with real PostgreSQL, Valkey and browser. プロジェクトの検査をすべて行います。

bin/test              the static checks and the everyday tests
bin/test --all        also the tests marked slow and, at the end and by themselves, those marked bench
bin/test PATH ARG…    only pytest, one process, with these arguments"""


@dataclass(frozen=True)
class Check:
    """One command that must succeed; `extra` is added to its environment."""

    name: str
    command: tuple[str, ...]
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Result:
    name: str
    passed: bool
    seconds: float


def static_checks() -> list[Check]:
    python, manage = sys.executable, str(PROJECT / "manage.py")

    def tool(name: str) -> str:
        return str(Path(sys.executable).parent / name)

    return [
        Check("ruff check", (tool("ruff"), "check", "--quiet", ".")),
        Check("ruff format", (tool("ruff"), "format", "--check", "--quiet", ".")),
        Check("mypy", (tool("mypy"),)),
        Check("djlint format", (tool("djlint"), "--check", "templates")),
        Check("djlint lint", (tool("djlint"), "--lint", "templates")),
        Check("import rules", (tool("lint-imports"),)),
        Check("migrations", (python, manage, "makemigrations", "--check", "--dry-run")),
        Check(
            "deployment settings",
            (python, manage, "check", "--deploy", "--fail-level", "WARNING"),
            tuple(PRODUCTION.items()),
        ),
    ]


def run_check(check: Check, environment: Mapping[str, str]) -> Result:
    """Run one check and show its output only when it fails."""
    begun = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=PROJECT,
        env={**environment, **dict(check.extra)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    result = Result(check.name, done.returncode == 0, time.monotonic() - begun)
    display.line(describe(result))
    if not result.passed:
        display.line(done.stdout.rstrip())
    return result


def describe(result: Result) -> str:
    return f"{'ok  ' if result.passed else 'FAIL'} {result.name:<22}{result.seconds:6.1f} s"


def pytest_runs(everything: bool, arguments: list[str]) -> list[list[str]]:
    """Argument lists of the pytest runs. What measures speed runs last and by itself."""
    parallel = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]  # tests/conftest.py puts them in order
    if arguments:
        return [arguments]
    if everything:
        return [[*parallel, "-m", "not bench"], ["-m", "bench"]]
    return [[*parallel, "-m", EVERYDAY]]


def run_pytest(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run pytest in the foreground; Ctrl-C reaches it directly and it ends in its own order."""
    command = [sys.executable, "-m", "pytest", "-p", "kaigo.run.pytest_checks", *arguments]
    process = subprocess.Popen(command, cwd=PROJECT, env=dict(environment))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)


@contextmanager
def test_environment(var: Path) -> Iterator[dict[str, str]]:
    """The variables for checks and tests, and the servers behind them unless addresses are given."""
    database, broker = not os.environ.get("KAIGO_DATABASE_URL"), not os.environ.get("KAIGO_REDIS_URL")
    services.own_var(var.parent)
    services.own_var(var)
    (var / "static").mkdir(exist_ok=True)
    environment = {**os.environ, "KAIGO_VAR": str(var), "DJANGO_SETTINGS_MODULE": "kaigo.settings"}
    environment["KAIGO_DATABASE_AS"] = "owner"
    if not (database or broker):
        keys.load(var, data_exists=False)
        yield environment
        return
    with services.running(var, database=database, broker=broker, for_tests=True):
        yield environment


def everything_checked(options: argparse.Namespace, arguments: list[str], var: Path) -> int:
    """Checks and tests in order. The last line is pytest's own; the exit code tells of all."""
    with test_environment(var) as environment:
        results = [] if arguments else [run_check(check, environment) for check in static_checks()]
        notes = var / "checks.json"
        notes.write_text(json.dumps([describe(result) for result in results]), encoding="utf8")
        environment["KAIGO_CHECKS"] = str(notes)
        codes = [run_pytest(run, environment) for run in pytest_runs(options.all, arguments)]
    return int(any(codes) or not all(result.passed for result in results))


def end_on_signal(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser("bin/test", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="also what is marked slow or bench")
    options, arguments = parser.parse_known_args(given)
    signal.signal(signal.SIGTERM, end_on_signal)
    # Started in the background (sh -c 'bin/test &'), Ctrl-C is ignored, and the tests that send it would wait in vain.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    base = Path(os.environ.get("KAIGO_VAR") or PROJECT / "var").resolve()
    try:
        return everything_checked(options, arguments, base / "test")
    except Refusal as problem:
        display.refusal(problem)
        return 3
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
