"""Screens: registering, deciding, issuing, the list and its filters, and who may do what there."""

import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse

from audit import worklist
from audit.clients import queries, services
from audit.clients.models import Client, ClientReview, Terms, Token
from audit.clients.nightly import look
from audit.decisions.queries import latest
from audit.models import Notice
from kaigo.common import clock
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client, house):
    def one(name="keeper"):
        client.force_login(house.staff[name])
        return client

    return one


@pytest.fixture
def form(house):
    return {
        "name": "申請管理システム", "office": str(house.office.public_id), "system": "申請管理", "purpose": "電子申請の受付",
        "operator": "情報システム課", "contact_name": "連携 花子", "contact_phone": "000-0000-0001",
        "contact_email": "renkei@example.jp", "scopes": ["whoami"], "offices": [str(house.office.public_id)],
        "networks": "10.0.1.0/24", "rate_per_minute": "60", "reason": "接続を始めるため",
    }  # fmt: skip


def sent(**fields):
    return {"submission": str(uuid.uuid4()), **fields}


class TestRegistering:
    def test_entry_check_done(self, sign_in, house, form):
        client = sign_in()
        check = client.post(reverse("client-new"), form)
        assert "この内容でAPI利用者を登録し、決裁に回しますか" in check.content.decode()
        assert "自分の登録の確認" in check.content.decode()
        assert not Client.objects.exists()
        answer = client.post(reverse("client-new"), form | sent(confirmed="1"), follow=True)
        text = answer.content.decode()
        assert "決裁に回しました" in text
        assert "承認を待っている利用条件" in text
        assert "トークンを発行する" not in text
        assert Client.objects.get().contact_email == "renkei@example.jp"

    def test_sending_it_twice_registers_once(self, sign_in, form):
        client, body = sign_in(), form | sent(confirmed="1")
        first = client.post(reverse("client-new"), body)
        assert client.post(reverse("client-new"), body).status_code in (200, 302)
        assert (Client.objects.count(), first.status_code) == (1, 302)

    def test_changing_something_brings_the_form_back_with_everything(self, sign_in, form):
        text = sign_in().post(reverse("client-new"), form | {"change": "1"}).content.decode()
        assert "連携 花子" in text
        assert 'value="whoami"' in text

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("networks", "0.0.0.0/0", "広すぎます"),
            ("networks", "本庁", "読めません"),
            ("scopes", ["no.such"], "正しく選択"),
            ("name", "", "必須"),
            ("contact_phone", "電話", "数字とハイフン"),
            ("rate_per_minute", "0", "1 以上"),
            ("offices", [], "必須"),
        ],
    )
    def test_what_is_wrong_is_said_at_the_field(self, sign_in, form, field, value, words):
        text = sign_in().post(reverse("client-new"), form | {field: value}).content.decode()
        assert words in text
        assert 'class="error-summary"' in text
        assert not Client.objects.exists()

    def test_too_high_a_rate_is_said_at_the_field(self, sign_in, form):
        text = sign_in().post(reverse("client-new"), form | {"rate_per_minute": "9999"} | sent(confirmed="1"))
        assert "600回まで" in text.content.decode()

    def test_for_an_office_without_the_right_it_cannot_be_chosen(self, sign_in, house, form):
        answer = sign_in().post(reverse("client-new"), form | {"office": str(factories.office("若葉区役所").public_id)})
        assert "error-summary" in answer.content.decode()


