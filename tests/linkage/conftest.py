"""A desk at which files are taken in: offices, staff, an inbox and a storage of its own."""

import pytest

from audit.services import bootstrap
from kaigo.common import clock
from tests.linkage.incoming import DAY, Desk


@pytest.fixture
def on_the_day():
    """The Friday on which the files arrive."""
    with clock.at(DAY):
        yield DAY


@pytest.fixture
def desk(db, tmp_path, settings, on_the_day):
    settings.INBOX = tmp_path / "inbox"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "storage"}
        },
    }  # fmt: skip
    bootstrap()
    return Desk(tmp_path / "sent")
