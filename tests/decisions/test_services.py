"""決裁: who may act, what takes effect when, and that nothing is left half."""

import threading

import pytest
from django.db import connection

from audit.decisions import queries, services
from audit.decisions.models import Decision, DecisionAct
from audit.models import AccessLog, Notice, Staff
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests.decisions.conftest import stand_in

pytestmark = pytest.mark.django_db


def approve(people, name, decision, **more):
    decision.refresh_from_db()
    return services.approve(people[name], decision, **({"version": decision.version} | more))


def test_without_a_route_one_other_person_with_the_right_decides(people, things, propose):
    decision = propose()
    assert (decision.state, decision.number) == ("circulating", Decision.objects.get().number)
    assert [d.pk for d in queries.inbox(people["boss"])] == [decision.pk]
    decision = approve(people, "boss", decision)
    assert (decision.state, things.applied, decision.current) == ("approved", [decision.about], None)
    assert decision.closed_at
    assert [(a.kind, a.staff_name, a.position) for a in decision.acts.all()] == [
        ("propose", "起案 一郎", ""), ("decide", "決裁 典子", "課長"),
    ]  # fmt: skip


def test_numbers_of_a_year_follow_each_other_without_gaps(people, things, propose):
    first = propose()
    things.fails = True
    with pytest.raises(Conflict, match="proposed"):
        services.propose(people["proposer"], "test.thing", about=first.about, office=people.office, title="二度目")
    second = propose()
    assert int(second.number[-4:]) == int(first.number[-4:]) + 1


def test_who_proposed_cannot_decide_though_holding_the_right(people, things, propose):
    decision = propose()
    with pytest.raises(Refusal, match="same-person"):
        approve(people, "proposer", decision)
    assert not queries.inbox(people["proposer"]).exists()
    assert things.applied == []


def test_who_the_subject_concerns_cannot_decide(people, things, propose):
    decision = propose()
    things.barred = {people.staff["boss"].pk}
    with pytest.raises(Refusal, match="barred"):
        approve(people, "boss", decision)
    assert things.applied == []


@pytest.mark.parametrize("name", ["clerk", "outsider"])
def test_without_the_right_on_the_office_nobody_decides_and_the_attempt_is_logged(people, things, propose, name):
    decision = propose()
    with pytest.raises(Forbidden):
        approve(people, name, decision)
    assert AccessLog.objects.filter(outcome="refused", staff=people.staff[name]).count() == 1
    assert things.applied == []


def test_a_failure_while_taking_effect_leaves_the_decision_open(people, things, propose):
    decision = propose()
    things.fails = True
    from django.db import transaction

    with pytest.raises(Refusal, match="cannot"), transaction.atomic():
        approve(people, "boss", decision)
    decision.refresh_from_db()
    assert decision.state == "circulating"
    assert [a.kind for a in decision.acts.all()] == ["propose"]


def test_content_that_changed_since_the_proposal_cannot_be_decided(people, things, propose):
    decision = propose()
    things.content[decision.about] = "書き換えた本文"
    with pytest.raises(Conflict, match="content-changed"):
        approve(people, "boss", decision)
    assert things.applied == []


def test_a_stale_page_says_who_moved_the_decision(people, things, propose):
    decision = propose()
    approve(people, "boss", decision)
    with pytest.raises(Conflict) as refused:
        services.approve(people["deputy"], decision, version=decision.version - 1)
    assert "決裁 典子さんの「決裁」で「決裁済」" in refused.value.message


def test_deciding_twice_answers_with_the_first(people, things, propose):
    decision = propose()
    first = approve(people, "boss", decision)
    again = services.approve(people["boss"], decision, version=1)
    assert (again.version, things.applied) == (first.version, [decision.about])


