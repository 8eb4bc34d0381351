"""The weekly tax file of a whole city: at most 2.5 times as long as raw COPY of its rows, in flat memory."""

import sys

import pytest

from audit.services import bootstrap
from tests.bench import tax_import


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_weekly_tax_file_of_the_city(tmp_path, settings):
    settings.INBOX = tmp_path / "inbox"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "storage"}
        },
    }  # fmt: skip
    bootstrap()
    found = tax_import.measure(tmp_path)
    sys.__stdout__.write("\n" + tax_import.report(found) + "\n")
    assert found["ratio"] <= 2.5
    assert found["peak"] <= 300
