"""The levy tab, the yearly levy's screens and the premium notice."""

from datetime import date
from uuid import uuid4

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from audit.models import AccessLog, JobRun, JobStage
from kaigo.common import clock
from kaigo.common.refusal import Refusal
from levy import services
from levy.models import AssistancePeriod, LevyRun
from levy.yearly import requirements
from tests import factories

NEW = "/levy/runs/new/"
OFFICER = ("eligibility.view", "levy.view", "levy.run")
CHIEF = ("eligibility.view", "levy.view", "levy.decide")


@pytest.fixture
def head(db):
    return factories.office("本庁", is_head=True, ward_code="")


@pytest.fixture
def sign_in(client, head):
    def signed_in(*rights, **kwargs):
        staff = factories.staff(*rights, at=head, offices=[head, factories.office()], **kwargs)
        client.force_login(staff)
        return staff

    return signed_in


def rows(**wanted):
    return AccessLog.objects.filter(**wanted).exclude(act="login")


class TestTab:
    def opened(self, client, person):
        return client.get(reverse("person-tab", args=[person.public_id, "levy"])).content.decode()

    def test_shows_the_decision_and_why(self, client, sign_in):
        sign_in("eligibility.view", "levy.view")
        decision = factories.assessment()
        shown = self.opened(client, decision.insured.resident)
        for words in (
            f"第{decision.tier}段階",
            f"{decision.premium:,}円",
            "なぜこの金額か",
            "施行令38条1項",
            "第10期",
            "令和8年6月5日提供",
        ):
            assert words in shown
        logged = rows(subjects__contains=[decision.insured.resident.public_id], file="levy").get()
        assert {"所得段階", "保険料額", "税情報"} <= set(logged.items)

    def test_says_when_nothing_is_decided(self, client, sign_in):
        sign_in("eligibility.view", "levy.view")
        assert "まだ決定されていません" in self.opened(client, factories.insured().resident)

    def test_a_draft_is_not_shown(self, client, sign_in):
        sign_in("eligibility.view", "levy.view")
        decision = factories.assessment(committed=False)
        assert "まだ決定されていません" in self.opened(client, decision.insured.resident)

    def test_shows_the_household_members_that_counted(self, client, sign_in):
        sign_in("eligibility.view", "levy.view")
        other = factories.resident("山田　一", "ヤマダ　ハジメ")
        record = factories.tax_record(other, status="1", total_income=3_000_000)
        decision = factories.assessment(household=[[other.pk, record.pk]])
        assert "山田　一" in self.opened(client, decision.insured.resident)

    def test_earlier_decisions_stay_readable(self, client, sign_in):
        sign_in("eligibility.view", "levy.view")
        insured = factories.insured()
        factories.assessment(insured, 2025)
        factories.assessment(insured, 2026)
        shown = self.opened(client, insured.resident)
        assert "令和8年度の保険料" in shown
        assert "これまでの決定" in shown
        assert "令和7年度 第1回" in shown

    def test_public_assistance_is_a_warning_only_for_who_may_see_the_file(self, client, sign_in):
        person = factories.resident()
        period = DateRange(date(2024, 4, 1), None)
        AssistancePeriod.objects.create(resident=person, kind="1", period=period, case_number="0000000001")
        address = reverse("person", args=[person.public_id])
        sign_in("eligibility.view", "levy.view")
        assert "生活保護" in client.get(address).content.decode()
        sign_in("eligibility.view")
        assert "生活保護" not in client.get(address).content.decode()

    def test_the_notice_is_offered_to_who_may_print(self, client, sign_in):
        decision = factories.assessment()
        person = decision.insured.resident
        address = reverse("levy-notice", args=[person.public_id, 2026])
        sign_in("eligibility.view", "levy.view")
        assert address not in self.opened(client, person)
        sign_in("eligibility.view", "levy.view", "levy.print")
        assert address in self.opened(client, person)


