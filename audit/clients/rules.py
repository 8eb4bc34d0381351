"""What holds for tokens and terms (E09, E14): pure, without database and clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

WINDOW = timedelta(seconds=60)  # what a rate limit counts over
# A range may not be so wide that it names nobody: bits of the network part, by version of the protocol.
NARROWEST = {4: 8, 6: 16}


class TokenState(StrEnum):
    """What a token is at a moment, by what ended it first."""

    LIVE = "live"
    CLOSING = "closing"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]

    @property
    def usable(self) -> bool:
        return self in (TokenState.LIVE, TokenState.CLOSING)


STATE_LABELS = {
    TokenState.LIVE: "有効",
    TokenState.CLOSING: "交換中",
    TokenState.EXPIRED: "期限切れ",
    TokenState.REPLACED: "交換済み",
    TokenState.REVOKED: "失効",
}


def token_state(
    now: datetime, *, valid_until: date, ends_at: datetime | None, revoked_at: datetime | None
) -> TokenState:
    """The state of a token at `now`; `valid_until` is its last day, `ends_at` the end of the overlap of a rotation."""
    if revoked_at is not None:
        return TokenState.REVOKED
    if ends_at is not None and now >= ends_at:
        return TokenState.REPLACED
    if now.date() > valid_until:
        return TokenState.EXPIRED
    return TokenState.LIVE if ends_at is None else TokenState.CLOSING


@dataclass(frozen=True, slots=True)
class Allowed:
    """What terms allow, to be compared: scopes, offices by id, address ranges, calls a minute."""

    scopes: frozenset[str]
    offices: frozenset[int]
    networks: frozenset[str]
    rate_per_minute: int


def allows_more(new: Allowed, old: Allowed | None) -> bool:
    """Whether `new` allows anything that `old` does not: only then a second person must decide."""
    if old is None:
        return True
    return bool(
        new.scopes - old.scopes
        or new.offices - old.offices
        or new.rate_per_minute > old.rate_per_minute
        or any(not _covered(network, old.networks) for network in new.networks)
    )


def _covered(network: str, by: Iterable[str]) -> bool:
    wanted = ip_network(network)
    for text in by:
        wide = ip_network(text)
        if wide.version == wanted.version and wanted.subnet_of(wide):  # type: ignore[arg-type]
            return True
    return False


def parse_networks(text: str) -> list[str]:
    """The address ranges of a text, one a line or separated by commas, in their usual form and without doubles.

    Raises ValueError with a Japanese sentence for what is no address, or too wide to name a caller.
    """
    found: dict[str, None] = {}
    for part in text.replace(",", "\n").replace("、", "\n").split():
        try:
            network = ip_network(part)
        except ValueError:
            raise ValueError(
                f"「{part[:43]}」はアドレスの範囲として読めません。10.0.1.5 や 10.0.1.0/24 のように入れてください。"
            ) from None
        if network.prefixlen < NARROWEST[network.version]:
            raise ValueError(f"「{network}」は広すぎます。接続元を絞ってください。")
        found[str(network)] = None
    if not found:
        raise ValueError("接続元のアドレスを1つ以上入れてください。")
    return list(found)


def within(address: str | None, networks: Iterable[str]) -> bool:
    """Whether an address lies in one of the ranges. An address that is not known lies nowhere."""
    if not address:
        return False
    here = ip_address(address)
    here = getattr(here, "ipv4_mapped", None) or here
    return any(here in ip_network(network) for network in networks)


def wait_for_room(calls: Iterable[int], now: int, limit: int) -> int:
    """Whole seconds until one more call fits: `calls` and `now` in microseconds, `limit` calls a window."""
    width = int(WINDOW.total_seconds() * 1_000_000)
    recent = sorted(moment for moment in calls if moment > now - width)
    if len(recent) < limit:
        return 0
    left = recent[len(recent) - limit] + width - now
    return max(1, -(-left // 1_000_000))
