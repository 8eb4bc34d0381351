"""Passkeys: registered after proof, used without an id, refused whenever something is not as it must be (E07)."""

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from audit.identity.models import Passkey
from audit.models import AccessLog, Notice, Staff
from kaigo.common import clock
from tests import factories
from tests.identity.authenticator import Device

NOT_PROVED = "パスキーでは本人と確かめられませんでした"


@pytest.fixture
def device(person, clerk):
    """A device that the clerk has registered; the clerk has left."""
    person.sign_in(clerk)
    device, answer = person.register()
    assert answer.url == reverse("passkeys")
    person.leave()
    return device


def test_registered_named_logged_and_told(person, clerk, device):
    row = Passkey.objects.get()
    assert (row.staff, row.name, bytes(row.credential_id)) == (clerk, "窓口の端末", device.credential_id)
    assert AccessLog.objects.filter(staff=clerk, file="staff", act="enter", items=["パスキーの登録"]).count() == 1
    assert Notice.objects.filter(staff=clerk, text__contains="「窓口の端末」を登録しました").count() == 1


def test_signing_in_without_typing_an_id(person, clerk, device):
    assert person.use(device).url == "/"
    assert person.is_in
    row = AccessLog.objects.filter(act="login").latest("id")
    assert (row.staff, row.outcome, row.reason) == (clerk, "allowed", "パスキー (passkey)")
    assert Passkey.objects.get().last_used_at is not None


def test_the_handle_on_the_device_says_nothing_of_the_person(clerk, device):
    assert device.handle == clerk.public_id.bytes


def test_the_relying_party_is_not_taken_from_the_request(client, clerk, settings):
    settings.ALLOWED_HOSTS = ["*"]
    options = client.post(reverse("login-passkey-options"), headers={"Host": "evil.example"}).json()
    assert options["rpId"] == "kaigo.example"


@pytest.mark.parametrize(
    "deviation",
    [
        {"verified": False},
        {"origin": "https://evil.example"},
        {"origin": "http://kaigo.example"},
        {"origin": "https://other.kaigo.example"},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"challenge": b"0" * 32},
        {"handle": b"somebody else's.."},
    ],
    ids=["unverified", "origin", "plain-http", "other-host", "foreign-key", "old-challenge", "other-person"],
)
def test_an_answer_that_does_not_hold_is_refused_and_logged(person, device, deviation):
    answer = person.use(device, **deviation)
    assert NOT_PROVED in answer.content.decode()
    assert not person.is_in
    assert AccessLog.objects.filter(act="login", outcome="refused", reason__contains="パスキー").count() == 1


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"rawId": 1}',
        json.dumps({"id": "x", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "e30"}}),
    ],
)
def test_rubbish_is_refused_in_words(person, clerk, credential):
    person.options("login-passkey-options")
    answer = person.client.post(reverse("login-passkey"), {"credential": credential})
    assert NOT_PROVED in answer.content.decode()


def test_an_answer_counts_once(person, device):
    credential = device.get(person.options("login-passkey-options"))
    person.client.post(reverse("login-passkey"), {"credential": credential})
    person.leave()
    answer = person.client.post(reverse("login-passkey"), {"credential": credential})
    assert "やり直してください" in answer.content.decode()
    assert not person.is_in


def test_a_refused_challenge_is_used_up(person, device):
    options = person.options("login-passkey-options")
    person.client.post(reverse("login-passkey"), {"credential": device.get(options, verified=False)})
    person.client.post(reverse("login-passkey"), {"credential": device.get(options)})
    assert not person.is_in


@pytest.mark.parametrize("minutes", [6, -6])
def test_a_late_answer_or_one_from_the_future_is_refused(person, device, minutes):
    began = clock.now()
    with time_machine.travel(began, tick=False):
        credential = device.get(person.options("login-passkey-options"))
    with time_machine.travel(began + timedelta(minutes=minutes), tick=False):
        person.client.post(reverse("login-passkey"), {"credential": credential})
        assert not person.is_in


def test_an_answer_to_somebody_elses_challenge_is_refused(person, another_browser, device):
    credential = device.get(another_browser.options("login-passkey-options"))
    person.options("login-passkey-options")
    person.client.post(reverse("login-passkey"), {"credential": credential})
    assert not person.is_in


