"""Secrets of an installation without its own configuration: generated once, kept under `var/` with mode 0600."""

import base64
import json
import os
import secrets
from pathlib import Path

from kaigo.common.refusal import Refusal

FILE = "secrets.json"
LATER = {"log_seal_key": lambda: f"s1:{random_key()}"}  # came after the first release: added where it is missing
PASSWORDS = ("postgres_password", "owner_password", "app_password", "report_password")


def random_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def generate() -> dict[str, str]:
    values = {"secret_key": secrets.token_urlsafe(50), "keyring": f"k1:{random_key()}", "lookup_key": random_key()}
    values |= {name: make() for name, make in LATER.items()}
    return values | {name: secrets.token_urlsafe(24) for name in PASSWORDS}


def load(var: Path, *, data_exists: bool) -> dict[str, str]:
    """The installation's secrets, generated on the first start. Call it under the start lock.

    Raises Refusal when there is a database but its secrets are gone: new ones could neither open it nor
    decrypt what is in it.
    """
    path = var / FILE
    if path.is_file():
        return _completed(path, _read(path))
    if data_exists:
        raise Refusal(
            "secrets-lost",
            f"{path} がありません。データベースの中の暗号化された項目は、このファイルの鍵がないと読めません。",
            ways=(f"バックアップから {path} を戻す。", "データを捨ててよければ bin/run --fresh で最初から始める。"),
        )
    values = generate()
    write_private(path, values)
    return values


def _completed(path: Path, values: dict[str, str]) -> dict[str, str]:
    """Secrets of an earlier release get what came later."""
    missing = {name: make() for name, make in LATER.items() if not values.get(name)}
    if missing:
        values |= missing
        write_private(path, values)
    return values


def _read(path: Path) -> dict[str, str]:
    try:
        values: dict[str, str] = json.loads(path.read_text(encoding="utf8"))
        missing = [name for name in ("secret_key", "keyring", "lookup_key", *PASSWORDS) if not values.get(name)]
    except (ValueError, AttributeError):
        missing = [FILE]
    if missing:
        raise Refusal(
            "secrets-broken",
            f"{path} が壊れています（{'、'.join(missing)} がありません）。",
            ways=(f"バックアップから {path} を戻す。",),
        )
    path.chmod(0o600)
    return values


def write_private(path: Path, values: dict[str, str]) -> None:
    """Write JSON that only the owner can read; whoever reads meanwhile sees the old or the new file, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf8") as file:
        json.dump(values, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
