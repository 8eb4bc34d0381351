"""bin/run as its user meets it: first start, second start, kill -9 of each part, other people's servers."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import asdict
from pathlib import Path

import psycopg
import pytest

from kaigo.run import places, postgres, services, serving, valkey
from kaigo.run.processes import alive, wait_until

pytestmark = pytest.mark.services
PROJECT = Path(__file__).resolve().parents[2]
PLAIN = {key: value for key, value in os.environ.items() if not key.startswith("KAIGO_")}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Site:
    """One `bin/run` (without the set-up in front of it) in a process of its own."""

    def __init__(self, var, *options, **environment):
        self.var = var
        self.port = serving.free_port(None)
        command = [sys.executable, "-m", "kaigo.run", "--no-city", "--port", str(self.port), *options]
        self.out = var.parent / f"out-{self.port}"
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=PLAIN | {"KAIGO_VAR": str(var)} | environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def shown(self):
        return self.out.read_text()

    def answers(self):
        try:
            with OPENER.open(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def wait(self, seconds=60):
        """Until it has said where it is."""
        wait_until(lambda: "Ctrl-C" in self.shown or self.process.poll() is not None, seconds)
        assert self.answers(), self.shown
        return self

    def end(self, number=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def family(self):
        """Processes that were started for this installation."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                environment = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
            except OSError:
                continue
            if f"KAIGO_VAR={self.var}\0".encode() in environment and alive(int(entry.name)):
                found.append(int(entry.name))
        return found


@pytest.fixture
def start(kept_var):
    """Start sites on the module's installation; they are ended whatever happens."""
    kept_var.parent.mkdir(exist_ok=True)
    sites = []

    def begin(*options, **environment):
        sites.append(Site(kept_var, *options, **environment))
        return sites[-1]

    yield begin
    for site in sites:
        site.end()


def where(var):
    return places.places(var, postgres.pginstall())


def accounts(site):
    return [
        row.split()
        for row in site.shown.splitlines()
        if row.startswith("  ") and row.split()[-1].endswith(("区役所", "本庁"))
    ]


def test_first_start_and_second_start(start, kept_var):
    first = start().wait()
    shown = accounts(first)
    assert len(shown) >= 5
    assert len({row[1] for row in shown}) == len(shown)  # passwords
    assert f"http://127.0.0.1:{first.port}/" in first.shown
    assert first.end() == 0
    assert first.family() == []
    assert services.down(kept_var) == ["PostgreSQL", "Valkey"]

    second = start().wait()
    assert accounts(second) == []
    assert [row for row in second.shown.splitlines() if row.startswith("▶")] == ["▶ PostgreSQL・Valkey"]
    url = json.loads((kept_var / "services.json").read_text())["database_url"]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM audit_staff").fetchone()[0] >= len(shown)
    assert second.end(signal.SIGTERM) == 0
    assert services.down(kept_var) == ["PostgreSQL", "Valkey"]


@pytest.mark.bench
def test_the_second_start_serves_within_five_seconds(start):
    assert start("--no-serve").process.wait(60) == 0
    begun = time.monotonic()
    start().wait()
    assert time.monotonic() - begun < 5


def test_what_is_killed_comes_back(start, kept_var):
    site = start().wait()
    for pid in (postgres.running_pid(where(kept_var)), valkey.running_pid(where(kept_var)), web_server(site)):
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: "再起動します" in site.shown, 20)
    assert wait_until(lambda: services.down(kept_var) == [] and site.answers(), 40), site.shown
    assert site.shown.count("PostgreSQL") >= 2
    assert "web が止まりました" in site.shown


def web_server(site):
    return next(pid for pid in site.family() if parent(pid) == site.process.pid and b"granian" in command(pid))


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def command(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_killed_runner_leaves_what_the_next_start_takes_on(start, kept_var):
    killed = start().wait()
    killed.process.kill()
    killed.process.wait()
    servers = {postgres.running_pid(where(kept_var)), valkey.running_pid(where(kept_var))}
    assert wait_until(lambda: set(killed.family()) <= servers, 30), killed.family()
    following = start().wait()
    assert accounts(following) == []
    assert following.end() == 0
    assert services.down(kept_var) == ["PostgreSQL", "Valkey"]


def test_a_second_site_is_refused_with_the_address_of_the_first(start):
    first = start().wait()
    second = start()
    assert second.process.wait(30) == 3
    assert f"http://127.0.0.1:{first.port}/" in second.shown
    assert first.answers()


def test_preparing_beside_a_running_site_leaves_it_running(start, kept_var):
    first = start().wait()
    assert start("--no-serve").process.wait(60) == 0
    assert services.down(kept_var) == []
    assert first.answers()


def test_ctrl_c_during_the_preparation_stops_everything(var):
    site = Site(var)
    assert wait_until(lambda: "migrate" in site.shown, 30)
    assert site.end() == 130
    assert site.family() == []
    assert services.down(var) == ["PostgreSQL", "Valkey"]


def test_a_failing_step_stops_everything_and_is_carried_on_with(start, kept_var):
    (kept_var / "state.json").unlink(missing_ok=True)
    site = start("--no-serve", KAIGO_INSECURE_HTTP="perhaps")
    code = site.process.wait(60)
    assert (code, services.down(kept_var)) == (3, ["PostgreSQL", "Valkey"])
    assert "manage.py migrate が失敗しました" in site.shown
    assert start("--no-serve").process.wait(60) == 0


def test_given_servers_are_used_and_nothing_embedded_is_started(folder, kept_var):
    given = services.ensure_running(kept_var)
    other = folder / "var"
    addresses = {f"KAIGO_{name.upper()}": value for name, value in asdict(given).items()}
    site = Site(other, **addresses)
    try:
        site.wait()
        assert not (other / "postgres").exists()
        assert not (other / "valkey").exists()
        assert not (other / "services.json").exists()
        assert json.loads((other / "secrets.json").read_text())["secret_key"]
    finally:
        site.end()
    assert services.down(kept_var) == []  # they are not ours to stop


def test_starting_over_makes_everything_anew(start, kept_var):
    assert start("--no-serve").process.wait(60) == 0
    before = (kept_var / "secrets.json").read_bytes()
    asked = start("--no-serve", "--fresh")
    assert asked.process.wait(30) == 3
    assert (kept_var / "secrets.json").read_bytes() == before
    again = start("--no-serve", "--fresh", "--yes")
    assert again.process.wait(60) == 0
    assert accounts(again)
    assert (kept_var / "secrets.json").read_bytes() != before
