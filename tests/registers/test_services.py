"""The registers: entering, correcting, closing with nothing left open, and what each of them watches."""

from datetime import date, timedelta

import pytest

from audit.decisions import services as decisions
from audit.models import Staff
from audit.registers import catalogue, consents, queries, services
from audit.registers.catalogue import REGISTERS, register_of
from audit.registers.models import Accident, CheckAnswer, Contract, SubContract
from audit.usability import usable
from audit.worklist import waiting_for
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, NotFound, Refusal
from tests import factories
from tests.registers.conftest import TODAY, actor, values

pytestmark = pytest.mark.django_db


class TestEveryRegister:
    @pytest.mark.parametrize("key", [register.key for register in REGISTERS])
    def test_entering_numbers_it_and_keeps_who(self, enter, clerk, key):
        row = enter(key)
        assert row.number == f"{register_of(key).model.SERIES}2026-0001"
        assert (row.entered_by, row.closed_on) == (clerk, None)

    @pytest.mark.parametrize("key", [register.key for register in REGISTERS])
    def test_without_the_right_on_the_office_nothing_is_entered(self, office, key):
        outsider = factories.staff("registers.enter", at=factories.office("緑区役所"))
        with pytest.raises(Forbidden):
            services.enter(actor(outsider), register_of(key), values(key, office))
        assert not register_of(key).model.objects.exists()

    @pytest.mark.parametrize("key", [register.key for register in REGISTERS])
    def test_another_office_s_entries_are_not_found(self, enter, key):
        row = enter(key)
        outsider = actor(factories.staff("registers.view", at=factories.office("緑区役所")))
        assert not queries.entries(outsider, register_of(key)).exists()
        with pytest.raises(NotFound):
            queries.entry(outsider, register_of(key), row.public_id)

    def test_correcting_keeps_the_earlier_version_and_refuses_a_stale_page(self, enter, clerk, office):
        register = register_of("accidents")
        row = enter("accidents")
        new = values("accidents", office, title="直した件名")
        services.correct(actor(clerk), register, row, new, version=row.version)
        row.refresh_from_db()
        assert (row.title, row.version) == ("直した件名", 2)
        with pytest.raises(Conflict, match="row-moved"):
            services.correct(actor(clerk), register, row, new, version=1)
        from django.apps import apps

        titles = apps.get_model("registers", "AccidentEvent").objects.order_by("pgh_id").values_list("title", flat=True)
        assert list(titles) == ["試験の記録", "直した件名"]

    def test_what_is_closed_is_corrected_only_after_reopening(self, enter, clerk, chief, office):
        register = register_of("inquiries")
        row = enter("inquiries", answer="案内した。", answered_on=date(2026, 11, 21))
        row = services.close(actor(chief), register, row, reason="回答済み", version=row.version)
        assert (row.closed_on, row.closed_by) == (TODAY, chief)
        new = values("inquiries", office, answer="改めて案内した。", answered_on=date(2026, 11, 22))
        with pytest.raises(Conflict, match="closed"):
            services.correct(actor(clerk), register, row, new, version=row.version)
        row = services.reopen(actor(chief), register, row, reason="追加の質問", version=row.version)
        services.correct(actor(clerk), register, row, new, version=row.version)

    def test_who_entered_it_does_not_close_it(self, office):
        both = factories.staff("registers.view", "registers.enter", "registers.decide")
        register = register_of("trainings")
        row = services.enter(actor(both), register, values("trainings", office))
        with pytest.raises(Forbidden, match="own-entry"):
            services.close(actor(both), register, row, reason="済", version=row.version)

    def test_closing_needs_words(self, enter, chief):
        row = enter("inquiries")
        with pytest.raises(Refusal, match="no-reason"):
            services.close(actor(chief), register_of("inquiries"), row, reason=" ", version=row.version)

    def test_what_is_due_is_among_today_s_work(self, enter, clerk):
        enter("inquiries")
        waiting = {w.label: w for w in waiting_for(actor(clerk))}
        found = waiting["問合せ・苦情の期限のある記録を進める"]
        assert (found.count, found.due) == (1, date(2026, 12, 4))

    def test_today_s_work_costs_the_same_however_many_entries(self, enter, clerk, django_assert_max_num_queries):
        for n in range(6):
            enter("accidents", is_sensitive=True, title=f"{n}件目")
            enter("contracts", title=f"{n}件目")
        person = actor(clerk)
        from audit.registers.work import waiting

        with django_assert_max_num_queries(6 * 6):
            waiting(person)


