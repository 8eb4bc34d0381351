"""Roles and who holds them: a second person for what gives rights, one for what takes them away."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from audit.actor import Actor
from audit.decisions import services as decisions
from audit.decisions.models import Decision
from audit.models import Notice, Office, RoleAssignment, Staff
from audit.rights import ALL_RIGHTS, Act, File, Right
from audit.roles import assignments, composing, queries, separation, templates_of_sections
from audit.roles.models import Role, RoleChange
from audit.services import assign_role, define_role
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests import factories

pytestmark = pytest.mark.django_db
VIEW, ENTER, DECIDE = (Right(File.LEVY, act) for act in (Act.VIEW, Act.ENTER, Act.DECIDE))
SEE = Right(File.ELIGIBILITY, Act.VIEW)


@pytest.fixture
def head(db):
    head = factories.office("本庁")
    Office.objects.filter(pk=head.pk).update(is_head=True, ward_code="")
    return Office.objects.get(pk=head.pk)


@pytest.fixture
def admin(head):
    """Who enters; asked anew each time, since rights are resolved once a request."""
    person = factories.staff("staff.view", "staff.enter", at=head, offices=[head, factories.office()], name="運用 静")
    return lambda: Actor.of(Staff.objects.get(pk=person.pk))


@pytest.fixture
def chief(head):
    """Who decides."""
    person = factories.staff(
        "staff.view", "staff.decide", at=head, offices=[head, factories.office()], name="管理 典子"
    )
    return lambda: Actor.of(Staff.objects.get(pk=person.pk))


@pytest.fixture
def role(db):
    return define_role("賦課照会", [VIEW]).role


def change(admin, role, rights, **more):
    fields = {"name": role.group.name if role else "新しい役割", "description": "", "reason": "事務分担の変更"} | more
    return composing.propose_change(admin(), role, rights=rights, **fields)


def decide(chief, decision):
    decision.refresh_from_db()
    return decisions.approve(chief(), decision, version=decision.version)


class TestComposing:
    def test_a_new_role_exists_once_another_person_decided(self, admin, chief):
        decision = change(admin, None, [VIEW, SEE])
        assert not Group.objects.filter(name="新しい役割").exists()
        decide(chief, decision)
        role = Role.objects.get(group__name="新しい役割")
        assert queries.rights_of(role.group) == {VIEW, SEE}

    def test_holders_rights_follow_at_once(self, admin, chief, role):
        clerk = factories.staff()
        assign_role(None, clerk, role.group.name, clerk.office)
        decide(chief, change(admin, role, [SEE]))
        actor = Actor.of(Staff.objects.get(pk=clerk.pk))
        assert (actor.may(SEE), actor.may(VIEW)) == (True, False)

    def test_the_decider_reads_what_is_added_and_removed_and_whom_it_concerns(self, admin, role):
        clerk = factories.staff()
        assign_role(None, clerk, role.group.name, clerk.office)
        rows = dict(change(admin, role, [SEE]).rows)
        assert rows["加わる権限"] == "資格ファイルの照会"
        assert rows["なくなる権限"] == "賦課・収滞納ファイルの照会"
        assert rows["いま割り当てられている職員"] == "1人"

    def test_who_entered_it_cannot_decide(self, admin, chief, role):
        decision = change(admin, role, [SEE])
        entered_by = decision.proposed_by
        assign_role(None, entered_by, define_role("決定", [Right.named("staff.decide")]).name, decision.office)
        with pytest.raises(Refusal, match="same-person"):
            decide(admin, decision)

    def test_nobody_approves_what_gives_rights_to_themself(self, admin, chief, role):
        decision = change(admin, role, [VIEW, SEE])
        assign_role(None, Staff.objects.get(pk=chief().staff_id), role.group.name, decision.office)
        with pytest.raises(Refusal, match=r"barred|content-changed"):
            decide(chief, decision)

    def test_nobody_adds_rights_to_a_role_of_their_own(self, admin, role):
        assign_role(None, Staff.objects.get(pk=admin().staff_id), role.group.name, Office.objects.get(is_head=True))
        with pytest.raises(Refusal, match="own-rights"):
            change(admin, role, [VIEW, SEE])

    def test_rights_to_enter_and_to_decide_together_need_a_reason(self, admin, chief, role):
        with pytest.raises(Refusal, match="joined-rights") as refused:
            change(admin, role, [VIEW, ENTER, DECIDE])
        assert refused.value.field == "override"
        decision = change(admin, role, [VIEW, ENTER, DECIDE], override="職員が2人の係のため")
        rows = dict(decision.rows)
        assert rows["職務分離によらない理由"] == "職員が2人の係のため"
        assert "入力した人は" in rows["職務分離"]

    def test_what_its_holders_hold_beside_it_counts(self, admin, chief, clerk, role):
        """The role by itself keeps the rules; one of its holders would not."""
        assign_role(None, clerk, role.group.name, clerk.office)
        assign_role(None, clerk, define_role("決定", [DECIDE]).name, clerk.office)
        with pytest.raises(Refusal, match="joined-rights"):
            change(admin, role, [VIEW, ENTER])
        decision = change(admin, role, [VIEW, ENTER], override="欠員のため")
        assert "入力した人は" in dict(decision.rows)["職務分離"]

    def test_not_what_they_hold_on_another_office(self, admin, clerk, role):
        assign_role(None, clerk, role.group.name, clerk.office)
        assign_role(None, clerk, define_role("決定", [DECIDE]).name, factories.office("緑区役所"))
        assert change(admin, role, [VIEW, ENTER]).state == "circulating"

    def test_nor_what_was_joined_before(self, admin, clerk, role):
        assign_role(None, clerk, role.group.name, clerk.office)
        assign_role(None, clerk, define_role("両方", [ENTER, DECIDE]).name, clerk.office)
        assert change(admin, role, [VIEW, SEE]).state == "circulating"

    def test_a_holder_who_would_join_them_meanwhile_stops_the_decision(self, admin, chief, clerk, role):
        assign_role(None, clerk, role.group.name, clerk.office)
        decision = change(admin, role, [VIEW, ENTER])
        assign_role(None, clerk, define_role("決定", [DECIDE]).name, clerk.office)
        with pytest.raises(Conflict, match="content-changed"):
            decide(chief, decision)

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"rights": []}, "no-rights"),
            ({"rights": [VIEW]}, "unchanged"),
            ({"name": "　", "rights": [SEE]}, "no-name"),
        ],
    )
    def test_what_cannot_be_is_refused(self, admin, role, fields, code):
        with pytest.raises(Refusal, match=code):
            change(admin, role, **fields)
        assert not RoleChange.objects.exists()

    def test_a_name_is_taken_once_however_it_is_typed(self, admin, role):
        define_role("ABC課", [VIEW])
        with pytest.raises(Refusal, match="name-taken"):
            change(admin, None, [SEE], name="ＡＢＣ課")

    def test_one_change_at_a_time(self, admin, role):
        change(admin, role, [SEE])
        with pytest.raises(Conflict, match="waiting"):
            change(admin, role, [VIEW, SEE])

    def test_rights_that_moved_meanwhile_stop_the_decision(self, admin, chief, role):
        decision = change(admin, role, [SEE])
        define_role(role.group.name, [VIEW, ENTER])
        with pytest.raises(Conflict, match="content-changed"):
            decide(chief, decision)
        assert queries.rights_of(role.group) == {VIEW, ENTER}

    def test_without_the_right_on_the_head_office_nothing_is_entered(self, head, role):
        ward = factories.staff("staff.view", "staff.enter")
        with pytest.raises(Forbidden):
            change(lambda: Actor.of(ward), role, [SEE])


class TestRetiring:
    def test_a_role_nobody_holds_can_be_retired(self, admin, chief, role):
        decide(chief, composing.propose_retirement(admin(), role, reason="統合"))
        role.refresh_from_db()
        assert role.retired_on == clock.today()
        assert role not in queries.assignable()

    def test_not_while_somebody_holds_it(self, admin, role):
        clerk = factories.staff()
        assign_role(None, clerk, role.group.name, clerk.office)
        with pytest.raises(Conflict, match="role-held"):
            composing.propose_retirement(admin(), role, reason="統合")

    def test_nor_when_it_was_assigned_before_the_decision(self, admin, chief, role):
        decision = composing.propose_retirement(admin(), role, reason="統合")
        clerk = factories.staff()
        assign_role(None, clerk, role.group.name, clerk.office)
        with pytest.raises(Conflict):
            decide(chief, decision)


@pytest.fixture
def clerk(db):
    return factories.staff(name="窓口 春子")


def ask(admin, clerk, role, **more):
    fields = {"offices": [clerk.office], "first_day": clock.today(), "last_day": None, "reason": "事務分担"} | more
    return assignments.propose_assignment(admin(), clerk, role=role, **fields)


class TestAssigning:
    def test_the_role_is_held_once_another_person_decided(self, admin, chief, clerk, role):
        decision = ask(admin, clerk, role)
        assert not Actor.of(clerk).may(VIEW)
        decide(chief, decision)
        row = clerk.assignments.get()
        assert (row.kind, row.reason, row.granted_by.name) == ("standing", "事務分担", "運用 静")
        assert Actor.of(clerk).may(VIEW, clerk.office_id)
        assert "割り当てられました" in Notice.objects.get(staff=clerk).text

    def test_a_role_with_an_end_is_temporary(self, admin, chief, clerk, role):
        last = clock.today() + timedelta(days=9)
        decide(chief, ask(admin, clerk, role, last_day=last))
        row = clerk.assignments.get()
        assert (row.kind, row.period.upper) == ("temporary", last + timedelta(days=1))

    def test_several_offices_at_once_are_decided_by_the_head_office(self, admin, chief, clerk, role, head):
        decision = ask(admin, clerk, role, offices=[clerk.office, head])
        assert decision.office == head
        decide(chief, decision)
        assert Actor.of(clerk).offices(VIEW) == {clerk.office_id, head.pk}

    def test_one_s_own_office_alone_is_decided_there(self, admin, clerk, role):
        assert ask(admin, clerk, role).office == clerk.office

    def test_who_keeps_the_staff_of_one_office_lets_nobody_into_another(self, head, clerk, role):
        keeper = Actor.of(factories.staff("staff.view", "staff.enter"))
        with pytest.raises(Forbidden):
            ask(lambda: keeper, clerk, role, offices=[clerk.office, factories.office("緑区役所")])
        assert not Decision.objects.exists()

    def test_nor_prolongs_it_there(self, head, clerk, role):
        green, last = factories.office("緑区役所"), clock.today() + timedelta(days=3)
        assign_role(None, clerk, role.group.name, green, until=last)
        keeper = Actor.of(factories.staff("staff.view", "staff.enter"))
        with pytest.raises(Forbidden):
            assignments.propose_prolonging(
                keeper, clerk.assignments.get(), last_day=last + timedelta(days=9), reason="業務が続くため"
            )

    def test_nobody_can_decide_for_the_head_office_from_a_ward(self, admin, clerk, role, head):
        decision = ask(admin, clerk, role, offices=[clerk.office, head])
        ward = factories.staff("staff.decide")
        with pytest.raises(Forbidden):
            decide(lambda: Actor.of(ward), decision)

    def test_nobody_gives_rights_to_themself(self, admin, role):
        with pytest.raises(Refusal, match="own-rights"):
            ask(admin, Staff.objects.get(pk=admin().staff_id), role)

    def test_nobody_decides_on_their_own_assignment(self, admin, chief, role):
        decision = ask(admin, Staff.objects.get(pk=chief().staff_id), role)
        with pytest.raises(Refusal, match="barred"):
            decide(chief, decision)

    def test_what_a_person_holds_together_is_looked_at(self, admin, clerk, role):
        assign_role(None, clerk, define_role("決定", [DECIDE]).name, clerk.office)
        enter = define_role("入力", [ENTER]).role
        with pytest.raises(Refusal, match="joined-rights"):
            ask(admin, clerk, enter)
        assert ask(admin, clerk, enter, override="欠員のため").state == "circulating"

    def test_on_another_office_it_is_not_together(self, admin, clerk, head):
        assign_role(None, clerk, define_role("決定", [DECIDE]).name, clerk.office)
        enter = define_role("入力", [ENTER]).role
        assert ask(admin, clerk, enter, offices=[head]).state == "circulating"

    @pytest.mark.parametrize(
        ("first", "last", "code"), [(-1, None, "past-day"), (5, 4, "last-day"), (0, 5_000, "too-long")]
    )
    def test_days_that_cannot_be(self, admin, clerk, role, first, last, code):
        days = {"first_day": clock.today() + timedelta(days=first)}
        days["last_day"] = None if last is None else clock.today() + timedelta(days=last)
        with pytest.raises(Refusal, match=code):
            ask(admin, clerk, role, **days)

    def test_what_is_held_already_is_refused_with_the_office(self, admin, clerk, role):
        assign_role(None, clerk, role.group.name, clerk.office)
        with pytest.raises(Conflict) as refused:
            ask(admin, clerk, role)
        assert "中央区役所" in refused.value.message

    def test_the_same_request_waits_once(self, admin, clerk, role):
        ask(admin, clerk, role)
        with pytest.raises(Conflict, match="waiting"):
            ask(admin, clerk, role)

    def test_a_retired_role_is_refused(self, admin, clerk, role):
        Role.objects.filter(pk=role.pk).update(retired_on=clock.today())
        role.refresh_from_db()
        with pytest.raises(Refusal, match="retired"):
            ask(admin, clerk, role)

    def test_another_office_s_staff_is_out_of_reach(self, head, role):
        outsider = factories.staff("staff.enter", at=factories.office("緑区役所"))
        with pytest.raises(Forbidden):
            ask(lambda: Actor.of(outsider), factories.staff(), role)


class TestEnding:
    def test_one_person_ends_it_and_the_right_is_gone(self, admin, clerk, role):
        assign_role(None, clerk, role.group.name, clerk.office)
        row = clerk.assignments.get()
        RoleAssignment.objects.filter(pk=row.pk).update(period=(clock.today() - timedelta(days=9), None))
        assignments.end(admin(), row, reason="異動")
        assert not Actor.of(clerk).may(VIEW)
        assert clerk.assignments.get().period.upper == clock.today()
        assert "終わりました" in Notice.objects.get(staff=clerk).text
        with pytest.raises(Conflict, match="over"):
            assignments.end(admin(), row, reason="異動")

    def test_one_of_today_leaves_its_history(self, admin, clerk, role):
        assign_role(None, clerk, role.group.name, clerk.office)
        row = clerk.assignments.get()
        assignments.end(admin(), row, reason="誤り")
        assert not clerk.assignments.exists()
        from django.apps import apps

        events = apps.get_model("audit", "RoleAssignmentEvent").objects.filter(pgh_obj_id=row.pk).order_by("pgh_id")
        assert [e.pgh_label for e in events] == ["insert", "delete"]
        assert events[1].pgh_context.metadata["reason"] == "役割の割当の終了：誤り"

    def test_it_needs_a_reason(self, admin, clerk, role):
        assign_role(None, clerk, role.group.name, clerk.office)
        with pytest.raises(Refusal, match="no-reason"):
            assignments.end(admin(), clerk.assignments.get(), reason=" ")

    def test_prolonging_waits_for_a_second_person(self, admin, chief, clerk, role):
        last = clock.today() + timedelta(days=3)
        assign_role(None, clerk, role.group.name, clerk.office, until=last)
        row = clerk.assignments.get()
        longer = last + timedelta(days=30)
        decision = assignments.propose_prolonging(admin(), row, last_day=longer, reason="業務が続くため")
        assert clerk.assignments.get().period.upper == last + timedelta(days=1)
        decide(chief, decision)
        assert clerk.assignments.get().period.upper == longer + timedelta(days=1)

    def test_without_an_end_there_is_nothing_to_prolong(self, admin, clerk, role):
        assign_role(None, clerk, role.group.name, clerk.office)
        with pytest.raises(Refusal, match="no-end"):
            assignments.propose_prolonging(admin(), clerk.assignments.get(), last_day=clock.today(), reason="x")


class TestReading:
    def test_effective_rights_say_where_and_from_which_role(self, clerk, role):
        green = factories.office("緑区役所")
        assign_role(None, clerk, role.group.name, [clerk.office, green])
        assign_role(None, clerk, define_role("もう一つ", [VIEW]).name, clerk.office)
        row = queries.effective(clerk)[0]
        assert row.right == VIEW
        assert set(row.offices.split("、")) == {"中央区役所", "緑区役所"}
        assert set(row.roles.split("、")) == {"賦課照会", "もう一つ"}

    def test_roles_beyond_the_section_s_template(self, admin, clerk, role):
        other = define_role("余分な役割", [SEE]).role
        assign_role(None, clerk, role.group.name, clerk.office)
        assign_role(None, clerk, other.group.name, clerk.office)
        assert queries.exceeding(clerk) == []
        templates_of_sections.lay_down(admin(), None, office=clerk.office, section="", roles=[role], reason="標準")
        assert queries.exceeding(clerk) == ["余分な役割"]

    def test_a_section_s_own_template_comes_before_the_office_s(self, admin, clerk, role):
        Staff.objects.filter(pk=clerk.pk).update(section="窓口係")
        clerk.refresh_from_db()
        assign_role(None, clerk, role.group.name, clerk.office)
        templates_of_sections.lay_down(admin(), None, office=clerk.office, section="", roles=[], reason="標準")
        assert queries.exceeding(clerk) == ["賦課照会"]
        own = templates_of_sections.lay_down(
            admin(), None, office=clerk.office, section="窓口係", roles=[role], reason="標準"
        )
        assert queries.exceeding(clerk) == []
        templates_of_sections.remove(admin(), own, version=own.version)
        assert queries.exceeding(clerk) == ["賦課照会"]

    def test_a_section_has_one_template(self, admin, clerk, role):
        fields = {"office": clerk.office, "section": "", "roles": [role], "reason": "標準"}
        templates_of_sections.lay_down(admin(), None, **fields)
        with pytest.raises(Conflict, match="template-exists"):
            templates_of_sections.lay_down(admin(), None, **fields)


class TestSeparation:
    def test_every_rule_names_rights_that_exist_and_says_why(self):
        for rule in separation.rules():
            assert {rule.first, rule.second} <= set(ALL_RIGHTS)
            assert rule.why
            assert rule.first != rule.second

    @pytest.mark.parametrize(
        "rule", separation.rules(), ids=lambda rule: f"{rule.first.codename}-{rule.second.codename}"
    )
    def test_only_both_together_break_a_rule(self, rule):
        assert separation.joined({rule.first, rule.second}, [rule]) == [rule]
        assert separation.joined({rule.first}, [rule]) == separation.joined({rule.second}, [rule]) == []

    def test_the_example_city_keeps_the_rules(self):
        import yaml

        from audit.services import EXAMPLE_CITY

        plan = yaml.safe_load(EXAMPLE_CITY.read_text("utf-8"))
        broken = {
            row["name"]: [rule.words for rule in separation.joined({Right.named(name) for name in row["rights"]})]
            for row in plan["roles"]
        }
        assert {name: rules for name, rules in broken.items() if rules} == {}


def test_every_group_of_rights_has_its_row(db):
    group = define_role("あとから", [VIEW])
    assert group.role.retired_on is None
    assert Decision.objects.count() == 0
