"""The screens of comparisons, slips and merges."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from audit.jobs import execute
from audit.models import JobRun
from eligibility import merging
from eligibility.matching import services
from eligibility.matching.jobs import KIND, request_weekly
from eligibility.models import Card, ContactSlip, Finding, Merge
from tests import factories
from tests.counter.conftest import ELSEWHERE, TODAY


@pytest.fixture
def clerk(today, counter, client):
    client.force_login(counter.staff)
    return counter


def found(counter, kind="register"):
    services.compare(kind, factories.job(KIND), TODAY)
    return Finding.objects.get(state="open")


def shown(answer):
    return answer.content.decode()


def send(client, path, **values):
    return client.post(path, {"submission": str(uuid4()), **values}, follow=True)


class TestFindings:
    def test_it_says_what_differs_and_offers_the_correction(self, clerk, client):
        person = clerk.person()
        found(clerk)
        page = shown(client.get(reverse("matching")))
        for words in (person.name, "効力のある被保険者証がない", "被保険者証を交付する", "平成14年3月3日"):
            assert words in page

    def test_one_press_corrects_one(self, clerk, client):
        clerk.person()
        row = found(clerk)
        page = shown(client.post(reverse("matching"), {"findings": str(row.public_id)}))
        assert "1件を訂正しました" in page
        assert Card.objects.count() == 1

    def test_what_is_refused_is_named_and_stays(self, clerk, client):
        person = clerk.person()
        row = found(clerk)
        factories.hold(person)
        page = shown(client.post(reverse("matching"), {"findings": str(row.public_id), "correct": "1"}))
        assert "1件は処理できませんでした" in page
        assert "抑止されています" in page
        assert Card.objects.count() == 0

    def test_leaving_asks_for_the_reason(self, clerk, client):
        clerk.person()
        row = found(clerk)
        asked = {"findings": str(row.public_id), "leave": "1"}
        assert "理由を入れてください" in shown(client.post(reverse("matching"), asked))
        assert "訂正しないものとして" in shown(client.post(reverse("matching"), asked | {"reason": "本人が辞退"}))
        assert "本人が辞退" in shown(client.get(reverse("matching"), {"state": "left"}))

    def test_what_was_corrected_can_be_taken_back(self, clerk, client):
        clerk.person()
        row = found(clerk)
        services.correct(clerk.actor, row)
        page = shown(client.post(reverse("matching"), {"findings": str(row.public_id), "reopen": "1"}))
        assert "元に戻しました" in page
        assert Card.objects.get().withdrawn

    def test_nothing_ticked_is_said(self, clerk, client):
        clerk.person()
        found(clerk)
        assert "処理する違いを選んでください" in shown(client.post(reverse("matching"), {"correct": "1"}))

    def test_the_filter_leaves_out_other_kinds(self, clerk, client):
        clerk.person()
        found(clerk)
        assert "当てはまる違いはありません" in shown(client.get(reverse("matching"), {"kind": "slips"}))

    def test_an_empty_list_says_so(self, clerk, client):
        assert "まだ突合をしていません" in shown(client.get(reverse("matching")))

    def test_another_office_sees_nothing(self, clerk, client):
        clerk.person(name="秘匿　花子")
        found(clerk)
        client.force_login(factories.staff("eligibility.view", at=factories.office("緑区役所")))
        assert "秘匿" not in shown(client.get(reverse("matching")))

    def test_open_results_wait_on_the_home_page(self, clerk, client):
        clerk.person()
        found(clerk)
        assert "突合の結果" in shown(client.get("/"))

    def test_the_other_of_a_pair_is_not_named_without_the_right(self, clerk, client):
        clerk.person()
        factories.resident("山田　太郎", office=factories.office("緑区役所"), lot="9番9号")
        found(clerk, "twice")
        page = shown(client.get(reverse("matching"), {"kind": "twice"}))
        assert "ほかの事務所の人" in page
        assert "見比べる" not in page


class TestRun:
    def test_it_is_asked_for_and_carried_out(self, clerk, client):
        clerk.person()
        client.force_login(factories.staff("eligibility.view", "eligibility.run", at=clerk.staff.office))
        answer = client.post(reverse("matching-run"), {"key": str(uuid4())})
        assert answer.headers["Location"] == reverse("matching")
        job = JobRun.objects.get(kind=KIND)
        execute(str(job.public_id))
        job.refresh_from_db()
        assert (job.state, job.counts["見つかった違い"]) == (JobRun.State.DONE, 1)

    def test_without_the_right_it_is_refused(self, clerk, client):
        assert client.post(reverse("matching-run"), {"key": "1"}).status_code == 403

    def test_the_calendar_asks_once_a_day(self, clerk):
        factories.office("本庁", is_head=True)
        assert request_weekly() == request_weekly()


SLIP = {
    "event": "begin", "insurer_number": ELSEWHERE, "insured_number": "", "day": "2025-04-01",
    "exchanged_on": "2026-11-24", "name": "山田　太郎", "kana": "ヤマダ　タロウ", "birth_date": "1937-03-04", "sex": "1",
    "note": "",
}  # fmt: skip


class TestSlips:
    def test_a_received_slip_is_linked_to_the_only_person(self, clerk, client):
        person = clerk.person()
        send(client, reverse("slip-new"), **SLIP, facility=str(clerk.home.public_id))
        assert ContactSlip.objects.get().resident == person
        assert person.name in shown(client.get(reverse("slips")))

    def test_nobody_fits_and_it_is_kept_all_the_same(self, clerk, client):
        page = shown(send(client, reverse("slip-new"), **SLIP, facility=str(clerk.home.public_id)))
        assert "住民未定" in page

    def test_the_same_slip_twice_is_refused(self, clerk, client):
        for _ in range(2):
            answer = send(client, reverse("slip-new"), **SLIP, facility=str(clerk.home.public_id))
        assert "もう登録しています" in shown(answer)
        assert ContactSlip.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("insurer_number", "131012", "保険者番号（6桁）ではありません"),
            ("exchanged_on", "2026-11-25", "今日までの日"),
            ("day", "", "日付を入れてください"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(self, clerk, client, field, value, words):
        answer = send(client, reverse("slip-new"), **SLIP | {field: value}, facility=str(clerk.home.public_id))
        assert words in shown(answer)
        assert not ContactSlip.objects.exists()

    def test_it_is_withdrawn_with_a_reason(self, clerk, client):
        row = factories.slip(clerk.person(), facility=clerk.home)
        send(client, reverse("slip-withdraw", args=[row.public_id]), reason="入力の誤り")
        row.refresh_from_db()
        assert row.withdrawn
        assert "まだありません" in shown(client.get(reverse("slips")))


class TestMerge:
    @pytest.fixture
    def pair(self, clerk):
        old = clerk.person(status="2", resident_until=date(2010, 3, 31))
        return clerk.person(resident_from=date(2015, 4, 1)), old

    def address(self, pair):
        return reverse("person-merge", args=[pair[0].public_id]) + f"?number={pair[1].addressee_number}"

    def test_both_are_shown_side_by_side_with_what_would_be(self, clerk, client, pair):
        page = shown(client.get(self.address(pair)))
        for words in (pair[0].addressee_number, pair[1].addressee_number, "まとめるとどうなるか", "平成27年4月1日"):
            assert words in page
        assert not Merge.objects.exists()

    def test_they_become_one_and_two_again(self, clerk, client, pair):
        found(clerk, "twice")
        send(client, self.address(pair), reason="同じ人と確かめた")
        made = Merge.objects.get()
        assert Finding.objects.get().state == "done"
        assert "同じ人と確かめた" in shown(client.get(reverse("merges")))
        page = shown(send(client, reverse("merge-undo", args=[made.public_id]), reason="別の人だった"))
        assert "別の人だった" in page

    def test_an_insured_number_finds_the_other_as_well(self, clerk, client, pair):
        path = reverse("person-merge", args=[pair[0].public_id])
        page = shown(client.get(path, {"number": pair[1].insured.insured_number}))
        assert "まとめるとどうなるか" in page

    def test_an_unknown_number_is_said(self, clerk, client, pair):
        path = reverse("person-merge", args=[pair[0].public_id])
        assert "この番号の人は見つかりません" in shown(client.get(path, {"number": "1"}))

    def test_the_page_of_the_dropped_one_leads_to_the_kept(self, clerk, client, pair):
        merging.merge(clerk.actor, *pair, "同じ人と確かめた")
        page = shown(client.get(reverse("person", args=[pair[1].public_id])))
        assert "別の宛名番号の人に統合されています" in page
        assert reverse("person", args=[pair[0].public_id]) in page

    def test_undone_twice_is_told(self, clerk, client, pair):
        made = merging.merge(clerk.actor, *pair, "同じ人と確かめた")
        merging.undo(clerk.actor, made, "別の人だった")
        answer = send(client, reverse("merge-undo", args=[made.public_id]), reason="もう一度")
        assert "もう元に戻されています" in shown(answer)