class TestAccidents:
    register = property(lambda self: register_of("accidents"))

    @pytest.mark.parametrize("day", [date(2020, 11, 20), date(1907, 1, 1)])
    def test_a_day_before_reporting_was_ruled_is_refused(self, enter, day):
        with pytest.raises(Refusal, match="known") as refused:
            enter("accidents", known_on=day, occurred_on=None)
        assert refused.value.field == "known_on"

    def test_the_reports_owed_are_shown_with_their_days(self, enter):
        row = enter("accidents", is_sensitive=True)
        assert catalogue.accident_missing(row) == [("速報", date(2026, 11, 25)), ("確報", date(2026, 12, 20))]
        assert ("速報の期限", "令和8年11月25日") in self.register.facts(row)
        assert self.register.due(row) == date(2026, 11, 25)

    def test_without_a_ground_nothing_is_owed(self, enter):
        row = enter("accidents")
        assert catalogue.accident_missing(row) == []
        assert self.register.due(row) is None

    def test_a_report_that_was_made_is_owed_no_more(self, enter, clerk):
        row = enter("accidents", persons=500)
        made = {"kind": "preliminary", "reported_on": TODAY, "reference": "", "content": ""}
        services.add_line(actor(clerk), self.register, self.register.part("reports"), row, made)
        assert [label for label, _ in catalogue.accident_missing(row)] == ["確報"]

    def test_it_is_closed_only_when_everything_was_done(self, enter, clerk, chief):
        row = enter("accidents", is_improper=True, cause="", notified_on=None)
        measure = {"content": "二人で確認", "owner": "係長", "due_on": TODAY, "done_on": None}
        line = services.add_line(actor(clerk), self.register, self.register.part("measures"), row, measure)
        with pytest.raises(Refusal, match="not-done") as refused:
            services.close(actor(chief), self.register, row, reason="済", version=row.version)
        for words in ("速報", "確報", "再発防止策", "本人への通知", "原因"):
            assert words in refused.value.message
        for kind in ("preliminary", "final"):
            made = {"kind": kind, "reported_on": TODAY, "reference": "", "content": ""}
            services.add_line(actor(clerk), self.register, self.register.part("reports"), row, made)
        services.change_line(
            actor(clerk), self.register, self.register.part("measures"), line, measure | {"done_on": TODAY},
            version=line.version,
        )  # fmt: skip
        new = values("accidents", row.office, is_improper=True)
        services.correct(actor(clerk), self.register, row, new, version=row.version)
        row = Accident.objects.get(pk=row.pk)
        assert services.close(actor(chief), self.register, row, reason="済", version=row.version).closed_on == TODAY

    @pytest.mark.parametrize(
        ("change", "code"),
        [({"known_on": TODAY + timedelta(days=1)}, "known"), ({"occurred_on": date(2026, 11, 21)}, "occurred")],
    )
    def test_days_that_cannot_be(self, enter, change, code):
        with pytest.raises(Refusal, match=code):
            enter("accidents", **change)


