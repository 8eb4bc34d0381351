"""The API from outside: who gets in, who does not and why, what is recorded of it."""

import json
import threading
from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
from django.db import DatabaseError, connection
from django.test import Client as Caller
from django.urls import clear_url_caches, path, reverse
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.response import Response

from audit import access
from audit.clients import limits, services
from audit.clients.api import ClientView
from audit.clients.authentication import caller_of
from audit.clients.models import Call, Client, Token
from audit.history import recorded
from audit.models import AccessLog, Notice
from audit.permissions import require
from audit.rights import Act, File
from kaigo import urls
from kaigo.common import clock
from kaigo.common.refusal import NotFound
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(house):
    """The secret of a token of an approved client."""
    return house.issue(house.approved())[1]


@pytest.fixture
def person(house):
    return factories.resident(office=house.office)


@pytest.fixture
def endpoint(house, reading, person):
    """An endpoint as a room would write it: `/api/v1/test/…` discloses one resident."""

    class Reading(ClientView):
        scope = reading.name
        act = staticmethod(lambda view, request: None)

        def get(self, request):
            require(request.actor, File.ELIGIBILITY, Act.VIEW, person.office_id, subjects=[person.public_id])
            access.record(request, File.ELIGIBILITY, Act.VIEW, subjects=[person.public_id], items=("氏名",))
            return Response({"name": person.name})

        def post(self, request):
            return type(self).act(self, request)

    route = path("api/v1/test", Reading.as_view(), name="api-test")
    urls.urlpatterns.append(route)
    clear_url_caches()
    yield Reading
    urls.urlpatterns.remove(route)
    clear_url_caches()


def refused(answer, status, code):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:kaigo:refusal:{code}")
    assert body["title"].endswith("。")
    return body


class TestGettingIn:
    def test_whoami_says_who_one_is(self, call, key):
        answer = call(key)
        assert answer.status_code == HTTPStatus.OK
        assert answer.json() == {
            "client": "申請管理システム", "system": "申請管理システム 第2期", "token": key.prefix,
            "valid_until": "2027-03-31", "ends_at": None, "scopes": ["whoami"], "offices": ["本庁"],
            "rate_per_minute": 60, "rate_left": 59,
        }  # fmt: skip
        assert answer["Cache-Control"] == "no-store"
        assert not answer.cookies

    def test_the_call_is_in_the_ledger_with_the_token_and_the_request(self, call, key):
        answer = call(key)
        row = Call.objects.get()
        assert (row.client.name, row.token.prefix, row.route, row.status) == (
            "申請管理システム", key.prefix, "api-whoami", 200,
        )  # fmt: skip
        assert (str(row.request_id), row.address) == (answer["X-Request-Id"], "10.0.1.5")

    def test_the_scheme_may_be_written_in_any_case(self, call, key):
        assert call(key, scheme="bearer").status_code == HTTPStatus.OK


