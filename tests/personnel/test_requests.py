"""Requests for ids: who may ask for what, what the approval does, extension, end, and the pledge before the id works."""

import io
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pypdf import PdfReader

from audit.decisions import services as decisions
from audit.decisions.queries import latest
from audit.files import read_stored
from audit.models import RoleAssignment, Staff
from audit.permissions import held_rights
from audit.personnel import checks, documents, letters, pledges, requesting, work
from audit.personnel.models import IdEvent, IdRequest, Pledge
from audit.rights import Right
from audit.services import define_role
from audit.usability import usable
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests import factories
from tests.personnel.example_file import row

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
END = date(2027, 3, 31)


class TestAsking:
    def test_goes_round_and_makes_nothing_yet(self, city, contracts):
        row = contracts.request()
        assert (row.number, row.state, row.staff) == ("ID申2026-0001", "open", None)
        decision = latest(row.public_id)
        assert dict(decision.rows)["契約の終わり"] == "令和9年3月31日"
        assert "中央区役所" in dict(decision.rows)["役割"]
        assert not Staff.objects.filter(name="派遣 花子").exists()

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"contract_until": date(2026, 11, 23), "starts_on": date(2026, 11, 1)}, "contract-over"),
            ({"contract_until": date(2026, 11, 23)}, "order"),
            ({"contract_until": date(2027, 11, 26)}, "too-long"),
            ({"roles": []}, "no-role"),
            ({"offices": []}, "no-role"),
            ({"reason": "  "}, "no-reason"),
        ],
    )
    def test_what_cannot_be_is_refused(self, contracts, fields, code):
        with pytest.raises(Refusal) as refused:
            contracts.request(**fields)
        assert refused.value.code == code
        assert not IdRequest.objects.exists()

    def test_the_longest_contract_is_a_setting(self, contracts, settings):
        settings.ID_REQUEST_LONGEST_DAYS = 400
        assert contracts.request(contract_until=date(2027, 11, 26)).contract_until == date(2027, 11, 26)

    def test_needs_the_right_on_every_office_named(self, city, contracts):
        for staff in (city.kacho, city.clerk, city.far):
            with pytest.raises(Forbidden):
                requesting.ask(city.actor(staff), contracts.asked())
        with pytest.raises(Forbidden):
            requesting.ask(city.actor(city.far), contracts.asked(office=city.other, offices=[city.ward]))

    def test_one_person_has_one_id(self, contracts):
        contracts.request()
        with pytest.raises(Conflict, match="すでに出ています"):
            contracts.request()

    def test_not_for_somebody_who_has_one(self, contracts):
        contracts.granted()
        with pytest.raises(Refusal) as refused:
            contracts.request()
        assert refused.value.code == "has-id"

    def test_a_returned_one_is_corrected_and_goes_round_again(self, city, contracts):
        row = contracts.request()
        kanri, kacho = city.actor(city.kanri), city.actor(city.kacho)
        with pytest.raises(Conflict, match="差し戻された"):
            requesting.amend(kanri, row, contracts.asked(reason="直す"), version=row.version)
        decision = latest(row.public_id)
        decisions.return_(kacho, decision, version=decision.version, reason="期間が長い")
        with pytest.raises(Conflict):
            requesting.amend(kanri, row, contracts.asked(), version=99)
        requesting.amend(kanri, row, contracts.asked(contract_until=date(2026, 12, 28)), version=row.version)
        decision = decisions.resend(kanri, latest(row.public_id), version=latest(row.public_id).version, comment="")
        decisions.approve(kacho, decision, version=decision.version)
        row.refresh_from_db()
        assert row.staff.valid_until == date(2026, 12, 28)

    def test_a_rejected_one_is_over(self, city, contracts):
        row = contracts.request()
        decision = latest(row.public_id)
        decisions.reject(city.actor(city.kacho), decision, version=decision.version, reason="不要")
        row.refresh_from_db()
        assert (row.state, row.staff) == ("rejected", None)
        assert contracts.request().state == "open"

    def test_a_withdrawn_one_is_over(self, city, contracts):
        row = contracts.request()
        decisions.withdraw(city.actor(city.kanri), latest(row.public_id))
        row.refresh_from_db()
        assert row.state == "withdrawn"