class TestContracts:
    register = property(lambda self: register_of("contracts"))

    @pytest.fixture
    def operator(self):
        person = factories.staff("levy.view", name="委託 三郎")
        person.employment = "contractor"
        person.save()
        return person

    def link(self, clerk, row, operator):
        return services.add_line(actor(clerk), self.register, self.register.part("ids"), row, {"staff": operator})

    def test_only_a_contractor_s_id_can_be_linked(self, enter, clerk, chief):
        with pytest.raises(Refusal, match="not-contractor"):
            self.link(clerk, enter("contracts"), chief)

    def test_it_is_said_beforehand_that_closing_ends_the_ids(self, enter, clerk, operator):
        row = enter("contracts")
        assert catalogue.contract_warnings(row) == []
        self.link(clerk, row, operator)
        assert catalogue.contract_warnings(row) == ["完結すると、結び付けた利用者ID（1件）は、その日から使えません。"]

    def test_an_operator_s_id_ends_with_the_contract(self, enter, clerk, operator):
        row = enter("contracts", last_day=date(2026, 11, 30))
        self.link(clerk, row, operator)
        operator.refresh_from_db()
        assert operator.valid_until == date(2026, 11, 30)
        with clock.at(date(2026, 12, 1)):
            assert usable(operator)

    def test_a_contract_cut_short_ends_the_ids_that_day(self, enter, clerk, operator, office):
        row = enter("contracts")
        self.link(clerk, row, operator)
        short = values("contracts", office, last_day=date(2026, 11, 23))
        services.correct(actor(clerk), self.register, row, short, version=row.version)
        operator.refresh_from_db()
        assert operator.valid_until == date(2026, 11, 23)
        assert usable(operator)

    def test_an_id_is_linked_once(self, enter, clerk, operator):
        row = enter("contracts")
        self.link(clerk, row, operator)
        with pytest.raises(Conflict) as refused:
            self.link(clerk, row, operator)
        assert "すでにこの契約に結び付いています" in refused.value.message

    def test_it_is_not_closed_before_data_is_back_or_erased(self, enter, clerk, chief, office):
        row = enter("contracts", last_day=date(2026, 11, 20))
        with pytest.raises(Refusal, match="not-done"):
            services.close(actor(chief), self.register, row, reason="終了", version=row.version)
        done = values(
            "contracts", office, last_day=date(2026, 11, 20), end_method="erased", end_done_on=date(2026, 11, 21),
            end_reported_on=date(2026, 11, 22), end_note="専用ソフトウェアで消去、市職員が立会い",
        )  # fmt: skip
        services.correct(actor(clerk), self.register, row, done, version=row.version)
        row = Contract.objects.get(pk=row.pk)
        assert services.close(actor(chief), self.register, row, reason="終了", version=row.version).closed_on

    def test_assurances_that_end_are_warned_of(self, enter):
        row = enter("contracts", iso_until=TODAY + timedelta(days=30))
        assert catalogue.contract_warnings(row) == ["ISO/IEC 27001の有効期限は令和8年12月24日です。"]
        assert catalogue.contract_warnings(enter("contracts", iso_until=TODAY + timedelta(days=90))) == []

    def test_assurances_far_away_are_not_due(self, enter):
        assert self.register.due(enter("contracts", iso_until=TODAY + timedelta(days=90))) is None
        assert self.register.due(enter("contracts", iso_until=TODAY + timedelta(days=30))) == TODAY + timedelta(days=30)

    def test_closing_ends_the_ids_at_once(self, enter, clerk, chief, operator, office):
        done = {"end_method": "erased", "end_done_on": TODAY, "end_reported_on": TODAY, "end_note": "消去"}
        row = enter("contracts", last_day=TODAY + timedelta(days=5), **done)
        self.link(clerk, row, operator)
        services.close(actor(chief), self.register, row, reason="終了", version=None)
        operator.refresh_from_db()
        assert usable(operator)

    def test_periodic_reports_are_chased(self, enter, clerk):
        row = enter("contracts")
        report = {"due_on": date(2026, 12, 10), "received_on": None, "content": ""}
        services.add_line(actor(clerk), self.register, self.register.part("security-reports"), row, report)
        assert self.register.due(row) == date(2026, 12, 10)

    def test_a_contract_ends_after_it_begins(self, enter):
        with pytest.raises(Refusal, match="days"):
            enter("contracts", last_day=date(2026, 3, 31))


