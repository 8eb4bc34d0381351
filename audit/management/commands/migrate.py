"""`manage.py migrate` with the quick executor of `audit.migrating`."""

from typing import Any
from unittest import mock

from django.core.management.commands import migrate

from audit.migrating import LightExecutor


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with mock.patch.object(migrate, "MigrationExecutor", LightExecutor):
            super().handle(*args, **options)
