"""Screens of requests, pledges and the register of staff."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.decisions import services as decisions
from audit.decisions.queries import latest
from audit.models import AccessLog, Staff
from audit.personnel.models import IdRequest, Pledge
from tests import factories

pytestmark = pytest.mark.django_db
NEW = "/personnel/requests/new/"
SIGNED = factories.pdf()
LIST = "/personnel/staff/"


def page(client, path, **query):
    answer = client.get(path, query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def typed(city, contracts, **fields):
    asked = contracts.asked()
    values = {
        "name": "派遣　花子", "kana": "はけん はなこ", "employment": "non_regular", "office": city.ward.public_id,
        "section": "介護保険室", "position": "", "manager": city.shocho.public_id,
        "roles": [asked.roles[0].name], "offices": [city.ward.public_id], "starts_on": "R8.11.24",
        "contract_until": "令和9年3月31日", "reason": "窓口の補助",
    }  # fmt: skip
    return values | fields


def key():
    return {"submission": uuid4(), "confirmed": "1"}


class TestAsking:
    def test_entry_check_done(self, city, contracts, sign_in):
        client = sign_in(city.kanri)
        assert "内容を確かめる" in page(client, NEW)
        check = client.post(NEW, typed(city, contracts)).content.decode()
        for words in ("この内容で申請しますか", "ハケン　ハナコ", "令和9年3月31日", "中央区役所", "会計年度任用職員等"):
            assert words in check
        assert not IdRequest.objects.exists()
        again = client.post(NEW, typed(city, contracts) | {"change": "1"}).content.decode()
        assert "内容を確かめる" in again
        assert "窓口の補助" in again
        answer = client.post(NEW, typed(city, contracts) | key())
        row = IdRequest.objects.get()
        assert answer.url == reverse("personnel-request", args=[row.public_id])
        shown = page(client, answer.url)
        for words in (row.number, "申請中", "伺書", "誓約書の用紙", "派遣 花子"):
            assert words in shown

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"contract_until": ""}, "日付を入れてください"),
            ({"kana": "漢字"}, "カナで入れてください"),
            ({"manager": "00000000-0000-4000-8000-000000000000"}, "所属長"),
            ({"roles": []}, "役割"),
            ({"offices": ["x"]}, "対象事務所"),
        ],
    )
    def test_what_is_missing_is_told_at_the_field(self, city, contracts, sign_in, fields, words):
        shown = sign_in(city.kanri).post(NEW, typed(city, contracts, **fields)).content.decode()
        assert "入力内容を確かめてください" in shown
        assert words in shown

    def test_what_the_service_refuses_keeps_what_was_typed(self, city, contracts, sign_in):
        shown = (
            sign_in(city.kanri).post(NEW, typed(city, contracts, contract_until="R10.3.31") | key()).content.decode()
        )
        assert "366日まで" in shown
        assert "R10.3.31" in shown
        assert "期間の終わる前に延長" in shown

    def test_offices_and_managers_beyond_ones_own_cannot_be_chosen(self, city, contracts, sign_in):
        client = sign_in(city.far)
        shown = page(client, NEW)
        assert "中央区役所" not in shown
        assert "区長 次郎" not in shown
        assert "入力内容" in client.post(NEW, typed(city, contracts) | key()).content.decode()
        assert not IdRequest.objects.exists()

    def test_without_the_right(self, city, contracts, sign_in):
        client = sign_in(city.kacho)
        assert "新規に申請する" not in page(client, "/personnel/requests/")
        assert client.get(NEW).status_code == 403
        assert client.post(NEW, typed(city, contracts) | key()).status_code == 403
        assert AccessLog.objects.filter(outcome="refused", route="personnel-request-new").count() == 2

    def test_list_filter_and_other_offices(self, city, contracts, sign_in):
        row = contracts.request()
        client = sign_in(city.kacho)
        assert row.number in page(client, "/personnel/requests/", state="open")
        assert row.number not in page(client, "/personnel/requests/", state="granted")
        client = sign_in(city.far)
        assert row.number not in page(client, "/personnel/requests/")
        assert client.get(f"/personnel/requests/{row.public_id}/").status_code == 404
        assert client.get(f"/personnel/requests/{row.public_id}/pledge/").status_code == 404

    def test_a_returned_one_is_corrected_on_screen(self, city, contracts, sign_in):
        row = contracts.request()
        address = f"/personnel/requests/{row.public_id}/amend/"
        client = sign_in(city.kanri)
        assert client.get(address).status_code == 409
        decision = latest(row.public_id)
        decisions.return_(city.actor(city.kacho), decision, version=decision.version, reason="長い")
        assert "差し戻された申請を直す" in page(client, f"/personnel/requests/{row.public_id}/")
        form = page(client, address)
        assert "窓口の補助" in form
        assert re.search(r'name="roles" value="[^"]+"[^>]*checked', form)
        values = typed(city, contracts, contract_until="R8.12.28", version=row.version)
        assert client.post(address, values | key()).status_code == 302
        row.refresh_from_db()
        assert row.contract_until == date(2026, 12, 28)

    def test_the_pledge_form_is_a_pdf(self, city, contracts, sign_in):
        row = contracts.request()
        answer = sign_in(city.kanri).get(f"/personnel/requests/{row.public_id}/pledge/")
        assert answer.content.startswith(b"%PDF-")
        assert answer["Cache-Control"] == "no-store"


class TestPledge:
    def send(self, client, staff, content=SIGNED, name="seiyaku.pdf", **fields):
        values = {"received_on": "R8.11.24", "version": "令和8年度版", "submission": uuid4()} | fields
        return client.post(f"{LIST}{staff.public_id}/pledge/", values | {"scan": SimpleUploadedFile(name, content)})

    def test_received_and_seen_again(self, city, contracts, sign_in):
        staff = contracts.granted()
        client = sign_in(city.kanri)
        assert "誓約書を受け取っていない" in page(client, f"{LIST}{staff.public_id}/")
        answer = self.send(client, staff)
        shown = page(client, answer.url)
        assert "写しを見る" in shown
        assert "誓約書（令和8年度版）" in shown
        scan = client.get(f"/personnel/pledges/{Pledge.objects.get().public_id}/scan/")
        assert (scan.content, scan["Content-Type"], scan["X-Content-Type-Options"]) == (
            SIGNED, "application/pdf", "nosniff",
        )  # fmt: skip

    def test_a_script_under_the_name_of_a_pdf_is_refused(self, city, contracts, sign_in):
        staff = contracts.granted()
        answer = self.send(sign_in(city.kanri), staff, content=b"<html><script>", name="seiyaku.pdf")
        assert "PDF、PNG、JPEG" in answer.content.decode()
        assert not Pledge.objects.exists()

    def test_voiding(self, city, contracts, sign_in):
        staff = contracts.pledged()
        client = sign_in(city.kanri)
        address = f"/personnel/pledges/{staff.pledges.get().public_id}/void/"
        assert "この誓約書の記録を取り消しますか" in client.post(address, {"reason": "別人"}).content.decode()
        client.post(address, {"reason": "別人"} | key())
        assert "取消し　別人" in page(client, f"{LIST}{staff.public_id}/")

    def test_other_offices_neither_see_nor_record_it(self, city, contracts, sign_in):
        staff = contracts.pledged()
        client = sign_in(city.far)
        pledge = staff.pledges.get()
        assert client.get(f"/personnel/pledges/{pledge.public_id}/scan/").status_code == 404
        assert client.get(f"/personnel/pledges/{pledge.public_id}/void/").status_code == 404
        assert self.send(client, staff).status_code == 404


class TestStaff:
    def test_the_list_finds_filters_and_sorts(self, city, contracts, sign_in):
        contracts.granted()
        client = sign_in(city.kacho)
        shown = page(client, LIST)
        for words in ("窓口 春子", "派遣 花子", "n20260001", "緑区役所"):
            assert words in shown
        assert "緑 三郎" not in page(client, LIST, office=str(city.ward.public_id))
        assert "窓口 春子" not in page(client, LIST, employment="non_regular")
        assert "窓口 春子" in page(client, LIST, words="まどぐち")
        assert "派遣 花子" in page(client, LIST, state="no_pledge")
        assert "窓口 春子" not in page(client, LIST, state="no_pledge")
        assert "この条件に合う職員はいません" in page(client, LIST, state="closed")
        down = page(client, LIST, sort="-login")
        assert 'aria-sort="descending"' in down

    @pytest.mark.parametrize("state", ["usable", "expired", "absent", "ending", "no_manager"])
    def test_every_state_can_be_asked_for(self, city, sign_in, state):
        assert ("窓口 春子" in page(sign_in(city.kacho), LIST, state=state)) == (state == "usable")

    def test_another_offices_people_are_not_there(self, city, sign_in):
        client = sign_in(city.far)
        assert "窓口 春子" not in page(client, LIST)
        for name in ("", "end/", "extend/", "pledge/"):
            assert client.get(f"{LIST}{city.clerk.public_id}/{name}").status_code == 404

    def test_one_person_with_what_became_of_the_id(self, city, contracts, sign_in):
        staff = contracts.pledged()
        shown = page(sign_in(city.kanri), f"{LIST}{staff.public_id}/")
        for words in (
            "派遣 花子",
            "令和9年3月31日",
            "試験用の役割",
            "区長 次郎",
            "契約期間の延長を申請する",
            "記録なし",
        ):
            assert words in shown
        shown = page(sign_in(city.kacho), f"{LIST}{staff.public_id}/")
        assert "利用を終了する" not in shown

    def test_who_reads_the_list_costs_few_queries(self, city, contracts, sign_in, django_assert_max_num_queries):
        for number in range(30):
            factories.staff(at=city.ward, name=f"職員 {number}")
        client = sign_in(city.kacho)
        page(client, LIST)
        with django_assert_max_num_queries(30):
            page(client, LIST)

    def test_extending_and_ending_on_screen(self, city, contracts, sign_in):
        staff = contracts.pledged()
        client = sign_in(city.kanri)
        values = {"contract_until": "R9.9.30", "reason": "更新"}
        assert "延長を申請しますか" in client.post(f"{LIST}{staff.public_id}/extend/", values).content.decode()
        assert client.post(f"{LIST}{staff.public_id}/extend/", values | key()).status_code == 302
        assert IdRequest.objects.filter(kind="extend", state="open").count() == 1
        values = {"last_day": "R8.11.23", "reason": "退職"}
        assert "利用を終了しますか" in client.post(f"{LIST}{staff.public_id}/end/", values).content.decode()
        client.post(f"{LIST}{staff.public_id}/end/", values | key())
        assert not Staff.objects.get(pk=staff.pk).is_active

    def test_nobody_without_the_right(self, city, sign_in):
        client = sign_in(city.clerk)
        for path in (LIST, "/personnel/requests/", "/personnel/imports/", f"{LIST}{city.clerk.public_id}/"):
            assert client.get(path).status_code == 403
