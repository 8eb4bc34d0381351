"""A passkey device in software: makes and uses credentials as a platform authenticator does."""

import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

RP_ID = "kaigo.example"
ORIGIN = "https://kaigo.example"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def _digest(data: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(data)
    return digest.finalize()


class Device:
    """One device with at most one credential; every deviation from the honest way can be asked for."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = os.urandom(32)
        self.handle = b""
        self.count = 0

    def create(
        self, options: dict[str, Any], *, origin: str = ORIGIN, verified: bool = True, rp_id: str = RP_ID
    ) -> str:
        """The answer to the options of a registration."""
        assert options["authenticatorSelection"]["userVerification"] == "required"
        assert options["authenticatorSelection"]["residentKey"] == "required"
        self.handle = websafe_decode(options["user"]["id"])
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AuthenticatorData.create(
            _digest(rp_id.encode()),
            PRESENT | ATTESTED | (VERIFIED if verified else 0),
            self.count,
            AttestedCredentialData.create(b"\0" * 16, self.credential_id, public),
        )
        client = CollectedClientData.create("webauthn.create", options["challenge"], origin)
        return self._json({"clientDataJSON": client, "attestationObject": AttestationObject.create("none", data, {})})

    def get(
        self,
        options: dict[str, Any],
        *,
        origin: str = ORIGIN,
        verified: bool = True,
        key: ec.EllipticCurvePrivateKey | None = None,
        step: int = 1,
        handle: bytes | None = None,
        challenge: str = "",
    ) -> str:
        """The answer to the options of a sign-in."""
        assert options["userVerification"] == "required"
        self.count += step
        data = AuthenticatorData.create(
            _digest(RP_ID.encode()), PRESENT | (VERIFIED if verified else 0), self.count, b""
        )
        client = CollectedClientData.create("webauthn.get", challenge or options["challenge"], origin)
        signature = (key or self.key).sign(data + client.hash, ec.ECDSA(SHA256()))
        return self._json(
            {
                "clientDataJSON": client,
                "authenticatorData": data,
                "signature": signature,
                "userHandle": self.handle if handle is None else handle,
            }
        )

    def _json(self, response: dict[str, bytes]) -> str:
        name = websafe_encode(self.credential_id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {field: websafe_encode(value) for field, value in response.items()},
            }
        )
