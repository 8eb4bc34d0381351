"""The city's common sign-on, against a real provider on this machine (B2)."""

import time
from datetime import date
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings as live
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.urls import reverse

from audit.identity import views
from audit.models import AccessLog, Staff
from tests.identity.provider import CLIENT, SECRET, Provider, serve

KEY = rsa.generate_private_key(65537, 2048)
REFUSED = "職員認証基盤の応答を確かめられなかった"


@pytest.fixture
def provider(settings, clerk):
    provider = Provider(key=KEY, person=clerk.login)
    server = serve(provider)
    settings.OIDC_DISCOVERY_URL = f"{provider.issuer}/.well-known/openid-configuration"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    settings.OIDC_REDIRECT_URI = "https://kaigo.example/login/sso/return/"
    yield provider
    server.shutdown()
    server.server_close()


def begin(client, **query):
    return client.get(reverse("login-sso"), query)


def come_back(client, answer, **bent):
    """Go to the provider as a browser does, and come back with what it sends."""
    back = requests.get(answer.url, allow_redirects=False, timeout=5).headers["Location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    return client.get(reverse("login-sso-return"), {**query, **bent})


def is_in(client):
    return client.get(reverse("notices")).status_code == 200


def test_the_way_there_and_back(client, clerk, provider):
    answer = come_back(client, begin(client, next="/notices/"))
    assert is_in(client)
    assert 'content="0;url=/notices/"' in answer.content.decode()
    row = AccessLog.objects.get(act="login")
    assert (row.staff, row.outcome, row.reason) == (clerk, "allowed", "職員認証基盤 (sso)")


def test_what_is_asked_for(client, provider):
    query = parse_qs(urlsplit(begin(client).url).query)
    assert query["redirect_uri"] == ["https://kaigo.example/login/sso/return/"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 40
    assert len(query["nonce"][0]) >= 40


def test_the_cookie_of_the_way_is_narrow(client, provider):
    cookie = begin(client).cookies[views.FLOW_COOKIE]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/login/sso/", "Lax", True)


def test_it_stands_on_the_sign_in_page_when_it_is_configured(client, provider, settings):
    assert "職員認証基盤でログイン" in client.get("/login/").content.decode()
    settings.OIDC_DISCOVERY_URL = ""
    assert "職員認証基盤でログイン" not in client.get("/login/").content.decode()
    assert begin(client).url == "/login/"
    assert client.get(reverse("login-sso-return")).url == "/login/"


@pytest.mark.parametrize(
    "bend",
    [
        {"nonce": "another one"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": [CLIENT, "another"]},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 600},
        {"exp": None},
        {"iat": int(time.time()) + 600},
        {"nbf": int(time.time()) + 600},
        {"sub": None},
    ],
    ids=lambda bend: "-".join(f"{name}={'none' if value is None else 'bent'}" for name, value in bend.items()),
)
def test_a_token_that_does_not_hold_is_refused(client, provider, bend):
    provider.claims = bend
    answer = come_back(client, begin(client))
    assert REFUSED in answer.content.decode()
    assert not is_in(client)
    assert AccessLog.objects.filter(act="login", outcome="refused", reason__contains="sso").count() == 1


def test_a_token_signed_by_somebody_else_is_refused(client, provider):
    provider.signing_key = rsa.generate_private_key(65537, 2048)
    assert REFUSED in come_back(client, begin(client)).content.decode()
    assert not is_in(client)


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_a_token_without_a_real_signature_is_refused(client, provider, algorithm):
    public = "the public key, which everybody knows, as a shared secret"
    provider.algorithm, provider.signing_key = algorithm, public
    assert REFUSED in come_back(client, begin(client)).content.decode()
    assert not is_in(client)


def test_several_audiences_are_fine_when_the_token_was_asked_for_here(client, provider):
    provider.claims = {"aud": [CLIENT, "another"], "azp": CLIENT}
    come_back(client, begin(client))
    assert is_in(client)


def test_an_answer_to_another_question_is_refused(client, provider):
    assert REFUSED in come_back(client, begin(client), state="x" * 43).content.decode()
    assert not is_in(client)


def test_an_answer_in_another_browser_is_refused(client, provider):
    other = Client()
    assert "はじめから" in come_back(other, begin(client)).content.decode()
    assert not is_in(other)


def test_a_forged_cookie_is_refused(client, provider):
    answer = begin(client)
    client.cookies[views.FLOW_COOKIE] = '{"state": "x"}:forged:signature'
    assert "はじめから" in come_back(client, answer).content.decode()
    assert not is_in(client)


def test_an_answer_counts_once(client, provider):
    answer = begin(client)
    come_back(client, answer)
    client.post(reverse("logout"))
    come_back(client, answer)
    assert not is_in(client)


def test_who_cancels_is_told_to_begin_again(client, provider):
    begin(client)
    answer = client.get(reverse("login-sso-return"), {"error": "access_denied", "state": "x"})
    assert REFUSED in answer.content.decode()


def test_somebody_without_an_id_here_is_refused_and_no_account_is_made(client, provider):
    provider.person = "stranger"
    before = Staff.objects.count()
    answer = come_back(client, begin(client))
    assert "このシステムにありません" in answer.content.decode()
    assert Staff.objects.count() == before
    assert not is_in(client)
    assert AccessLog.objects.filter(outcome="refused", reason__contains="このシステムにありません").count() == 1


@pytest.mark.parametrize("value", ["", 7, None, ["clerk"], {"login": "x"}])
def test_a_claim_that_names_nobody_is_refused(client, provider, value):
    provider.claims = {"preferred_username": value}
    assert "このシステムにありません" in come_back(client, begin(client)).content.decode()


def test_the_personnel_number_may_be_what_names_the_person(client, clerk, provider, settings):
    settings.OIDC_CLAIM, settings.OIDC_CLAIM_IS = "employee_number", "personnel_number"
    provider.claims = {"employee_number": "0012345"}
    come_back(client, begin(client))
    assert not is_in(client)
    Staff.objects.filter(pk=clerk.pk).update(personnel_number="0012345")
    come_back(client, begin(client))
    assert is_in(client)


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"valid_until": date(2020, 1, 1)}, {"absence": DateRange(date(2020, 1, 1), None)}],
)
def test_a_closed_id_does_not_come_in_by_the_sign_on(client, clerk, provider, change):
    Staff.objects.filter(pk=clerk.pk).update(**change)
    assert "所属長を通じて" in come_back(client, begin(client)).content.decode()
    assert not is_in(client)
    row = AccessLog.objects.get(act="login", outcome="refused")
    assert (row.staff_name, "sso" in row.reason) == (clerk.login, True)


def test_it_does_not_lead_outside(client, provider):
    answer = come_back(client, begin(client, next="https://evil.example/"))
    assert 'content="0;url=/"' in answer.content.decode()


def test_a_session_planted_before_is_worth_nothing(client, clerk, provider):
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies[live.SESSION_COOKIE_NAME] = planted = session.session_key
    come_back(client, begin(client))
    assert client.session.session_key != planted


def test_a_provider_that_is_down_is_said_so(client, provider, settings):
    settings.OIDC_DISCOVERY_URL = "http://127.0.0.1:9/.well-known/openid-configuration"
    settings.OIDC_TIMEOUT = 1
    assert "職員認証基盤につながりません" in begin(client).content.decode()


@pytest.mark.parametrize(("status", "words"), [(500, "つながりません"), (401, REFUSED)])
def test_a_token_endpoint_that_fails(client, provider, status, words):
    provider.token_status = status
    assert words in come_back(client, begin(client)).content.decode()
    assert not is_in(client)


def test_the_provider_of_the_tests_signs_what_it_says(provider):
    token = provider.id_token("n")
    assert jwt.decode(token, KEY.public_key(), ["RS256"], audience=CLIENT)["nonce"] == "n"
