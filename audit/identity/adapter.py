"""What django-allauth asks this installation: who the relying party is, and how secrets lie in the database."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from audit.models import Staff
from kaigo.common import crypto

CONTEXT = "identity.factor"


class FactorAdapter(DefaultMFAAdapter):
    """The relying party comes from the settings, never from the request; secrets are sealed under the key ring."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": settings.WEBAUTHN_RP_ID, "name": f"{settings.INSURER_NAME} 介護保険システム"}

    def get_public_key_credential_user_entity(self, user: Staff) -> dict[str, object]:
        # The handle lies in the clear on the device: the random public id, not the number of the row.
        return {"id": user.public_id.bytes, "name": user.login, "display_name": user.name}

    def get_totp_issuer(self) -> str:
        return f"{settings.INSURER_NAME}介護保険"

    def get_totp_label(self, user: Staff) -> str:
        return user.login

    def encrypt(self, text: str) -> str:
        key = crypto.new_data_key()
        wrapped = crypto.ring().wrap(key, CONTEXT)
        sealed = crypto.seal(key, text.encode(), CONTEXT)
        return f"{_text(wrapped)}.{_text(sealed)}"

    def decrypt(self, encrypted_text: str) -> str:
        wrapped, sealed = (base64.b64decode(part, validate=True) for part in encrypted_text.split("."))
        return crypto.unseal(crypto.ring().unwrap(wrapped, CONTEXT), sealed, CONTEXT).decode()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
