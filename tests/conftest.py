"""Shared fixtures: the real database under the application's role, and people with fixed relations to the data."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker, Settings


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start servers and wait for them come first: the other worker has quick tests to fill the time."""
    waiting = {item.path for item in items if item.get_closest_marker("services")}
    items.sort(key=lambda item: item.path not in waiting)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The test database is made by its owner; the roles get their grants as in production."""
    from audit.grants import apply_grants

    with django_db_blocker.unblock():
        apply_grants(connection)


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """A transactional test leaves empty tables: TRUNCATE of all of them costs more than most such tests do.

    Content types and permissions stay, as nothing but migrate makes them anew.
    """
    keep = {ContentType._meta.db_table, Permission._meta.db_table}

    def flush(_test: TransactionTestCase) -> None:
        tables = [t for t in connection.introspection.django_table_names(only_existing=True) if t not in keep]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM {t})" for t in tables))
            filled = [table for (table,) in cursor]
            for statement in (
                "ALTER TABLE {} DISABLE TRIGGER USER",  # what refuses deletion, and what keeps history
                "DELETE FROM {}",
                "SET CONSTRAINTS ALL IMMEDIATE",
                "ALTER TABLE {} ENABLE TRIGGER USER",
            ):
                for table in filled if "{}" in statement else filled[:1]:
                    cursor.execute(statement.format(table))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush)
        yield


@pytest.fixture(autouse=True)
def as_application_role(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test that uses the database speaks as the application's role: a missing or excessive grant shows."""
    if not {"db", "transactional_db", "django_db_reset_sequences", "live_server"} & set(request.fixturenames):
        marker = request.node.get_closest_marker("django_db")
        if marker is None:
            yield
            return
    marker = request.node.get_closest_marker("django_db")
    request.getfixturevalue("transactional_db" if marker and marker.kwargs.get("transaction") else "db")
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{settings.DATABASE_ROLE_APPLICATION}"')
    yield
    if connection.connection is not None and not connection.connection.closed:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Passwords are hashed quickly in tests; that production hashes them slowly has its own test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def uncollected_static(settings: Settings) -> None:
    """Static files are served from where they lie: tests need no collectstatic."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
