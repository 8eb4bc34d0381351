"""Encryption at rest: a key ring that wraps data keys, AES-256-GCM under the data key, keyed hashes for lookup.

Every ciphertext is bound to where it belongs by its context (associated data): moved to another row it does not
open. Destroying a person's wrapped data key erases what is sealed under it, in the backups too.
"""

import base64
import hashlib
import hmac
import os
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEALED = b"\x01"  # version of a sealed value
STREAM = b"KGS1"  # version of a sealed stream
KEY = 32  # bytes
NONCE = 12  # bytes
TAG = 16  # bytes
SALT = 32  # bytes
CHUNK = 1 << 16  # bytes of plaintext in one chunk of a stream


class CryptoError(Exception):
    """A ciphertext does not open: wrong key, wrong place, changed or cut short. A defect or an attack, never input."""


def new_data_key() -> bytes:
    """A fresh data key of 32 bytes."""
    return AESGCM.generate_key(KEY * 8)


def seal(data_key: bytes, plaintext: bytes, context: str) -> bytes:
    """Encrypt under a data key, bound to `context` (for example `individual_number:<public id>`)."""
    nonce = os.urandom(NONCE)
    return SEALED + nonce + AESGCM(data_key).encrypt(nonce, plaintext, context.encode())


def unseal(data_key: bytes, sealed: bytes, context: str) -> bytes:
    """Decrypt what `seal` made. Raises CryptoError."""
    sealed = bytes(sealed)
    if sealed[:1] != SEALED:
        raise CryptoError("unknown version of a sealed value")
    try:
        return AESGCM(data_key).decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], context.encode())
    except (InvalidTag, ValueError) as error:
        raise CryptoError("a sealed value does not open") from error


class KeyRing:
    """The keys that wrap data keys. The first one wraps; the others only open what they wrapped (rotation)."""

    def __init__(self, keys: dict[str, bytes], lookup_key: bytes) -> None:
        if not keys or any(len(key) != KEY for key in keys.values()) or len(lookup_key) != KEY:
            raise ValueError("the key ring needs keys of 32 bytes, and a lookup key of 32 bytes")
        if any(not 1 <= len(name.encode()) <= 255 for name in keys):
            raise ValueError("a key id has 1 to 255 bytes")
        self._keys = keys
        self._active = next(iter(keys))
        self._lookup_key = lookup_key
        self._purposes: dict[str, bytes] = {}

    @classmethod
    def parse(cls, ring: str, lookup_key: str) -> "KeyRing":
        """A ring from its setting: `id:base64,id:base64`, the active key first. Raises ValueError."""
        keys: dict[str, bytes] = {}
        for part in ring.split(","):
            name, _, value = part.strip().partition(":")
            if name in keys:
                raise ValueError("a key id appears twice in the key ring")
            keys[name] = base64.b64decode(value, validate=True)
        return cls(keys, base64.b64decode(lookup_key, validate=True))

    @property
    def active(self) -> str:
        """The id of the key that wraps."""
        return self._active

    def wrap(self, data_key: bytes, context: str) -> bytes:
        """Encrypt a data key under the active key: length of the key id, key id, sealed key."""
        name = self._active.encode()
        return bytes([len(name)]) + name + seal(self._keys[self._active], data_key, context)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The data key. Raises CryptoError when its wrapping key is not on the ring or it does not open."""
        name, sealed = _split(bytes(wrapped))
        key = self._keys.get(name)
        if key is None:
            raise CryptoError("the wrapping key is not on the ring")
        return unseal(key, sealed, context)

    def is_current(self, wrapped: bytes) -> bool:
        """Whether a data key is wrapped under the active key."""
        return _split(bytes(wrapped))[0] == self._active

    def rewrap(self, wrapped: bytes, context: str) -> bytes:
        """The same data key under the active key; what is sealed under it stays as it is."""
        return bytes(wrapped) if self.is_current(wrapped) else self.wrap(self.unwrap(wrapped, context), context)

    def lookup(self, value: str, purpose: str) -> bytes:
        """The keyed hash under which a secret is found again; different for each purpose."""
        key = self._purposes.get(purpose)
        if key is None:
            key = self._purposes[purpose] = _derive(self._lookup_key, None, b"lookup:" + purpose.encode())
        return hmac.digest(key, value.encode(), hashlib.sha256)


def _split(wrapped: bytes) -> tuple[str, bytes]:
    length = wrapped[0] if wrapped else 0
    return wrapped[1 : 1 + length].decode(errors="replace"), wrapped[1 + length :]


def _derive(key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY, salt=salt, info=info).derive(key)


def ring() -> KeyRing:
    """The key ring of this installation (`KAIGO_KEYRING`, `KAIGO_LOOKUP_KEY`)."""
    from django.conf import settings

    return _ring(settings.KAIGO_KEYRING, settings.KAIGO_LOOKUP_KEY)


@lru_cache(maxsize=4)
def _ring(keyring: str, lookup_key: str) -> KeyRing:
    return KeyRing.parse(keyring, lookup_key)


def encrypt_stream(source: BinaryIO, target: BinaryIO, data_key: bytes, context: str) -> None:
    """Encrypt a stream in chunks; order, number and the end of the chunks are authenticated. Memory stays flat.

    Each stream has its own key, derived from the data key and a random salt: its counted nonces can meet neither
    those of another stream nor those of a sealed value under the same data key.
    """
    salt = os.urandom(SALT)
    cipher = AESGCM(_derive(data_key, salt, b"stream:" + context.encode()))
    target.write(STREAM + salt)
    for counter, (chunk, last) in enumerate(_chunks(source, CHUNK)):
        target.write(cipher.encrypt(_stream_nonce(counter, last=last), chunk, None))


def decrypt_stream(source: BinaryIO, data_key: bytes, context: str) -> Iterator[bytes]:
    """The chunks of an encrypted stream. Raises CryptoError when it was changed, re-ordered or cut short.

    What was already yielded is genuine, but only the end of the iteration says that nothing is missing.
    """
    header = _read(source, len(STREAM) + SALT)
    if header[: len(STREAM)] != STREAM:
        raise CryptoError("unknown version of a sealed stream")
    cipher = AESGCM(_derive(data_key, header[len(STREAM) :], b"stream:" + context.encode()))
    for counter, (chunk, last) in enumerate(_chunks(source, CHUNK + TAG)):
        try:
            yield cipher.decrypt(_stream_nonce(counter, last=last), chunk, None)
        except (InvalidTag, ValueError) as error:
            raise CryptoError("a sealed stream does not open") from error


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    chunk = _read(source, size)
    while True:
        following = _read(source, size) if len(chunk) == size else b""
        yield chunk, not following
        if not following:
            return
        chunk = following


def _read(source: BinaryIO, size: int) -> bytes:
    """Exactly `size` bytes unless the stream ends: a pipe or an upload may hand over less at a time."""
    parts = []
    while size and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _stream_nonce(counter: int, *, last: bool) -> bytes:
    return struct.pack(">QxxxB", counter, last)
