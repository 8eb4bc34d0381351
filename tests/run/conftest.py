"""Installations of their own, outside the project, stopped and removed whatever happens."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from kaigo.run import places, services

ROOT = os.geteuid() == 0


@pytest.fixture
def folder():
    """A folder that PostgreSQL's account can pass through (pytest's own tmp_path is closed to others)."""
    path = Path(tempfile.mkdtemp(prefix="kaigo-test-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def var(folder):
    path = folder / "var"
    yield path
    discard(path)


@pytest.fixture(scope="module")
def kept_var():
    """One installation for the tests of a module that leave it usable."""
    base = Path(tempfile.mkdtemp(prefix="kaigo-test-", dir="/tmp"))
    base.chmod(0o755)
    yield base / "var"
    discard(base / "var")
    shutil.rmtree(base, ignore_errors=True)


def discard(var):
    if var.is_dir():
        services.stop(var)
    if ROOT:
        shutil.rmtree(places.SHARED_ROOT / places.digest_of(var.resolve()), ignore_errors=True)
