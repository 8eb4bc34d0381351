"""The search and the person page: who sees what, and that every disclosure leaves its row."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AccessLog
from eligibility import search_keys, searches
from kaigo.common import clock
from tests import factories

SEARCH = "/persons/search/"
CLERK = ("eligibility.view", "levy.view")


@pytest.fixture
def sign_in(client, db):
    def signed_in(*rights, **kwargs):
        staff = factories.staff(*rights, **kwargs)
        client.force_login(staff)
        return staff

    return signed_in


@pytest.fixture
def clerk(sign_in):
    return sign_in(*CLERK)


def page(client, person, key=None):
    return client.get(
        reverse("person-tab", args=[person.public_id, key]) if key else reverse("person", args=[person.public_id])
    )


def rows(**wanted):
    return AccessLog.objects.filter(**wanted).exclude(act="login")


class TestSearch:
    def test_the_empty_form_explains_what_can_be_typed(self, client, clerk):
        answer = client.get(SEARCH)
        assert "入れ方" in answer.content.decode()
        assert not rows().exists()

    def test_what_is_typed_never_stands_in_an_address(self, client, clerk):
        factories.resident("山﨑　花子", "ヤマザキ　ハナコ")
        answer = client.post(SEARCH, {"text": "ヤマザキ"})
        assert answer.status_code == 302
        assert "ヤマザキ" not in answer.url
        assert "%E3" not in answer.url
        shown = client.get(answer.url).content.decode()
        assert "山﨑　花子" in shown
        assert 'value="ヤマザキ"' in shown

    def test_the_results_are_logged_with_how_many_and_which_items(self, client, clerk):
        factories.resident("山﨑　花子", "ヤマザキ　ハナコ")
        factories.resident("山﨑　翔", "ヤマザキ　ショウ")
        client.post(SEARCH, {"text": "ヤマザキ"}, follow=True)
        row = rows(route="person-search").get()
        assert (row.subject_count, row.file, row.act) == (2, "eligibility", "view")
        assert {"氏名", "生年月日", "住所", "被保険者番号"} <= set(row.items)

    def test_one_hit_on_a_number_opens_the_person(self, client, clerk):
        insured = factories.insured()
        answer = client.post(SEARCH, {"text": insured.insured_number})
        assert answer.url == reverse("person", args=[insured.resident.public_id])

    def test_one_hit_on_a_name_is_still_a_list(self, client, clerk):
        factories.insured()
        assert client.post(SEARCH, {"text": "ヤマダ"}).url.startswith(SEARCH)

    def test_an_individual_number_is_refused_and_kept_nowhere(self, client, clerk):
        answer = client.post(SEARCH, {"text": "123456789018"})
        shown = answer.content.decode()
        assert "個人番号（12桁）では検索できません" in shown
        assert "123456789018" not in shown
        assert not rows().exists()

    @pytest.mark.parametrize(("text", "said"), [("", "どれかを入れてください"), ("S64.2.30", "2月")])
    def test_a_faulty_search_says_what_to_do(self, client, clerk, text, said):
        assert said in client.post(SEARCH, {"text": text}).content.decode()

    def test_nobody_found_says_what_to_try(self, client, clerk):
        shown = client.post(SEARCH, {"text": "ヌノカワ"}, follow=True).content.decode()
        assert "当てはまる人は、担当する区にはいません" in shown

    def test_similar_names_stand_apart_and_are_logged(self, client, clerk):
        factories.resident("山咲　桜", "ヤマサキ　サクラ")
        shown = client.post(SEARCH, {"text": "ヤマザキ"}, follow=True).content.decode()
        assert shown.index("当てはまる人は") < shown.index("似た名前") < shown.index("山咲　桜")
        assert rows(route="person-search").get().subject_count == 1

    def test_a_former_name_is_shown_and_logged(self, client, clerk):
        person = factories.resident("山﨑　花子", "ヤマザキ　ハナコ")
        person.versions.create(
            history_serial=0, event="01", event_on=date(2020, 1, 1), received_at=clock.now(), status="1",
            household_number="1", relationship="01", name="旧山　花子", kana="キュウヤマ　ハナコ", ward_code="12101",
            town="", lot="", resident_from=date(1990, 4, 1), digest=b"",
        )  # fmt: skip
        search_keys.refresh()
        assert "旧氏名：旧山　花子" in client.post(SEARCH, {"text": "旧山"}, follow=True).content.decode()
        assert "旧氏名" in rows(route="person-search").get().items
        assert (
            "旧氏名" not in client.post(SEARCH, {"text": "ヤマザキ"}, follow=True).content.decode().split("<table")[1]
        )

    def test_a_protected_persons_address_is_not_listed(self, client, clerk):
        factories.resident("山田　梅", "ヤマダ　ウメ", is_protected=True, lot="77番77号")
        shown = client.post(SEARCH, {"text": "ヤマダ"}, follow=True).content.decode()
        assert "77番77号" not in shown
        assert "支援措置" in shown

    def test_somebody_elses_search_cannot_be_opened(self, client, sign_in):
        sign_in(*CLERK)
        factories.resident("山﨑　花子", "ヤマザキ　ハナコ")
        address = client.post(SEARCH, {"text": "ヤマザキ"}).url
        sign_in(*CLERK, name="別の人")
        shown = client.get(address).content.decode()
        assert "花子" not in shown
        assert "もう一度入れてください" in shown

    def test_a_search_is_forgotten_after_the_length_of_a_session(self, client, clerk):
        token = searches.remember(clerk.pk, "ヤマザキ")
        assert searches.recall(clerk.pk, token) == "ヤマザキ"
        with clock.at(clock.now() + timedelta(minutes=21)):
            assert searches.recall(clerk.pk, token) is None

    @pytest.mark.parametrize(
        "address", [f"{SEARCH}?s=no-uuid", f"{SEARCH}?s=00000000-0000-4000-8000-000000000009", f"{SEARCH}?page=zero"]
    )
    def test_an_address_that_was_tampered_with_shows_the_form(self, client, clerk, address):
        assert client.get(address).status_code == 200

    def test_pages_through_many(self, client, clerk):
        for _ in range(51):
            factories.resident()
        first = client.post(SEARCH, {"text": "ヤマダ"}, follow=True).content.decode()
        assert "ほかにもあります" in first
        assert "page=2" in first
        token = client.post(SEARCH, {"text": "ヤマダ"}).url
        second = client.get(f"{token}&page=2").content.decode()
        assert "51人目から1人を表示" in second

    def test_who_may_not_see_the_file_is_refused_and_logged(self, client, sign_in):
        sign_in("access_log.view")
        assert client.post(SEARCH, {"text": "ヤマダ"}).status_code == 403
        assert rows(outcome="refused", file="eligibility", route="person-search").exists()


class TestSuggestions:
    def typed(self, client, text):
        return client.post(SEARCH, {"text": text}, headers={"HX-Request": "true"})

    def test_typing_shows_people_and_logs_them(self, client, clerk):
        person = factories.resident("山﨑　花子", "ヤマザキ　ハナコ")
        shown = self.typed(client, "ヤマザ").content.decode()
        assert reverse("person", args=[person.public_id]) in shown
        assert "<html" not in shown
        assert rows(route="person-search").get().subject_count == 1

    def test_no_more_than_eight_people_altogether(self, client, clerk):
        for number in range(3):
            factories.resident(f"山崎　{number}", "ヤマザキ　ハナコ")
        for number in range(9):
            factories.resident(f"山咲　{number}", "ヤマサキ　サクラ")
        shown = self.typed(client, "ヤマザキ").content.decode()
        assert shown.count("<li>") == 8
        assert shown.index("似た名前") > shown.index("山崎　2")
        assert rows(route="person-search").get().subject_count == 8

    def test_one_character_shows_nobody(self, client, clerk):
        factories.resident()
        assert self.typed(client, "ヤ").content == b""
        assert not rows().exists()

    def test_an_individual_number_is_refused_while_typing(self, client, clerk):
        assert "個人番号" in self.typed(client, "123456789018").content.decode()


class TestPerson:
    def test_shows_header_periods_and_household(self, client, clerk):
        head = factories.resident("山﨑　一郎", "ヤマザキ　イチロウ", household_number="9" * 15)
        wife = factories.resident(
            "山﨑　花子",
            "ヤマザキ　ハナコ",
            household_number="9" * 15,
            relationship="03",
            alias="ハナ",
            birth_date=date(1940, 3, 2),
        )
        insured = factories.insured(wife)
        shown = page(client, wife).content.decode()
        for words in (
            "山﨑　花子",
            "通称 ハナ",
            "昭和15年3月2日",
            insured.insured_number,
            "第1号被保険者",
            "65歳到達",
            "妻",
        ):
            assert words in shown
        assert reverse("person", args=[head.public_id]) in shown

    def test_explains_why_the_person_is_insured(self, client, clerk):
        shown = page(client, factories.insured().resident).content.decode()
        assert "なぜこの資格か" in shown
        assert "介護保険法10条" in shown

    def test_explains_why_a_person_is_not_insured(self, client, clerk):
        person = factories.resident(birth_date=date(2000, 1, 1), resident_from=date(2000, 1, 1))
        shown = page(client, person).content.decode()
        assert "被保険者ではない" in shown
        assert "まだ取得していません" in shown

    def test_a_person_whose_register_data_contradict_each_other_can_still_be_opened(self, client, clerk):
        person = factories.resident(birth_date=date(2000, 1, 1), resident_from=date(1990, 1, 1))
        shown = page(client, person).content.decode()
        assert "住民となった日が、生年月日より前です" in shown

    def test_no_personal_data_in_title_and_address(self, client, clerk):
        person = factories.resident("山﨑　花子", "ヤマザキ　ハナコ")
        answer = page(client, person)
        title = answer.content.decode().split("<title>")[1].split("</title>")[0]
        assert "山﨑" not in title
        assert answer["Cache-Control"] == "no-store"

    def test_the_individual_number_is_never_shown(self, client, clerk):
        shown = page(client, factories.resident()).content.decode()
        assert "登録なし" in shown

    @pytest.mark.parametrize(
        ("fields", "badge"),
        [
            ({"status": "3", "resident_until": date(2020, 5, 1)}, "死亡"),
            ({"status": "2", "resident_until": date(2020, 5, 1)}, "転出"),
            ({"status": "4", "resident_until": date(2020, 5, 1)}, "職権消除"),
            ({"is_protected": True}, "支援措置対象者"),
            ({"insured_elsewhere": True}, "他市町村の被保険者"),
            ({"is_foreign": True}, "外国人"),
        ],
    )
    def test_warns_in_words(self, client, clerk, fields, badge):
        assert badge in page(client, factories.resident(**fields)).content.decode()

    def test_who_died_has_the_age_of_then(self, client, clerk):
        person = factories.resident(status="3", resident_until=date(2020, 3, 3), birth_date=date(1937, 3, 4))
        assert "82歳で死亡" in page(client, person).content.decode()

    def test_the_ward_that_the_register_leaves_out_is_written(self, client, clerk):
        person = factories.resident(town="都町一丁目", lot="2番3号", building="")
        assert "中央区都町一丁目2番3号" in page(client, person).content.decode()

    def test_a_protected_address_is_hidden(self, client, clerk):
        person = factories.resident(is_protected=True, lot="77番77号", phone="0439999999")
        shown = page(client, person).content.decode()
        assert "77番77号" not in shown
        assert "0439999999" not in shown
        assert "本人以外に伝えてはいけません" in shown

    def test_who_decides_sees_a_protected_address_with_the_warning(self, client, sign_in):
        sign_in(*CLERK, "eligibility.decide")
        shown = page(client, factories.resident(is_protected=True, lot="77番77号")).content.decode()
        assert "77番77号" in shown
        assert "本人以外に伝えてはいけません" in shown

    def test_the_disclosure_is_logged_with_person_and_items(self, client, clerk):
        person = factories.resident()
        page(client, person)
        row = rows(subjects__contains=[person.public_id]).get()
        assert (row.file, row.act, row.outcome, row.staff_id) == ("eligibility", "view", "allowed", clerk.pk)
        assert {"氏名", "住所", "資格期間"} <= set(row.items)

    def test_another_wards_resident_is_refused_and_logged(self, client, clerk):
        person = factories.resident(office=factories.office("緑区役所"))
        answer = page(client, person)
        assert answer.status_code == 403
        assert "山田" not in answer.content.decode()
        assert rows(subjects__contains=[person.public_id]).get().outcome == "refused"

    def test_an_unknown_person_is_not_found(self, client, clerk):
        answer = client.get(reverse("person", args=[uuid4()]))
        assert answer.status_code == 404
        assert "見つかりません" in answer.content.decode()

    def test_an_unknown_tab_is_not_found(self, client, clerk):
        assert page(client, factories.resident(), "nothing").status_code == 404

    def test_a_tab_without_right_is_neither_shown_nor_opened(self, client, sign_in):
        sign_in("eligibility.view")
        person = factories.resident()
        assert reverse("person-tab", args=[person.public_id, "levy"]) not in page(client, person).content.decode()
        assert page(client, person, "levy").status_code == 403
        assert rows(subjects__contains=[person.public_id], file="levy").get().outcome == "refused"

    def test_a_right_on_another_office_opens_no_tab_here(self, client, sign_in):
        elsewhere = factories.office("緑区役所")
        staff = sign_in("eligibility.view")
        from audit.rights import Right
        from audit.services import assign_role, define_role

        define_role("緑区の賦課", [Right.named("levy.view")])
        assign_role(None, staff, "緑区の賦課", elsewhere)
        assert page(client, factories.resident(), "levy").status_code == 403

    @pytest.mark.parametrize("members", [1, 8])
    def test_the_number_of_statements_does_not_grow_with_the_household(self, client, clerk, members):
        head = factories.resident(household_number="8" * 15)
        for _ in range(members):
            factories.resident(household_number="8" * 15, relationship="04")
        with CaptureQueriesContext(connection) as queries:
            page(client, head)
        reads = [q["sql"] for q in queries if q["sql"].startswith("SELECT") and "eligibility_" in q["sql"]]
        # The person, the household, the periods, merges (of this one, of anybody), and what the tabs count: holds, notes, cards that are still out.
        assert len(reads) <= 11


class TestTimeline:
    def test_tells_what_happened_from_every_file_that_may_be_seen(self, client, clerk):
        decision = factories.assessment()
        person = decision.insured.resident
        shown = client.get(reverse("person-timeline", args=[person.public_id])).content.decode()
        for words in ("出生", "第1号被保険者の資格", "令和8年度の保険料を決定", "<svg"):
            assert words in shown
        assert set(rows(subjects__contains=[person.public_id]).values_list("file", flat=True)) == {
            "eligibility",
            "levy",
        }

    def test_leaves_out_files_that_may_not_be_seen(self, client, sign_in):
        sign_in("eligibility.view")
        person = factories.assessment().insured.resident
        shown = client.get(reverse("person-timeline", args=[person.public_id])).content.decode()
        assert "保険料" not in shown.split("<main")[1]
        assert not rows(subjects__contains=[person.public_id], file="levy").exists()
