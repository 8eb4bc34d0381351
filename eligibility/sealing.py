"""What is sealed under a person's own key: destroying the key (issue of retention) makes it unreadable everywhere."""

from eligibility.models import PersonKey, Resident
from kaigo.common import crypto


def seal(resident: Resident, plain: str, what: str) -> bytes:
    """Seal a text under the person's key, which is made when there is none. `what` ties it to its place."""
    return crypto.seal(_key(resident), plain.encode(), f"{what}:{resident.addressee_number}")


def unseal(resident: Resident, sealed: bytes, what: str) -> str:
    """The text again. Raises CryptoError when it was changed, moved to another person, or the key is destroyed."""
    return crypto.unseal(_key(resident), bytes(sealed), f"{what}:{resident.addressee_number}").decode()


def _key(resident: Resident) -> bytes:
    context = f"person:{resident.addressee_number}"
    held = PersonKey.objects.filter(resident=resident).values_list("wrapped", flat=True).first()
    if held is None:
        held = crypto.ring().wrap(crypto.new_data_key(), context)
        PersonKey.objects.create(resident=resident, wrapped=held)
    return crypto.ring().unwrap(bytes(held), context)
