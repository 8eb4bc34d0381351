"""The page that is turned to the visitor: this person alone, and nothing that the house notes for itself."""

import re
from datetime import date

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.urls import reverse

from audit.models import AccessLog
from eligibility import registry
from eligibility.models import Resident
from tests import factories

pytestmark = pytest.mark.django_db
CLERK = ("eligibility.view", "levy.view")


def words(answer):
    """What a reader of the page can find, with everything that is hidden at first."""
    body = answer.content.decode().split("<body", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.fixture
def household():
    """A person with a premium, and somebody else in the same household who pays tax."""
    person = factories.resident(
        "山﨑　花子", "ヤマザキ　ハナコ", household_number="000000000000777", phone="0430000001"
    )
    other = factories.resident(
        "山﨑　次郎",
        "ヤマザキ　ジロウ",
        household_number="000000000000777",
        relationship="04",
        birth_date=date(1966, 1, 1),
    )
    record = factories.tax_record(other, status="1")
    insured = factories.insured(person)
    factories.assessment(insured, household=[[other.pk, record.pk]])
    return person


@pytest.fixture
def clerk(client):
    staff = factories.staff(*CLERK, name="窓口 春子")
    client.force_login(staff)
    return staff


def show(client, person, key="eligibility", **query):
    return client.get(reverse("person-tab", args=[person.public_id, key]), {"visitor": "1"} | query)


class TestWhatIsShown:
    def test_the_person_s_own_data(self, client, clerk, household):
        text = words(show(client, household))
        for found in ("山﨑 花子", "ヤマザキ", "昭和12年3月4日", household.insured.insured_number, "都町"):
            assert found.replace("　", " ") in text.replace("　", " ")

    def test_the_premium_with_its_instalments(self, client, clerk, household):
        text = words(show(client, household, "levy"))
        amount = household.insured.assessments.get().premium
        assert f"{amount:,}円" in text
        assert "第1期" in text or "納める時期と金額" in text

    @pytest.mark.parametrize("key", ["eligibility", "levy"])
    def test_nobody_else_and_nothing_of_the_house(self, client, clerk, household, key):
        page = words(client.get(reverse("person-tab", args=[household.public_id, key])))
        assert "山﨑 次郎" in page
        answer = show(client, household, key)
        text = words(answer)
        for hidden in (
            "次郎", "窓口 春子", "中央区役所", "世帯", "宛名番号", household.addressee_number, "個人番号", "検索", "お知らせ",
            "ログアウト 職員", "税情報", "課税", "メニュー", "変更履歴", "この人を見た人", "なぜ",
        ):  # fmt: skip
            assert hidden not in text, hidden
        assert 'role="search"' not in answer.content.decode()
        assert "<search" not in answer.content.decode()

    def test_no_personal_data_in_the_title(self, client, clerk, household):
        title = re.search(r"<title>(.*?)</title>", show(client, household).content.decode(), re.S).group(1)
        assert "来庁者に見せる画面" in title
        assert "山" not in title

    def test_a_message_of_another_page_waits_until_the_staff_are_back(self, client, clerk, household, rf):
        waiting = CookieStorage(rf.get("/"))._encode([Message(constants.SUCCESS, "内部の知らせ")])
        client.cookies["messages"] = waiting
        assert "内部の知らせ" not in words(show(client, household))
        assert "内部の知らせ" in words(client.get(reverse("home")))


class TestProtectedPersons:
    @pytest.fixture
    def protected(self, household):
        Resident.objects.filter(pk=household.pk).update(is_protected=True)
        return Resident.objects.get(pk=household.pk)

    @pytest.mark.parametrize("right", ["eligibility.view", "eligibility.decide"])
    @pytest.mark.parametrize("key", ["eligibility", "levy"])
    def test_no_address_and_nothing_that_says_why(self, client, protected, right, key):
        client.force_login(factories.staff(*CLERK, right))
        text = words(show(client, protected, key))
        for hidden in ("都町", "260", "0430000001", "支援措置", "表示しません", "保護", "伝えて"):
            assert hidden not in text, hidden


class TestTheMode:
    def test_it_is_in_the_address_of_this_page_only(self, client, clerk, household):
        show(client, household)
        for name in ("person", "person-timeline", "person-changes"):
            answer = client.get(reverse(name, args=[household.public_id]))
            assert "visitor-bar" not in answer.content.decode(), name
        assert "ログアウト" in words(client.get(reverse("home")))

    def test_every_page_of_a_person_leads_there(self, client, clerk, household):
        for name in ("person", "person-timeline", "person-changes", "person-as-of"):
            answer = client.get(reverse(name, args=[household.public_id])).content.decode()
            assert f"/persons/{household.public_id}/eligibility/?visitor=1" in answer, name
        levy = client.get(reverse("person-tab", args=[household.public_id, "levy"])).content.decode()
        assert f"/persons/{household.public_id}/levy/?visitor=1" in levy

    def test_it_offers_only_the_tabs_that_the_clerk_may_see(self, client, household):
        client.force_login(factories.staff("eligibility.view"))
        assert "保険料" not in words(show(client, household))
        assert show(client, household, "levy").status_code == 403

    def test_a_tab_without_a_page_for_visitors_shows_none(self, client, clerk, household, monkeypatch):
        plain = registry.PersonTab(
            key="plain", label="内部", file=registry.tab_of("levy").file, template="levy/tab.html",
            context=lambda resident: {"remark": "内部の注記"}, items=("注記",),
        )  # fmt: skip
        monkeypatch.setitem(registry._TABS, "plain", plain)
        answer = show(client, household, "plain")
        assert answer.status_code == 404
        assert "来庁者に見せる画面がありません" in words(answer)
        assert "内部の注記" not in words(answer)
        assert "内部" not in words(show(client, household))

    def test_another_office_s_person_is_refused(self, client, household):
        client.force_login(factories.staff(*CLERK, at=factories.office("緑区役所")))
        assert show(client, household).status_code == 403


class TestTheLog:
    def test_a_view_with_what_was_shown_and_that_it_was_turned_round(self, client, clerk, household):
        show(client, household, "levy")
        rows = list(AccessLog.objects.exclude(act__in=["login", "logout"]).order_by("id"))
        assert [(row.file, row.act, row.reason) for row in rows] == [
            ("eligibility", "view", "来庁者に見せる画面での表示"),
            ("levy", "view", "来庁者に見せる画面での表示"),
        ]
        assert rows[1].items == ["所得段階", "保険料額", "期別"]
        assert all(row.subjects == [household.public_id] for row in rows)
        assert "世帯主" not in rows[0].items
