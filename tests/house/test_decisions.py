"""The decisions made once (design §11), each held by a test."""

import ast
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import URLResolver, get_resolver
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from audit.logs import NoPersonalData
from audit.models import AppendOnly, PublicId
from kaigo.celery import app
from kaigo.common.refusal import Conflict, Forbidden, NotFound, Refusal

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("kaigo", "audit", "eligibility", "levy", "certification", "recipients", "benefits", "linkage")
SOURCES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def routes(resolver=None):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry)
        else:
            yield entry


# Keys


@pytest.mark.parametrize("route", list(routes()), ids=lambda route: route.name)
def test_addresses_carry_random_ids_years_and_words_only(route):
    kinds = {type(converter).__name__ for converter in route.pattern.converters.values()}
    assert kinds <= {"UUIDConverter", "SlugConverter", "IntConverter"}
    numbers = [name for name, c in route.pattern.converters.items() if type(c).__name__ == "IntConverter"]
    assert set(numbers) <= {"year", "fiscal_year"}


def test_what_an_address_can_name_has_a_random_public_id():
    from audit.models import JobRun, Office, Staff, StoredFile
    from eligibility.models import Insured, Resident
    from levy.models import LevyRun

    for model in (JobRun, Office, Staff, StoredFile, Resident, Insured, LevyRun):
        assert issubclass(model, PublicId)
        field = model._meta.get_field("public_id")
        assert isinstance(field, models.UUIDField)
        assert field.unique


# Time


def test_only_the_clock_asks_the_machine_for_the_time():
    asking = re.compile(r"\bdate\.today\(|datetime\.(now|utcnow|today)\(|timezone\.now\(")
    allowed = {ROOT / "kaigo" / "common" / "clock.py"}
    found = [p for p in SOURCES if p not in allowed and "run" not in p.parts and asking.search(p.read_text("utf8"))]
    assert found == []


def test_days_are_dates_and_moments_are_aware():
    assert settings.USE_TZ
    assert settings.TIME_ZONE == "Asia/Tokyo"


# Money