class TestSubContracts:
    @pytest.fixture
    def row(self, enter, clerk):
        register = register_of("contracts")
        asked = dict.fromkeys(("party", "reason", "content", "information", "supervision"), "試験")
        return services.add_line(actor(clerk), register, register.part("sub-contracts"), enter("contracts"), asked)

    def all_yes(self):
        from audit.registers import rules

        return {item.id: "yes" for item in rules.items("sub_contract")}

    def test_consent_needs_every_answer(self, row, clerk):
        consents.answer(actor(clerk), row, {"S1": "yes"}, version=row.version)
        row.refresh_from_db()
        with pytest.raises(Refusal, match="unanswered"):
            consents.propose(actor(clerk), row, version=row.version)

    def test_an_unmet_demand_stops_it(self, row, clerk):
        row = consents.answer(actor(clerk), row, self.all_yes() | {"S4": "no"}, version=row.version)
        with pytest.raises(Refusal, match="not-met") as refused:
            consents.propose(actor(clerk), row, version=row.version)
        assert "S4" in refused.value.message

    def test_a_second_person_consents(self, row, clerk, chief):
        row = consents.answer(actor(clerk), row, self.all_yes(), version=row.version)
        decision = consents.propose(actor(clerk), row, version=row.version)
        assert SubContract.objects.get().state == "proposed"
        decisions.approve(actor(chief), decision, version=decision.version)
        row.refresh_from_db()
        assert (row.state, row.decided_on) == ("consented", TODAY)

    def test_a_rejected_one_is_refused(self, row, clerk, chief):
        row = consents.answer(actor(clerk), row, self.all_yes(), version=row.version)
        decision = consents.propose(actor(clerk), row, version=row.version)
        decisions.reject(actor(chief), decision, version=decision.version, reason="必要性がない")
        assert SubContract.objects.get().state == "refused"

    @pytest.mark.parametrize(("how", "label"), [("refused", "不承諾"), ("withdrawn", "取下げ")])
    def test_without_consent_it_ends_with_its_reason_and_no_longer_blocks(self, row, clerk, how, label):
        row = consents.answer(actor(clerk), row, self.all_yes() | {"S4": "no"}, version=row.version)
        with pytest.raises(Refusal, match="no-reason"):
            consents.end(actor(clerk), row, how=how, ending=" ", version=row.version)
        assert "決まっていない再委託があります。" in register_of("contracts").obstacles(row.entry)
        ended = consents.end(actor(clerk), row, how=how, ending="監督の方法がない", version=row.version)
        assert (ended.get_state_display(), ended.ending, ended.decided_on) == (label, "監督の方法がない", TODAY)
        assert "決まっていない再委託があります。" not in register_of("contracts").obstacles(row.entry)
        with pytest.raises(Conflict):
            consents.propose(actor(clerk), ended, version=ended.version)

    def test_a_returned_one_is_corrected_and_proposed_anew(self, row, clerk, chief):
        row = consents.answer(actor(clerk), row, self.all_yes(), version=row.version)
        first = consents.propose(actor(clerk), row, version=row.version)
        decisions.return_(actor(chief), first, version=first.version, reason="S3を確かめること")
        row.refresh_from_db()
        assert (row.state, row.is_fixed) == ("entered", False)
        row = consents.answer(actor(clerk), row, self.all_yes(), version=row.version)
        second = consents.propose(actor(clerk), row, version=row.version)
        first.refresh_from_db()
        assert (first.state, second.state) == ("withdrawn", "circulating")
        assert SubContract.objects.get().state == "proposed"

    def test_a_returned_one_is_not_sent_round_from_its_decision(self, row, clerk, chief):
        row = consents.answer(actor(clerk), row, self.all_yes(), version=row.version)
        made = consents.propose(actor(clerk), row, version=row.version)
        made = decisions.return_(actor(chief), made, version=made.version, reason="S3を確かめること")
        with pytest.raises(Conflict, match="anew"):
            decisions.resend(actor(clerk), made, version=made.version, comment="")

    def test_what_was_consented_to_stays_as_it_was(self, row, clerk, chief):
        row = consents.answer(actor(clerk), row, self.all_yes(), version=row.version)
        decision = consents.propose(actor(clerk), row, version=row.version)
        decisions.approve(actor(chief), decision, version=decision.version)
        row.refresh_from_db()
        register, asked = register_of("contracts"), {"party": "別の会社"}
        with pytest.raises(Conflict, match="fixed"):
            services.change_line(
                actor(clerk), register, register.part("sub-contracts"), row, asked, version=row.version
            )

    def test_an_answer_that_does_not_exist_is_left_out(self, row, clerk):
        row = consents.answer(actor(clerk), row, {"S1": "perhaps", "X9": "yes"}, version=row.version)
        assert row.answers == {}


