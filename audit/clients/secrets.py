"""The secret of a token: made once, shown once, kept as a keyed hash only (E09)."""

import hmac
import re
import secrets
from dataclasses import dataclass

from audit.clients.models import Token
from kaigo.common import crypto

PURPOSE = "api-token"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # without letters that are mistaken for figures
PREFIX = re.compile(r"kc_[0-9a-z]{8}")
WHOLE = re.compile(r"kc_[0-9a-z]{8}_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Secret:
    """A new token: what the client is given, how it is told apart, and what is kept."""

    text: str
    prefix: str
    digest: bytes

    def __repr__(self) -> str:
        return f"Secret({self.prefix})"


def make() -> Secret:
    """A new secret of 256 random bits behind an identifying prefix: `kc_xxxxxxxx_…`."""
    prefix = "kc_" + "".join(secrets.choice(ALPHABET) for _ in range(8))
    text = f"{prefix}_{secrets.token_urlsafe(32)}"
    return Secret(text, prefix, digest_of(text))


def digest_of(text: str) -> bytes:
    """The keyed hash under which a token is kept and found."""
    return crypto.ring().lookup(text, PURPOSE)


def token_of(text: str) -> Token | None:
    """The token with this secret, in whatever state; None when there is none.

    It is found by its keyed hash and compared in constant time: how long it takes says nothing about any secret,
    since nobody without the key knows the hash of what they sent.
    """
    digest = digest_of(text)
    row = Token.objects.select_related("client__office").filter(digest=digest).first()
    same = hmac.compare_digest(bytes(row.digest) if row else bytes(len(digest)), digest)
    return row if same else None
