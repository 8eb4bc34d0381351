"""What the set-up asks of the machine, with the machine's commands replaced by shims that note their calls."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kaigo.run import setup

PROJECT = Path(__file__).resolve().parents[2]
ALL = " ".join(setup.PACKAGES)


class Machine:
    """A PATH with nothing but shims; `calls` are the command lines that they were given."""

    def __init__(self, folder):
        self.folder = folder
        self.notes = folder / "calls"

    def shim(self, name, body="exit 0"):
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.notes}"\n{body}\n')
        path.chmod(0o755)

    def has(self, *packages):
        rows = "".join(f"installed {name}\\n" for name in packages)
        self.shim("dpkg-query", f"printf '{rows}'")

    def calls(self, name):
        rows = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [row for row in rows if row.startswith(name + " ")]


@pytest.fixture
def machine(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    found = Machine(folder)
    found.shim("apt-get")
    found.shim("env", 'shift; exec "$@"')
    found.has(*setup.PACKAGES)
    return found


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of lock files only, whose virtual environment notes what pip is asked to do."""
    path = tmp_path / "project"
    path.mkdir()
    for name in ("requirements.lock", "requirements-dev.lock"):
        (path / name).write_text(name)
    monkeypatch.setattr(setup, "PROJECT", path)
    return path