class TestGranting:
    def test_the_id_has_the_roles_to_the_end_of_the_contract(self, city, contracts):
        staff = contracts.granted()
        assert (staff.login, staff.employment, staff.valid_until, staff.manager) == (
            "n20260001", "non_regular", END, city.shocho,
        )  # fmt: skip
        assert not staff.has_usable_password()
        held = RoleAssignment.objects.get(staff=staff)
        assert (held.period.lower, held.period.upper, held.granted_by) == (TODAY, END + timedelta(days=1), city.kanri)

    @pytest.mark.parametrize(
        ("employment", "login"),
        [("non_regular", "n20260001"), ("other_section", "o20260001"), ("contractor", "c20260001")],
    )
    def test_the_id_tells_what_kind_of_person_it_is(self, contracts, employment, login):
        assert contracts.granted(employment=employment).login == login

    def test_not_by_who_asked(self, city, contracts):
        row = contracts.request()
        decision = latest(row.public_id)
        with pytest.raises(Forbidden):
            decisions.approve(city.actor(city.kanri), decision, version=decision.version)
        both = factories.staff("staff.enter", "staff.decide", at=city.ward, name="両 方")
        own = requesting.ask(city.actor(both), contracts.asked(name="別 人", kana="ベツ　ジン"))
        decision = latest(own.public_id)
        with pytest.raises(Refusal, match="起案した人"):
            decisions.approve(city.actor(both), decision, version=decision.version)

    def test_too_late_is_not_granted(self, city, contracts):
        row = contracts.request(contract_until=date(2026, 11, 30))
        with clock.at(date(2026, 12, 1)), pytest.raises(Refusal, match="契約の終わりが過ぎて"):
            city.approve(row.public_id)
        assert not Staff.objects.filter(name="派遣 花子").exists()


class TestPledge:
    def test_without_one_the_id_does_not_work(self, city, contracts):
        staff = contracts.granted()
        assert usable(staff) == checks.NO_PLEDGE
        assert held_rights(staff) == {}
        contracts.pledge(staff)
        assert usable(staff) is None
        assert held_rights(staff)

    def test_it_covers_the_contract_and_no_more(self, contracts):
        staff = contracts.pledged()
        assert staff.pledges.get().covers_until == END
        Staff.objects.filter(pk=staff.pk).update(valid_until=date(2027, 4, 30))
        staff.refresh_from_db()
        with clock.at(END):
            assert usable(staff) is None
        with clock.at(date(2027, 4, 1)):
            assert usable(staff) == checks.NO_PLEDGE

    def test_before_the_first_day_the_id_does_not_work(self, contracts):
        staff = contracts.pledged(starts_on=date(2026, 12, 1))
        assert usable(staff) == checks.NOT_BEGUN
        with clock.at(date(2026, 12, 1)):
            assert usable(staff) is None

    def test_an_id_without_a_contract_does_not_work(self, city):
        stray = factories.staff("eligibility.view", at=city.ward)
        Staff.objects.filter(pk=stray.pk).update(employment="contractor")
        stray.refresh_from_db()
        assert usable(stray) == checks.NO_CONTRACT

    def test_regular_staff_cost_no_query(self, city, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert checks.contract(city.clerk) is None

    def test_the_scan_is_kept_as_it_was(self, contracts):
        staff = contracts.granted()
        pledge = contracts.pledge(staff, scan=b"\x89PNG\r\n\x1a\n....")
        assert pledge.scan.content_type == "image/png"
        assert b"".join(read_stored(pledge.scan)) == b"\x89PNG\r\n\x1a\n...."
        assert "派遣" not in pledge.scan.name

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"scan": b"<script>alert(1)</script>"}, "scan-type"),
            ({"scan": b"PK\x03\x04 a zip"}, "scan-type"),
            ({"scan": b""}, "scan-type"),
            ({"received_on": date(2026, 11, 25)}, "pledge-day"),
            ({"version": "令和元年度版"}, "pledge-version"),
        ],
    )
    def test_what_cannot_be_is_refused(self, contracts, fields, code):
        staff = contracts.granted()
        with pytest.raises(Refusal) as refused:
            contracts.pledge(staff, **fields)
        assert refused.value.code == code
        assert not Pledge.objects.exists()

    def test_one_that_is_too_large_is_refused(self, contracts, monkeypatch):
        monkeypatch.setattr(pledges, "LARGEST", 3)
        with pytest.raises(Refusal, match="10MiB"):
            contracts.pledge(contracts.granted())

    def test_not_for_regular_staff_and_not_ones_own(self, city, contracts):
        with pytest.raises(Refusal, match="正規職員でない"):
            contracts.pledge(city.clerk)
        staff = contracts.pledged()
        role = factories.staff("staff.enter", at=city.ward)
        RoleAssignment.objects.filter(staff=role).update(staff=staff)
        from audit.services import synchronise

        synchronise(staff)
        with pytest.raises(Refusal, match="ほかの職員"):
            pledges.receive(
                city.actor(staff), staff, received_on=TODAY, version=pledges.current_text().version, scan=b"%PDF-"
            )

    def test_only_by_who_may_enter_on_the_office(self, city, contracts):
        staff = contracts.granted()
        for other in (city.kacho, city.far, city.shocho):
            with pytest.raises(Forbidden):
                pledges.receive(city.actor(other), staff, received_on=TODAY, version="令和8年度版", scan=b"%PDF-")

    def test_one_recorded_wrongly_is_voided_and_stays(self, city, contracts):
        staff = contracts.pledged()
        pledge = staff.pledges.get()
        kanri = city.actor(city.kanri)
        with pytest.raises(Refusal, match="理由"):
            pledges.void(kanri, pledge, reason=" ")
        pledges.void(kanri, pledge, reason="別人の誓約書")
        assert usable(staff) == checks.NO_PLEDGE
        assert Pledge.objects.get().void_reason == "別人の誓約書"
        with pytest.raises(Conflict):
            pledges.void(kanri, pledge, reason="もう一度")

    def test_the_form_to_sign_carries_the_text_in_force(self, contracts):
        row = contracts.request()
        pdf = documents.pledge_form(row, row.public_id)
        text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")
        for words in ("誓約書", row.number, "派遣", "令和9年3月31日", "令和8年度版"):
            assert words in text.replace("　", "")

    def test_an_offices_own_text_and_its_versions(self, settings, tmp_path):
        path = Path(tmp_path) / "own.yaml"
        path.write_text(
            "- {version: 旧, from: 2020-04-01, lead: 旧文, items: [一], basis: 法}\n"
            "- {version: 新, from: 2027-04-01, lead: 新文, items: [一], basis: 法}\n", encoding="utf8",
        )  # fmt: skip
        settings.PLEDGE_TEXTS = str(path)
        with clock.at(date(2027, 3, 31)):
            assert pledges.current_text().version == "旧"
        with clock.at(date(2027, 4, 1)):
            assert pledges.current_text().version == "新"
        with clock.at(date(2019, 1, 1)):
            assert pledges.current_text().version == "旧"