class TestTheLedger:
    def test_shows_own_offices_only(self, sign_in, house):
        house.approved()
        assert "申請管理システム" in sign_in("auditor").get(reverse("clients")).content.decode()
        text = sign_in("outsider").get(reverse("clients")).content.decode()
        assert "申請管理システム" not in text
        assert "ありません" in text

    def test_another_office_s_client_is_not_found(self, sign_in, house):
        client = house.approved()
        token, _ = house.issue(client)
        browser = sign_in("outsider")
        for name in ("client", "client-calls", "client-edit", "client-terms", "client-end", "client-token-new"):
            assert browser.get(reverse(name, args=[client.public_id])).status_code == 404, name
        for name in ("client-token-rotate", "client-token-revoke", "client-token-secret"):
            assert browser.get(reverse(name, args=[token.public_id])).status_code == 404, name

    @pytest.mark.parametrize(
        ("state", "shown"),
        [
            ("", {"古い", "新しい", "承認前", "廃止済み"}),
            ("live", {"古い", "新しい"}),
            ("waiting", {"承認前"}),
            ("expiring", {"古い"}),
            ("unused", {"古い"}),
            ("review", {"古い"}),
            ("ended", {"廃止済み"}),
        ],
    )
    def test_filters(self, sign_in, house, state, shown):
        with clock.at(clock.now() - timedelta(days=370)):
            old = house.register(name="古い")
            house.decide(old)
        with clock.at(clock.now() - timedelta(days=100)):
            house.issue(old, valid_until=date(2026, 12, 1))
        new = house.register(name="新しい")
        house.decide(new)
        house.issue(new)
        house.register(name="承認前")
        ended = house.register(name="廃止済み")
        house.decide(ended)
        services.end_client(house.actor(), ended, reason="x", version=1)
        page = sign_in("auditor").get(reverse("clients"), {"state": state})
        assert {row.name for row in page.context["listing"].page} == shown

    def test_searches_and_keeps_the_question_in_the_address(self, sign_in, house):
        house.approved()
        browser = sign_in("auditor")
        found = browser.get(reverse("clients"), {"text": "情報", "sort": "-name"})
        assert len(found.context["listing"].page) == 1
        assert "text=%E6%83%85%E5%A0%B1" in found.content.decode()
        assert len(browser.get(reverse("clients"), {"text": "ない"}).context["listing"].page) == 0

    def test_a_list_costs_the_same_however_many_there_are(self, sign_in, house, django_assert_num_queries):
        for number in range(6):
            house.issue(_approved(house, f"その{number}"))
        browser = sign_in("auditor")
        browser.get(reverse("clients"))
        with django_assert_num_queries(14):
            browser.get(reverse("clients"))

    def test_buttons_are_for_those_who_may(self, sign_in, house):
        client = house.approved()
        house.issue(client)
        page = reverse("client", args=[client.public_id])
        keeper = sign_in().get(page).content.decode()
        assert all(words in keeper for words in ("トークンを発行する", "廃止する", "交換", "失効"))
        assert "点検して" not in keeper
        auditor = sign_in("auditor").get(page).content.decode()
        assert not any(words in auditor for words in ("トークンを発行する", "廃止する", "点検して"))
        decider = sign_in("decider").get(page).content.decode()
        assert "点検して、引き続き必要と認める" in decider

    @pytest.mark.parametrize("name", ["client-edit", "client-terms", "client-end", "client-token-new"])
    @pytest.mark.parametrize("who", ["auditor", "decider"])
    def test_who_lacks_the_right_is_refused_at_the_address(self, sign_in, house, name, who):
        client = house.approved()
        assert sign_in(who).get(reverse(name, args=[client.public_id])).status_code == 403


def _approved(house, name):
    client = house.register(name=name)
    house.decide(client)
    return client


class TestTerms:
    def test_less_at_once_more_after_a_decision(self, sign_in, house):
        client = house.approved()
        page, browser = reverse("client-terms", args=[client.public_id]), sign_in()
        form = {
            "scopes": ["whoami"], "offices": [str(house.office.public_id)], "networks": "10.0.1.5",
            "rate_per_minute": "10", "reason": "絞る", "version": client.version,
        }  # fmt: skip
        assert "この利用条件に変えますか" in browser.post(page, form).content.decode()
        text = browser.post(page, form | sent(confirmed="1"), follow=True).content.decode()
        assert "利用条件を変更しました" in text
        more = form | {"rate_per_minute": "20", "version": 2, "reason": "増やす"}
        text = browser.post(page, more | sent(confirmed="1"), follow=True).content.decode()
        assert "利用条件の変更を決裁に回しました" in text
        assert "20回（いまは：10回）" in text

    def test_a_stale_form_keeps_what_was_typed(self, sign_in, house):
        client = house.approved()
        form = {
            "scopes": ["whoami"], "offices": [str(house.office.public_id)], "networks": "10.0.1.5",
            "rate_per_minute": "10", "reason": "絞る", "version": 99,
        }  # fmt: skip
        answer = sign_in().post(reverse("client-terms", args=[client.public_id]), form | sent(confirmed="1"))
        assert "別の職員が内容を変更しました" in answer.content.decode()
        assert "絞る" in answer.content.decode()

    def test_the_deciders_page_shows_all_of_it(self, sign_in, house):
        client = house.register()
        decision = latest(client.terms.get().public_id)
        text = sign_in("decider").get(reverse("decision", args=[decision.public_id])).content.decode()
        for words in ("申請管理システム", "電子申請の受付", "10.0.1.0/24", "60回", "自分の登録の確認"):
            assert words in text


