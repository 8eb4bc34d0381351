"""The production files: compose, image, roles, environment. There is no container engine in the tests."""

import base64
import http.server
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
import yaml

from kaigo.run import places, postgres, services, setup

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE = (PROJECT / "docker-compose.yml").read_text(encoding="utf8")
OURS = ("web", "worker", "beat", "migrate")
SERVICE_KEYS = {
    "build",
    "cap_drop",
    "command",
    "depends_on",
    "environment",
    "healthcheck",
    "image",
    "logging",
    "networks",
    "ports",
    "read_only",
    "restart",
    "security_opt",
    "shm_size",
    "stop_grace_period",
    "tmpfs",
    "volumes",
}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(COMPOSE)


def environment(*arguments):
    done = subprocess.run([PROJECT / "deploy" / "new-env", *arguments], capture_output=True, text=True, check=False)
    rows = [row.split("=", 1) for row in done.stdout.splitlines() if row and not row.startswith("#")]
    return done, dict(rows)


def compose_command():
    """Docker's own check of the file, whichever form is installed."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            found = subprocess.run([*command, "version"], capture_output=True, check=False)
            if found.returncode == 0:
                return command
    return None


class TestCompose:
    def test_it_has_the_form_of_a_compose_file(self, compose):
        """Docker's own check where it is installed, and always ours: known keys, nothing undeclared."""
        command = compose_command()
        if command:
            done = subprocess.run([*command, "config"], cwd=PROJECT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        assert {key for key in compose if not key.startswith("x-")} == {"services", "volumes", "networks"}
        for name, service in compose["services"].items():
            assert set(service) <= SERVICE_KEYS, name
            assert set(service.get("networks", [])) <= set(compose["networks"])
            assert set(service.get("depends_on", {})) <= set(compose["services"])
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                assert source in compose["volumes"] or (PROJECT / source).exists()

    def test_it_holds_what_is_needed(self, compose):
        assert set(compose["services"]) == {*OURS, "postgres", "valkey"}
        assert compose["services"]["postgres"]["image"] == "postgres:18"
        assert compose["services"]["valkey"]["image"].startswith("valkey/valkey:")

    def test_every_value_has_a_default_so_that_the_file_can_be_checked_without_secrets(self):
        rows = [row for row in COMPOSE.splitlines() if not row.startswith("#")]
        assert re.findall(r"\$\{[A-Z_]+\}", "\n".join(rows)) == []

    def test_secrets_have_no_default(self):
        for name, default in re.findall(r"\$\{(KAIGO_[A-Z_]+):-([^}]*)\}", COMPOSE):
            if any(word in name for word in ("PASSWORD", "KEY", "HOSTS", "ORIGINS")):
                assert default == "", name

    def test_only_the_site_can_be_reached_and_only_from_the_machine(self, compose):
        published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
        assert list(published) == ["web"]
        assert all(port.startswith("127.0.0.1:") for port in published["web"])
        assert compose["networks"]["inside"]["internal"] is True
        outside = [name for name, service in compose["services"].items() if "front" in service["networks"]]
        assert outside == ["web"]

    def test_the_owners_password_is_known_to_the_migration_alone(self, compose):
        knowing = [name for name in OURS if "OWNER" in str(compose["services"][name]["environment"])]
        assert knowing == ["migrate"]

    @pytest.mark.parametrize("name", [*OURS, "postgres", "valkey"])
    def test_containers_cannot_write_to_their_root(self, compose, name):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert "no-new-privileges:true" in service["security_opt"]
        assert "healthcheck" in service or name == "web"  # the site's is in the image

    @pytest.mark.parametrize("name", ["web", "worker", "beat"])
    def test_nothing_starts_before_the_migration_is_done(self, compose, name):
        wanted = compose["services"][name]["depends_on"]["migrate"]["condition"]
        assert wanted == "service_completed_successfully"


class TestImage:
    text = (PROJECT / "Dockerfile").read_text(encoding="utf8")

    def test_libraries_and_fonts_are_those_of_the_set_up(self):
        installed = re.search(r"--no-install-recommends (.*?)&&", self.text, re.S)
        assert tuple(installed.group(1).replace("\\", "").split()) == setup.PACKAGES

    def test_packages_are_checked_by_hash(self):
        assert "--require-hashes -r /tmp/requirements.lock" in self.text

    def test_it_does_not_run_as_root(self):
        rows = self.text.splitlines()
        user = next(number for number, row in enumerate(rows) if row.startswith("USER "))
        assert rows[user] == "USER kaigo"
        assert not any(row.startswith(("RUN", "COPY", "USER")) for row in rows[user + 1 :])

    def test_no_secret_stays_in_it(self):
        settled = re.search(r"^ENV (.*?)\n\n", self.text, re.S | re.M).group(1)
        assert "KEY" not in settled
        assert "PASSWORD" not in settled

    def test_data_secrets_and_history_stay_out(self):
        ignored = (PROJECT / ".dockerignore").read_text(encoding="utf8").split()
        assert {".*", "var", "tests"} <= set(ignored)


class TestEnvironment:
    given = ("kaigo.city.example.lg.jp", "試験市", "999999")

    def test_it_names_every_secret_that_compose_asks_for(self):
        _, values = environment(*self.given)
        asked = {name for name, default in re.findall(r"\$\{(KAIGO_[A-Z_]+):-([^}]*)\}", COMPOSE) if not default}
        assert asked == set(values)
        assert all(values.values())

    def test_secrets_are_random_and_long(self):
        (_, first), (_, second) = environment(*self.given), environment(*self.given)
        for name in first:
            if "PASSWORD" in name or "KEY" in name:
                assert first[name] != second[name]
                assert len(first[name]) >= 40
        assert len(base64.b64decode(first["KAIGO_LOOKUP_KEY"])) == 32

    @pytest.mark.parametrize(
        "arguments", [(), ("host",), ("host", "市"), ("host", "市", "12345"), ("host", "市", "12345x")]
    )
    def test_incomplete_answers_are_refused(self, arguments):
        done, values = environment(*arguments)
        assert done.returncode != 0
        assert values == {}

    def test_the_settings_accept_it_as_ready_for_production(self, tmp_path):
        _, values = environment(*self.given)
        addresses = {"KAIGO_DATABASE_URL": "postgresql://kaigo_app@postgres/kaigo", "KAIGO_REDIS_URL": "redis://valkey"}
        plain = {key: value for key, value in os.environ.items() if not key.startswith(("KAIGO_", "DJANGO_"))}
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=PROJECT,
            env=plain | values | addresses | {"KAIGO_VAR": str(tmp_path), "KAIGO_TRUSTED_PROXIES": "127.0.0.1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def test_without_secrets_nothing_starts(self, tmp_path):
        plain = {key: value for key, value in os.environ.items() if not key.startswith(("KAIGO_", "DJANGO_"))}
        empty = {"KAIGO_SECRET_KEY": "", "KAIGO_DATABASE_URL": "postgresql:///x", "KAIGO_VAR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "manage.py", "check"],
            cwd=PROJECT,
            env=plain | empty,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert "KAIGO_SECRET_KEY is not set" in done.stderr


class TestHealth:
    @pytest.fixture
    def site(self, monkeypatch):
        """A site that accepts one host name only."""

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.headers["Host"] == "kaigo.example.lg.jp" else 400)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/healthz"
        server.shutdown()
        server.server_close()

    @pytest.fixture
    def health(self):
        spec = importlib.util.spec_from_file_location("healthcheck", PROJECT / "deploy" / "healthcheck.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def test_it_asks_under_a_name_that_the_site_accepts(self, health, site, monkeypatch):
        monkeypatch.setenv("KAIGO_ALLOWED_HOSTS", "kaigo.example.lg.jp,other")
        health.web(site)

    def test_a_site_that_refuses_is_not_healthy(self, health, site, monkeypatch):
        monkeypatch.setenv("KAIGO_ALLOWED_HOSTS", "other")
        with pytest.raises(OSError, match="400"):
            health.web(site)


@pytest.mark.services
def test_roles_for_ones_own_server_can_be_made_twice(kept_var):
    endpoints = services.ensure_running(kept_var)
    found = places.places(kept_var, postgres.pginstall())
    password = json.loads((kept_var / "secrets.json").read_text())["postgres_password"]
    command = [found.binaries / "psql", "-X", "-q", postgres.url(found, "postgres", password, "postgres")]
    values = {"database": "office", "owner_password": "o'wner", "app_password": "a p", "report_password": "r"}
    for name, value in values.items():
        command += ["-v", f"{name}={value}"]
    command += ["-f", PROJECT / "deploy" / "postgres" / "sql" / "roles.sql"]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    with psycopg.connect(
        host=str(found.postgres_sockets), port=5432, user="kaigo_owner", password="o'wner", dbname="office"
    ) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        extensions = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
    assert {"btree_gist", "pg_trgm"} <= extensions
    with pytest.raises(psycopg.OperationalError):  # the passwords have changed
        psycopg.connect(endpoints.database_owner_url)
    services.stop(kept_var)
    assert psycopg.connect(services.ensure_running(kept_var).database_owner_url)  # and are put back at the next start