class TestExtension:
    def ask(self, city, staff, **fields):
        values = {"contract_until": date(2027, 9, 30), "reason": "契約更新"}
        return requesting.ask_extension(city.actor(city.kanri), staff, **values | fields)

    def test_the_roles_go_on_and_a_new_pledge_is_needed_beyond_the_old_end(self, city, contracts):
        staff = contracts.pledged()
        row = self.ask(city, staff)
        assert staff.valid_until == END
        city.approve(row.public_id)
        staff.refresh_from_db()
        assert staff.valid_until == date(2027, 9, 30)
        assert RoleAssignment.objects.get(staff=staff).period.upper == date(2027, 10, 1)
        with clock.at(date(2027, 4, 1)):
            assert usable(staff) == checks.NO_PLEDGE
            contracts.pledge(staff)
            assert usable(staff) is None
            assert held_rights(staff)

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"contract_until": END}, "order"),
            ({"contract_until": date(2029, 3, 31)}, "too-long"),
            ({"reason": ""}, "no-reason"),
        ],
    )
    def test_what_cannot_be_is_refused(self, city, contracts, fields, code):
        staff = contracts.pledged()
        with pytest.raises(Refusal) as refused:
            self.ask(city, staff, **fields)
        assert refused.value.code == code

    def test_not_for_regular_staff_nor_a_closed_id_nor_twice(self, city, contracts):
        with pytest.raises(Refusal, match="人事情報"):
            self.ask(city, city.clerk)
        staff = contracts.pledged()
        self.ask(city, staff)
        with pytest.raises(Conflict):
            self.ask(city, staff)
        Staff.objects.filter(pk=staff.pk).update(is_active=False)
        staff.refresh_from_db()
        with pytest.raises(Refusal, match="停止した"):
            self.ask(city, staff)

    def test_an_id_closed_meanwhile_is_not_brought_back(self, city, contracts):
        staff = contracts.pledged()
        row = self.ask(city, staff)
        Staff.objects.filter(pk=staff.pk).update(is_active=False)
        with pytest.raises(Refusal, match="停止されました"):
            city.approve(row.public_id)


class TestEnding:
    def end(self, city, staff, last_day, reason="契約の終了"):
        return requesting.end(city.actor(city.kanri), staff, last_day=last_day, reason=reason)

    def test_at_once(self, city, contracts, client):
        staff = contracts.pledged()
        client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get("/").status_code == 200
        self.end(city, staff, date(2026, 11, 23))
        assert client.get("/").status_code == 302
        staff.refresh_from_db()
        assert (staff.is_active, held_rights(staff)) == (False, {})

    def test_with_the_end_of_a_day(self, city, contracts):
        staff = contracts.pledged()
        self.end(city, staff, TODAY)
        staff.refresh_from_db()
        assert usable(staff) is None
        assert RoleAssignment.objects.get(staff=staff).period.upper == date(2026, 11, 25)
        with clock.at(date(2026, 11, 25)):
            assert usable(staff)
            assert requesting.close_expired() == 1
            assert requesting.close_expired() == 0
            staff.refresh_from_db()
            assert not staff.is_active
        assert "停止" in IdEvent.objects.filter(staff=staff, kind="close").get().words

    def test_the_end_of_the_contract_needs_nobody(self, contracts):
        staff = contracts.pledged()
        with clock.at(date(2027, 4, 1)):
            assert usable(staff)
            assert held_rights(staff) == {}

    def test_what_cannot_be_is_refused(self, city, contracts):
        staff = contracts.pledged()
        with pytest.raises(Refusal, match="契約の終わりより後") as refused:
            self.end(city, staff, date(2027, 4, 1))
        assert refused.value.ways == ("延ばすときは、延長の申請をしてください。",)
        with pytest.raises(Refusal, match="理由"):
            self.end(city, staff, TODAY, reason="")
        with pytest.raises(Refusal, match="人事情報"):
            self.end(city, city.clerk, TODAY)
        with pytest.raises(Forbidden):
            requesting.end(city.actor(city.far), staff, last_day=TODAY, reason="x")