def test_a_device_that_nobody_registered_is_refused(person, clerk):
    stranger = Device()
    stranger.handle = clerk.public_id.bytes
    assert NOT_PROVED in person.use(stranger).content.decode()


def test_a_copied_key_is_noticed_by_its_count(person, clerk, device):
    person.use(device)
    person.leave()
    assert NOT_PROVED in person.use(device, step=0).content.decode()
    assert Notice.objects.filter(staff=clerk, urgent=True, text__contains="複製の疑い").count() == 1


def test_a_device_that_does_not_count_is_accepted(person, device):
    for _ in range(2):
        device.count = -1
        person.use(device)
        assert person.is_in
        person.leave()


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"valid_until": date(2020, 1, 1)}, {"absence": DateRange(date(2020, 1, 1), None)}],
)
def test_a_closed_id_does_not_come_in_by_passkey(person, clerk, device, change):
    Staff.objects.filter(pk=clerk.pk).update(**change)
    assert "所属長を通じて" in person.use(device).content.decode()
    assert not person.is_in
    row = AccessLog.objects.filter(act="login", outcome="refused").get()
    assert (row.staff_name, "passkey" in row.reason) == (clerk.login, True)


def test_a_lock_of_the_password_leaves_the_passkey(person, clerk, device):
    for _ in range(5):
        person.sign_in(clerk, "wrong")
    person.use(device)
    assert person.is_in


def test_registering_asks_again_who_is_there(person, clerk):
    began = clock.now()
    with time_machine.travel(began, tick=False):
        person.sign_in(clerk)
    with time_machine.travel(began + timedelta(minutes=6), tick=False):
        for name in ("passkey-new", "one-time-code-new"):
            assert (
                person.client.get(reverse(name)).url == f"/confirm-identity/?next={reverse(name).replace('/', '%2F')}"
            )
        assert person.client.post(reverse("passkey-new-options")).status_code == 302
        wrong = person.client.post(reverse("confirm-identity"), {"password": "wrong", "next": "/passkeys/new/"})
        assert wrong.status_code == 200
        assert person.client.get(reverse("passkey-new")).status_code == 302
        right = person.client.post(
            reverse("confirm-identity"), {"password": factories.PASSWORD, "next": "/passkeys/new/"}
        )
        assert right.url == "/passkeys/new/"
        assert person.client.get(reverse("passkey-new")).status_code == 200


@pytest.mark.parametrize(
    "deviation", [{"verified": False}, {"origin": "https://evil.example"}, {"rp_id": "evil.example"}]
)
def test_a_registration_that_does_not_hold_is_refused(person, clerk, deviation):
    person.sign_in(clerk)
    _, answer = person.register(**deviation)
    assert "登録できませんでした" in answer.content.decode()
    assert not Passkey.objects.exists()
    assert not Authenticator.objects.exists()


def test_a_passkey_belongs_to_one_person(person, clerk, device):
    colleague = factories.staff(name="隣席 秋子")
    person.sign_in(colleague)
    _, answer = person.register(device)
    assert "すでに登録されています" in answer.content.decode()
    assert Passkey.objects.get().staff == clerk
    assert Authenticator.objects.count() == 1


def test_the_database_holds_one_person_to_a_credential_too(clerk, device):
    other = Authenticator.objects.create(user=factories.staff(), type="webauthn", data={})
    with pytest.raises(IntegrityError), transaction.atomic():
        Passkey.objects.create(
            staff=other.user, authenticator=other, credential_id=device.credential_id, name="x", created_at=clock.now()
        )


def test_the_registered_ones_are_excluded_on_the_device(person, clerk, device):
    person.sign_in(clerk)
    assert len(person.options("passkey-new-options")["excludeCredentials"]) == 1


def test_a_name_is_needed_and_used_once(person, clerk, device):
    person.sign_in(clerk)
    assert "名前を入れてください" in person.register(name="")[1].content.decode()
    assert "同じ名前" in person.register(name="窓口の端末")[1].content.decode()
    assert person.register(name="青い鍵")[1].status_code == 302


