"""The quick way through the migrations: the models that an operation needs, and the same schema as Django's own way."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ModelState, ProjectState

from audit.migrating import LightExecutor, LightState

PROJECT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def state():
    """a ← b ← c (through d), and e that nobody points to."""
    found = LightState()
    for name, field in {
        "A": models.ForeignKey("self", models.CASCADE, null=True),
        "B": models.ForeignKey("house.A", models.CASCADE),
        "D": models.CharField(max_length=3),
        "C": models.ManyToManyField("house.B", through="house.D"),
        "E": models.CharField(max_length=3),
    }.items():
        found.add_model(ModelState("house", name, [("id", models.AutoField(primary_key=True)), ("field", field)]))
    return found


def names(model):
    return {found._meta.object_name for found in model._meta.apps.get_models()}


def test_a_model_comes_with_those_it_points_to_and_no_others(state):
    assert names(state.apps.get_model("house", "B")) == {"A", "B"}
    assert names(state.apps.get_model("house.C")) == {"A", "B", "C", "D"}
    assert names(state.apps.get_model("house", "e")) == {"E"}


def test_a_model_is_rendered_once_until_something_changes(state):
    before = state.apps.get_model("house", "A")
    assert state.apps.get_model("house", "a") is before
    state.add_field("house", "a", "more", models.IntegerField(null=True), preserve_default=True)
    assert state.apps.get_model("house", "A") is not before
    assert state.apps.get_model("house", "A")._meta.get_field("more")


def test_a_model_that_is_not_there_is_a_lookup_error(state):
    with pytest.raises(LookupError):
        state.apps.get_model("house", "Z")


def test_a_clone_changes_by_itself(state):
    copy = state.clone()
    copy.add_field("house", "e", "more", models.IntegerField(null=True), preserve_default=True)
    assert "more" not in state.models["house", "e"].fields


class Remembering(migrations.RunPython):
    """Says on what kind of state it ran."""

    def __init__(self, seen):
        super().__init__(migrations.RunPython.noop)
        self.seen = seen

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self.seen.append(type(to_state))


@pytest.mark.django_db
def test_what_does_more_than_create_runs_on_django_s_own_state():
    seen = []

    class Migration(migrations.Migration):
        operations = [Remembering(seen)]

    executor = LightExecutor(connection)
    executor.recorder.record_applied = lambda *args: None
    after = executor.apply_migration(LightState(), Migration("0001_x", "house"))
    assert seen == [ProjectState]
    assert type(after) is ProjectState


SCHEMA = """
    SELECT 'column', table_name || '.' || column_name,
           concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default, collation_name)
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger
    WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname, pg_get_functiondef(p.oid) FROM pg_proc p
    WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND prolang <> 13
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL SELECT 'applied', app, name FROM django_migrations
    ORDER BY 1, 2, 3
"""
OWN_WAY = (
    "import django; django.setup(); from django.core.management import call_command;"
    "from django.core.management.commands.migrate import Command; call_command(Command(), verbosity=0)"
)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_schema_is_that_of_django_s_own_way():
    quick = schema_after("kaigo_migrated_quickly", [str(PROJECT / "manage.py"), "migrate", "--verbosity", "0"])
    own = schema_after("kaigo_migrated_slowly", ["-c", OWN_WAY])
    assert len(quick) > 2_000
    assert quick == own


def schema_after(name, command):
    """The schema of a new database after a command, which is dropped again."""
    address = urlsplit(os.environ.get("KAIGO_DATABASE_OWNER_URL") or os.environ["KAIGO_DATABASE_URL"])
    url = urlunsplit(address._replace(path=f"/{name}"))
    with psycopg.connect(urlunsplit(address), autocommit=True) as owner:
        owner.execute(f"DROP DATABASE IF EXISTS {name}")
        owner.execute(f"CREATE DATABASE {name}")
        try:
            environment = os.environ | {
                "KAIGO_DATABASE_OWNER_URL": url, "KAIGO_DATABASE_AS": "owner", "DJANGO_SETTINGS_MODULE": "kaigo.settings",
            }  # fmt: skip
            subprocess.run([sys.executable, *command], cwd=PROJECT, env=environment, check=True)
            with psycopg.connect(url) as made:
                return made.execute(SCHEMA).fetchall()
        finally:
            owner.execute(f"DROP DATABASE {name}")
