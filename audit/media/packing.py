"""Packing what leaves (暗号化): one file in a zip encrypted with AES-256, under a password of its own."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from stream_zip import ZIP_64, stream_zip

# Without characters that are taken for one another when somebody reads the password to somebody else.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
GROUPS, GROUP = 5, 5  # 31 ** 25: more than 123 bits


@dataclass(frozen=True, slots=True)
class Packed:
    """What was written: bytes, and the SHA-256 of the encrypted file."""

    size: int
    sha256: str


def new_password() -> str:
    """A random password that can be read out over the telephone: five groups of five."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def pack(name: str, content: Iterable[bytes], target: BinaryIO, *, password: str, at: datetime) -> Packed:
    """Write `content` as the only member `name` of an encrypted zip; memory does not grow with its size."""
    digest, size = hashlib.sha256(), 0
    for chunk in stream_zip([(name, at, 0o100600, ZIP_64, content)], password=password):
        target.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    return Packed(size, digest.hexdigest())
