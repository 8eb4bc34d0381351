"""The take-in of a personnel file: what is refused, what the preview says, what the approval does, what waits."""

from datetime import date, timedelta

import pytest
from django.db import connection

from audit.decisions import services as decisions
from audit.decisions.queries import latest
from audit.jobs import cancel_job, execute
from audit.models import JobFile, JobIssue, JobRun, RoleAssignment, Staff
from audit.permissions import held_rights
from audit.personnel import applying
from audit.personnel.models import IdEvent, PersonnelOrder
from audit.rights import Right
from audit.roles.models import SectionTemplate
from audit.subjects import address_key
from audit.usability import usable
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests import factories
from tests.personnel.example_file import new_year, personnel_file, row

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def issues(job):
    return list(JobIssue.objects.filter(job=job).order_by("line", "id").values_list("line", "code", "refused"))


def states(job):
    return list(PersonnelOrder.objects.filter(job=job).order_by("line").values_list("state", flat=True))


def day(offset):
    return f"{TODAY + timedelta(days=offset):%Y%m%d}"


def clerk_row(kind, **fields):
    return row(kind, "900002", name="窓口 春子", kana="マドグチ　ハルコ", effective_on=day(0), **fields)


class TestAsking:
    def test_needs_the_right_and_leaves_nothing_without_it(self, city):
        from audit.personnel.intake import request_import

        for staff in (city.kacho, city.shocho, city.clerk, city.far):
            with pytest.raises(Forbidden):
                request_import(city.actor(staff), personnel_file(row()), enqueue=False)
        assert not JobRun.objects.exists()

    def test_a_wrong_file_leaves_nothing(self, city):
        with pytest.raises(Refusal):
            city.ask(row(), promised=5)
        assert not JobRun.objects.exists()
        assert not PersonnelOrder.objects.exists()

    def test_the_same_file_twice_is_refused(self, city):
        city.take_in(row())
        with pytest.raises(Refusal) as refused:
            city.ask(row())
        assert refused.value.code == "file-again"

    @pytest.mark.parametrize(
        ("frame", "taken"),
        [
            ({"created": date(2026, 11, 19), "serial": 9}, False),
            ({"created": date(2026, 11, 20), "serial": 1, "full": True}, False),
            ({"created": date(2026, 11, 20), "serial": 2}, True),
            ({"created": date(2026, 11, 21), "serial": 1}, True),
        ],
    )
    def test_one_older_than_the_last_is_refused(self, city, frame, taken):
        city.take_in(row())
        if taken:
            assert city.ask(row(number="100009", kana="ベツ　ジン", address=""), **frame).state == "waiting"
            return
        with pytest.raises(Refusal) as refused:
            city.ask(row(number="100009"), **frame)
        assert refused.value.code == "file-older"

    def test_one_at_a_time_and_a_cancelled_one_may_come_again(self, city):
        job = city.ask(row())
        with pytest.raises(Conflict, match="終わっていません"):
            city.ask(row(number="100002"), serial=2)
        cancel_job(city.actor(city.kanri), job, version=job.version)
        assert states(job) == ["dropped"]
        assert city.take_in(row()).state == "done"

    def test_the_address_is_kept_nowhere(self, city):
        job = city.take_in(row(address="あおば市緑区秘密町九丁目8番7号"))
        staff = Staff.objects.get(personnel_number="100001")
        assert bytes(staff.address_key) == address_key("あおば市緑区秘密町9-8-7", "")
        with connection.cursor() as cursor:
            for table in ("personnel_personnelorder", "personnel_personnelorderevent", "audit_staff", "audit_jobissue"):
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%秘密町%'")
                assert cursor.fetchone() == (0,)
        assert JobFile.objects.get(job=job).stored is None


