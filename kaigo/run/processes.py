"""Small questions about processes and log files."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

LOG_LIMIT = 10 * 1024 * 1024  # bytes; a log that has passed it is set aside at the next start


class Interrupted(BaseException):
    """A signal asks us to end; whatever is under way is stopped in order."""


def alive(pid: int) -> bool:
    """Whether the process runs; a killed one that nobody has reaped yet (a zombie) does not count."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}


def working_folder(pid: int) -> Path | None:
    """The process's working folder, None when it is gone or not ours to see."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        return None


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Whether the condition came true within that many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def end(pid: int, steps: tuple[tuple[signal.Signals, float], ...]) -> bool:
    """Send the signals one after another, waiting so many seconds after each, until the process is gone."""
    for number, seconds in steps:
        if not alive(pid):
            return True
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        if wait_until(lambda: not alive(pid), seconds):
            return True
    return not alive(pid)


def open_log(folder: Path, name: str) -> IO[bytes]:
    """The log file `name`.log for appending; the previous one is kept as `name`.log.1 once it is large."""
    path = folder / f"{name}.log"
    if path.is_file() and path.stat().st_size > LOG_LIMIT:
        path.replace(folder / f"{name}.log.1")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(handle, "ab")


def log_size(folder: Path, name: str) -> int:
    """Bytes in a log, to read later only what has come since."""
    path = folder / f"{name}.log"
    return path.stat().st_size if path.is_file() else 0


def tail(folder: Path, name: str, *, since: int = 0, lines: int = 8) -> str:
    """The last lines of a log, of what was written after its first `since` bytes."""
    try:
        text = (folder / f"{name}.log").read_bytes()[since:].decode("utf8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
