"""The embedded servers as one thing: start both, stop both, and know who still uses them."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from kaigo.common.refusal import Refusal
from kaigo.run import keys, postgres, valkey
from kaigo.run.places import Places, places, prepare_var

FILE = "services.json"
# Everything that a run puts under `var/` except its logs and locks and the tests' own folder.
BELONGINGS = (
    *("postgres", "postgres.new", "valkey", "beat", "city", "storage", "inbox", "static"),
    *("secrets.json", "services.json", "state.json"),
)


@dataclass(frozen=True)
class Endpoints:
    """Addresses of the embedded servers, as settings read them; empty where none was started."""

    database_url: str = ""
    database_owner_url: str = ""
    database_report_url: str = ""
    redis_url: str = ""


def ensure_running(var: Path, *, database: bool = True, broker: bool = True, for_tests: bool = False) -> Endpoints:
    """Have the embedded servers of this installation running and return their addresses.

    Starts what is down, adopts what is up; two starters at once wait for each other and get the same servers.
    `for_tests` lets the owner role create databases. The addresses are also written to `var/services.json`,
    the secrets to `var/secrets.json`, both mode 0600. Raises Refusal with what to do when it cannot be done.
    """
    found = _places(var)
    with _start_lock(found):
        return _start(found, database=database, broker=broker, for_tests=for_tests)


def stop(var: Path) -> None:
    """Stop the embedded servers of this installation, whoever started them."""
    found = _places(var)
    with _start_lock(found):
        _stop(found)


def down(var: Path, *, database: bool = True, broker: bool = True) -> list[str]:
    """Names of the embedded servers that should answer and do not."""
    found = _places(var)
    names = []
    if database and postgres.running_pid(found) is None:
        names.append("PostgreSQL")
    if broker and not valkey.ask(found, "PING"):
        names.append("Valkey")
    return names


def wipe(var: Path) -> None:
    """Stop the servers and remove this installation's data and secrets; what else lies in `var` stays.

    Raises Refusal while another process holds the servers.
    """
    found = _places(var)
    with _open_lock(found.var / "services.users") as users, _start_lock(found):
        if not _alone(users):
            raise Refusal(
                "in-use",
                "ほかの bin/run がこのデータを使っています。",
                ways=("動いている bin/run を Ctrl-C で止めてから、もう一度行う。",),
            )
        _stop(found)
        for name in BELONGINGS:
            _remove(found.var / name)
        _remove(found.data)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def moved_to(var: Path) -> Path | None:
    """Where the database lies when root's project is out of reach for PostgreSQL's account."""
    found = _places(var)
    return found.data.parent if found.moved else None


def own_var(var: Path) -> None:
    """Make `var` and its log folder. Raises Refusal when they are somebody else's."""
    prepare_var(var.resolve())


@contextmanager
def running(var: Path, *, database: bool = True, broker: bool = True, for_tests: bool = False) -> Iterator[Endpoints]:
    """The servers for as long as the block lasts; the last of several users stops them."""
    found = _places(var)
    with _open_lock(found.var / "services.users") as users:
        with _start_lock(found):
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            with _start_lock(found):
                endpoints = _start(found, database=database, broker=broker, for_tests=for_tests)
            yield endpoints
        finally:
            with _start_lock(found):
                if _alone(users):
                    _stop(found)


def _places(var: Path) -> Places:
    return places(var, postgres.pginstall())


def _start(found: Places, *, database: bool, broker: bool, for_tests: bool) -> Endpoints:
    values = keys.load(found.var, data_exists=postgres.exists(found))
    addresses = {}
    if database:
        postgres.start(found, values, for_tests=for_tests)
        addresses = {
            "database_url": postgres.url(found, "kaigo_app", values["app_password"]),
            "database_owner_url": postgres.url(found, "kaigo_owner", values["owner_password"]),
            "database_report_url": postgres.url(found, "kaigo_report", values["report_password"]),
        }
    if broker:
        valkey.start(found)
        addresses["redis_url"] = valkey.url(found)
    endpoints = Endpoints(**addresses)
    keys.write_private(found.var / FILE, asdict(endpoints))
    return endpoints


def _stop(found: Places) -> None:
    valkey.stop(found)
    postgres.stop(found)


def _alone(users: IO[str]) -> bool:
    """Whether nobody else holds the servers (asked under the start lock, so nobody can join meanwhile)."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_lock(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")


@contextmanager
def _start_lock(found: Places) -> Iterator[None]:
    """One at a time starts or stops the servers of an installation; a killed holder's lock is gone with it."""
    with _open_lock(found.var / "services.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