class TestPreview:
    def test_says_who_gets_and_loses_what_and_changes_nothing(self, city):
        job = city.ask(row(), clerk_row("retire"))
        hired, retired = PersonnelOrder.objects.filter(job=job).order_by("line")
        assert (hired.state, hired.gains, hired.losses) == ("planned", ["利用者ID"], [])
        assert retired.losses[0] == "利用者ID"
        assert "中央区役所" in retired.losses[1]
        assert (job.state, job.counts) == (
            "waiting", {"発令": 2, "採用": 1, "退職": 1, "反映済みと同じ": 0, "受け付けなかった行": 0},
        )  # fmt: skip
        assert not Staff.objects.filter(personnel_number="100001").exists()
        assert usable(Staff.objects.get(pk=city.clerk.pk)) is None

    def test_each_fault_is_an_issue_of_its_row_and_good_rows_go_on(self, city):
        factories.staff(at=city.ward, name="低い 番号")
        Staff.objects.filter(pk=city.far.pk).update(login="100077")
        job = city.ask(
            row(),
            row(number="100002", office="99", kana="ア"),
            row(number="100003", effective_on="20261131"),
            row("retire", "777777"),
            row(),
            row(number="100001", kana="ベツ　ジン", effective_on="20261102"),
            row("transfer", "100001", effective_on="20261001"),
            row(number="100077", kana="ナナ", address=""),
            row(number="100005", manager_number="555555", kana="ゴ", address=""),
        )
        found = {(line, code) for line, code, _refused in issues(job)}
        assert {
            (4, "unknown-office"),
            (5, "impossible-date"),
            (6, "unknown-staff"),
            (7, "duplicate-row"),
            (8, "hired-already"),
            (9, "unknown-staff"),  # its day lies before the hire
            (10, "login-taken"),
            (11, "unknown-manager"),
        } <= found
        assert (states(job)[0], states(job)[-1]) == ("planned", "planned")
        assert job.counts["受け付けなかった行"] == 7

    def test_an_order_before_the_newest_one_is_stale(self, city):
        city.take_in(row(effective_on="20261101"))
        job = city.ask(row("transfer", effective_on="20261015"), serial=2)
        assert (3, "stale-row", True) in issues(job)

    def test_a_number_that_somebody_else_had_is_refused(self, city):
        city.take_in(row(effective_on="20261001"), row("retire", effective_on="20261031"))
        job = city.ask(row(name="別　人", kana="ベツ　ジン", effective_on="20261120"), serial=2)
        assert issues(job)[0][1] == "number-reused"

    def test_one_person_does_not_get_two_ids(self, city):
        city.take_in(row())
        job = city.ask(row(number="100002", effective_on=day(0)), serial=2)
        assert (3, "same-person", True) in issues(job)
        assert states(job) == ["refused"]

    def test_what_is_in_force_already_is_the_same_and_no_fault(self, city):
        city.take_in(row())
        job = city.ask(row(), serial=2, full=True)
        assert states(job) == ["same"]
        assert job.state == "done"  # nothing to approve
        assert latest(job.public_id) is None
        assert not [code for _line, code, refused in issues(job) if refused]
        assert Staff.objects.filter(personnel_number="100001").count() == 1

    def test_a_file_whose_rows_were_all_refused_ends_by_itself_and_blocks_nothing(self, city):
        job = city.ask(row("retire", "777777"), row(number="100003", effective_on="20261131"))
        assert (job.state, bool(job.finished_at)) == ("cancelled", True)
        assert "何も反映していません" in job.failure
        assert latest(job.public_id) is None
        assert city.ask(row("retire", "777777"), row(number="100003", effective_on="20261131")).state == "cancelled"
        assert city.take_in(row()).state == "done"

    def test_a_full_file_tells_who_is_not_in_it(self, city):
        job = city.ask(row(), clerk_row("transfer"), full=True)
        missing = JobIssue.objects.filter(job=job, code="not-in-file")
        assert [(issue.key, issue.refused, issue.line) for issue in missing] == [("900001", False, None)]

    def test_repeating_it_gives_the_same(self, city):
        job = city.ask(row(), row("retire", "777777"), full=True)
        before = issues(job), states(job), job.counts
        JobRun.objects.filter(pk=job.pk).update(state="requested")
        job = execute(str(job.public_id))
        assert (issues(job), states(job), job.counts) == before

    def test_a_manager_hired_in_the_same_file_is_known(self, city):
        job = city.take_in(
            row(number="100001", manager_number="100002"), row(number="100002", kana="ジョウシ", address="")
        )
        assert not [code for _l, code, _r in issues(job) if code == "unknown-manager"]
        assert Staff.objects.get(personnel_number="100001").manager.personnel_number == "100002"


