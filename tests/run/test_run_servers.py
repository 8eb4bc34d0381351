"""The embedded servers: one cluster whoever starts it, nothing lost to kill -9, nothing open to others."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from kaigo.common.refusal import Refusal
from kaigo.run import keys, places, postgres, services, valkey
from kaigo.run.processes import alive, wait_until

pytestmark = pytest.mark.services
PROJECT = Path(__file__).resolve().parents[2]
ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not ROOT, reason="an ordinary user has no privileges to drop")
STARTER = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from kaigo.run import services
print(json.dumps(asdict(services.ensure_running(Path(sys.argv[1])))))
"""


def where(var):
    return places.places(var, postgres.pginstall())


def postmaster(var):
    return postgres.running_pid(where(var))


def broker(var):
    return valkey.running_pid(where(var))


def query(url, statement, *values):
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def superuser(var, database="kaigo"):
    password = json.loads((var / "secrets.json").read_text())["postgres_password"]
    return postgres.url(where(var), "postgres", password, database)


@pytest.fixture
def running(kept_var):
    return services.ensure_running(kept_var)


def test_two_starters_at_once_get_the_same_servers(var):
    starters = [
        subprocess.Popen([sys.executable, "-c", STARTER, str(var)], cwd=PROJECT, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    answers = [json.loads(starter.communicate(timeout=60)[0]) for starter in starters]
    assert answers[0] == answers[1]
    assert query(answers[0]["database_url"], "SELECT 1") == [(1,)]
    log = (var / "log" / "postgres.log").read_text()
    assert log.count("starting PostgreSQL") == 1
    assert not (var / "postgres.new").exists()


def test_a_second_start_adopts_what_runs(kept_var, running):
    before = postmaster(kept_var), broker(kept_var)
    assert services.ensure_running(kept_var) == running
    assert (postmaster(kept_var), broker(kept_var)) == before


def test_killed_postgres_keeps_what_was_committed(kept_var, running):
    query(running.database_owner_url, "CREATE TABLE IF NOT EXISTS kept (n int)")
    query(running.database_owner_url, "TRUNCATE kept")
    with psycopg.connect(running.database_owner_url) as open_transaction:
        query(running.database_owner_url, "INSERT INTO kept VALUES (1)")
        open_transaction.execute("INSERT INTO kept VALUES (2)")
        os.kill(postmaster(kept_var), signal.SIGKILL)
        services.ensure_running(kept_var)
        open_transaction.close()
    assert query(running.database_owner_url, "SELECT n FROM kept") == [(1,)]


def test_killed_valkey_keeps_what_was_queued(kept_var, running):
    assert valkey.ask(where(kept_var), "LPUSH waiting a b") == ":2"
    os.kill(broker(kept_var), signal.SIGKILL)
    services.ensure_running(kept_var)
    assert valkey.ask(where(kept_var), "LLEN waiting") == ":2"


def test_a_pid_file_that_names_another_program_does_not_stop_the_start(kept_var, running):
    services.stop(kept_var)
    found = where(kept_var)
    stale = found.data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{found.data}\n0\n5432\n\n\n\nready\n")
    (found.run / "valkey.pid").write_text(str(os.getpid()))
    services.ensure_running(kept_var)
    assert postmaster(kept_var) not in (None, os.getpid())
    assert query(running.database_url, "SELECT 1") == [(1,)]


def test_a_server_that_cannot_start_says_why(var):
    services.ensure_running(var)
    services.stop(var)
    (where(var).data / "PG_VERSION").write_text("11\n")
    with pytest.raises(Refusal) as refused:
        services.ensure_running(var)
    assert refused.value.code == "postgres-start"
    assert "11" in refused.value.message
    assert refused.value.ways


def test_an_interrupted_initdb_is_begun_again(var):
    services.own_var(var)
    half = var / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    endpoints = services.ensure_running(var)
    assert query(endpoints.database_url, "SELECT 1") == [(1,)]
    assert not half.exists()


def test_the_last_user_stops_the_servers(var):
    with services.running(var):
        with services.running(var):
            pass
        assert services.down(var) == []
    assert services.down(var) == ["PostgreSQL", "Valkey"]


def test_servers_stop_when_the_work_fails(var):
    with pytest.raises(ZeroDivisionError), services.running(var):
        raise ZeroDivisionError
    assert services.down(var) == ["PostgreSQL", "Valkey"]


def test_wiping_removes_data_and_keys_but_not_what_is_not_ours(var):
    before = services.ensure_running(var)
    (var / "mine.txt").write_text("keep")
    with services.running(var), pytest.raises(Refusal, match="in-use"):
        services.wipe(var)
    services.wipe(var)
    assert not (var / "secrets.json").exists()
    assert not where(var).data.exists()
    assert (var / "mine.txt").exists()
    assert services.ensure_running(var) != before


def test_nothing_listens_on_the_network(kept_var, running):
    assert query(running.database_url, "SHOW listen_addresses") == [("",)]
    for pid in (postmaster(kept_var), broker(kept_var)):
        assert _listening_tcp(pid) == []


def _listening_tcp(pid):
    """Inodes of TCP sockets in state LISTEN (0A) that the process holds."""
    tables = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
    rows = [row.split() for table in tables if table.exists() for row in table.read_text().splitlines()[1:]]
    listening = {row[9] for row in rows if row[3] == "0A"}
    held = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()] if ROOT or alive(pid) else []
    return [name for name in held if name.removeprefix("socket:[").removesuffix("]") in listening]


def test_secrets_are_for_the_owner_only_and_stay_the_same(kept_var, running):
    for name in ("secrets.json", "services.json"):
        assert stat.S_IMODE((kept_var / name).stat().st_mode) == 0o600
    before = (kept_var / "secrets.json").read_bytes()
    services.stop(kept_var)
    services.ensure_running(kept_var)
    assert (kept_var / "secrets.json").read_bytes() == before


def test_a_password_is_asked_even_on_the_socket(running):
    wrong = running.database_url.replace(running.database_url.split(":")[2].split("@")[0], "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        query(wrong, "SELECT 1")


def test_roles_can_do_only_what_they_are_for(running):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(running.database_url, "CREATE TABLE public.intruder (n int)")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        query(running.database_report_url, "CREATE TEMP TABLE intruder (n int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(running.database_owner_url, "CREATE DATABASE another")
    rows = query(running.database_url, "SELECT rolname FROM pg_roles WHERE rolsuper")
    assert rows == [("postgres",)]


def test_test_databases_have_the_extensions(var):
    endpoints = services.ensure_running(var, for_tests=True)
    query(endpoints.database_owner_url, "CREATE DATABASE test_kaigo")
    made = endpoints.database_owner_url.replace("/kaigo?", "/test_kaigo?")
    found = {row[0] for row in query(made, "SELECT extname FROM pg_extension")}
    assert {"btree_gist", "pg_trgm"} <= found
    query(made, "SET ROLE kaigo_app")


def test_checksums_and_locale(kept_var, running):
    assert query(superuser(kept_var), "SHOW data_checksums") == [("on",)]
    rows = query(
        superuser(kept_var), "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database"
    )
    assert set(rows) == {("b", "C.UTF-8", "UTF8")}


def test_the_server_log_holds_no_values(kept_var, running):
    query(running.database_owner_url, "CREATE TABLE IF NOT EXISTS person (name text PRIMARY KEY)")
    query(running.database_owner_url, "TRUNCATE person")
    query(running.database_owner_url, "INSERT INTO person VALUES (%s)", "試験花子")
    with pytest.raises(psycopg.errors.UniqueViolation):
        query(running.database_owner_url, "INSERT INTO person VALUES (%s)", "試験花子")
    with pytest.raises(psycopg.errors.SyntaxError):
        query(running.database_owner_url, "SELEC '試験花子'")
    log = (kept_var / "log" / "postgres.log").read_text()
    assert "duplicate key value" in log
    assert "試験花子" not in log


def test_a_long_path_gets_short_sockets(folder):
    var = folder / ("長い名前" * 12) / "var"
    try:
        endpoints = services.ensure_running(var)
        found = where(var)
        assert query(endpoints.database_url, "SELECT 1") == [(1,)]
        assert len(os.fsencode(found.postgres_sockets / ".s.PGSQL.5432")) <= places.SOCKET_PATH_LIMIT
        assert stat.S_IMODE(found.postgres_sockets.stat().st_mode) == 0o700
    finally:
        services.stop(var)
        for name in ("pg", "valkey.pid"):
            path = found.run / name
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        found.run.rmdir()


def test_a_planted_socket_folder_is_refused(folder):
    var = folder / ("n" * 90) / "var"
    planted = folder.parent / f"kaigo-{os.geteuid()}-{places.digest_of(var)}"
    planted.symlink_to(folder)
    try:
        with pytest.raises(Refusal, match="foreign-folder"):
            services.ensure_running(var)
    finally:
        planted.unlink()


@only_root
def test_root_runs_postgres_as_somebody_else(kept_var, running):
    owner = Path(f"/proc/{postmaster(kept_var)}").stat().st_uid
    assert owner != 0
    assert where(kept_var).data.stat().st_uid == owner
    status = Path(f"/proc/{postmaster(kept_var)}/status").read_text()
    groups = next(row for row in status.splitlines() if row.startswith("Groups:")).split()[1:]
    assert "0" not in groups


@only_root
def test_a_project_that_only_root_can_enter_keeps_its_data_elsewhere(folder):
    folder.chmod(0o700)
    var = folder / "var"
    try:
        endpoints = services.ensure_running(var)
        assert query(endpoints.database_url, "SELECT 1") == [(1,)]
        elsewhere = services.moved_to(var)
        assert elsewhere is not None
        assert elsewhere.parent == places.SHARED_ROOT
        assert (var / "postgres").resolve() == elsewhere / "postgres"
        services.stop(var)
        folder.chmod(0o755)  # reachable again, and moved: the data stays where it is
        var = var.rename(folder / "renamed")
        assert services.moved_to(var) == elsewhere
        assert services.ensure_running(var).database_url == endpoints.database_url
        assert query(endpoints.database_url, "SELECT 1") == [(1,)]
        services.wipe(var)
        assert not (elsewhere / "postgres").exists()
    finally:
        services.stop(var)
        subprocess.run(["rm", "-rf", str(elsewhere)], check=True)


@only_root
def test_somebody_elses_folder_is_refused_with_ways_out(folder):
    var = folder / "var"
    var.mkdir()
    os.chown(var, 65534, 65534)
    with pytest.raises(Refusal) as refused:
        services.ensure_running(var)
    assert refused.value.code == "foreign-folder"
    assert len(refused.value.ways) == 3


class TestKeys:
    """The file of secrets, without servers."""

    def test_lost_secrets_of_an_existing_database_are_not_replaced(self, tmp_path):
        with pytest.raises(Refusal, match="secrets-lost"):
            keys.load(tmp_path, data_exists=True)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"secret_key": "x"}'])
    def test_a_damaged_file_is_refused_and_kept(self, tmp_path, content):
        path = tmp_path / keys.FILE
        path.write_text(content)
        with pytest.raises(Refusal, match="secrets-broken"):
            keys.load(tmp_path, data_exists=True)
        assert path.read_text() == content

    def test_generated_keys_have_their_full_length(self, tmp_path):
        import base64

        values = keys.load(tmp_path, data_exists=False)
        name, _, key = values["keyring"].partition(":")
        assert name == "k1"
        assert len(base64.b64decode(key)) == 32
        assert len(base64.b64decode(values["lookup_key"])) == 32
        assert len(set(values.values())) == len(values)
        assert keys.load(tmp_path, data_exists=True) == values

    def test_too_open_a_file_is_closed_again(self, tmp_path):
        keys.load(tmp_path, data_exists=False)
        (tmp_path / keys.FILE).chmod(0o644)
        keys.load(tmp_path, data_exists=True)
        assert stat.S_IMODE((tmp_path / keys.FILE).stat().st_mode) == 0o600


def test_waiting_gives_up():
    assert not wait_until(lambda: False, 0.1)
