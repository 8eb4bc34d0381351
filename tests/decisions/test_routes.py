"""決裁経路: steps in their order, limits of amounts, deputies, and laying a route down with a second person."""

from datetime import date, timedelta

import pytest

from audit.actor import Actor
from audit.decisions import candidates, kinds, laying, queries, routes, services
from audit.decisions.models import Action, Decision, DecisionAct, Route, Who
from audit.decisions.routes import Planned
from audit.models import Office, Staff
from audit.rights import Right
from audit.services import assign_role, define_role
from kaigo.common import clock
from kaigo.common.refusal import Forbidden, Refusal
from tests import factories

pytestmark = pytest.mark.django_db
CONSULT = Planned(1, Action.CONSULT, Who.POSITION, position="係長")
BOSS = Planned(2, Action.DECIDE, Who.POSITION, position="課長", deputy_position="課長補佐")


@pytest.fixture
def head(db):
    head = factories.office("本庁")
    Office.objects.filter(pk=head.pk).update(is_head=True, ward_code="")
    head.refresh_from_db()
    return head


@pytest.fixture
def lay(people, head):
    """Lay down a route as two people of the head office do it."""
    enter = factories.staff("decisions.enter", "decisions.view", at=head, name="運用 静")
    decide = factories.staff("decisions.decide", at=head, name="管理 典子")

    def make(steps, *, kind="test.thing", office=None, amount_up_to=None, starts_on=None, approve=True):
        decision = laying.propose_route(
            Actor.of(enter), kind=kind, office=office, amount_up_to=amount_up_to,
            starts_on=starts_on or clock.today(), steps=steps, reason="事務決裁規程",
        )  # fmt: skip
        if approve:
            services.approve(Actor.of(decide), decision, version=decision.version)
        return Route.objects.get(public_id=decision.about)

    return make


def act(people, name, decision, **more):
    decision.refresh_from_db()
    return services.approve(people[name], decision, version=decision.version, **more)


class TestSteps:
    def test_they_are_gone_through_in_their_order(self, people, things, propose, lay):
        lay([CONSULT, BOSS])
        decision = propose()
        assert not queries.inbox(people["boss"]).exists()
        with pytest.raises(Forbidden, match="not-your-step"):
            act(people, "boss", decision)
        decision = act(people, "consultant", decision, comment="異議ありません")
        assert (decision.state, things.applied) == ("circulating", [])
        decision = act(people, "boss", decision)
        assert (decision.state, things.applied) == ("approved", [decision.about])
        assert [(line.step.action, line.act.staff_name) for line in queries.lines(decision)] == [
            ("consult", "合議 幸子"), ("decide", "決裁 典子"),
        ]  # fmt: skip

    def test_who_consents_returns_it_and_does_not_reject_the_whole(self, people, things, propose, lay):
        lay([CONSULT, BOSS])
        decision = propose()
        with pytest.raises(Refusal, match="consulting"):
            services.reject(people["consultant"], decision, version=decision.version, reason="異議あり")
        decision = services.return_(people["consultant"], decision, version=decision.version, reason="異議あり")
        assert (decision.state, things.closed) == ("returned", [(decision.about, "returned")])

    def test_nobody_acts_at_two_steps(self, people, things, propose, lay):
        Staff.objects.filter(pk=people.staff["boss"].pk).update(position="課長")
        lay([Planned(1, Action.CONSULT, Who.POSITION, position="課長"), Planned(2, Action.DECIDE, Who.RIGHT)])
        decision = act(people, "boss", propose())
        with pytest.raises(Refusal, match="acted-before"):
            act(people, "boss", decision)
        assert act(people, "deputy", decision).state == "approved"

    def test_a_named_person_is_told(self, people, things, propose, lay):
        lay([Planned(1, Action.DECIDE, Who.PERSON, person_id=people.staff["boss"].pk)])
        decision = propose()
        assert people.staff["boss"].notices.get().text == f"決裁を待っている伺書があります（{decision.number}）。"
        with pytest.raises(Forbidden, match="not-your-step"):
            act(people, "deputy", decision)
        assert act(people, "boss", decision).state == "approved"

    def test_a_role_decides_where_it_is_held(self, people, things, propose, lay):
        role = people.staff["deputy"].assignments.get().role
        lay([Planned(1, Action.DECIDE, Who.ROLE, role_id=role.pk)])
        decision = propose()
        with pytest.raises(Forbidden, match="not-your-step"):
            act(people, "boss", decision)
        assert act(people, "deputy", decision).state == "approved"

    def test_being_named_gives_no_right_to_decide(self, people, things, propose, lay):
        lay([Planned(1, Action.DECIDE, Who.PERSON, person_id=people.staff["clerk"].pk)])
        decision = propose()
        assert not queries.inbox(people["clerk"]).exists()
        with pytest.raises(Forbidden, match="no-right"):
            act(people, "clerk", decision)

    def test_a_route_changed_under_way_does_not_change_the_round(self, people, things, propose, lay):
        lay([CONSULT, BOSS])
        decision = propose()
        lay([])
        assert act(people, "consultant", decision).state == "circulating"