class TestSelfChecks:
    register = property(lambda self: register_of("self-checks"))

    def answers(self, answer="yes", **more):
        from audit.registers import rules

        values = {"answer": answer, "evidence": "記録を確かめた", "remedy": "", "due_on": None, "done_on": None} | more
        return {item.id: values for item in rules.items("self_check")}

    @pytest.mark.parametrize("year", [1, 2015, 2028, 40000])
    def test_a_year_that_cannot_be_meant_is_refused(self, enter, year):
        with pytest.raises(Refusal, match="year") as refused:
            enter("self-checks", fiscal_year=year)
        assert refused.value.field == "fiscal_year"

    def test_an_office_checks_once_a_year(self, enter):
        enter("self-checks")
        with pytest.raises(Conflict) as refused:
            enter("self-checks")
        assert "すでにあります" in refused.value.message

    def test_every_item_is_answered_before_it_is_signed_off(self, enter, clerk, chief):
        row = enter("self-checks")
        some = dict(list(self.answers().items())[:5])
        services.answer(actor(clerk), self.register, row, some)
        with pytest.raises(Refusal) as refused:
            services.close(actor(chief), self.register, row, reason="確認", version=row.version)
        assert "回答していない項目が16件" in refused.value.message
        services.answer(actor(clerk), self.register, row, self.answers())
        assert services.close(actor(chief), self.register, row, reason="確認", version=row.version).closed_on

    def test_not_applicable_needs_the_reason(self, enter, clerk):
        with pytest.raises(Refusal, match="no-reason"):
            services.answer(actor(clerk), self.register, enter("self-checks"), self.answers("na", evidence=""))
        assert not CheckAnswer.objects.exists()

    def test_remedies_are_chased(self, enter, clerk):
        row = enter("self-checks")
        services.answer(actor(clerk), self.register, row, self.answers("no", remedy="徹底", due_on=date(2026, 12, 1)))
        assert self.register.due(row) == date(2026, 12, 1)

    def test_it_stays_open_until_remedies_are_done(self, enter, clerk, chief):
        row = enter("self-checks")
        services.answer(actor(clerk), self.register, row, self.answers("no", remedy="徹底", due_on=date(2026, 12, 1)))
        with pytest.raises(Refusal, match="not-done") as refused:
            services.close(actor(chief), self.register, row, reason="確認", version=row.version)
        assert "改善が済んでいない" in refused.value.message

    def test_last_year_s_answers_stand_beside(self, enter, clerk):
        before = enter("self-checks", fiscal_year=2025)
        services.answer(actor(clerk), self.register, before, self.answers("no", remedy="徹底"))
        assert queries.comparison(enter("self-checks"))["K01"] == "できていない"


