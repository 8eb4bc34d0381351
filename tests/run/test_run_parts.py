"""Parts of the runner without servers: child processes, notes of what is done, the terminal, the list of checks."""

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kaigo.common.refusal import Refusal
from kaigo.run import checks, children, city, display, processes, runner, serving, state
from kaigo.run.processes import alive, wait_until

PROJECT = Path(__file__).resolve().parents[2]
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def child(folder, command):
    return children.Child("part", command, dict(os.environ), folder, folder, 5.0)


class TestChildren:
    def test_a_child_ends_with_a_killed_parent(self, tmp_path):
        script = (
            "import os, sys, time; from pathlib import Path; from kaigo.run import children;"
            f"p = children.spawn({SLEEP!r}, os.environ, Path('.'));"
            "print(p.pid, flush=True); time.sleep(60)"
        )
        parent = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        pid = int(parent.stdout.readline())
        assert alive(pid)
        time.sleep(0.3)  # the tether is tied once the child has begun
        parent.kill()
        parent.wait()
        assert wait_until(lambda: not alive(pid), 10)

    def test_a_dead_child_is_started_again_later_and_later(self, tmp_path):
        said = []
        part = child(tmp_path, ["/bin/false"])
        part.start()
        for death in (1, 2):
            part.process.wait()
            part.look(said.append)
            assert part.process is None
            assert part.deaths == death
            part.due = 0.0  # its waiting time is over
            part.look(said.append)
            assert part.process is not None
        part.stop()
        waits = [row.split("。")[1] for row in said]
        assert waits == ["1 秒後に再起動します", "2 秒後に再起動します"]

    def test_what_a_killed_child_leaves_behind_is_cleared(self, tmp_path):
        grandchild = f"import subprocess; p = subprocess.Popen({SLEEP!r}); print(p.pid, flush=True); p.wait()"
        part = child(tmp_path, [sys.executable, "-c", grandchild])
        part.start()
        log = tmp_path / "part.log"
        assert wait_until(lambda: log.read_text().strip() != "", 10)
        orphan = int(log.read_text())
        part.process.kill()
        part.process.wait()
        part.look(lambda text: None)
        assert wait_until(lambda: not alive(orphan), 5)
        part.stop()

    def test_a_child_that_does_not_listen_is_killed(self, tmp_path):
        deaf = "from signal import *; import time; signal(SIGTERM, SIG_IGN); print('deaf', flush=True); time.sleep(60)"
        part = child(tmp_path, [sys.executable, "-c", deaf])
        part.patience = 0.3
        part.start()
        assert wait_until(lambda: "deaf" in (tmp_path / "part.log").read_text(), 10)
        part.stop()
        assert part.process.returncode == -signal.SIGKILL


class TestState:
    def test_notes_last(self, tmp_path):
        state.State(tmp_path).put("city", {"done": True})
        assert state.State(tmp_path).get("city") == {"done": True}

    @pytest.mark.parametrize("content", ["", "{", "[1]", "null"])
    def test_a_broken_file_means_that_nothing_is_known(self, tmp_path, content):
        (tmp_path / state.FILE).write_text(content)
        assert state.State(tmp_path).get("city") is None

    def test_the_fingerprint_follows_code_and_packages(self, tmp_path):
        (tmp_path / "requirements.lock").write_text("one")
        (tmp_path / "room" / "__pycache__").mkdir(parents=True)
        (tmp_path / "room" / "rules.py").write_text("a = 1")
        seen = [state.fingerprint(tmp_path, ["room"])]
        (tmp_path / "room" / "__pycache__" / "rules.py").write_text("compiled")
        (tmp_path / "room" / "notes.txt").write_text("not code")
        assert state.fingerprint(tmp_path, ["room"]) == seen[0]
        (tmp_path / "room" / "rules.py").write_text("a = 2")
        seen.append(state.fingerprint(tmp_path, ["room"]))
        (tmp_path / "room" / "rates.yaml").write_text("a: 2")
        seen.append(state.fingerprint(tmp_path, ["room"]))
        (tmp_path / "requirements.lock").write_text("two")
        seen.append(state.fingerprint(tmp_path, ["room"]))
        assert len(set(seen)) == 4


class TestInventedCity:
    """Which commands a start runs for the city; killing is a command that raises."""

    class Killed(BaseException):
        pass

    @pytest.fixture
    def start(self, tmp_path):
        def begin(database="one", wanted=None, residents=False, killed_in=None):
            commands = []

            def manage(name, *arguments):
                commands.append((name, arguments[1]) if name == "make_city" else name)
                if name == killed_in:
                    raise self.Killed

            found = city.InventedCity(state.State(tmp_path), tmp_path / "city", manage, lambda: residents)
            with contextlib.suppress(self.Killed):
                found.bring_up(database, wanted)
            return commands

        return begin

    def test_it_is_made_once(self, start):
        assert start() == [("make_city", "20000"), "first_year"]
        assert start(residents=True) == []

    def test_the_size_that_was_asked_for_first_outlives_a_kill(self, start):
        assert start(wanted=300, killed_in="make_city") == [("make_city", "300")]
        assert start() == [("make_city", "300"), "first_year"]

    def test_another_size_can_be_asked_for_until_it_is_made(self, start, capsys):
        start(wanted=300, killed_in="make_city")
        assert start(wanted=500, killed_in="first_year") == [("make_city", "500"), "first_year"]
        assert start(wanted=700, residents=True) == ["first_year"]
        assert "500 人" in capsys.readouterr().out

    def test_another_database_gets_its_own(self, start):
        start()
        assert start(database="two") == [("make_city", "20000"), "first_year"]

    def test_people_who_are_not_from_here_stay_alone(self, start, capsys):
        assert start(residents=True) == []
        assert "すでに住民がいる" in capsys.readouterr().out


