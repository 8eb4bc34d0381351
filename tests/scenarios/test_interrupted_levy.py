"""本算定 broken off in the middle: the worker killed, PostgreSQL killed, the disk full. The outcome is the same bytes.

A cluster of its own; each scenario works on a copy of the same prepared database, with a real Celery worker.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from kaigo.run import postgres, services
from tests.run.conftest import discard

pytestmark = pytest.mark.services

PROJECT = Path(__file__).resolve().parents[2]
INSURED, CHUNK, PAUSE = 1_500, 100, 0.2
CHUNKS_BEFORE = 4  # written before the disturbance
DISK = 420  # MiB, of the small file system
SMALL = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system; root's runs show it")


class Installation:
    """Servers under a folder of their own, and processes that work on one database in them."""

    def __init__(self, folder):
        self.folder, self.var, self.workers = folder, folder / "var", []
        self.start()

    def start(self):
        self.endpoints = services.ensure_running(self.var, for_tests=True)

    def database(self, name, role="database_url"):
        return getattr(self.endpoints, role).replace("/kaigo?", f"/{name}?")

    def environment(self, name):
        clean = {key: value for key, value in os.environ.items() if not key.startswith("KAIGO_")}
        return clean | {
            "KAIGO_VAR": str(self.var),
            "KAIGO_DATABASE_URL": self.database(name),
            "KAIGO_DATABASE_OWNER_URL": self.database(name, "database_owner_url"),
            "KAIGO_REDIS_URL": self.endpoints.redis_url,
            "KAIGO_INSECURE_HTTP": "1",
            "KAIGO_ALLOWED_HOSTS": "localhost",
            "PYTHONPATH": str(PROJECT),
        }

    def hand(self, name, *words):
        self._run([sys.executable, "-m", "tests.scenarios.levy_hand", *map(str, words)], self.environment(name))

    def _run(self, command, environment):
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]

    def migrate(self):
        owner = self.environment("kaigo") | {"KAIGO_DATABASE_AS": "owner"}
        self._run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], owner)

    def copy(self, name):
        """A copy of the prepared database under another name."""
        with psycopg.connect(self.database("postgres", "database_owner_url"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE kaigo")
        return name

    def worker(self, name):
        """A Celery worker of this database; its words go into the folder."""
        with (self.folder / f"{name}.log").open("a") as log:
            command = [sys.executable, "-m", "tests.scenarios.levy_hand", "work", str(CHUNK), str(PAUSE)]
            process = subprocess.Popen(
                command, cwd=PROJECT, env=self.environment(name), stdout=log, stderr=log, start_new_session=True
            )
        self.workers.append(process)
        return process

    def state(self, name):
        """State of the levy job and how many chunks are committed; nothing while the database is away."""
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.database(name)) as connection:
            row = connection.execute(
                "SELECT state, coalesce((watermark->>'read')::int, 0) / %s FROM audit_jobrun WHERE kind = 'levy-yearly'",
                [CHUNK],
            ).fetchone()
            return row or ("", 0)
        return "", 0

    def wait(self, name, reached, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = self.state(name)
            if reached(*state):
                return state
            time.sleep(0.05)
        log = (self.folder / f"{name}.log").read_text()[-3000:]
        raise AssertionError(f"the levy stands at {state} after {seconds} s\n{log}")

    def begun(self, name):
        """A levy in the middle of its preview, and the worker that carries it out."""
        self.hand(name, "ask")
        worker = self.worker(name)
        self.wait(name, lambda state, chunks: chunks >= CHUNKS_BEFORE)
        return worker

    def ended(self, name):
        """Go on with a new worker, approve, commit; the bytes of the ledger."""
        before = self.state(name)[1]
        worker = self.worker(name)
        self.hand(name, "go-on")
        self.wait(name, lambda state, chunks: state == "waiting")
        assert CHUNKS_BEFORE <= before < INSURED // CHUNK  # it was broken off in the middle, and that part was kept
        kill(worker)  # the broker is the installation's: a worker left behind would take the next scenario's job
        return self.ledger(name, "finish")

    def ledger(self, name, how):
        path = self.folder / f"{name}.csv"
        self.hand(name, how, path)
        return path.read_bytes()

    def close(self):
        for worker in self.workers:
            kill(worker)
        discard(self.var)


def kill(process):
    """No farewell: what a power cut leaves."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_postgres(installation):
    found = services._places(installation.var)
    pid = postgres.running_pid(found)
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while postgres.running_pid(found) and time.monotonic() < deadline:
        time.sleep(0.05)


