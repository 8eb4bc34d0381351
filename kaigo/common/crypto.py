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
NONCE = 12  # bytes
CHUNK = 1 << 16  # bytes of plaintext in one chunk of a stream


class CryptoError(Exception):
    """A ciphertext does not open: wrong key, wrong place, changed or cut short. A defect or an attack, never input."""


def new_data_key() -> bytes:
    """A fresh data key of 32 bytes."""
    return AESGCM.generate_key(256)


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
        if not keys or any(len(key) != 32 for key in keys.values()) or len(lookup_key) != 32:
            raise ValueError("the key ring needs keys of 32 bytes, and a lookup key of 32 bytes")
        if any(not name or len(name.encode()) > 255 for name in keys):
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
            key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"lookup:" + purpose.encode()).derive(self._lookup_key)
            self._purposes[purpose] = key
        return hmac.digest(key, value.encode(), hashlib.sha256)


def _split(wrapped: bytes) -> tuple[str, bytes]:
    length = wrapped[0] if wrapped else 0
    return wrapped[1 : 1 + length].decode(errors="replace"), wrapped[1 + length :]


def ring() -> KeyRing:
    """The key ring of this installation (`KAIGO_KEYRING`, `KAIGO_LOOKUP_KEY`)."""
    from django.conf import settings

    return _ring(settings.KAIGO_KEYRING, settings.KAIGO_LOOKUP_KEY)


@lru_cache(maxsize=4)
def _ring(keyring: str, lookup_key: str) -> KeyRing:
    return KeyRing.parse(keyring, lookup_key)


def encrypt_stream(source: BinaryIO, target: BinaryIO, data_key: bytes, context: str) -> None:
    """Encrypt a stream in chunks; order, number and the end of the chunks are authenticated. Memory stays flat."""
    prefix = os.urandom(7)
    cipher = AESGCM(data_key)
    target.write(STREAM + prefix)
    counter, chunk = 0, source.read(CHUNK)
    while True:
        following = source.read(CHUNK)
        target.write(cipher.encrypt(_stream_nonce(prefix, counter, last=not following), chunk, context.encode()))
        if not following:
            return
        counter, chunk = counter + 1, following


def decrypt_stream(source: BinaryIO, data_key: bytes, context: str) -> Iterator[bytes]:
    """The chunks of an encrypted stream. Raises CryptoError when it was changed, re-ordered or cut short."""
    header = source.read(len(STREAM) + 7)
    if header[: len(STREAM)] != STREAM:
        raise CryptoError("unknown version of a sealed stream")
    prefix, cipher = header[len(STREAM) :], AESGCM(data_key)
    counter, chunk = 0, source.read(CHUNK + 16)
    while True:
        following = source.read(CHUNK + 16)
        try:
            yield cipher.decrypt(_stream_nonce(prefix, counter, last=not following), chunk, context.encode())
        except (InvalidTag, ValueError) as error:
            raise CryptoError("a sealed stream does not open") from error
        if not following:
            return
        counter, chunk = counter + 1, following


def _stream_nonce(prefix: bytes, counter: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">I", counter) + (b"\x01" if last else b"\x00")