def test_what_waits(city, contracts):
    def waiting():
        return {item.label: (item.count, item.due) for item in work.waiting(city.actor(city.kanri)) if item.count}

    staff = contracts.granted(contract_until=date(2026, 12, 20))
    assert waiting()["誓約書を受け取る"] == (1, None)
    assert waiting()["契約の終わる利用者IDを延ばすか終える"] == (1, date(2026, 12, 20))
    contracts.pledge(staff)
    assert "誓約書を受け取る" not in waiting()


class TestReopening:
    def close(self, staff):
        Staff.objects.filter(pk=staff.pk).update(is_active=False, last_login=clock.now())
        staff.refresh_from_db()
        return staff

    def ask(self, city, staff, reason="棚卸しで誤って停止した"):
        return requesting.ask_reopening(city.actor(city.kanri), staff, reason=reason)

    def test_a_closed_id_works_again_with_a_new_password(self, city):
        staff = self.close(city.clerk)
        row = self.ask(city, staff)
        assert (row.contract_until, row.kind) == (None, "reopen")
        assert usable(staff)
        city.approve(row.public_id)
        staff.refresh_from_db()
        assert usable(staff) is None
        assert not staff.has_usable_password()
        assert staff in letters.waiting(city.actor(city.kanri))

    def test_what_cannot_be_is_refused(self, city, contracts):
        with pytest.raises(Refusal, match="停止していません"):
            self.ask(city, city.clerk)
        with pytest.raises(Refusal, match="新規の申請"):
            self.ask(city, self.close(contracts.pledged()))
        staff = self.close(city.clerk)
        with pytest.raises(Refusal, match="理由"):
            self.ask(city, staff, reason="")
        with pytest.raises(Forbidden):
            requesting.ask_reopening(city.actor(city.far), staff, reason="x")
        self.ask(city, staff)
        with pytest.raises(Conflict):
            self.ask(city, staff)

    def test_nobody_without_a_manager_is_reopened(self, city):
        Staff.objects.filter(pk=city.clerk.pk).update(manager=None)
        with pytest.raises(Refusal, match="所属長"):
            self.ask(city, self.close(city.clerk))

    def test_somebody_retired_comes_back_by_the_personnel_file(self, city):
        city.take_in(row("retire", "900002", effective_on="20261120"))
        staff = Staff.objects.get(pk=city.clerk.pk)
        with pytest.raises(Refusal, match="退職した"):
            self.ask(city, staff)
        city.take_in(row(number="900002", name="窓口 春子", kana="マドグチ　ハルコ", effective_on="20261122"), serial=2)
        staff.refresh_from_db()
        assert staff in letters.waiting(city.actor(city.kanri))

    def test_on_screen(self, city, sign_in):
        staff = self.close(city.clerk)
        client = sign_in(city.kanri)
        address = f"/personnel/staff/{staff.public_id}/"
        assert "利用の再開を申請する" in client.get(address).content.decode()
        assert "再開を申請しますか" in client.post(f"{address}reopen/", {"reason": "誤り"}).content.decode()
        values = {"reason": "誤り", "confirmed": "1", "submission": uuid4()}
        answer = client.post(f"{address}reopen/", values)
        shown = client.get(answer.url).content.decode()
        assert "利用の再開" in shown
        assert "誓約書の用紙" not in shown
        assert sign_in(city.kacho).get(f"{address}reopen/").status_code == 403


def test_roles_that_one_person_must_not_hold_together_are_not_asked_for(contracts):
    """職務分離 holds for the first roles of an id as for those that are given later."""
    roles = [define_role(name, [Right.named(name)]) for name in ("levy.enter", "levy.decide")]
    with pytest.raises(Refusal, match="separation") as refused:
        contracts.request(roles=roles)
    assert refused.value.field == "roles"
    assert contracts.request(roles=roles[:1])
