"""Serving: web server, worker and beat, kept alive together with the embedded servers until a signal comes."""

import fcntl
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kaigo.common.refusal import Refusal
from kaigo.run import display, services
from kaigo.run.children import Child, Crew
from kaigo.run.options import DEFAULT_PORT
from kaigo.run.processes import tail

HOST = "127.0.0.1"
READY_SECONDS = 60.0
GIVE_UP_AFTER = 4  # deaths of the web server before it has ever answered


@dataclass(frozen=True)
class Context:
    """What the processes of the site need; `database` and `broker` say which servers are the embedded ones."""

    environment: Mapping[str, str]
    project: Path
    var: Path
    database: bool
    broker: bool


def free_port(wanted: int | None) -> int:
    """The wanted port, or the first free one from the usual. Raises Refusal when the wanted one is taken."""
    if wanted is not None:
        if not _free(wanted):
            raise Refusal(
                "port-taken",
                f"ポート {wanted} はほかのプログラムが使っているか、使う権限がありません。",
                ways=("--port で別の番号を指定する。", "--port を付けずに起動する（空きを探します）。"),
            )
        return wanted
    for port in range(DEFAULT_PORT, DEFAULT_PORT + 1000):
        if _free(port):
            return port
    raise Refusal("no-port", "空いているポートが見つかりません。", ways=("--port で番号を指定する。",))


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections just ended do not count
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """One site an installation. Raises Refusal, with the address, when it is being served already."""
    services.own_var(var)
    path = var / "site.lock"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = path.read_text().strip()
            raise Refusal(
                "already-served",
                f"このフォルダーの bin/run はすでに動いています。{where}",
                ways=("その画面を使うか、動いている bin/run を Ctrl-C で止めてから起動する。",),
            ) from None
        path.write_text("")
        try:
            yield
        finally:
            path.write_text("")


def crew(context: Context, port: int) -> Crew:
    """Web server (threads bounded: each holds a database connection), worker for both queues, and beat."""
    python = sys.executable
    web = [python, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--no-ws"]
    web += ["--workers", "2", "--blocking-threads", "4", "--backpressure", "64", "--respawn-failed-workers"]
    web += ["--workers-kill-timeout", "10", "kaigo.wsgi:application"]
    worker = [python, "-m", "celery", "-A", "kaigo", "worker", "-Q", "interactive,batch", "-c", "2"]
    worker += ["-n", "kaigo@%h", "--without-mingle", "--without-gossip", "--loglevel", "INFO"]
    schedule = context.var / "beat" / "schedule"
    schedule.parent.mkdir(mode=0o700, exist_ok=True)
    beat = [python, "-m", "celery", "-A", "kaigo", "beat", "-s", str(schedule), "--pidfile=", "--loglevel", "INFO"]

    def child(name: str, command: list[str], patience: float) -> Child:
        return Child(name, command, context.environment, context.project, context.var / "log", patience)

    # A batch that is cut short goes on from its watermark, so the worker gets no more than some seconds.
    return Crew([child("web", web, 12.0), child("worker", worker, 15.0), child("beat", beat, 5.0)])


def serve(context: Context, port: int) -> None:
    """Run the site until a signal raises in here; then stop its processes in order."""
    staff = crew(context, port)
    web, address = staff.children[0], f"http://{HOST}:{port}/"
    try:
        web.start()
        wait_for_answer(context, web, address)  # the others start later: they would make people wait for the site
        staff.look(display.line)
        (context.var / "site.lock").write_text(address + "\n")
        greet(address, context.var)
        while True:
            time.sleep(1.0)
            staff.look(display.line)
            mend_servers(context)
    finally:
        display.line("\n終了しています…")
        staff.stop()


def greet(address: str, var: Path) -> None:
    display.line()
    display.line(f"  介護保険システム: {address}")
    display.line(
        "  アカウント: 最初の起動で表示したもの（忘れたとき: .venv/bin/python manage.py changepassword 利用者ID）"
    )
    display.line(f"  ログ: {var / 'log'}    終了: Ctrl-C")


def wait_for_answer(context: Context, web: Child, address: str) -> None:
    """Until the site answers from the database. Raises Refusal with the log when it does not."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and web.deaths < GIVE_UP_AFTER:
        try:
            with opener.open(address + "healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        web.look(display.line)
    raise Refusal(
        "site-silent",
        "サイトが応答しません。ログの終わり:\n" + tail(context.var / "log", "web", lines=15),
        ways=(f"{context.var / 'log' / 'web.log'} を見る。",),
    )


def mend_servers(context: Context) -> None:
    """Start an embedded server again that has died."""
    fallen = services.down(context.var, database=context.database, broker=context.broker)
    if fallen:
        display.line(f"{'・'.join(fallen)} が止まったので、再起動します。")
        services.ensure_running(context.var, database=context.database, broker=context.broker)