class TestNotGettingIn:
    def test_without_a_token(self, call, db):
        answer = call()
        refused(answer, 401, "no-token")
        assert answer["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize(
        "text",
        ["kc_00000000_" + "A" * 43, "kc_00000000", "x", "kc_00000000_" + "A" * 5000, "秘密の鍵", "' OR 1=1 --"],
    )
    def test_with_a_wrong_one(self, call, key, text):
        answer = call(text.encode().decode("latin1"))
        refused(answer, 401, "bad-token")
        assert answer["WWW-Authenticate"].startswith("Bearer")
        row = AccessLog.objects.get(outcome="refused")
        assert (row.act, row.staff, row.staff_name, row.route) == ("login", None, "", "api-whoami")
        assert text not in row.reason
        assert not Call.objects.exists()

    def test_with_one_letter_wrong(self, call, key):
        last = "A" if key.text[-1] != "A" else "B"
        refused(call(key.text[:-1] + last), 401, "bad-token")

    def test_with_the_right_token_under_another_scheme(self, call, key):
        refused(call(key, scheme="Token"), 401, "bad-token")

    def test_after_its_last_day(self, call, key):
        with clock.at(clock.now().replace(year=2027, month=3, day=31, hour=23)):
            assert call(key).status_code == HTTPStatus.OK
        with clock.at(clock.now().replace(year=2027, month=4, day=1, hour=0)):
            refused(call(key), 401, "token-expired")

    def test_once_revoked_from_the_next_call_on(self, call, house, key):
        assert call(key).status_code == HTTPStatus.OK
        services.revoke(house.actor(), Token.objects.get(), reason="漏えいのおそれ")
        refused(call(key), 401, "token-revoked")
        row = AccessLog.objects.filter(outcome="refused").get()
        assert (row.staff_name, row.session, row.roles) == ("申請管理システム", key.prefix, ["API利用者"])
        assert Call.objects.filter(code="token-revoked", status=401).exists()

    def test_after_the_overlap_of_a_rotation(self, call, house, key):
        old = Token.objects.get()
        _, new = services.rotate(house.actor(), old, valid_until=old.valid_until, overlap_hours=1, version=1)
        assert call(new).status_code == HTTPStatus.OK
        ends = call(key).json()["ends_at"]
        assert (datetime.fromisoformat(ends), ends[-6:]) == (Token.objects.get(pk=old.pk).ends_at, "+09:00")
        with clock.at(clock.now() + timedelta(hours=1)):
            refused(call(key), 401, "token-replaced")
            assert call(new).status_code == HTTPStatus.OK

    def test_from_another_address(self, call, key):
        refused(call(key, address="10.0.2.5"), 403, "other-address")
        assert call(key, address="10.0.1.254").status_code == HTTPStatus.OK

    def test_behind_a_header_that_claims_the_right_address(self, call, key):
        refused(call(key, address="10.0.2.5", HTTP_X_FORWARDED_FOR="10.0.1.5"), 403, "other-address")

    def test_of_a_client_that_lost_its_approval(self, call, key):
        """No token can be issued without terms; one that exists all the same opens nothing."""
        Client.objects.get().terms.update(state="refused")
        refused(call(key), 403, "not-approved")

    def test_of_an_ended_client(self, call, house, key):
        services.end_client(house.actor(), Client.objects.get(), reason="契約の終了", version=1)
        refused(call(key), 403, "client-ended")

    @pytest.mark.parametrize("query", ["?token=x", "?access_token=x", "?API_KEY=x", "?q={}", "?q=a&q=b{}"])
    def test_with_the_token_in_the_address_even_beside_a_header(self, call, house, key, query):
        refused(call(key, path=reverse("api-whoami") + query.format(key.text)), 400, "token-in-address")
        told = Notice.objects.filter(staff=house.staff["keeper"], urgent=True)
        assert told.exists() == ("{}" in query)

    def test_who_keeps_it_hears_of_an_exposed_token_once(self, call, house, key):
        for _ in range(3):
            call(path=f"{reverse('api-whoami')}?q={key.text}")
        notice = Notice.objects.get(staff=house.staff["keeper"], urgent=True)
        assert key.prefix in notice.text
        assert key.text not in notice.text
        assert not Notice.objects.filter(staff__in=[house.staff["auditor"], house.staff["outsider"]]).exists()

    def test_a_session_of_staff_opens_nothing(self, call, house, client):
        client.force_login(house.staff["keeper"])
        refused(call(client=client), 401, "no-token")