@pytest.mark.parametrize("room", ["levy", "benefits"])
def test_there_is_no_float_where_there_is_money(room):
    found = []
    for path in sorted((ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            is_constant = isinstance(node, ast.Constant) and isinstance(node.value, float)
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
            if is_constant or is_call:
                found.append(f"{path}:{node.lineno}")
    assert found == []


def test_no_table_keeps_money_as_a_float():
    floats = [
        f"{m.__name__}.{f.name}" for m in apps.get_models() for f in m._meta.fields if type(f) is models.FloatField
    ]
    assert [name for name in floats if not name.startswith(("Access", "Periodic"))] == []


# Refusals


class Refusing(APIView):
    permission_classes = ()
    authentication_classes = ()

    def get(self, request):
        raise Conflict("moved", "別の人が先に変えました。", field="name", ways=("開き直してください。",))


def test_the_api_says_a_refusal_as_a_problem():
    answer = Refusing.as_view()(APIRequestFactory().get("/")).render()
    assert answer.status_code == 409
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.data["code"] == "moved"
    assert answer.data["field"] == "name"
    assert answer.data["title"] == "別の人が先に変えました。"
    assert answer.data["ways"] == ["開き直してください。"]


@pytest.mark.parametrize(("kind", "status"), [(Refusal, 400), (Forbidden, 403), (NotFound, 404), (Conflict, 409)])
def test_there_is_one_family_of_refusals(kind, status):
    assert issubclass(kind, Refusal)
    assert kind("c", "m").status == status


# Tasks


def test_tasks_carry_json_and_are_acknowledged_late():
    assert app.conf.task_serializer == "json"
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_every_entry_of_the_calendar_is_a_task_that_exists():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_the_tax_import_runs_on_friday_at_eight_in_the_evening():
    when = settings.CELERY_BEAT_SCHEDULE["linkage.import_tax_files"]["schedule"]
    assert (when.hour, when.minute, when.day_of_week) == ({20}, {0}, {5})
    assert app.conf.timezone == "Asia/Tokyo"


# Secrets and settings


def start(**environment):
    base = {k: v for k, v in os.environ.items() if not k.startswith("KAIGO_")}
    return subprocess.run(
        [sys.executable, "-c", "import kaigo.settings"],
        cwd=ROOT,
        env=base | environment,
        capture_output=True,
        text=True,
    )


GOOD = {
    "KAIGO_DATABASE_URL": "postgresql://a@/x",
    "KAIGO_REDIS_URL": "unix:///x",
    "KAIGO_SECRET_KEY": "s",
    "KAIGO_KEYRING": "k:AAAA",
    "KAIGO_LOOKUP_KEY": "AAAA",
    "KAIGO_LOG_SEAL_KEY": "s1:AAAA",
}


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_production_refuses_to_start_without_a_setting(missing, tmp_path):
    result = start(KAIGO_VAR=str(tmp_path), **{k: v for k, v in GOOD.items() if k != missing})
    assert result.returncode != 0
    assert missing in result.stderr


@pytest.mark.parametrize("name", ["KAIGO_INSURED_NUMBER_CHECK", "KAIGO_DATABASE_AS"])
def test_a_setting_outside_its_choices_is_refused(name, tmp_path):
    result = start(KAIGO_VAR=str(tmp_path), **GOOD, **{name: "nonsense"})
    assert result.returncode != 0
    assert name in result.stderr


def test_production_is_safe_by_default(tmp_path):
    code = (
        "import kaigo.settings as s; "
        "print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.ALLOWED_HOSTS)"
    )
    base = {k: v for k, v in os.environ.items() if not k.startswith("KAIGO_")}
    environment = base | GOOD | {"KAIGO_VAR": str(tmp_path)}
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert result.stdout.split() == ["False", "True", "True", "True", "[]"]


# Rooms


@pytest.mark.parametrize("off", ["linkage", "benefits", "recipients", "certification", "levy,linkage"])
def test_the_house_stands_without_a_room(off):
    environment = os.environ | {"KAIGO_ROOMS_OFF": off}
    code = "import django; django.setup(); from django.urls import reverse; print(reverse('home'), reverse('person-search'))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "kaigo.settings"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


# Logs


@pytest.mark.parametrize("number", ["0000000018", "999912346150", "000000200000091"])
def test_a_number_of_a_person_never_reaches_a_log_line(number, caplog):
    record = logging.LogRecord("x", logging.INFO, "f", 1, "person %s seen", (number,), None)
    NoPersonalData().filter(record)
    assert number not in record.getMessage()


def test_ordinary_numbers_and_public_ids_stay_readable():
    text = "job 928a3238-451e-48e8-aa9f-256968de580d took 12345 ms"
    record = logging.LogRecord("x", logging.INFO, "f", 1, text, (), None)
    NoPersonalData().filter(record)
    assert record.getMessage() == text


# Words and pages


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_page_carries_script_or_style_of_its_own(template):
    text = template.read_text("utf8")
    if "documents" in template.parts:
        return
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\bstyle\s*=|\bon[a-z]+\s*=\s*[\"']", text)
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_title_carries_a_person(template):
    for title in re.findall(r"{% block title %}(.*?){% endblock", template.read_text("utf8"), re.DOTALL):
        assert not re.search(r"resident|insured\.|\.name\b|\.kana", title)


# Migrations and append-only tables


@pytest.mark.parametrize("room", ["audit", "eligibility", "levy"])
def test_migrations_are_linear(room):
    folder = ROOT / room / "migrations"
    last = (folder / "max_migration.txt").read_text().strip()
    assert (folder / f"{last}.py").exists()
    names = sorted(p.stem for p in folder.glob("[0-9]*.py"))
    assert names[-1] == last
    assert len({name[:4] for name in names}) == len(names)


def test_rows_that_only_grow_refuse_to_be_changed_in_code_too():
    for model in apps.get_models():
        if issubclass(model, AppendOnly):
            row = model()
            row._state.adding = False
            with pytest.raises(TypeError):
                row.save()
            with pytest.raises(TypeError):
                row.delete()
