"""What each database role may do: the second barrier behind the application's own checks (design §7)."""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from pghistory.models import Event
from psycopg import sql

from audit.models import AppendOnly

# Tables with secrets that the reporting role never reads.
SECRET_TABLES = (
    "eligibility_personkey",
    "eligibility_individualnumber",
    "eligibility_individualnumberevent",
    "eligibility_bankaccount",
    "eligibility_bankaccountevent",
    "audit_staff",
    "django_session",
    "screenlock_signedinsession",
    "mfa_authenticator",
    "identity_pastpassword",
    "audit_storedfile",
    "clients_token",
    "screenlock_keptsubmission",
    "screenlock_draft",
    "media_exportsecret",
)


def append_only_tables() -> list[str]:
    """The tables that only grow: logs, ledgers and change history."""
    return [m._meta.db_table for m in apps.get_models(include_auto_created=True) if issubclass(m, (AppendOnly, Event))]


def grant_after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """post_migrate: renew all grants once, after the last application that has tables (the others send no signal)."""
    last = [config.label for config in apps.get_app_configs() if config.models_module][-1]
    if sender.label == last:
        apply_grants(connections[using])


def apply_grants(connection: BaseDatabaseWrapper) -> None:
    """Give the application and reporting roles exactly what they need, where those roles exist."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)",
            [[settings.DATABASE_ROLE_APPLICATION, settings.DATABASE_ROLE_REPORTS]],
        )
        roles = {row[0] for row in cursor.fetchall()}
        tables = set(connection.introspection.table_names(cursor))
        if settings.DATABASE_ROLE_APPLICATION in roles:
            _grant_application(cursor, settings.DATABASE_ROLE_APPLICATION, tables)
        if settings.DATABASE_ROLE_REPORTS in roles:
            _grant_reports(cursor, settings.DATABASE_ROLE_REPORTS, tables)


def _grant_application(cursor: Any, role: str, tables: set[str]) -> None:
    name = sql.Identifier(role)
    for statement in (
        "GRANT USAGE ON SCHEMA public TO {}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
    ):
        cursor.execute(sql.SQL(statement).format(name))
    for table in sorted(tables & set(append_only_tables())):
        cursor.execute(sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), name))
    _close_partitions(cursor, name)
    cursor.execute(sql.SQL("GRANT SELECT ON audit_accesslog_default TO {}").format(name))  # counting strays
    cursor.execute(sql.SQL("GRANT EXECUTE ON FUNCTION audit_accesslog_partition(date) TO {}").format(name))


def _close_partitions(cursor: Any, name: sql.Identifier) -> None:
    """Rows are reached through the parent, whose rights count; a partition by itself is open to nobody."""
    cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_accesslog'::regclass")
    for (partition,) in cursor.fetchall():
        cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(sql.Identifier(partition), name))


def _grant_reports(cursor: Any, role: str, tables: set[str]) -> None:
    name = sql.Identifier(role)
    cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
    cursor.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(name))
    _close_partitions(cursor, name)
    for table in sorted(tables & set(SECRET_TABLES)):
        cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(sql.Identifier(table), name))