class TestScopes:
    def test_a_scope_that_the_token_lacks(self, call, house, reading, endpoint):
        _, secret = house.issue(house.approved(scopes=["whoami", reading.name]), scopes=["whoami"])
        body = refused(call(secret, "/api/v1/test"), 403, "no-scope")
        assert "資格の照会" in body["title"]
        row = AccessLog.objects.get(outcome="refused", file="eligibility")
        assert (row.act, row.staff_name, row.route) == ("view", "申請管理システム", "api-test")

    def test_a_scope_that_the_terms_lost_is_lost_at_once(self, call, house, reading, endpoint):
        client = house.approved(scopes=["whoami", reading.name])
        _, secret = house.issue(client)
        assert call(secret, "/api/v1/test").status_code == HTTPStatus.OK
        services.change_terms(house.actor(), client, house.wanted(scopes=["whoami"]), version=1)
        refused(call(secret, "/api/v1/test"), 403, "no-scope")

    def test_a_disclosure_is_in_the_access_log_under_the_name_of_the_client(
        self, call, house, reading, endpoint, person
    ):
        _, secret = house.issue(house.approved(scopes=[reading.name]))
        answer = call(secret, "/api/v1/test")
        assert answer.json() == {"name": person.name}
        row = AccessLog.objects.get(file="eligibility")
        assert (row.staff, row.staff_name, row.office_name, row.roles, row.session) == (
            None, "申請管理システム", "本庁", ["API利用者"], secret.prefix,
        )  # fmt: skip
        assert (row.subjects, row.items, row.address) == ([person.public_id], ["氏名"], "10.0.1.5")
        assert str(row.request_id) == answer["X-Request-Id"] == str(Call.objects.get().request_id)

    def test_the_rights_of_a_scope_reach_as_far_as_the_offices_of_the_terms(self, call, house, reading, endpoint):
        _, secret = house.issue(house.approved(scopes=[reading.name], offices=[house.other]))
        refused(call(secret, "/api/v1/test"), 403, "no-right")
        assert AccessLog.objects.filter(outcome="refused", file="eligibility").count() == 1

    def test_a_session_beside_the_token_adds_nothing(self, call, house, reading, endpoint, client):
        """Whoever is signed in in the same browser neither acts nor is named."""
        client.force_login(factories.staff("eligibility.view", at=house.office))
        _, secret = house.issue(house.approved(scopes=[reading.name], offices=[house.other]))
        refused(call(secret, "/api/v1/test", client=client), 403, "no-right")
        assert AccessLog.objects.get(outcome="refused").staff is None

    def test_a_disclosure_without_its_row_is_not_sent(self, call, house, reading, endpoint, monkeypatch):
        _, secret = house.issue(house.approved(scopes=[reading.name]))
        monkeypatch.setattr(access, "record", lambda *args, **kwargs: None)
        answer = call(secret, "/api/v1/test", client=Caller(raise_request_exception=False))
        assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
        assert "山田" not in answer.content.decode()

    def test_a_write_is_attributed_to_the_client(self, call, house, reading, endpoint, person):
        def write(view, request):
            with recorded(request.actor, "電子申請"):
                person.phone = "000-0000-9999"
                person.save(update_fields=["phone"])
            access.nothing_shown(request)
            return Response(status=204)

        endpoint.act = staticmethod(write)
        _, secret = house.issue(house.approved(scopes=[reading.name]))
        call(secret, "/api/v1/test", method="post")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.metadata::text FROM eligibility_residentevent e JOIN pghistory_context c ON c.id = e.pgh_context_id"
                " WHERE e.pgh_obj_id = %s ORDER BY e.pgh_id DESC LIMIT 1",
                [person.pk],
            )
            found = json.loads(cursor.fetchone()[0])
        assert (found["staff_name"], found["client"], found["staff"]) == (
            "申請管理システム", str(Client.objects.get().public_id), None,
        )  # fmt: skip

    def test_a_view_that_names_no_known_scope_cannot_be_written(self):
        with pytest.raises(KeyError):
            type("Unknown", (ClientView,), {"scope": "no.such.scope"})
        with pytest.raises(TypeError, match="does not say why"):
            type("Silent", (ClientView,), {"scope": "whoami", "discloses": False})


