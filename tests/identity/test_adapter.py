"""Secrets of factors at rest, and the relying party."""

import base64

import pytest
from allauth.mfa.adapter import get_adapter
from django.conf import settings as live
from django.test import override_settings

from audit.models import Staff
from kaigo.common.crypto import CryptoError

OTHER = base64.b64encode(b"2" * 32).decode()


def test_a_secret_opens_again_and_never_looks_the_same():
    adapter = get_adapter()
    first, second = adapter.encrypt("JBSWY3DP"), adapter.encrypt("JBSWY3DP")
    assert first != second
    assert "JBSWY3DP" not in first
    assert adapter.decrypt(first) == adapter.decrypt(second) == "JBSWY3DP"


def test_a_secret_opens_after_the_key_ring_was_rotated():
    sealed = get_adapter().encrypt("JBSWY3DP")
    with override_settings(KAIGO_KEYRING=f"k2:{OTHER},{live.KAIGO_KEYRING}"):
        assert get_adapter().decrypt(sealed) == "JBSWY3DP"
    with override_settings(KAIGO_KEYRING=f"k2:{OTHER}"), pytest.raises(CryptoError):
        get_adapter().decrypt(sealed)


def test_a_secret_that_was_changed_does_not_open():
    wrapped, _, sealed = get_adapter().encrypt("JBSWY3DP").partition(".")
    flipped = base64.b64encode(base64.b64decode(sealed)[:-1] + b"x").decode()
    with pytest.raises(CryptoError):
        get_adapter().decrypt(f"{wrapped}.{flipped}")


def test_the_authenticator_shows_the_office_and_the_id_and_no_name():
    url = get_adapter().build_totp_url(Staff(login="c012345", name="窓口 春子"), "JBSWY3DP")
    assert url.startswith("otpauth://totp/c012345?secret=JBSWY3DP&issuer=")
    assert "春子" not in url
