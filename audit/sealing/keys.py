"""The keys of the seals: Ed25519. The private one comes from the environment, never from the database.

`KAIGO_LOG_SEAL_KEY` is `id:base64 of 32 bytes` and signs; `KAIGO_LOG_SEAL_PUBLIC_KEYS` lists earlier keys as
`id:base64 of the public key`, by comma, so that seals made before a change of the key are still verified.
"""

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from kaigo.common.refusal import Refusal


def signing_key() -> tuple[str, Ed25519PrivateKey]:
    """The id and the private key that seals. Raises Refusal for a malformed setting."""
    name, raw = _entry(settings.LOG_SEAL_KEY, "KAIGO_LOG_SEAL_KEY")
    return name, Ed25519PrivateKey.from_private_bytes(raw)


def public_keys() -> dict[str, Ed25519PublicKey]:
    """Every key that a seal may be signed with, by id. Raises Refusal for a malformed setting."""
    entries = (_entry(text, "KAIGO_LOG_SEAL_PUBLIC_KEYS") for text in settings.LOG_SEAL_PUBLIC_KEYS)
    found = {name: Ed25519PublicKey.from_public_bytes(raw) for name, raw in entries}
    name, private = signing_key()
    return {**found, name: private.public_key()}


def read_public_keys(text: str) -> dict[str, Ed25519PublicKey]:
    """The keys of a file that `export_seals` wrote: one `id:base64` a line."""
    entries = (_entry(line, "鍵ファイル") for line in text.split())
    return {name: Ed25519PublicKey.from_public_bytes(raw) for name, raw in entries}


def public_text(keys: Mapping[str, Ed25519PublicKey]) -> str:
    """The keys as one `id:base64` a line."""
    return "".join(f"{name}:{base64.b64encode(key.public_bytes_raw()).decode()}\n" for name, key in keys.items())


def is_signed(key: Ed25519PublicKey, signature: bytes, payload: bytes) -> bool:
    """Whether the signature over the payload was made with the key's private half."""
    try:
        key.verify(signature, payload)
    except InvalidSignature:
        return False
    return True


def _entry(text: str, where: str) -> tuple[str, bytes]:
    name, _, encoded = text.strip().partition(":")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raw = b""
    if not name or len(raw) != 32:
        raise Refusal("seal-key", f"{where} は「名前:32バイトのbase64」の形で指定してください。")
    return name[:20], raw