class TestTokens:
    def test_the_secret_is_shown_once(self, sign_in, house, call):
        client, browser = house.approved(), sign_in()
        form = {"label": "本番", "scopes": ["whoami"], "valid_until": "R9.3.31"}
        page = browser.post(reverse("client-token-new", args=[client.public_id]), form | sent(), follow=True)
        secret = page.context["secret"]
        assert secret in page.content.decode()
        assert secret not in page.redirect_chain[-1][0]
        assert call(secret).status_code == 200
        again = browser.get(page.redirect_chain[-1][0], follow=True)
        assert secret not in again.content.decode()
        assert "一度だけ表示します" in again.content.decode()

    def test_between_issuing_and_showing_it_is_sealed(self, sign_in, house):
        client, browser = house.approved(), sign_in()
        form = {"label": "本番", "scopes": ["whoami"], "valid_until": "R9.3.31"}
        browser.post(reverse("client-token-new", args=[client.public_id]), form | sent())
        kept = browser.session[f"shown_once.token-{Token.objects.get().public_id}"]
        assert "kc_" not in kept

    def test_rotating_and_revoking(self, sign_in, house):
        token, _ = house.issue(house.approved())
        browser = sign_in()
        asked = {"valid_until": "R9.6.30", "overlap_hours": "24", "version": 1}
        page = browser.post(reverse("client-token-rotate", args=[token.public_id]), asked | sent(), follow=True)
        assert page.context["secret"].startswith("kc_")
        new = Token.objects.exclude(pk=token.pk).get()
        page = browser.post(
            reverse("client-token-revoke", args=[new.public_id]), {"reason": "漏えいのおそれ"} | sent(), follow=True
        )
        text = page.content.decode()
        assert "失効させました" in text
        assert "漏えいのおそれ" in text
        assert "交換中" in text

    def test_an_unapproved_client_gets_no_form(self, sign_in, house):
        client = house.register()
        text = sign_in().get(reverse("client-token-new", args=[client.public_id])).content.decode()
        assert "発行できません" in text
        assert '<button class="button button-primary" type="submit">発行する' not in text

    def test_a_day_too_far_is_said_at_the_field(self, sign_in, house):
        client = house.approved()
        form = {"label": "本番", "scopes": ["whoami"], "valid_until": "R10.3.31"}
        answer = sign_in().post(reverse("client-token-new", args=[client.public_id]), form | sent())
        assert "令和9年11月24日までの日" in answer.content.decode()


class TestReviewing:
    def test_who_decides_confirms_on_the_page(self, sign_in, house):
        client = house.approved()
        page = reverse("client-review", args=[client.public_id])
        text = sign_in("decider").post(page, {"comment": "利用中", "version": 1} | sent(), follow=True).content.decode()
        assert "点検を記録しました" in text
        assert ClientReview.objects.get().staff_name == "決裁 典子"

    def test_ending_from_the_screen(self, sign_in, house):
        client = house.approved()
        house.issue(client)
        page = reverse("client-end", args=[client.public_id])
        browser = sign_in()
        assert "使えるトークン1件" in browser.get(page).content.decode()
        text = browser.post(page, {"reason": "契約の終了", "version": 1} | sent(), follow=True).content.decode()
        assert "廃止しました" in text
        assert "契約の終了" in text

    def test_correcting_from_the_screen(self, sign_in, house):
        client = house.approved()
        facts = {k: v for k, v in house.facts(contact_name="後任 一郎").items() if k not in ("office", "is_contractor")}
        page = reverse("client-edit", args=[client.public_id])
        text = sign_in().post(page, facts | {"version": 1} | sent(), follow=True).content.decode()
        assert "後任 一郎" in text

    def test_calls_are_listed_with_their_refusals(self, sign_in, house, call):
        client = house.approved()
        _, secret = house.issue(client)
        call(secret)
        call(secret, address="10.9.9.9")
        page, browser = reverse("client-calls", args=[client.public_id]), sign_in("auditor")
        assert len(browser.get(page).context["listing"].page) == 2
        refused = browser.get(page, {"refused": "on"})
        assert [row.code for row in refused.context["listing"].page] == ["other-address"]
        assert "10.9.9.9" in refused.content.decode()
        day = queries.calls_by_day(client)[0]
        assert (day["answered"], day["refused"]) == (1, 1)


class TestBeingTold:
    def test_who_keeps_a_token_hears_once_that_it_ends(self, house):
        token, _ = house.issue(house.approved(), valid_until=date(2026, 12, 20))
        assert look() == 1
        assert look() == 0
        notice = Notice.objects.get(staff=house.staff["keeper"], path__startswith="/clients/")
        assert token.prefix in notice.text
        assert "令和8年12月20日" in notice.text
        assert not Notice.objects.filter(staff=house.staff["outsider"]).exists()

    def test_an_unused_token_is_told_after_ninety_days(self, house, call):
        client = house.approved()
        house.issue(client)
        _, used = house.issue(client, label="検証")
        with clock.at(clock.now() + timedelta(days=60)):
            call(used)
        with clock.at(clock.now() + timedelta(days=90)):
            assert look() == 0
        with clock.at(clock.now() + timedelta(days=91)):
            assert look() == 1
        assert (
            "長く使われていません" in Notice.objects.get(staff=house.staff["keeper"], path__startswith="/clients/").text
        )

    def test_a_token_that_is_being_replaced_is_no_news(self, house):
        token, _ = house.issue(house.approved(), valid_until=date(2026, 12, 20))
        services.rotate(house.actor(), token, valid_until=date(2027, 3, 31), overlap_hours=24, version=1)
        assert look() == 0

    def test_today_s_work_names_what_waits_for_whom(self, house):
        client = house.approved()
        house.issue(client, valid_until=date(2026, 12, 20))
        assert _work(house, "keeper") == {"期限の近いAPIトークンを交換する": (1, date(2026, 12, 20))}
        assert _work(house, "auditor") == {}
        with clock.at(clock.now() + timedelta(days=366)):
            assert _work(house, "decider") == {"API利用者を点検する": (1, None)}
            assert _work(house, "outsider") == {}
        assert Terms.objects.count() == 1


def _work(house, name):
    found = worklist.waiting_for(house.actor(name))
    return {item.label: (item.count, item.due) for item in found if "API" in item.label}