class TestApproval:
    def test_whoever_asked_cannot_approve(self, city):
        job = city.ask(row())
        decision = latest(job.public_id)
        with pytest.raises(Forbidden):
            decisions.approve(city.actor(city.kanri), decision, version=decision.version)
        assert not Staff.objects.filter(personnel_number="100001").exists()

    def test_done_twice_is_done_once(self, city):
        job = city.take_in(row())
        execute(str(job.public_id))
        JobRun.objects.filter(pk=job.pk).update(state="running")
        execute(str(job.public_id))
        assert Staff.objects.filter(personnel_number="100001").count() == 1
        assert IdEvent.objects.filter(staff__personnel_number="100001").count() == 1

    def test_what_has_changed_since_the_preview_is_not_forced(self, city):
        job = city.ask(row())
        factories.staff(at=city.ward)
        other = Staff.objects.create_staff(
            "100001", "x" * 20, name="先 約", office=city.ward, personnel_number="100001"
        )
        city.approve(job.public_id)
        job = execute(str(job.public_id))
        order = PersonnelOrder.objects.get(job=job)
        assert (order.state, order.failure) == ("failed", "在職している職員番号への採用の発令です。")
        other.refresh_from_db()
        assert other.name == "先 約"


class TestHire:
    def test_the_new_id_has_no_password_and_no_rights_yet(self, city):
        city.take_in(row(manager_number="900001"))
        staff = Staff.objects.get(login="100001")
        assert (staff.name, staff.kana, staff.office, staff.section, staff.position) == (
            "青葉　一郎", "アオバ　イチロウ", city.ward, "介護保険室", "主事",
        )  # fmt: skip
        assert (staff.employment, staff.manager, staff.surname_key) == ("regular", city.shocho, "青葉")
        assert not staff.has_usable_password()
        assert held_rights(staff) == {}

    def test_somebody_who_comes_back_gets_the_old_id_without_the_old_password(self, city):
        city.take_in(row(effective_on="20261001"), row("retire", effective_on="20261031"))
        Staff.objects.filter(personnel_number="100001").update(password="old")
        city.take_in(row(effective_on="20261120"), serial=2)
        staff = Staff.objects.get(personnel_number="100001")
        assert (staff.is_active, staff.valid_until, usable(staff)) == (True, None, None)
        assert not staff.has_usable_password()


