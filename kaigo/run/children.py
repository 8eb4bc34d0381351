"""Child processes: one at a time in the foreground, or several kept alive until we end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from kaigo.run.processes import open_log

TETHER = Path(__file__).with_name("tether.py")
LONGEST_BACK_OFF = 30.0  # seconds
SETTLED = 60.0  # seconds of life after which a death counts as the first again


def spawn(
    command: list[str],
    environment: Mapping[str, str],
    folder: Path,
    *,
    out: IO[bytes] | int | None = None,
    error: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program tied to our life, in a session of its own: Ctrl-C reaches us alone, and we stop in order."""
    tied = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *command]
    return subprocess.Popen(
        tied,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=error,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Ask the program to end, wait, and then end it with everything that it started."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    clear_group(process.pid)
    process.wait()


def clear_group(pid: int) -> None:
    """Kill what is left of a session whose leader is gone: workers of a killed server would keep its port."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


@dataclass
class Child:
    """A program that is started again when it dies, each time a little later."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    patience: float  # seconds it may take to end
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0
    due: float = 0.0

    def start(self) -> None:
        with open_log(self.log, self.name) as log:
            self.process = spawn(self.command, self.environment, self.folder, out=log, error=log)
        self.started = time.monotonic()

    def look(self, say: Callable[[str], None]) -> None:
        """Start it again when it is dead and its waiting time is over."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            clear_group(self.process.pid)
            self.deaths = 1 if now - self.started > SETTLED else self.deaths + 1
            wait = min(LONGEST_BACK_OFF, 0.5 * 2**self.deaths)
            self.due = now + wait
            code, log = self.process.returncode, self.log / f"{self.name}.log"
            say(f"{self.name} が止まりました（{code}）。{wait:.0f} 秒後に再起動します。ログ: {log}")
            self.process = None
        if self.process is None and now >= self.due:
            self.start()

    def stop(self) -> None:
        if self.process is not None:
            finish(self.process, self.patience)


@dataclass
class Crew:
    """Children in the order in which they start; they stop in the opposite order."""

    children: list[Child] = field(default_factory=list)

    def look(self, say: Callable[[str], None]) -> None:
        """Start what does not run: never started, or dead and its waiting time over."""
        for child in self.children:
            child.look(say)

    def stop(self) -> None:
        """Ask all at once, so that their times to end run side by side, then wait for each."""
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        for child in reversed(self.children):
            child.stop()
