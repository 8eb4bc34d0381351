"""The screens of the approval routes as their users press them."""

import uuid

import pytest
from django.urls import reverse

from audit.actor import Actor
from audit.decisions.models import Batch, Decision, DecisionStep, Route
from audit.models import AccessLog, Office
from audit.worklist import waiting_for
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client, people):
    def go(name):
        client.force_login(people.staff[name], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return go


def post(client, name, decision, act, **more):
    decision.refresh_from_db()
    data = {"version": decision.version, "submission": uuid.uuid4(), "comment": ""} | more
    return client.post(reverse("decision-act", args=[decision.public_id, act]), data)


def page(client, url, **more):
    return client.get(url, more).content.decode()


class TestLedger:
    def test_the_inbox_has_what_waits_for_the_person(self, sign_in, propose, people):
        decision = propose()
        body = page(sign_in("boss"), reverse("decisions"), which="inbox")
        assert decision.number in body
        assert "あなたの番です" in body
        assert decision.number not in page(sign_in("clerk"), reverse("decisions"))

    def test_the_home_page_says_what_waits(self, propose, people):
        propose()
        assert [(w.label, w.count) for w in waiting_for(people["boss"])] == [("伺書を決裁する", 1)]
        assert waiting_for(people["clerk"]) == []

    @pytest.mark.parametrize(("rights", "seen"), [(["decisions.view"], False), (["decisions.view", "levy.view"], True)])
    def test_the_ledger_tells_nothing_of_a_file_that_is_closed_to_the_reader(self, client, propose, rights, seen):
        decision = propose()
        client.force_login(factories.staff(*rights, at=decision.office, name="余所 次郎"))
        assert (decision.number in page(client, reverse("decisions"))) is seen
        answer = client.get(reverse("decision", args=[decision.public_id]))
        assert answer.status_code == (200 if seen else 404)

    def test_filters(self, sign_in, propose):
        first, second = propose(title="最初の件"), propose(title="次の件")
        body = page(sign_in("boss"), reverse("decisions"), text="最初")
        assert first.number in body
        assert second.number not in body
        assert "この条件の伺書はありません" in page(sign_in("boss"), reverse("decisions"), state="rejected")

    def test_an_unreadable_day_is_said(self, sign_in, propose):
        body = page(sign_in("boss"), reverse("decisions"), day_from="きのう")
        assert "入力内容を確かめてください" in body


class TestDecision:
    def test_the_decider_reads_the_content_and_decides(self, sign_in, propose, things):
        decision = propose(content="支給額の変更")
        client = sign_in("boss")
        body = page(client, reverse("decision", args=[decision.public_id]))
        assert "支給額の変更" in body
        assert "決裁する" in body
        answer = post(client, "boss", decision, "approve")
        assert answer.status_code == 302
        assert things.applied == [decision.about]
        assert "決裁済" in page(client, reverse("decision", args=[decision.public_id]))

    def test_the_proposer_sees_no_button_and_whom_to_ask(self, sign_in, propose):
        decision = propose()
        body = page(sign_in("proposer"), reverse("decision", args=[decision.public_id]))
        assert "確かめたので、決裁する" not in body
        assert "あなたが起案した件なので" in body
        assert "決裁 典子" in body
        assert "取り下げる" in body

    def test_returning_without_a_reason_keeps_the_page(self, sign_in, propose):
        decision = propose()
        answer = post(sign_in("boss"), "boss", decision, "return")
        assert answer.status_code == 200
        assert "理由を入れてください" in answer.content.decode()
        decision.refresh_from_db()
        assert decision.state == "circulating"

    def test_returning_correcting_and_sending_again(self, sign_in, propose, things):
        decision = propose()
        post(sign_in("boss"), "boss", decision, "return", comment="誤記")
        body = page(sign_in("proposer"), reverse("decision", args=[decision.public_id]))
        assert "もう一度回付する" in body
        post(sign_in("proposer"), "proposer", decision, "resend", comment="直しました")
        decision.refresh_from_db()
        assert (decision.state, decision.round) == ("circulating", 2)

    def test_a_consulting_step_offers_consent_and_return_only(self, sign_in, propose, people):
        decision = propose()
        last = decision.current
        first = DecisionStep.objects.create(decision=decision, round=1, order=0, action="consult", who="right")
        Decision.objects.filter(pk=decision.pk).update(current=first)
        body = page(sign_in("boss"), reverse("decision", args=[decision.public_id]))
        assert "同意する（合議）" in body
        assert "起案者に差し戻す" in body
        assert "否決する" not in body
        answer = post(sign_in("boss"), "boss", decision, "reject", comment="不要")
        assert "合議の段階では否決できません" in answer.content.decode()
        Decision.objects.filter(pk=decision.pk).update(current=last)
        assert "否決する" in page(sign_in("boss"), reverse("decision", args=[decision.public_id]))

    @pytest.mark.parametrize("act", ["reject", "withdraw"])
    def test_ending(self, sign_in, propose, act):
        decision = propose()
        name = "boss" if act == "reject" else "proposer"
        post(sign_in(name), name, decision, act, comment="不要")
        decision.refresh_from_db()
        assert decision.state == {"reject": "rejected", "withdraw": "withdrawn"}[act]

    def test_the_same_form_sent_twice_decides_once(self, sign_in, propose, things):
        decision = propose()
        client, key = sign_in("boss"), uuid.uuid4()
        decision.refresh_from_db()
        data = {"version": decision.version, "submission": key, "comment": ""}
        for _ in range(2):
            assert client.post(reverse("decision-act", args=[decision.public_id, "approve"]), data).status_code == 302
        assert things.applied == [decision.about]

    def test_an_unknown_act_is_not_found(self, sign_in, propose):
        assert post(sign_in("boss"), "boss", propose(), "burn").status_code == 404

    @pytest.mark.parametrize("name", ["clerk", "outsider"])
    def test_others_get_nothing(self, sign_in, propose, name):
        decision = propose(title="見えない件名")
        client = sign_in(name)
        for url in ("decision", "decision-sheet"):
            answer = client.get(reverse(url, args=[decision.public_id]))
            assert answer.status_code == 404
            assert "見えない件名" not in answer.content.decode()
        assert post(client, name, decision, "approve").status_code == 404

    def test_the_sheet_is_a_pdf_with_everybody_s_box(self, sign_in, propose):
        decision = propose()
        post(sign_in("boss"), "boss", decision, "approve")
        answer = sign_in("boss").get(reverse("decision-sheet", args=[decision.public_id]))
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")

    def test_a_person_s_data_in_the_content_is_logged(self, sign_in, propose, things):
        decision = propose()
        resident = uuid.uuid4()
        things.people[decision.about] = [resident]
        sign_in("boss").get(reverse("decision", args=[decision.public_id]))
        row = AccessLog.objects.get(file="levy", act="view")
        assert (row.subjects, row.items) == ([resident], ["伺書の内容"])


class TestMany:
    def test_checking_then_deciding(self, sign_in, propose, things):
        decisions = [propose(content=f"内容{n}") for n in (1, 2)]
        client = sign_in("boss")
        check = client.post(reverse("decisions-decide"), {"decision": [d.public_id for d in decisions]})
        assert "内容2" in check.content.decode()
        data = {"confirmed": 1, "submission": uuid.uuid4(), "listed": [d.public_id for d in decisions],
                "decision": [decisions[0].public_id], "return_reason": "後日"}  # fmt: skip
        for d in decisions:
            d.refresh_from_db()
            data[f"version-{d.public_id}"] = d.version
        assert client.post(reverse("decisions-decide"), data).status_code == 302
        assert [Decision.objects.get(pk=d.pk).state for d in decisions] == ["approved", "returned"]

    def test_a_missing_reason_shows_the_list_again_as_it_was(self, sign_in, propose, things):
        decisions = [propose(), propose()]
        data = {"confirmed": 1, "submission": uuid.uuid4(), "listed": [d.public_id for d in decisions],
                "decision": [decisions[0].public_id]}  # fmt: skip
        data |= {f"version-{d.public_id}": Decision.objects.get(pk=d.pk).version for d in decisions}
        body = sign_in("boss").post(reverse("decisions-decide"), data).content.decode()
        assert "差し戻す理由を入れてください" in body
        assert body.count("checked") == 1
        assert things.applied == []

    def test_nothing_chosen_is_said(self, sign_in, propose):
        assert sign_in("boss").post(reverse("decisions-decide"), {}).status_code == 400

    def test_a_cover_over_own_proposals(self, sign_in, propose, people):
        decisions = [propose(content=f"内容{n}") for n in (1, 2)]
        client = sign_in("proposer")
        assert decisions[0].number in page(client, reverse("decisions-gather"))
        data = {"decision": [d.public_id for d in decisions], "title": "2件", "submission": uuid.uuid4()}
        answer = client.post(reverse("decisions-gather"), data)
        batch = Batch.objects.get()
        assert answer.url == reverse("decision-batch", args=[batch.public_id])
        body = page(sign_in("boss"), answer.url)
        assert "内容2" in body
        assert "まとめて決裁する" in body
        pdf = sign_in("boss").get(reverse("decision-batch-sheet", args=[batch.public_id]))
        assert pdf.content.startswith(b"%PDF")
        assert sign_in("clerk").get(answer.url).status_code == 404


class TestRoutes:
    @pytest.fixture
    def head(self, db):
        head = factories.office("本庁")
        Office.objects.filter(pk=head.pk).update(is_head=True, ward_code="")
        return Office.objects.get(pk=head.pk)

    def form(self, steps, **more):
        data = {"kind": "test.thing", "starts_on": "R8.12.1", "reason": "規程", "submission": uuid.uuid4(),
                "step-TOTAL_FORMS": 6, "step-INITIAL_FORMS": 0, "step-MIN_NUM_FORMS": 0, "step-MAX_NUM_FORMS": 6}  # fmt: skip
        for n, step in enumerate(steps):
            data |= {f"step-{n}-{name}": value for name, value in step.items()}
        return data | more

    def test_the_form_says_plainly_what_each_step_asks_for(self, client, head, things):
        person = factories.staff("decisions.enter", at=head, name="経路 定")
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        body = page(client, reverse("decision-route-new"))
        assert "---------" not in body
        assert "役割の場合" not in body
        assert body.count("段目</legend>") == 6
        assert '<optgroup label="本庁">' in body

    def test_entering_one_on_screen(self, client, head, things):
        person = factories.staff("decisions.enter", "decisions.view", at=head)
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        steps = [{"action": "consult", "who": "position", "position": "係長"}, {},
                 {"action": "decide", "who": "right", "position": "余計"}]  # fmt: skip
        answer = client.post(
            reverse("decision-route-new"), self.form(steps, starts_on="R20.4.1", amount_up_to="500000")
        )
        route = Route.objects.get()
        assert answer.url == reverse("decision", args=[Decision.objects.get().public_id])
        assert [(s.order, s.action, s.who, s.position) for s in route.steps.all()] == [
            (1, "consult", "position", "係長"), (2, "decide", "right", ""),
        ]  # fmt: skip
        body = page(client, reverse("decision-routes"))
        assert "500,000円以下" in body
        assert "決裁前" in body
        assert "係長" in page(client, reverse("decision-route", args=[route.public_id]))

    def test_what_cannot_be_used_stays_as_it_was_typed(self, client, head, things):
        client.force_login(
            factories.staff("decisions.enter", at=head), backend="django.contrib.auth.backends.ModelBackend"
        )
        answer = client.post(
            reverse("decision-route-new"), self.form([{"action": "consult", "who": "right"}], starts_on="R20.4.1")
        )
        body = answer.content.decode()
        assert "最後の段階は「決裁」に" in body
        assert 'value="R20.4.1"' in body
        assert not Route.objects.exists()

    def test_without_the_right_there_is_no_form(self, sign_in):
        assert sign_in("clerk").get(reverse("decision-route-new")).status_code == 403
        assert sign_in("clerk").get(reverse("decision-routes")).status_code == 403


def test_a_job_that_waits_is_decided_on_its_sheet(client, db):
    """The job's own page and the sheet are two ways to the same decision."""
    from audit import jobs
    from audit.jobs.kinds import _KINDS
    from audit.models import JobRun
    from audit.rights import File

    office = factories.office()
    done = []
    kind = jobs.JobKind(
        "test-sheet", "試験", File.LEVY, run=lambda work: work.save(counts={"済": 12}), commit=lambda work: done.append(1),
        discard=lambda work: done.append("discarded"),
    )  # fmt: skip
    _KINDS[kind.name] = kind
    try:
        asker, boss = factories.staff("levy.run"), factories.staff("levy.decide", "levy.view")
        waiting = [
            jobs.execute(str(jobs.request_job(Actor.of(asker), kind.name, office=office, enqueue=False).public_id))
            for _ in range(2)
        ]
        first, second = (Decision.objects.get(about=job.public_id) for job in waiting)
        assert (first.proposed_by, first.rows[-1]) == (asker, ["済", "12"])
        client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
        post(client, "boss", first, "approve")
        job = JobRun.objects.get(pk=waiting[0].pk)
        assert (job.state, job.approved_by) == ("running", boss)
        assert jobs.execute(str(job.public_id)).state == "done"
        post(client, "boss", second, "reject", comment="件数が違う")
        assert JobRun.objects.get(pk=waiting[1].pk).state == "cancelled"
        assert done == [1, "discarded"]
    finally:
        del _KINDS[kind.name]