class TestDeputy:
    def test_a_deputy_decides_with_a_reason_and_the_absent_one_sees_it_afterwards(self, people, things, propose, lay):
        lay([BOSS])
        decision = propose()
        assert not queries.inbox(people["deputy"]).exists()
        with pytest.raises(Refusal, match="no-reason"):
            act(people, "deputy", decision)
        decision = act(people, "deputy", decision, comment="課長が出張のため")
        assert (decision.state, decision.acts.get(kind="decide").mark) == ("approved", DecisionAct.Mark.DEPUTY)
        assert candidates.to_review(people["boss"]).get() == decision
        assert not candidates.to_review(people["deputy"]).exists()
        services.review(people["boss"], decision, comment="確認しました")
        assert not candidates.to_review(people["boss"]).exists()
        with pytest.raises(Forbidden):
            services.review(people["boss"], decision)

    def test_without_a_deputy_in_the_route_nobody_stands_in(self, people, things, propose, lay):
        lay([Planned(1, Action.DECIDE, Who.POSITION, position="課長")])
        with pytest.raises(Forbidden, match="not-your-step"):
            act(people, "deputy", propose(), comment="不在のため")


def test_a_kind_whose_room_is_switched_off_is_left_out(people, things, propose, lay, monkeypatch):
    lay([BOSS])
    propose()
    monkeypatch.delitem(kinds._KINDS, "test.thing")
    assert not queries.inbox(people["boss"]).exists()
    assert not queries.visible(people["boss"]).exists()
    assert not queries.routes().exists()
    monkeypatch.undo()


class TestChoice:
    """Which route a decision takes."""

    @pytest.fixture
    def chosen(self, people, things, lay):
        small = lay([BOSS], amount_up_to=500_000)
        large = lay([BOSS], amount_up_to=5_000_000)
        any_ = lay([CONSULT, BOSS])
        own = lay([CONSULT, BOSS], office=people.office, amount_up_to=100_000)
        return {"small": small, "large": large, "any": any_, "own": own}

    @pytest.mark.parametrize(
        ("amount", "name"),
        [(0, "own"), (100_000, "own"), (100_001, "small"), (500_000, "small"), (500_001, "large"), (5_000_000, "large"),
         (5_000_001, "any"), (None, "any")],
    )  # fmt: skip
    def test_by_amount_and_office(self, chosen, people, things, propose, amount, name):
        assert propose(amount=amount).route == chosen[name]

    def test_another_office_takes_the_general_route(self, chosen, things):
        elsewhere = factories.office("緑区役所")
        assert routes.in_force("test.thing", elsewhere, 50_000, clock.today()) == chosen["small"]

    def test_an_unknown_amount_never_takes_a_limited_route(self, people, things, propose, lay):
        lay([BOSS], amount_up_to=500_000)
        assert propose(amount=None).route is None


class TestLaying:
    def test_it_waits_for_a_second_person(self, people, things, propose, lay):
        route = lay([CONSULT, BOSS], approve=False)
        assert not route.in_force
        assert propose().route is None

    def test_who_entered_it_does_not_decide_on_it(self, people, lay, things):
        lay([BOSS], approve=False)
        decision = Decision.objects.get(kind="decisions.route")
        role = define_role("経路の決裁もできる人", [Right.named("decisions.decide")])
        assign_role(None, decision.proposed_by, role.name, decision.office)
        with pytest.raises(Refusal, match="same-person"):
            services.approve(Actor.of(decision.proposed_by), decision, version=decision.version)

    def test_a_later_route_ends_the_earlier_one_the_day_before(self, people, things, lay):
        first = lay([BOSS])
        start = clock.today() + timedelta(days=30)
        second = lay([CONSULT, BOSS], starts_on=start)
        first.refresh_from_db()
        assert (first.period.upper, second.period.lower) == (start, start)
        assert routes.in_force("test.thing", people.office, None, start - timedelta(days=1)) == first
        assert routes.in_force("test.thing", people.office, None, start) == second

    def test_a_route_of_the_same_day_replaces_the_other(self, people, things, lay):
        first, second = lay([BOSS]), lay([])
        first.refresh_from_db()
        assert (first.in_force, second.in_force) == (False, True)
        assert routes.steps_of(second) == routes.DEFAULT

    @pytest.mark.parametrize(
        ("steps", "words"),
        [
            ([CONSULT], "最後の段階"),
            ([BOSS, Planned(3, Action.DECIDE, Who.RIGHT)], "1段階だけ"),
            ([Planned(1, Action.DECIDE, Who.POSITION)], "1段目の職名"),
            ([Planned(1, Action.DECIDE, Who.ROLE)], "1段目の役割"),
            ([Planned(1, Action.DECIDE, Who.PERSON)], "1段目の職員"),
        ],
    )
    def test_a_route_that_cannot_be_used_is_refused(self, people, things, lay, steps, words):
        with pytest.raises(Refusal) as refused:
            lay(steps)
        assert words in refused.value.message
        assert not Route.objects.exists()

    def test_a_day_that_is_past_is_refused(self, people, things, lay):
        with pytest.raises(Refusal, match="past-day"):
            lay([BOSS], starts_on=date(2020, 4, 1))

    def test_without_the_right_nothing_is_entered(self, people, head, things):
        with pytest.raises(Forbidden):
            laying.propose_route(
                people["boss"], kind="test.thing", office=None, amount_up_to=None, starts_on=clock.today(), steps=[],
                reason="",
            )  # fmt: skip