@pytest.fixture
def user(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.fixture
def root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def venv(project, body="exit 0"):
    """A virtual environment whose Python writes its arguments down."""
    python = project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$*" >> "{project}/pip"\n{body}\n')
    python.chmod(0o755)
    return project / ".venv"


def pip_calls(project):
    path = project / "pip"
    return [row for row in path.read_text().splitlines() if "pip install" in row] if path.exists() else []


class TestPackages:
    def test_a_complete_machine_is_left_alone(self, machine, user):
        assert setup.missing_packages(setup.PURPOSES["run"]) == []

    def test_only_what_is_missing_is_asked_for(self, machine, user):
        machine.has(*setup.PACKAGES[2:])
        assert setup.missing_packages(setup.PURPOSES["run"]) == list(setup.PACKAGES[:2])

    def test_a_removed_package_that_left_its_configuration_is_missing(self, machine, user):
        machine.shim("dpkg-query", f"printf 'config-files {setup.PACKAGES[0]}\\n'")
        assert setup.PACKAGES[0] in setup.missing_packages(setup.PURPOSES["run"])

    def test_the_browser_is_for_tests_only(self, machine, user):
        assert setup.missing_packages(setup.PURPOSES["test"]) == ["chromium"]
        machine.shim("chromium-browser")
        assert setup.missing_packages(setup.PURPOSES["test"]) == []

    def test_a_python_that_cannot_make_environments_needs_its_package(self, machine, user, project, monkeypatch):
        monkeypatch.setattr(setup, "_has_ensurepip", lambda: False)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        assert setup.missing_packages(setup.PURPOSES["run"]) == [f"python{version}-venv"]
        venv(project)
        assert setup.missing_packages(setup.PURPOSES["run"]) == []

    def test_another_system_is_told_what_it_needs(self, machine, user):
        (machine.folder / "dpkg-query").unlink()
        with pytest.raises(setup.Stop) as stopped:
            setup.missing_packages(setup.PURPOSES["run"])
        assert stopped.value.code == 3
        assert ALL in stopped.value.lines[-1]


class TestInstalling:
    def test_an_ordinary_user_gets_the_exact_line(self, machine, user):
        with pytest.raises(setup.Stop) as stopped:
            setup.install_packages(["libpango-1.0-0", "fontconfig"])
        assert stopped.value.code == 3
        assert stopped.value.lines[-1].strip() == (
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends libpango-1.0-0 fontconfig"
        )
        assert machine.calls("apt-get") == []

    def test_sudo_that_asks_for_a_password_does_not_count(self, machine, user):
        machine.shim("sudo", "exit 1")
        with pytest.raises(setup.Stop):
            setup.install_packages(["fontconfig"])
        assert machine.calls("sudo") == ["sudo -n true"]

    def test_passwordless_sudo_is_used(self, machine, user):
        machine.shim("sudo", 'shift; exec "$@"')
        machine.shim("true")
        setup.install_packages(["fontconfig"])
        assert machine.calls("apt-get")[-1] == "apt-get install -y --no-install-recommends fontconfig -qq"
        assert all(row.startswith("sudo -n ") for row in machine.calls("sudo"))

    def test_root_needs_no_sudo(self, machine, root):
        machine.shim("sudo", "exit 1")
        setup.install_packages(["fontconfig"])
        assert machine.calls("sudo") == []
        assert machine.calls("apt-get") == [
            "apt-get update -qq",
            "apt-get install -y --no-install-recommends fontconfig -qq",
        ]

    def test_a_failing_apt_get_ends_the_set_up(self, machine, root):
        machine.shim("apt-get", "exit 100")
        with pytest.raises(setup.Stop) as stopped:
            setup.install_packages(["fontconfig"])
        assert stopped.value.code == 1

    def test_the_command_ends_with_the_code_and_writes_to_standard_error(self, machine, user, project, capsys):
        machine.has()
        assert setup.main(["run"]) == 3
        captured = capsys.readouterr()
        assert "sudo apt-get install" in captured.err
        assert captured.out == ""


class TestEnvironment:
    def test_packages_are_checked_by_hash_and_only_once(self, machine, project):
        venv(project)
        for _ in range(2):
            setup.provide_environment(setup.PURPOSES["run"])
        (call,) = pip_calls(project)
        assert f"--require-hashes -r {project}/requirements.lock" in call

    def test_a_changed_lock_file_is_installed_again(self, machine, project):
        venv(project)
        setup.provide_environment(setup.PURPOSES["run"])
        (project / "requirements.lock").write_text("changed")
        setup.provide_environment(setup.PURPOSES["run"])
        assert len(pip_calls(project)) == 2

    def test_the_tests_packages_include_those_of_the_run(self, machine, project):
        venv(project)
        setup.provide_environment(setup.PURPOSES["test"])
        setup.provide_environment(setup.PURPOSES["run"])
        assert len(pip_calls(project)) == 1

    def test_a_failed_installation_is_not_taken_for_done(self, machine, project):
        venv(project, 'case "$*" in *pip*) exit 1;; esac')
        for _ in range(2):
            with pytest.raises(setup.Stop) as stopped:
                setup.provide_environment(setup.PURPOSES["run"])
            assert stopped.value.code == 1
        assert len(pip_calls(project)) == 2

    @pytest.mark.parametrize("broken", ["no python", "python gone", "python fails", "project moved"])
    def test_a_broken_environment_is_made_anew(self, project, monkeypatch, broken):
        made = []
        if broken == "python gone":
            (project / ".venv" / "bin").mkdir(parents=True)
            (project / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
        elif broken == "python fails":
            venv(project, "exit 127")
        elif broken == "project moved":
            (venv(project) / setup.STAMP).write_text("/elsewhere/.venv\n")

        def run(command, **_options):
            if "venv" in [str(part) for part in command]:
                made.append(command)
                (project / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
            return subprocess.CompletedProcess(command, 0 if made else 127)

        monkeypatch.setattr(subprocess, "run", run)
        setup.provide_environment(setup.PURPOSES["run"])
        assert made[0][1:4] == ["-m", "venv", "--clear"]

    @pytest.mark.parametrize("name", [".venv", "var"])
    def test_a_tree_set_up_by_another_user_is_refused_with_ways_out(self, machine, project, monkeypatch, name):
        (project / name).mkdir()
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4321)
        with pytest.raises(setup.Stop) as stopped:
            setup.check_owner()
        assert stopped.value.code == 3
        assert len(stopped.value.lines) == 5
        assert str(project / name) in stopped.value.lines[0]

    def test_somebody_elses_complete_environment_will_do(self, machine, project, monkeypatch):
        setup_digest = setup.digest("requirements.lock")
        place = venv(project)
        (place / setup.STAMP).write_text(f"{place}\nrequirements.lock {setup_digest}\n")
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4321)
        setup.check_owner()
        setup.provide_environment(setup.PURPOSES["run"])
        assert pip_calls(project) == []


class TestCommands:
    """bin/run and bin/test themselves, as far as they go without setting anything up."""

    def command(self, *arguments, **environment):
        return subprocess.run(
            ["/bin/bash", *arguments], cwd=PROJECT, capture_output=True, text=True, env={**os.environ, **environment}
        )

    def test_help_is_in_both_languages(self):
        done = self.command("bin/run", "--no-serve", "--help")
        assert done.returncode == 0
        for option in ("--insured", "--port", "--no-serve", "--fresh"):
            assert option in done.stdout
        assert "架空の市" in done.stdout
        assert "invented city" in done.stdout

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--insured", "0"],
            ["--insured", "たくさん"],
            ["--insured", "99999999"],
            ["--port", "0"],
            ["--port", "70000"],
            ["--unknown"],
            ["extra"],
            ["--fre"],
        ],
    )
    def test_wrong_options_are_refused_before_anything_is_done(self, arguments):
        done = self.command("bin/run", *arguments)
        assert done.returncode == 2
        assert "usage: bin/run" in done.stderr

    def test_no_suitable_python_gives_the_exact_line(self):
        nothing_suits = "suits() { return 1; }; apt-cache() { return 0; }; "
        done = self.command("-c", nothing_suits + "source <(sed '/^suits()/,/^}/d' bin/find-python.sh)")
        assert done.returncode == 3
        assert "sudo apt-get install -y python3.11 python3.11-venv" in done.stderr

    def test_an_unsuitable_python_is_passed_over(self, tmp_path):
        old = tmp_path / "python3.11"
        old.write_text("#!/bin/sh\nexit 1\n")
        old.chmod(0o755)
        done = self.command("-c", ". bin/find-python.sh; echo $PYTHON", KAIGO_PYTHON=str(old))
        assert done.returncode == 0
        assert done.stdout.strip() not in ("", str(old))

    @pytest.mark.parametrize("name", ["bin/run", "bin/test", ".ci/run"])
    def test_scripts_can_be_run_and_parsed(self, name):
        assert (PROJECT / name).stat().st_mode & stat.S_IXUSR
        assert self.command("-n", name).returncode == 0