class TestLimits:
    def test_one_call_too_many_is_told_when_to_come_again(self, call, house):
        _, secret = house.issue(house.approved(rate_per_minute=3))
        begin = clock.now()
        for second in (0, 10, 20):
            with clock.at(begin + timedelta(seconds=second)):
                assert call(secret).status_code == HTTPStatus.OK
        with clock.at(begin + timedelta(seconds=20)):
            answer = call(secret)
            body = refused(answer, 429, "rate-limit")
            assert answer["Retry-After"] == "40"
            assert body["ways"] == ["40秒待ってから、もう一度送ってください。"]
        with clock.at(begin + timedelta(seconds=59)):
            assert call(secret).status_code == HTTPStatus.TOO_MANY_REQUESTS
        with clock.at(begin + timedelta(seconds=60)):
            assert call(secret).status_code == HTTPStatus.OK
            assert call(secret).status_code == HTTPStatus.TOO_MANY_REQUESTS

    def test_all_tokens_of_a_client_share_its_limit_and_other_clients_do_not(self, call, house):
        first = house.approved(rate_per_minute=2)
        secrets = [house.issue(first)[1], house.issue(first, label="検証")[1]]
        second = house.register(name="別のシステム", rate_per_minute=1)
        house.decide(second)
        other = house.issue(second)[1]
        assert [call(one).status_code for one in (*secrets, secrets[0], other)] == [200, 200, 429, 200]

    def test_calls_without_the_scope_count_as_well(self, call, house, reading, endpoint):
        _, secret = house.issue(house.approved(scopes=["whoami", reading.name], rate_per_minute=2), scopes=["whoami"])
        found = [call(secret, "/api/v1/test").status_code for _ in range(3)]
        assert found == [403, 403, 429]

    def test_a_flood_over_the_limit_fills_no_ledger(self, call, house):
        _, secret = house.issue(house.approved(rate_per_minute=1))
        for _ in range(10):
            call(secret)
        assert sorted(Call.objects.values_list("status", flat=True)) == [200, 429]

    def test_an_address_that_guesses_is_shut_out_for_a_while(self, call, house, key, settings):
        settings.API_FAILURES_PER_MINUTE = 3
        assert [call("x").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
        answer = call(key)
        refused(answer, 429, "too-many-failures")
        assert 0 < int(answer["Retry-After"]) <= 60
        assert AccessLog.objects.filter(outcome="refused").count() == 3
        assert call(key, address="10.0.1.6").status_code == HTTPStatus.OK
        with clock.at(clock.now() + timedelta(seconds=61)):
            assert call(key).status_code == HTTPStatus.OK

    def test_windows_that_are_over_are_cleared(self, call, key):
        call(key)
        assert limits.clear() == 0
        with clock.at(clock.now() + timedelta(days=1, seconds=1)):
            assert limits.clear() == 1


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "status", "code"), [("put", 405, "method"), ("delete", 405, "method"), ("post", 405, "method")]
    )
    def test_a_wrong_method(self, call, key, method, status, code):
        answer = call(key, method=method)
        refused(answer, status, code)
        assert "GET" in answer["Allow"]

    def test_an_unknown_address_of_the_api(self, call, key):
        refused(call(key, "/api/v1/nothing"), 404, "not-found")
        assert "text/html" in call(key, "/nothing/")["Content-Type"]

    def test_an_unknown_format(self, call, key):
        refused(_accepting(key, "text/html"), 406, "not-acceptable")

    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (ParseError(), 400, "bad-request"),
            (ValidationError({"name": ["必須です。"]}), 400, "bad-request"),
            (NotFound("no-person", "該当する人はいません。"), 404, "no-person"),
        ],
    )
    def test_what_a_view_raises(self, call, house, reading, endpoint, error, status, code):
        def fail(view, request):
            raise error

        endpoint.act = staticmethod(fail)
        _, secret = house.issue(house.approved(scopes=[reading.name]))
        body = refused(call(secret, "/api/v1/test", method="post"), status, code)
        assert body.get("errors") == ({"name": ["必須です。"]} if isinstance(error, ValidationError) else None)
        assert Call.objects.get().code == code

    def test_a_defect_says_its_number_only(self, call, house, reading, endpoint):
        def fail(view, request):
            raise LookupError("山田　太郎")

        endpoint.act = staticmethod(fail)
        _, secret = house.issue(house.approved(scopes=[reading.name]))
        answer = call(secret, "/api/v1/test", method="post", client=Caller(raise_request_exception=False))
        body = refused(answer, 500, "defect")
        assert body["reference"] == answer["X-Request-Id"]
        assert "山田" not in answer.content.decode()

    def test_a_body_that_is_no_json(self, call, house, reading, endpoint):
        endpoint.act = staticmethod(lambda view, request: Response(request.data))
        _, secret = house.issue(house.approved(scopes=[reading.name]))
        answer = call(secret, "/api/v1/test", method="post", data="{", content_type="application/json")
        refused(answer, 400, "bad-request")
        form = call(secret, "/api/v1/test", method="post", data="a=b", content_type="application/x-www-form-urlencoded")
        refused(form, 415, "media-type")

    def test_when_the_ledger_of_calls_cannot_be_written_nothing_is_answered(self, call, key, monkeypatch):
        def full(**values):
            raise DatabaseError("disk full")

        monkeypatch.setattr(Call.objects, "create", full)
        answer = call(key, client=Caller(raise_request_exception=False))
        assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
        assert "申請管理システム" not in answer.content.decode()


def _accepting(key, kind):
    headers = {"Authorization": f"Bearer {key.text}", "Accept": kind}
    return Caller().get("/api/v1/whoami", headers=headers, REMOTE_ADDR="10.0.1.5")


def test_the_caller_of_a_page_is_nobody(rf):
    request = rf.get("/")
    request.user = None
    with pytest.raises(RuntimeError):
        caller_of(request)


@pytest.mark.django_db(transaction=True)
def test_calls_at_the_same_time_never_pass_the_limit():
    """Twelve at once for five places: the row's lock lets exactly five through."""
    found, barrier = [], threading.Barrier(12)

    def one():
        barrier.wait()
        found.append(limits.admit("client:1", 5).admitted)
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 7 + [True] * 5