class TestAudits:
    register = property(lambda self: register_of("audits"))

    def test_nobody_audits_their_own_office(self, enter, clerk):
        with pytest.raises(Refusal, match="not-independent") as refused:
            enter("audits", auditors=[clerk])
        assert refused.value.field == "auditors"

    def test_findings_are_followed_to_the_end(self, enter, clerk, chief):
        auditor = factories.staff(at=factories.office("緑区役所"))
        row = enter("audits", auditors=[auditor], held_on=TODAY, conclusion="おおむね適正")
        found = {"severity": "2", "content": "記録漏れ", "reply": "", "measure": "", "due_on": TODAY, "done_on": None}
        line = services.add_line(actor(clerk), self.register, self.register.part("findings"), row, found)
        with pytest.raises(Refusal, match="not-done"):
            services.close(actor(chief), self.register, row, reason="済", version=row.version)
        part = self.register.part("findings")
        services.change_line(actor(clerk), self.register, part, line, found | {"done_on": TODAY}, version=1)
        assert services.close(actor(chief), self.register, row, reason="済", version=row.version).closed_on
        assert list(row.auditors.all()) == [auditor]

    def test_offices_never_audited_are_due_at_once(self, enter, clerk, office):
        assert (office, None, TODAY) in queries.audits_due(actor(clerk))
        enter("audits", held_on=date(2026, 10, 1))
        assert queries.audits_due(actor(clerk))[-1] == (office, date(2026, 10, 1), date(2031, 10, 1))


class TestTrainings:
    def test_who_attended_and_who_is_missing(self, enter, clerk, chief):
        register, row = register_of("trainings"), enter("trainings")
        assert {clerk, chief} <= set(queries.absent(row))
        services.attend(actor(clerk), register, row, [{"staff": clerk, "attended_on": TODAY, "score": 90}])
        services.attend(actor(clerk), register, row, [{"staff": clerk, "attended_on": TODAY, "score": 95}])
        assert row.attendances.get().score == 95
        assert clerk not in queries.absent(row)
        assert clerk not in queries.untrained(actor(clerk), 2026)
        assert chief in queries.untrained(actor(clerk), 2026)

    def test_nobody_attended_in_the_future(self, enter, clerk):
        with pytest.raises(Refusal, match="attended"):
            services.attend(
                actor(clerk), register_of("trainings"), enter("trainings"),
                [{"staff": clerk, "attended_on": TODAY + timedelta(days=1), "score": None}],
            )  # fmt: skip

    def test_a_training_nobody_attended_is_not_closed(self, enter, chief):
        row = enter("trainings")
        with pytest.raises(Refusal, match="not-done"):
            services.close(actor(chief), register_of("trainings"), row, reason="済", version=row.version)

    def test_an_id_may_have_to_wait_for_the_first_training(self, enter, clerk, settings):
        row = enter("trainings", kind="first")
        assert usable(clerk) is None
        settings.REQUIRE_FIRST_TRAINING = True
        assert "初任者研修" in usable(clerk)
        settings.REQUIRE_FIRST_TRAINING = False
        assert clerk in queries.beginners(actor(clerk))
        services.attend(
            actor(clerk), register_of("trainings"), row, [{"staff": clerk, "attended_on": TODAY, "score": None}]
        )
        settings.REQUIRE_FIRST_TRAINING = True
        assert usable(clerk) is None


def test_an_inquiry_is_closed_with_its_answer(enter, chief):
    row = enter("inquiries")
    with pytest.raises(Refusal, match="not-done"):
        services.close(actor(chief), register_of("inquiries"), row, reason="済", version=row.version)


def test_people_without_the_register_s_right_have_no_work_from_it(office):
    assert Staff.objects.count() == 0
    assert waiting_for(actor(factories.staff("levy.view"))) == []


def test_free_text_holds_no_individual_number(enter, clerk):
    with pytest.raises(Refusal, match="number") as refused:
        enter("accidents", facts="個人番号123456789018を誤って送付した。")
    assert refused.value.field == "facts"
    row = enter("self-checks")
    found = {"answer": "yes", "evidence": "1234-5678-9018", "remedy": "", "due_on": None, "done_on": None}
    with pytest.raises(Refusal, match="number"):
        services.answer(actor(clerk), register_of("self-checks"), row, {"P1": found})
