"""What several tables share."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models


class PublicId(models.Model):
    """A random id for URLs, files and task arguments; the identity inside stays a bigint."""

    public_id = models.UUIDField("公開識別子", default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)

    class Meta:
        abstract = True


class AppendOnly(models.Model):
    """A table that only grows: the application's database role may neither update nor delete its rows."""

    class Meta:
        abstract = True

    def save(self, *args: object, **kwargs: object) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} rows are never changed")
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{type(self).__name__} rows are never deleted")