class TestNotice:
    def asked(self, client, person, year=2026):
        return client.get(reverse("levy-notice", args=[person.public_id, year]))

    def test_opens_in_the_browser_and_is_logged(self, client, sign_in):
        sign_in("eligibility.view", "levy.view", "levy.print")
        person = factories.assessment().insured.resident
        answer = self.asked(client, person)
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"].startswith("inline")
        assert answer["Cache-Control"] == "no-store"
        assert answer.content.startswith(b"%PDF-")
        assert rows(subjects__contains=[person.public_id], file="levy", act="print", outcome="allowed").exists()

    def test_needs_the_right_to_print(self, client, sign_in):
        sign_in("eligibility.view", "levy.view")
        person = factories.assessment().insured.resident
        assert self.asked(client, person).status_code == 403
        assert rows(act="print", outcome="refused").exists()

    def test_of_another_ward_is_refused(self, client, sign_in):
        sign_in("eligibility.view", "levy.view", "levy.print")
        elsewhere = factories.resident(office=factories.office("緑区役所"))
        person = factories.assessment(factories.insured(elsewhere)).insured.resident
        assert self.asked(client, person).status_code == 403
        assert rows(subjects__contains=[person.public_id], outcome="refused").exists()

    def test_of_a_protected_person_needs_somebody_who_decides(self, client, sign_in):
        person = factories.assessment(factories.insured(factories.resident(is_protected=True))).insured.resident
        sign_in("eligibility.view", "levy.view", "levy.print")
        refused = self.asked(client, person)
        assert refused.status_code == 403
        assert "二人で確かめた" in refused.content.decode()
        assert rows(subjects__contains=[person.public_id], outcome="refused").exists()
        sign_in("eligibility.view", "levy.view", "levy.print", "levy.decide")
        assert self.asked(client, person).status_code == 200

    def test_of_a_year_without_a_decision_is_not_found(self, client, sign_in):
        sign_in("eligibility.view", "levy.view", "levy.print")
        assert self.asked(client, factories.assessment().insured.resident, 2020).status_code == 404

    def test_of_an_unknown_person_is_not_found(self, client, sign_in):
        sign_in("eligibility.view", "levy.view", "levy.print")
        assert client.get(reverse("levy-notice", args=[uuid4(), 2026])).status_code == 404


class TestRequest:
    @pytest.fixture(autouse=True)
    def day(self):
        with clock.at(date(2026, 6, 10)):
            yield

    @pytest.fixture
    def complete(self, monkeypatch):
        """The four files have been taken in."""
        monkeypatch.setattr(requirements, "check", lambda fiscal_year: None)

    def form(self, client, **changes):
        client.get(NEW)
        return {"fiscal_year": "2026", "levied_on": "R8.6.10", "idempotency_key": str(uuid4())} | changes

    def test_entry_check_done(self, client, sign_in, complete):
        officer = sign_in(*OFFICER)
        filled = self.form(client)
        check = client.post(NEW, filled).content.decode()
        assert "令和8年6月10日" in check
        assert not LevyRun.objects.exists()
        done = client.post(NEW, filled | {"levied_on": "2026-06-10", "confirmed": "1"})
        run = LevyRun.objects.get()
        assert done.url == reverse("levy-run", args=[run.public_id])
        assert (run.levied_on, run.job.requested_by) == (date(2026, 6, 10), officer)

    def test_sending_twice_asks_once(self, client, sign_in, complete):
        sign_in(*OFFICER)
        filled = self.form(client, confirmed="1")
        assert client.post(NEW, filled).url == client.post(NEW, filled).url
        assert JobRun.objects.filter(kind=services.YEARLY).count() == 1

    def test_going_back_keeps_what_was_typed(self, client, sign_in, complete):
        sign_in(*OFFICER)
        assert 'value="R8.6.10"' in client.post(NEW, self.form(client, change="1")).content.decode()

    @pytest.mark.parametrize(
        ("day", "said"),
        [("R8.13.1", "月は1から12まで"), ("", "日付を入れてください"), ("R7.6.10", "令和8年度の間の日")],
    )
    def test_a_faulty_day_is_said_at_the_top_and_at_the_field(self, client, sign_in, complete, day, said):
        sign_in(*OFFICER)
        shown = client.post(NEW, self.form(client, levied_on=day)).content.decode()
        assert shown.count(said) == 2
        assert 'href="#id_levied_on"' in shown
        assert f'value="{day}"' in shown or not day

    def test_a_skipped_step_is_said_before_the_check(self, client, sign_in):
        sign_in(*OFFICER)
        shown = client.post(NEW, self.form(client)).content.decode()
        assert "まだ取り込まれていません" in shown
        assert not LevyRun.objects.exists()

    def test_a_live_run_of_the_year_is_a_conflict_in_words(self, client, sign_in, complete):
        sign_in(*OFFICER)
        factories.levy_run(2026)
        shown = client.post(NEW, self.form(client, confirmed="1")).content.decode()
        assert "すでに実行中か確定済み" in shown

    def test_needs_the_right_to_run(self, client, sign_in):
        sign_in("levy.view")
        assert client.get(NEW).status_code == 403

    def test_the_right_on_a_ward_alone_is_not_enough(self, client, head, complete):
        client.force_login(factories.staff(*OFFICER))
        assert client.post(NEW, self.form(client, confirmed="1")).status_code == 403
        assert not LevyRun.objects.exists()


def result(person):
    tier = {"tier": 1, "persons": 3, "withholding": 1, "ordinary": 2, "combined": 0, "none": 0, "premium": 60_000}
    return {
        "persons": 3, "premium": 60_000, "instalments": 60_000, "overpaid": 0, "estimated": 1, "issues": 2,
        "tiers": [tier | {"persons_before": 5}],
        "wards": [{"ward_code": "12101", "ward": "中央区役所", "persons": 3, "premium": 60_000}],
        "samples": [
            {"public_id": str(person.public_id), "tier": 1, "premium": 20_000, "kind": "near", "detail": "判定額 1,200,549円"},
            {"public_id": str(person.public_id), "tier": 1, "premium": 20_000, "kind": "first", "detail": ""},
        ],
        "previous_year": 2025, "premium_before": 90_000,
    }  # fmt: skip