class TestReturning:
    def test_it_comes_back_with_the_reason_and_goes_round_again(self, people, things, propose):
        decision = propose()
        services.return_(people["boss"], decision, version=decision.version, reason="金額の根拠がありません")
        decision.refresh_from_db()
        assert (decision.state, things.closed) == ("returned", [(decision.about, "returned")])
        assert Notice.objects.get(staff=people.staff["proposer"]).text.endswith("差し戻されました。")
        things.content[decision.about] = "直した本文"
        decision = services.resend(people["proposer"], decision, version=decision.version, comment="根拠を足しました")
        assert (decision.state, decision.round, decision.rows) == ("circulating", 2, [["内容", "直した本文"]])
        approve(people, "boss", decision)
        assert things.applied == [decision.about]
        assert [(a.round, a.kind) for a in decision.acts.all()] == [
            (1, "propose"), (1, "return"), (2, "resend"), (2, "decide"),
        ]  # fmt: skip

    @pytest.mark.parametrize("act", [services.return_, services.reject])
    def test_it_needs_a_reason(self, people, things, propose, act):
        decision = propose()
        with pytest.raises(Refusal, match="no-reason"):
            act(people["boss"], decision, version=decision.version, reason="　")
        decision.refresh_from_db()
        assert decision.state == "circulating"

    def test_only_the_proposer_sends_it_again(self, people, things, propose):
        decision = propose()
        services.return_(people["boss"], decision, version=decision.version, reason="確認")
        decision.refresh_from_db()
        with pytest.raises(Forbidden):
            services.resend(people["deputy"], decision, version=decision.version, comment="")

    def test_what_was_rejected_is_over(self, people, things, propose):
        decision = propose()
        services.reject(people["boss"], decision, version=decision.version, reason="認められません")
        decision.refresh_from_db()
        assert (decision.state, things.closed) == ("rejected", [(decision.about, "rejected")])
        with pytest.raises(Conflict):
            approve(people, "deputy", decision)
        services.propose(people["proposer"], "test.thing", about=decision.about, office=people.office, title="改めて")


class TestWithdrawing:
    def test_the_proposer_takes_it_back(self, people, things, propose):
        decision = propose()
        services.withdraw(people["proposer"], decision, version=decision.version, reason="誤り")
        decision.refresh_from_db()
        assert (decision.state, things.closed) == ("withdrawn", [(decision.about, "withdrawn")])

    def test_nobody_else_does(self, people, things, propose):
        decision = propose()
        with pytest.raises(Forbidden):
            services.withdraw(people["boss"], decision, version=decision.version)

    def test_what_was_decided_stays_decided(self, people, things, propose):
        decision = approve(people, "boss", propose())
        with pytest.raises(Conflict):
            services.withdraw(people["proposer"], decision, version=decision.version)


class TestSubstitution:
    def test_a_substitute_decides_and_the_act_says_so(self, people, things, propose):
        stand_in(people, "clerk", "boss")
        decision = approve(people, "clerk", propose())
        act = decision.acts.get(kind="decide")
        assert (act.mark, act.staff_name) == (DecisionAct.Mark.SUBSTITUTE, "窓口 春子")

    def test_who_also_holds_the_right_is_not_marked(self, people, things, propose):
        stand_in(people, "deputy", "boss")
        assert approve(people, "deputy", propose()).acts.get(kind="decide").mark == ""

    def test_the_proposer_s_substitute_cannot_decide_in_the_proposer_s_place(self, people, things, propose):
        decision = propose()
        stand_in(people, "clerk", "proposer")
        with pytest.raises(Refusal, match="same-person"):
            approve(people, "clerk", decision)
        assert things.applied == []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_the_same_moment_one_does(people, things, propose):
    decision = propose()
    gate, outcomes = threading.Barrier(2), []

    def decide(name):
        actor = people[name]
        gate.wait()
        try:
            services.approve(actor, decision, version=decision.version)
            outcomes.append("decided")
        except Conflict as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(name,)) for name in ("boss", "deputy")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["decided", "decision-moved"]
    assert things.applied == [decision.about]
    assert Decision.objects.get().acts.filter(kind="decide").count() == 1


def test_nobody_sees_a_decision_that_is_not_theirs(people, things, propose):
    decision = propose()
    assert not queries.visible(people["clerk"]).filter(pk=decision.pk).exists()
    assert not queries.visible(people["outsider"]).filter(pk=decision.pk).exists()
    assert queries.visible(people["boss"]).filter(pk=decision.pk).exists()


def test_an_id_that_may_not_be_used_decides_nothing(people, things, propose):
    decision = propose()
    Staff.objects.filter(pk=people.staff["boss"].pk).update(is_active=False)
    with pytest.raises(Forbidden):
        approve(people, "boss", decision)
