"""Whoever walks: signed in and just confirmed; files lie in a folder of the test."""

import pytest

from audit.identity import reauthentication

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def quick_storage(settings, tmp_path):
    plain = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": plain}


@pytest.fixture
def sign_in(client, monkeypatch):
    """Signs a person in, who has just confirmed who they are."""
    monkeypatch.setattr(reauthentication, "is_recent", lambda request: True)

    def go(person):
        client.force_login(person, backend=BACKEND)
        return client

    return go