@contextlib.contextmanager
def folder_for_servers():
    path = Path(tempfile.mkdtemp(prefix="kaigo-levy-", dir="/tmp"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def installation():
    with folder_for_servers() as folder:
        found = Installation(folder)
        try:
            found.migrate()
            found.hand("kaigo", "build", INSURED)
            yield found
        finally:
            found.close()


@pytest.fixture(scope="module")
def expected(installation):
    """The ledger of a levy that nothing disturbed."""
    ledger = installation.ledger(installation.copy("undisturbed"), "undisturbed")
    assert ledger.count(b"\r\n") == INSURED + 1
    return ledger


def test_the_worker_is_killed(installation, expected):
    name = installation.copy("worker_killed")
    kill(installation.begun(name))
    assert installation.ended(name) == expected


def test_the_worker_is_killed_again_and_again(installation, expected):
    name = installation.copy("worker_killed_often")
    kill(installation.begun(name))
    for chunks in (7, 10):
        worker = installation.worker(name)
        installation.hand(name, "go-on")
        installation.wait(name, lambda state, done, wanted=chunks: done >= wanted)
        kill(worker)
    assert installation.ended(name) == expected


def test_postgres_is_killed(installation, expected):
    name = installation.copy("postgres_killed")
    worker = installation.begun(name)
    kill_postgres(installation)
    time.sleep(2 * PAUSE)
    kill(worker)
    installation.start()
    assert installation.ended(name) == expected


class SmallDisk:
    """PostgreSQL's data on a file system of its own that can be filled up."""

    def __init__(self, installation):
        self.data = installation.var / "postgres"
        self.ballast = self.data / "ballast"
        owner = self.data.stat()
        kept = self.data.rename(self.data.with_name("postgres.kept"))
        self.data.mkdir()
        options = f"size={DISK}m,mode=0700,uid={owner.st_uid},gid={owner.st_gid}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.data], check=True)
        subprocess.run(["cp", "-a", f"{kept}/.", self.data], check=True)

    def fill(self):
        with contextlib.suppress(OSError), self.ballast.open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(1 << 16))
        with contextlib.suppress(OSError), self.ballast.open("ab", buffering=0) as ballast:
            while True:
                ballast.write(bytes(1 << 12))

    def make_room(self):
        self.ballast.unlink()

    def unmount(self):
        subprocess.run(["umount", "--lazy", self.data], check=True)


@SMALL
def test_the_disk_is_full(installation, expected):
    with folder_for_servers() as folder:
        other = Installation(folder)
        other.migrate()
        other.hand("kaigo", "build", INSURED)
        services.stop(other.var)
        disk = SmallDisk(other)
        try:
            other.start()
            name = other.copy("disk_full")
            worker = other.begun(name)
            disk.fill()
            wrong = f"{name}.log"
            deadline = time.monotonic() + 30
            while "No space left" not in said(other, wrong) and time.monotonic() < deadline:
                time.sleep(0.1)
            assert "No space left" in said(other, wrong)
            kill(worker)
            disk.make_room()
            other.start()
            assert other.ended(name) == expected
        finally:
            other.close()
            disk.unmount()


def said(installation, log):
    """What the worker and PostgreSQL have written so far."""
    return "".join(
        path.read_text(errors="replace")
        for path in (installation.folder / log, *installation.var.glob("log/postgres*"))
        if path.is_file()
    )
