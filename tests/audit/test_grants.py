"""The application's role cannot rewrite what only grows (design §7, E11)."""

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_accesslog SET reason = ''", "DELETE FROM audit_accesslog", "TRUNCATE audit_accesslog"]
)
def test_the_access_log_cannot_be_rewritten(statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["eligibility_residentevent", "levy_taxrecord", "audit_parameterset"])
def test_history_and_ledgers_only_grow(table):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")


def test_the_reporting_role_reads_no_secrets():
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('kaigo_report', 'eligibility_individualnumber', 'SELECT')")
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT has_table_privilege('kaigo_report', 'levy_assessment', 'SELECT')")
        assert cursor.fetchone() == (True,)


def test_a_migration_renews_the_grants():
    """The signal of the last application with tables does it; an application without tables sends none."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("REVOKE ALL ON levy_assessment FROM kaigo_app")
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('kaigo_app', 'levy_assessment', 'INSERT')")
        assert cursor.fetchone() == (True,)