def test_renamed_and_removed(person, clerk, device):
    person.sign_in(clerk)
    row = Passkey.objects.get()
    person.post("passkey", row.public_id, name="古い端末")
    assert "古い端末" in person.client.get(reverse("passkeys")).content.decode()
    assert "削除しますか" in person.client.get(reverse("passkey-remove", args=[row.public_id])).content.decode()
    person.post("passkey-remove", row.public_id)
    assert not Authenticator.objects.exists()
    assert AccessLog.objects.filter(items=["パスキーの削除"]).count() == 1
    assert Notice.objects.filter(staff=clerk, text__contains="「古い端末」を削除しました").count() == 1
    person.leave()
    person.use(device)
    assert not person.is_in


def test_somebody_elses_passkey_is_not_found(person, clerk, device):
    row = Passkey.objects.get()
    person.sign_in(factories.staff(name="隣席 秋子"))
    for name in ("passkey", "passkey-remove"):
        assert person.client.get(reverse(name, args=[row.public_id])).status_code == 404
        assert person.post(name, row.public_id, name="mine").status_code == 404
    assert person.client.get(reverse("passkey", args=[uuid4()])).status_code == 404
    assert Passkey.objects.get().name == "窓口の端末"


class TestReauthentication:
    """The signed-in person proves once more who they are (also what the screen lock asks)."""

    def test_by_passkey(self, person, clerk, device):
        began = clock.now()
        with time_machine.travel(began, tick=False):
            person.sign_in(clerk)
        with time_machine.travel(began + timedelta(minutes=6), tick=False):
            credential = device.get(person.options("confirm-identity-options"))
            answer = person.client.post(
                reverse("confirm-identity"), {"credential": credential, "next": "/passkeys/new/"}
            )
            assert answer.url == "/passkeys/new/"
            assert person.client.get(answer.url).status_code == 200

    def test_not_by_a_colleagues_passkey(self, person, clerk, device):
        began = clock.now()
        with time_machine.travel(began, tick=False):
            person.sign_in(factories.staff(name="隣席 秋子"))
        with time_machine.travel(began + timedelta(minutes=6), tick=False):
            credential = device.get({**person.options("confirm-identity-options")})
            answer = person.client.post(reverse("confirm-identity"), {"credential": credential})
            assert NOT_PROVED in answer.content.decode()
            assert person.client.get("/passkeys/new/").status_code == 302

    def test_not_without_verification(self, person, clerk, device):
        person.sign_in(clerk)
        credential = device.get(person.options("confirm-identity-options"), verified=False)
        answer = person.client.post(reverse("confirm-identity"), {"credential": credential})
        assert NOT_PROVED in answer.content.decode()

    def test_wrong_passwords_count_toward_the_lock(self, person, clerk):
        person.sign_in(clerk)
        answers = [person.client.post(reverse("confirm-identity"), {"password": "wrong"}).status_code for _ in range(5)]
        assert answers == [200, 200, 200, 200, 429]
        assert person.client.post(reverse("confirm-identity"), {"password": factories.PASSWORD}).status_code == 429

    def test_does_not_lead_outside(self, person, clerk):
        person.sign_in(clerk)
        fields = {"password": factories.PASSWORD, "next": "https://evil.example/"}
        assert person.client.post(reverse("confirm-identity"), fields).url == "/"


def test_the_interface_for_the_screen_lock(rf, clerk, device):
    """`begin_passkey` and `finish_passkey` on a request of the signed-in person, without the screens."""
    from django.contrib.sessions.backends.db import SessionStore

    from audit.identity import reauthentication
    from kaigo.common.refusal import Refusal

    request = rf.post("/")
    request.user, request.session = clerk, SessionStore()
    reauthentication.finish_passkey(request, device.get(reauthentication.begin_passkey(request)))
    assert reauthentication.is_recent(request)
    with pytest.raises(Refusal) as caught:
        reauthentication.finish_passkey(request, device.get({"userVerification": "required", "challenge": b"x" * 32}))
    assert caught.value.code == "passkey-late"
    reauthentication.check_password(request, factories.PASSWORD)
    with pytest.raises(Refusal) as caught:
        reauthentication.check_password(request, "wrong")
    assert caught.value.code == "wrong-password"
