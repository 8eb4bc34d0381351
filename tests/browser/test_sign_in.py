"""Passkeys with Chromium's own authenticator: registered, used and refused, by keyboard alone."""

from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from audit.identity.models import Passkey
from audit.models import AccessLog


class Platform:
    """The fingerprint sensor of the workstation, as Chromium plays it."""

    def __init__(self, session: CDPSession) -> None:
        self.session = session
        session.send("WebAuthn.enable")
        options: dict[str, Any] = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.id = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def finger(self, *, known: bool) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": known})


@pytest.fixture
def platform(page) -> Platform:
    return Platform(page.context.new_cdp_session(page))


@pytest.fixture(autouse=True)
def relying_party(settings):
    settings.WEBAUTHN_RP_ID, settings.WEBAUTHN_ORIGINS = "localhost", []


def tab_to(site, words):
    """Press Tab until the element with the words has the focus, as somebody without a mouse does."""
    for _ in range(40):
        site.page.keyboard.press("Tab")
        focused = site.page.evaluate(
            "() => { const e = document.activeElement; return e.innerText || e.labels?.[0]?.innerText || '' }"
        )
        if focused.startswith(words):
            return
    pytest.fail(f"{words} cannot be reached with the Tab key")


def register(site):
    site.open("/passkeys/")
    tab_to(site, "パスキーを登録する")
    site.page.keyboard.press("Enter")
    site.page.wait_for_url("**/passkeys/new/")
    tab_to(site, "名前")
    site.page.keyboard.type("窓口の端末")
    site.page.keyboard.press("Enter")


def test_registered_and_used_by_keyboard_alone(site, platform):
    site.sign_in("madoguchi")
    register(site)
    expect(site.page.get_by_text("パスキー「窓口の端末」を登録しました")).to_be_visible()
    site.check()

    site.sign_off()
    site.check()
    tab_to(site, "パスキーで入る")
    site.page.keyboard.press("Enter")
    expect(site.page.get_by_role("button", name="ログアウト")).to_be_visible()
    assert AccessLog.objects.filter(act="login", outcome="allowed", reason__contains="passkey").count() == 1
    site.check()


def test_nobody_comes_in_when_the_finger_is_not_known(site, platform):
    site.sign_in("madoguchi")
    register(site)
    expect(site.page.get_by_text("を登録しました")).to_be_visible()
    site.sign_off()
    platform.finger(known=False)
    site.page.get_by_role("button", name="パスキーで入る").click()
    expect(site.page.get_by_text("パスキーでの本人確認ができませんでした")).to_be_visible()
    expect(site.page.get_by_role("button", name="ログアウト")).to_be_hidden()
    site.check()


def test_nothing_is_registered_when_the_finger_is_not_known(site, platform):
    site.sign_in("madoguchi")
    platform.finger(known=False)
    register(site)
    expect(site.page.get_by_text("登録できませんでした")).to_be_visible()
    assert not Passkey.objects.exists()


def test_the_screens_of_ones_own_means_are_accessible(site):
    site.sign_in("kanri")
    for path in ("/password/", "/passkeys/new/", "/one-time-code/", "/one-time-code/new/", "/confirm-identity/"):
        site.open(path)
        site.check()
    site.open("/sign-in-ids/")
    site.check()
    site.page.get_by_role("link", name="madoguchi").click()
    site.page.get_by_text("パスワードを再発行する").click()
    site.check()
    site.page.get_by_role("button", name="再発行する").click()
    expect(site.page.get_by_text("新しい仮のパスワード")).to_be_visible()
    site.check()


def test_password_sign_in_in_words_when_it_fails(site):
    site.open("/login/")
    site.page.keyboard.type("madoguchi")
    site.page.keyboard.press("Tab")
    site.page.keyboard.type("wrong")
    site.page.keyboard.press("Enter")
    expect(site.page.get_by_text("利用者IDかパスワードが違います")).to_be_visible()
    site.check()
