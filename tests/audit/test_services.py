"""Roles give rights on offices, for a period, and to nobody else."""

from datetime import date

import pytest
from django.contrib.auth.models import Group

from audit.actor import Actor
from audit.models import AccessLog, Office, RoleAssignment, Staff
from audit.permissions import held_rights, require
from audit.rights import ALL_RIGHTS, Act, File, Right
from audit.roles.models import Role
from audit.services import assign_role, bootstrap, define_role, end_role, synchronise_all
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden

pytestmark = pytest.mark.django_db

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
ENTER_STAFF = Right(File.STAFF, Act.ENTER)


@pytest.fixture
def accounts():
    return {account.login: account for account in bootstrap()}


def staff(login: str) -> Staff:
    return Staff.objects.get(login=login)


def test_the_first_set_up_makes_seven_offices_and_one_account_a_role(accounts):
    assert Office.objects.count() == 7
    assert Office.objects.filter(is_head=True).count() == 1
    held = {account.role for account in accounts.values()}
    assert set(Group.objects.values_list("name", flat=True)) == held | {"緊急照会"}  # given by emergency access only
    assert all(len(account.password) >= 16 for account in accounts.values())
    assert len({account.password for account in accounts.values()}) == len(accounts)


def test_a_second_set_up_changes_nothing_and_shows_no_password(accounts):
    before = list(Staff.objects.order_by("pk").values_list("pk", "password"))
    assert bootstrap() == []
    assert list(Staff.objects.order_by("pk").values_list("pk", "password")) == before


def test_nobody_is_superuser(accounts):
    assert not Staff.objects.filter(is_superuser=True).exists()


def test_a_ward_clerk_holds_rights_on_their_own_office_only(accounts):
    clerk = staff("madoguchi")
    assert held_rights(clerk)[VIEW] == {clerk.office_id}
    assert Right(File.LEVY, Act.RUN) not in held_rights(clerk)


def test_a_head_office_role_covers_every_office(accounts):
    assert held_rights(staff("fuka"))[VIEW] == set(Office.objects.values_list("pk", flat=True))


def test_rights_are_read_with_one_statement(accounts, django_assert_num_queries):
    clerk = staff("madoguchi")
    with django_assert_num_queries(1):
        held_rights(clerk)


@pytest.mark.parametrize("change", [{"is_active": False}, {"valid_until": date(2026, 3, 31)}])
def test_a_retired_or_expired_account_holds_nothing(accounts, change):
    Staff.objects.filter(login="madoguchi").update(**change)
    with clock.at(date(2026, 4, 1)):
        assert held_rights(staff("madoguchi")) == {}


def test_an_account_is_good_on_its_last_day(accounts):
    Staff.objects.filter(login="madoguchi").update(valid_until=date(2026, 3, 31))
    with clock.at(date(2026, 3, 31)):
        assert held_rights(staff("madoguchi")) != {}


def test_only_who_keeps_the_staff_ledger_assigns_roles(accounts):
    with pytest.raises(Forbidden):
        assign_role(Actor.of(staff("madoguchi")), staff("nintei"), "賦課担当", staff("nintei").office)


def test_a_role_is_not_held_twice_on_an_office(accounts):
    with pytest.raises(Conflict):
        assign_role(Actor.of(staff("kanri")), staff("madoguchi"), "区窓口担当", staff("madoguchi").office)


def test_a_role_ends_at_once(accounts):
    clerk = staff("madoguchi")
    end_role(Actor.of(staff("kanri")), clerk, "区窓口担当", clerk.office)
    assert held_rights(clerk) == {}
    assert not clerk.groups.exists()


def test_a_role_with_an_end_is_gone_the_day_after(accounts):
    clerk, office = staff("nintei"), staff("madoguchi").office
    today = clock.today()
    assign_role(None, clerk, "区窓口担当", office, until=today)
    assert RoleAssignment.objects.get(staff=clerk, role__name="区窓口担当").period.upper == date.fromordinal(
        today.toordinal() + 1
    )
    with clock.at(date.fromordinal(today.toordinal() + 1)):
        synchronise_all()
        assert Right(File.LEVY, Act.PRINT) not in held_rights(clerk)


def test_redefining_a_role_changes_its_holders_rights(accounts):
    define_role("区窓口担当", [Right(File.ELIGIBILITY, Act.VIEW)])
    assert set(held_rights(staff("madoguchi"))) == {VIEW}


def test_a_refused_attempt_is_logged(accounts):
    actor = Actor.of(staff("nintei"))
    with pytest.raises(Forbidden) as caught:
        require(actor, File.LEVY, Act.DECIDE)
    assert "権限がない" in caught.value.message
    row = AccessLog.objects.get()
    assert (row.outcome, row.file, row.act, row.staff.login) == ("refused", "levy", "decide", "nintei")


@pytest.mark.parametrize("name", ["levy.fly", "nothing.view", "levy", ""])
def test_an_unknown_right_raises(name):
    with pytest.raises(ValueError, match="not a valid"):
        Right.named(name)


def test_every_right_has_a_japanese_name():
    assert len({right.label for right in ALL_RIGHTS}) == len(ALL_RIGHTS)


def test_a_later_set_up_leaves_the_roles_as_the_office_has_made_them(accounts):
    role = Group.objects.get(name="区窓口担当")
    define_role(role.name, [Right.named("eligibility.view")])
    bootstrap()
    assert role.permissions.count() == 1
    assert Role.objects.get(group=role).description.startswith("区の窓口")