class TestTerminal:
    def test_full_width_characters_take_two_columns(self):
        assert display.width("あA") == 3
        rows = display.table(("名前", "数"), [("髙橋", "1"), ("ab", "22")])
        assert rows == ["名前  数", "────  ──", "髙橋  1", "ab    22"]

    def test_a_variation_selector_takes_none(self):
        assert display.width("葛\U000e0100") == 2

    def test_a_refusal_shows_its_ways_out(self, capsys):
        display.refusal(Refusal("x", "できません。", ways=("こうする。",)))
        assert capsys.readouterr().err == "✕ できません。\n  ・こうする。\n"


class TestPorts:
    @pytest.fixture
    def taken(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            yield listener.getsockname()[1]

    def test_a_taken_port_is_refused_by_name(self, taken):
        with pytest.raises(Refusal, match="port-taken") as refused:
            serving.free_port(taken)
        assert str(taken) in refused.value.message

    def test_the_next_free_port_is_found(self, taken, monkeypatch):
        monkeypatch.setattr(serving, "DEFAULT_PORT", taken)
        assert taken < serving.free_port(None) < taken + 1000


class TestStartingOver:
    def options(self, **given):
        return argparse.Namespace(**{"fresh": True, "yes": False, "no_serve": True, "no_city": True} | given)

    def test_without_a_terminal_it_needs_yes(self, tmp_path, monkeypatch):
        monkeypatch.setenv("KAIGO_VAR", str(tmp_path))
        for name in ("KAIGO_DATABASE_URL", "KAIGO_REDIS_URL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
        (tmp_path / "state.json").write_text("{}")
        with pytest.raises(Refusal, match="not-confirmed"):
            runner.Runner(self.options()).start_over()
        assert (tmp_path / "state.json").exists()

    @pytest.mark.parametrize(("answer", "agreed"), [("はい", True), (" はい ", True), ("yes", False), ("", False)])
    def test_only_hai_in_full_counts(self, tmp_path, monkeypatch, answer, agreed):
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", lambda prompt: answer)
        assert runner.confirmed(tmp_path) is agreed

    @pytest.mark.parametrize("name", ["KAIGO_DATABASE_URL", "KAIGO_REDIS_URL"])
    def test_an_offices_own_servers_are_never_wiped(self, tmp_path, monkeypatch, name):
        monkeypatch.setenv("KAIGO_VAR", str(tmp_path))
        monkeypatch.setenv(name, "somewhere")
        with pytest.raises(Refusal, match="fresh-external"):
            runner.Runner(self.options(yes=True)).start_over()


class TestChecks:
    def test_the_everyday_run_leaves_out_what_takes_long(self):
        parallel = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
        assert checks.pytest_runs(False, []) == [[*parallel, "-m", "not bench and not slow"]]

    def test_all_measures_speed_last_and_alone(self):
        parallel, alone = checks.pytest_runs(True, [])
        assert parallel[-1] == "not bench"
        assert alone == ["-m", "bench"]

    def test_arguments_are_for_pytest(self):
        assert checks.pytest_runs(False, ["tests/levy", "-k", "tier"]) == [["tests/levy", "-k", "tier"]]

    def test_a_failing_check_shows_its_output(self, capsys):
        script = "import os; print(os.environ['MODE']); raise SystemExit(1)"
        check = checks.Check("lint", (sys.executable, "-c", script), (("MODE", "strict"),))
        assert not checks.run_check(check, os.environ).passed
        shown = capsys.readouterr().out
        assert shown.startswith("FAIL lint")
        assert "strict" in shown

    def test_the_checks_stand_above_pytests_closing_line(self, tmp_path):
        (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n")
        (tmp_path / "checks.json").write_text(json.dumps(["FAIL lint", "ok   mypy"]))
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "kaigo.run.pytest_checks",
                "-p",
                "no:django",
                "-c",
                "/dev/null",
                str(tmp_path),
            ],
            cwd=PROJECT,
            env={**os.environ, "KAIGO_CHECKS": str(tmp_path / "checks.json")},
            capture_output=True,
            text=True,
        )
        rows = done.stdout.strip().splitlines()
        assert "1 passed" in rows[-1]
        assert rows.index("FAIL lint") < rows.index("ok   mypy") < len(rows) - 1


def test_a_long_log_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "LOG_LIMIT", 10)
    (tmp_path / "web.log").write_text("a" * 11)
    with processes.open_log(tmp_path, "web") as log:
        log.write(b"new\n")
    assert (tmp_path / "web.log").read_text() == "new\n"
    assert (tmp_path / "web.log.1").read_text() == "a" * 11
    assert processes.tail(tmp_path, "web") == "new"