class TestRun:
    @pytest.fixture
    def waiting(self, head):
        """A levy whose preview is finished, asked for by somebody else."""
        asker = factories.staff(*OFFICER, at=head, name="賦課 一郎")
        person = factories.resident("山﨑　花子", "ヤマザキ　ハナコ")
        job = factories.job(office=head, state="waiting", period="2026", requested_by=asker, result=result(person))
        return factories.levy_run(2026, state=LevyRun.State.DRAFT, job=job)

    def opened(self, client, run, **headers):
        return client.get(reverse("levy-run", args=[run.public_id]), headers=headers)

    def test_the_list_links_to_it(self, client, sign_in, waiting):
        sign_in("levy.view")
        shown = client.get("/levy/runs/").content.decode()
        assert reverse("levy-run", args=[waiting.public_id]) in shown
        assert "承認待ち" in shown

    def test_shows_what_it_comes_to(self, client, sign_in, waiting):
        sign_in(*CHIEF)
        shown = self.opened(client, waiting).content.decode()
        for words in (
            "60,000円",
            "−2",
            "中央区役所",
            "判定額 1,200,549円",
            "段階ごとの例",
            "山﨑　花子",
            "90,000円",
            "承認して確定する",
        ):
            assert words in shown
        assert rows(route="levy-run", file="levy").get().subject_count == 1

    def test_samples_of_other_wards_are_not_named(self, client, head, waiting):
        client.force_login(factories.staff(*CHIEF, at=head))
        shown = self.opened(client, waiting).content.decode()
        assert "山﨑" not in shown
        assert not rows(route="levy-run").exists()

    def test_who_asked_is_told_why_not_to_approve(self, client, sign_in, waiting):
        chief = sign_in(*CHIEF, "levy.run")
        JobRun.objects.filter(pk=waiting.job_id).update(requested_by=chief)
        shown = self.opened(client, waiting).content.decode()
        assert "あなたは承認できません" in shown
        assert "承認して確定する" not in shown

    def test_who_may_not_decide_is_told_who_may(self, client, sign_in, waiting):
        sign_in(*OFFICER)
        shown = self.opened(client, waiting).content.decode()
        assert "決定の権限を持つ職員の承認を待っています" in shown
        assert "取り消す" in shown

    def test_progress_is_a_part_of_the_page_that_asks_again(self, client, sign_in, waiting):
        sign_in("levy.view")
        JobRun.objects.filter(pk=waiting.job_id).update(state="previewing")
        JobStage.objects.create(job=waiting.job, name="assess", label="判定", done=30, total=60, started_at=clock.now())
        answer = self.opened(client, waiting, **{"HX-Request": "true"})
        shown = answer.content.decode()
        assert "<html" not in shown
        assert 'value="30" max="60"' in shown
        assert "every 2s" in shown
        assert "HX-Refresh" not in answer

    def test_finished_work_asks_for_the_whole_page(self, client, sign_in, waiting):
        sign_in("levy.view")
        answer = self.opened(client, waiting, **{"HX-Request": "true"})
        assert answer["HX-Refresh"] == "true"
        assert "every 2s" not in answer.content.decode()

    def test_a_failed_run_says_why_and_can_be_carried_on(self, client, sign_in, waiting):
        sign_in(*OFFICER)
        JobRun.objects.filter(pk=waiting.job_id).update(state="failed", failure="容量が足りません。")
        shown = self.opened(client, waiting).content.decode()
        assert "容量が足りません。" in shown
        assert "もう一度実行する" in shown

    def test_an_unknown_run_is_not_found(self, client, sign_in):
        sign_in("levy.view")
        assert client.get(reverse("levy-run", args=[uuid4()])).status_code == 404

    def test_needs_the_right_to_view(self, client, sign_in, waiting):
        sign_in("eligibility.view")
        assert self.opened(client, waiting).status_code == 403


def test_a_refusal_of_the_service_keeps_the_form(client, sign_in, monkeypatch):
    sign_in(*OFFICER)
    monkeypatch.setattr(requirements, "check", lambda year: None)

    def refuse(*args, **kwargs):
        raise Refusal("levied-on", "その日には賦課できません。", field="levied_on", ways=("別の日にしてください。",))

    monkeypatch.setattr(services, "request_yearly_levy", refuse)
    with clock.at(date(2026, 6, 10)):
        filled = {"fiscal_year": "2026", "levied_on": "R8.6.10", "idempotency_key": str(uuid4()), "confirmed": "1"}
        shown = client.post(NEW, filled).content.decode()
    assert "その日には賦課できません。" in shown
    assert "別の日にしてください。" in shown
    assert 'value="R8.6.10"' in shown