class TestRetirement:
    def test_ends_rights_that_day_and_the_next_request_is_refused(self, city, client):
        client.force_login(city.clerk, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get("/").status_code == 200
        city.take_in(clerk_row("retire"))
        answer = client.get("/")
        assert answer.status_code == 302
        assert answer.url.startswith("/login/")
        staff = Staff.objects.get(pk=city.clerk.pk)
        assert (staff.is_active, staff.valid_until) == (False, date(2026, 11, 23))
        assert held_rights(staff) == {}
        assert not RoleAssignment.objects.filter(staff=staff, period__contains=TODAY).exists()

    def test_where_the_day_is_worked_it_ends_with_the_day(self, city, settings):
        settings.RETIREMENT_DAY_IS_WORKED = True
        city.take_in(clerk_row("retire"))
        staff = Staff.objects.get(pk=city.clerk.pk)
        assert (usable(staff), bool(held_rights(staff))) == (None, True)
        with clock.at(date(2026, 11, 25)):
            assert usable(staff)
            assert applying.run_due() == 1
            staff.refresh_from_db()
            assert not staff.is_active

    def test_a_late_file_does_not_unsay_what_was_held(self, city):
        with clock.at(date(2026, 11, 1)):
            late = factories.staff("eligibility.view", at=city.ward, name="遅れ 花")
        Staff.objects.filter(pk=late.pk).update(personnel_number="900009")
        city.take_in(row("retire", "900009", effective_on="20261110"))
        assert RoleAssignment.objects.get(staff=late).period.upper == TODAY
        assert "発令日より後の反映" in IdEvent.objects.get(staff=late).words


class TestFuture:
    def test_waits_for_its_day_and_then_takes_effect(self, city):
        job = city.take_in(row(effective_on=day(7)))
        assert states(job) == ["waiting"]
        assert applying.run_due() == 0
        with clock.at(TODAY + timedelta(days=7)):
            assert applying.run_due() == 1
            assert applying.run_due() == 0
        assert Staff.objects.get(login="100001").office == city.ward

    def test_a_retirement_comes_even_when_the_nightly_job_does_not(self, city):
        city.take_in(row("retire", "900002", effective_on=day(7)))
        staff = Staff.objects.get(pk=city.clerk.pk)
        assert usable(staff) is None
        with clock.at(TODAY + timedelta(days=7)):
            assert usable(staff)

    def test_so_does_leave(self, city):
        city.take_in(row("leave", "900002", effective_on=day(7)))
        staff = Staff.objects.get(pk=city.clerk.pk)
        assert usable(staff) is None
        with clock.at(TODAY + timedelta(days=7)):
            assert usable(staff)
            assert applying.run_due() == 1

    @pytest.mark.parametrize("kind", ["retire", "leave", "transfer"])
    def test_can_be_dropped_until_then(self, city, kind):
        job = city.take_in(row(kind, "900002", effective_on=day(7)))
        order = PersonnelOrder.objects.get(job=job)
        applying.drop(city.actor(city.kanri), order)
        with clock.at(TODAY + timedelta(days=8)):
            assert applying.run_due() == 0
            assert usable(Staff.objects.get(pk=city.clerk.pk)) is None
        with pytest.raises(Conflict, match="取消し"):
            applying.drop(city.actor(city.kanri), order)

    def test_only_by_who_may_enter(self, city):
        job = city.take_in(row(effective_on=day(7)))
        with pytest.raises(Forbidden):
            applying.drop(city.actor(city.kacho), PersonnelOrder.objects.get(job=job))

    def test_later_files_reckon_with_what_waits(self, city):
        city.take_in(row(effective_on=day(7)))
        job = city.ask(row(effective_on=day(8)), row("transfer", office="05", effective_on=day(9)), serial=2)
        assert states(job) == ["refused", "planned"]
        assert issues(job)[0][1] == "hired-already"

    def test_one_that_can_no_longer_be_is_shown_and_not_forced(self, city):
        job = city.take_in(row(office="05", effective_on=day(7)))
        type(city.other).objects.filter(pk=city.other.pk).update(code="55")
        with clock.at(TODAY + timedelta(days=7)):
            applying.run_due()
        order = PersonnelOrder.objects.get(job=job)
        assert (order.state, "事務所にありません" in order.failure) == ("failed", True)


class TestMoving:
    def test_a_transfer_ends_the_old_sections_roles(self, city):
        city.take_in(clerk_row("transfer", office="05", section="賦課係", manager_number="900001"))
        staff = Staff.objects.get(pk=city.clerk.pk)
        assert (staff.office, staff.section, staff.manager) == (city.other, "賦課係", city.shocho)
        assert held_rights(staff) == {}
        assert usable(staff) is None

    def test_leave_and_return(self, city):
        city.take_in(clerk_row("leave"))
        staff = Staff.objects.get(pk=city.clerk.pk)
        assert "休職" in usable(staff)
        with clock.at(date(2026, 12, 10)):
            city.take_in(row("return", "900002", effective_on="20261210"), serial=2, created=date(2026, 12, 9))
            staff.refresh_from_db()
            assert usable(staff) is None
            assert held_rights(staff)
        assert (staff.absence.lower, staff.absence.upper) == (TODAY, date(2026, 12, 10))

    def test_a_new_name_is_compared_from_then_on(self, city):
        city.take_in(row("rename", "900002", name="緑　春子", kana="ミドリ　ハルコ", effective_on=day(0)))
        staff = Staff.objects.get(pk=city.clerk.pk)
        assert (staff.name, staff.kana, staff.surname_key) == ("緑　春子", "ミドリ　ハルコ", "緑")

    def test_a_concurrent_post_leaves_the_own_one(self, city):
        city.take_in(clerk_row("concurrent", office="05"))
        staff = Staff.objects.get(pk=city.clerk.pk)
        assert staff.office == city.ward
        assert held_rights(staff)

    def test_several_orders_of_one_person_in_one_file(self, city):
        job = city.take_in(
            row(effective_on="20261101"),
            row("transfer", office="05", effective_on="20261110"),
            row("leave", effective_on="20261115"),
        )
        staff = Staff.objects.get(personnel_number="100001")
        assert states(job) == ["done"] * 3
        assert (staff.office, bool(usable(staff))) == (city.other, True)


def test_the_file_of_april_for_a_whole_city(city):
    with clock.at(date(2026, 4, 1)):
        from audit.personnel.intake import request_import

        job = execute(
            str(request_import(city.actor(city.kanri), new_year(["00", "01", "05"]), enqueue=False).public_id)
        )
        assert job.counts["採用"] == 15
        city.approve(job.public_id)
        execute(str(job.public_id))
    clerks = Staff.objects.filter(personnel_number__startswith="20", position="主事")
    assert clerks.count() == 12
    assert not clerks.filter(manager=None).exists()


class TestTemplates:
    """The roles that a section normally holds come with the post and go with it."""

    @pytest.fixture
    def normal(self, city):
        """係の標準 of the other ward's 賦課係: one role; the general one of that office: another."""
        found = {}
        for section in ("賦課係", ""):
            role = factories.define_role(f"標準{section}", [Right.named("levy.view")])
            template = SectionTemplate.objects.create(office=city.other, section=section, reason="標準")
            template.roles.add(role.role)
            found[section] = role
        return found

    def test_a_transfer_brings_the_new_sections_roles(self, city, normal):
        job = city.ask(clerk_row("transfer", office="05", section="賦課係"))
        order = PersonnelOrder.objects.get(job=job)
        assert order.gains == ["標準賦課係（緑区役所）"]
        assert "中央区役所" in order.losses[0]
        assert not JobIssue.objects.filter(job=job, code="no-template").exists()
        city.approve(job.public_id)
        execute(str(job.public_id))
        held = RoleAssignment.objects.get(staff=city.clerk, period__contains=TODAY)
        assert (held.role, held.office, held.granted_by) == (normal["賦課係"], city.other, city.kacho)
        old = RoleAssignment.objects.filter(staff=city.clerk).exclude(pk=held.pk)
        assert not old.filter(period__contains=TODAY).exists()

    def test_a_section_without_its_own_gets_the_offices(self, city, normal):
        city.take_in(row(office="05", section="庶務係"))
        held = RoleAssignment.objects.get(staff__personnel_number="100001")
        assert held.role == normal[""]

    def test_a_concurrent_post_adds_and_a_retired_role_is_not_given(self, city, normal):
        normal["賦課係"].role.retired_on = TODAY
        normal["賦課係"].role.save()
        city.take_in(clerk_row("concurrent", office="05", section="賦課係"))
        assert not RoleAssignment.objects.filter(staff=city.clerk, office=city.other).exists()
        assert city.ask(clerk_row("concurrent", office="05", section="庶務係"), serial=2).state == "done"  # the same

    def test_one_that_waits_gets_them_on_its_day(self, city, normal):
        city.take_in(row("transfer", "900002", office="05", section="賦課係", effective_on=day(7)))
        assert not RoleAssignment.objects.filter(staff=city.clerk, role=normal["賦課係"]).exists()
        with clock.at(TODAY + timedelta(days=7)):
            applying.run_due()
            held = RoleAssignment.objects.get(staff=city.clerk, role=normal["賦課係"])
            assert held.period.lower == TODAY + timedelta(days=7)
            assert Right.named("levy.view") in held_rights(Staff.objects.get(pk=city.clerk.pk))
