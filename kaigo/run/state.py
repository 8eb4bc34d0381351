"""What has been done already, so that the second start is quick: kept in `var/state.json`.

Each note is a fingerprint of what it depends on; when code, packages or the database differ, the step runs again.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

FILE = "state.json"
CODE = ("*.py", "*.yaml", "*.json", "*.csv")


class State:
    """Notes by name; a broken or missing file means that nothing is known to be done."""

    def __init__(self, var: Path) -> None:
        self.path = var / FILE
        try:
            self.notes: dict[str, Any] = dict(json.loads(self.path.read_text(encoding="utf8")))
        except (OSError, ValueError, TypeError):
            self.notes = {}

    def get(self, name: str) -> Any:
        return self.notes.get(name)

    def put(self, name: str, value: Any) -> None:
        self.notes[name] = value
        temporary = self.path.with_name(f".{FILE}")
        temporary.write_text(json.dumps(self.notes, ensure_ascii=False, indent=1), encoding="utf8")
        temporary.replace(self.path)


def database_identity(owner_url: str) -> tuple[str, int]:
    """Which database this is (it changes when the database is made anew) and how many migrations it has."""
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        row = connection.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid::text,"
            " to_regclass('django_migrations') IS NOT NULL FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        identity, migrated = row or ("", False)
        count = connection.execute("SELECT count(*) FROM django_migrations").fetchone() if migrated else None
    return identity, count[0] if count else 0


def has_residents(owner_url: str) -> bool:
    """Whether persons are in the database already, ours or a real city's."""
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        found = connection.execute("SELECT to_regclass('eligibility_resident') IS NOT NULL").fetchone()
        if not (found and found[0]):
            return False
        row = connection.execute("SELECT EXISTS (SELECT 1 FROM eligibility_resident)").fetchone()
    return bool(row and row[0])


def fingerprint(project: Path, folders: Iterable[str], patterns: Iterable[str] = CODE) -> str:
    """Digest of the files' names and contents under the folders, and of the pinned packages."""
    digest = hashlib.sha256((project / "requirements.lock").read_bytes())
    for folder in folders:
        for path in sorted({path for pattern in patterns for path in (project / folder).rglob(pattern)}):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
