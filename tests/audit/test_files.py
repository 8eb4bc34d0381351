"""Kept files: by content, encrypted, whole or not at all, within limits."""

import hashlib
import io

import pytest
from django.core.files.storage import default_storage

from audit import files
from audit.files import read_stored, store_file
from audit.models import StoredFile
from kaigo.common.crypto import CryptoError
from kaigo.common.refusal import Refusal

pytestmark = pytest.mark.django_db
TEXT = "宛名番号,氏名\r\n".encode() * 9_000


@pytest.fixture(autouse=True)
def shelf(tmp_path, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    return tmp_path


def contents(shelf):
    return [path for path in shelf.rglob("*") if path.is_file()]


@pytest.mark.parametrize("source", ["bytes", "stream", "path"])
def test_what_is_kept_can_be_read_again(shelf, tmp_path_factory, source):
    path = tmp_path_factory.mktemp("in") / "a.csv"
    path.write_bytes(TEXT)
    given = {"bytes": TEXT, "stream": io.BytesIO(TEXT), "path": path}[source]
    stored = store_file(given, "a.csv", "text/csv", "incoming-file")
    stored.refresh_from_db()
    assert b"".join(read_stored(stored)) == TEXT
    assert (stored.size, stored.sha256) == (len(TEXT), hashlib.sha256(TEXT).hexdigest())


def test_nothing_lies_about_in_plain(shelf):
    store_file(TEXT, "a.csv", "text/csv", "incoming-file")
    (kept,) = contents(shelf)
    assert "氏名".encode() not in kept.read_bytes()


def test_the_same_content_is_kept_once_for_a_rule(shelf):
    first = store_file(TEXT, "a.csv", "text/csv", "incoming-file")
    assert store_file(TEXT, "b.csv", "text/csv", "incoming-file") == first
    assert store_file(TEXT, "c.csv", "text/csv", "another-rule") != first
    assert len(contents(shelf)) == 2


def test_a_content_that_was_lost_is_kept_anew(shelf):
    first = store_file(TEXT, "a.csv", "text/csv", "incoming-file")
    default_storage.delete(first.location)
    again = store_file(TEXT, "a.csv", "text/csv", "incoming-file")
    assert b"".join(read_stored(again)) == TEXT


def test_a_changed_content_does_not_open(shelf):
    stored = store_file(TEXT, "a.csv", "text/csv", "incoming-file")
    (kept,) = contents(shelf)
    raw = bytearray(kept.read_bytes())
    raw[-1] ^= 1
    kept.write_bytes(bytes(raw))
    with pytest.raises(CryptoError):
        b"".join(read_stored(stored))


def test_a_content_under_another_row_does_not_open(shelf):
    first = store_file(b"one", "a.csv", "text/csv", "incoming-file")
    second = store_file(b"two", "b.csv", "text/csv", "incoming-file")
    first.location = second.location
    with pytest.raises(CryptoError):
        b"".join(read_stored(first))


def test_a_type_that_is_not_kept_is_refused(shelf):
    with pytest.raises(Refusal, match="file-type"):
        store_file(b"MZ", "a.exe", "application/x-msdownload", "incoming-file")
    assert contents(shelf) == []


def test_a_file_over_the_limit_is_refused(shelf, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 1000)
    with pytest.raises(Refusal, match="file-large"):
        store_file(b"x" * 1001, "a.csv", "text/csv", "incoming-file")
    assert contents(shelf) == []
    assert not StoredFile.objects.exists()


def test_a_row_that_cannot_be_written_takes_its_content_with_it(shelf, monkeypatch):
    def broken(**_):
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(StoredFile.objects, "create", broken)
    with pytest.raises(RuntimeError):
        store_file(TEXT, "a.csv", "text/csv", "incoming-file")
    assert contents(shelf) == []
