"""The detectors over a real log: what SQL finds in a day, what it leaves, and which rows stand behind it."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection

from audit.models import Staff
from audit.subjects import address_key, surname_key
from audit.watching import examining, gathering
from audit.watching.limits import day_of
from audit.watching.models import DailyUse, Examination, Finding, FindingRow, Review
from audit.watching.rules import Kind
from kaigo.common import clock
from tests import factories
from tests.watching.days import SATURDAY, TUESDAY, head, job_actor, moment, row, rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house():
    head()
    with clock.at(date(2026, 11, 24)):
        yield


@pytest.fixture
def clerk():
    return factories.staff(name="窓口 春子")


def examined(day=TUESDAY):
    return examining.examine(job_actor(), day)


def kinds(day=TUESDAY):
    examined(day)
    return sorted(Finding.objects.filter(day=day).values_list("kind", flat=True))


def the(kind, day=TUESDAY):
    examined(day)
    return Finding.objects.get(kind=kind, day=day)


def behind(finding):
    return set(finding.rows.values_list("log_id", flat=True))


def test_an_ordinary_day_has_no_finding(clerk):
    rows(clerk, 20)
    assert kinds() == []
    day = Examination.objects.get()
    assert (day.day, day.rows, day.found) == (TUESDAY, 20, 0)


class TestHours:
    @pytest.mark.parametrize(
        ("at", "found"), [("07:29:59", 1), ("07:30", 0), ("18:14:59", 0), ("18:15", 1), ("00:00", 1), ("23:59:59", 1)]
    )
    def test_the_borders_of_the_working_day(self, clerk, at, found):
        row(clerk, at)
        assert kinds() == [Kind.OFF_HOURS] * found

    def test_the_day_begins_and_ends_at_midnight_in_tokyo(self, clerk):
        before = row(clerk, "23:59:59", day=TUESDAY - timedelta(days=1))
        inside = row(clerk, "00:00")
        after = row(clerk, "00:00", day=TUESDAY + timedelta(days=1))
        finding = the(Kind.OFF_HOURS)
        assert behind(finding) == {inside.pk}
        assert {before.pk, after.pk}.isdisjoint(behind(finding))

    def test_late_rows_are_counted_apart(self, clerk):
        for at in ("19:00", "22:00", "04:59", "05:00"):
            row(clerk, at)
        assert the(Kind.OFF_HOURS).figures == {"件数": 4, "うち深夜": 2, "最初": "04:59", "最後": "22:00"}

    def test_all_use_of_a_closed_day_counts(self, clerk):
        found = {r.pk for r in rows(clerk, 3, day=SATURDAY)}
        finding = the(Kind.HOLIDAY, SATURDAY)
        assert behind(finding) == found
        assert "土曜日" in finding.explanation

    def test_being_signed_off_in_the_evening_is_no_work(self, clerk):
        row(clerk, "19:00", act="logout")
        assert kinds() == []

    def test_a_batch_at_night_is_no_work_of_who_asked_for_it(self, clerk):
        row(clerk, "23:00", job=factories.job(office=head()))
        assert kinds() == []


class TestGrounds:
    def test_accesses_on_a_ground_of_their_own(self, clerk):
        kept = {row(clerk, "10:00", ground="emergency", reason="救急隊からの照会").pk}
        row(clerk, "10:05", ground="cross_office", reason=" ")
        row(clerk, "10:06")
        row(clerk, "10:07", ground="emergency", outcome="refused")
        assert kinds() == [Kind.CROSS_OFFICE, Kind.EMERGENCY]
        assert behind(Finding.objects.get(kind=Kind.EMERGENCY)) == kept
        assert Finding.objects.get(kind=Kind.CROSS_OFFICE).figures == {"件数": 1, "対象者": 1, "理由なし": 1}

    def test_people_are_counted_once_however_often_they_are_seen(self, clerk):
        person = factories.resident().public_id
        for minute in range(3):
            row(clerk, f"10:0{minute}", ground="emergency", reason="x", subjects=[person])
        assert the(Kind.EMERGENCY).figures["対象者"] == 1
        assert the(Kind.EMERGENCY).figures["件数"] == 3


class TestRefusals:
    def test_three_within_ten_minutes(self, clerk):
        found = {row(clerk, at, outcome="refused").pk for at in ("10:00", "10:05", "10:10")}
        assert behind(the(Kind.REFUSED)) == found

    def test_three_in_a_longer_time_are_none(self, clerk):
        for at in ("10:00", "10:05", "10:10:01"):
            row(clerk, at, outcome="refused")
        assert kinds() == []

    def test_those_of_several_people_are_not_added_up(self, clerk):
        other = factories.staff(name="別人 太郎")
        for who, at in ((clerk, "10:00"), (other, "10:01"), (clerk, "10:02"), (other, "10:03")):
            row(who, at, outcome="refused")
        assert kinds() == []


class TestSignIns:
    def failed(self, login, at, address="10.0.0.9"):
        return row(None, at, act="login", outcome="refused", staff_name=login, address=address)

    def test_five_at_one_id_are_told_of_that_person(self, clerk):
        found = {self.failed(clerk.login, f"08:3{n}").pk for n in range(5)}
        finding = the(Kind.SIGN_IN)
        assert (finding.staff, finding.staff_name, finding.office) == (clerk, clerk.name, clerk.office)
        assert behind(finding) == found

    def test_four_are_none(self, clerk):
        for n in range(4):
            self.failed(clerk.login, f"08:3{n}")
        assert kinds() == []

    def test_many_ids_tried_from_one_address(self, clerk):
        others = [clerk, *(factories.staff(name=f"職員 {n}") for n in range(4))]
        found = {self.failed(who.login, f"08:3{n}").pk for n, who in enumerate(others)}
        finding = the(Kind.SIGN_IN)
        assert (finding.staff, finding.office) == (None, head())
        assert behind(finding) == found
        assert "10.0.0.9" in finding.explanation

    def test_unknown_ids_from_one_address(self):
        for n in range(5):
            self.failed("登録のない利用者ID", f"08:3{n}")
        assert the(Kind.SIGN_IN).staff is None

    def test_failures_over_the_day_are_none(self, clerk):
        for n in range(5):
            self.failed(clerk.login, f"{9 + n:02}:00")
        assert kinds() == []


class TestSearches:
    def search(self, clerk, at):
        return row(clerk, at, route="person-search")

    def test_searches_that_lead_nowhere(self, clerk):
        found = {r.pk for r in rows(clerk, 20, apart=60, route="person-search")}
        finding = the(Kind.SEARCHES)
        assert finding.figures == {"検索": 20, "続く行為なし": 20, "割合（%）": 100}
        assert behind(finding) == found

    def test_searches_with_a_record_opened_after_each_are_work(self, clerk):
        for n in range(25):
            self.search(clerk, f"09:{n:02}:00")
            row(clerk, f"09:{n:02}:30")
        assert kinds() == []

    def test_retyping_is_one_search(self, clerk):
        rows(clerk, 100, apart=2, route="person-search")
        assert gathering.searching(day_of(TUESDAY))[0].searches == 1

    @pytest.mark.parametrize(("at", "idle"), [("09:10:00", 0), ("09:10:01", 1)])
    def test_what_comes_much_later_does_not_follow(self, clerk, at, idle):
        self.search(clerk, "09:00")
        row(clerk, at)
        assert gathering.searching(day_of(TUESDAY))[0].idle == idle

    def test_another_persons_act_does_not_follow(self, clerk):
        self.search(clerk, "09:00")
        row(factories.staff(name="別人 太郎"), "09:01")
        assert gathering.searching(day_of(TUESDAY))[0].idle == 1


class TestCounts:
    def test_prints_and_exports_by_persons(self, clerk):
        printed = {
            row(clerk, "10:00", act="print", subject_count=150).pk,
            row(clerk, "11:00", act="print", subject_count=50).pk,
        }
        row(clerk, "11:30", act="export", subject_count=1)
        row(clerk, "11:31", act="export", subject_count=400, outcome="refused")
        assert kinds() == [Kind.EXPORTS, Kind.PRINTS]
        finding = Finding.objects.get(kind=Kind.PRINTS)
        assert (finding.figures, behind(finding)) == ({"人数": 200}, printed)
        assert Finding.objects.get(kind=Kind.EXPORTS).figures == {"人数": 1}

    def test_individual_numbers_shown(self, clerk):
        shown = row(clerk, "10:00", number_shown=True)
        row(clerk, "10:01")
        assert behind(the(Kind.NUMBER_SHOWN)) == {shown.pk}


class TestVolume:
    def before(self, who, persons, days=30):
        for back in range(1, days + 1):
            DailyUse.objects.create(
                day=TUESDAY - timedelta(days=back), staff=who, name=who.name, roles=["窓口"], persons=persons
            )

    def test_far_more_people_than_on_the_days_before(self, clerk):
        self.before(clerk, 20)
        found = {r.pk for r in rows(clerk, 80, roles=["窓口"])}
        row(clerk, "10:00", route="person-search")
        finding = the(Kind.VOLUME)
        assert finding.figures["照会した人数"] == 80
        assert behind(finding) == found

    def test_the_same_person_opened_often_is_one_person(self, clerk):
        self.before(clerk, 20)
        person = factories.resident().public_id
        rows(clerk, 80, subjects=[person])
        assert kinds() == []

    def test_days_out_of_reach_do_not_count(self, clerk):
        for back in range(91, 121):
            DailyUse.objects.create(day=TUESDAY - timedelta(days=back), staff=clerk, name=clerk.name, persons=1)
        rows(clerk, 80)
        assert kinds() == []

    def test_what_was_done_is_kept_for_the_days_after(self, clerk):
        rows(clerk, 5, roles=["窓口", "収納"])
        row(clerk, "11:00", act="print", subject_count=7)
        row(clerk, "11:01", file="findings")
        examined()
        use = DailyUse.objects.get()
        assert (use.staff, use.day, use.calls, use.persons, use.prints, use.roles) == (
            clerk, TUESDAY, 6, 6, 7, ["窓口", "収納"],
        )  # fmt: skip

    def test_always_more_than_the_role_is_found_once_a_month(self, clerk):
        self.before(clerk, 100)
        for number in range(10):
            self.before(factories.staff(name=f"職員 {number}"), 5)
        rows(clerk, 100, roles=["窓口"])
        rows(clerk, 100, roles=["窓口"], day=TUESDAY + timedelta(days=1))
        assert kinds() == [Kind.ROLE_VOLUME]
        assert kinds(TUESDAY + timedelta(days=1)) == []
        assert Finding.objects.get().row_count == 100

    def test_an_api_client(self):
        row(None, "10:00", staff_name="申請管理システム")
        finding = the(Kind.API_CLIENT)
        assert (finding.staff, finding.staff_name, finding.row_count) == (None, "申請管理システム", 1)


class TestLogons:
    """From the access log, as before the house kept a ledger of sessions; then from the ledger."""

    @pytest.fixture(autouse=True)
    def from_the_log(self, monkeypatch):
        monkeypatch.setattr("audit.watching.logons._ledger", lambda: None)

    def test_all_rows_of_a_session_are_one_log_on(self, clerk):
        row(clerk, "08:00", act="login", session="a")
        row(clerk, "12:00", session="a")
        row(clerk, "18:05", act="logout", session="a", terminal="窓口1番")
        row(clerk, "18:10", session="b")
        finding = the(Kind.LONG_LOGON)
        assert finding.row_count == 3
        assert "10時間5分" in finding.explanation
        assert "窓口1番" in finding.explanation

    def test_two_sessions_are_not_added_up(self, clerk):
        row(clerk, "08:00", session="a")
        row(clerk, "13:00", session="a")
        row(clerk, "13:10", session="b")
        row(clerk, "18:10", session="b")
        assert kinds() == []

    def test_over_midnight_it_is_found_on_both_days_once_and_grows(self, clerk):
        following = TUESDAY + timedelta(days=1)
        for at, day in (("09:00", TUESDAY), ("23:00", TUESDAY), ("06:00", following)):
            row(clerk, at, day=day, session="a")
        first = the(Kind.LONG_LOGON)
        assert (first.row_count, "14時間" in first.explanation) == (2, True)
        examined(following)
        again = Finding.objects.get(kind=Kind.LONG_LOGON)
        assert (again.pk, again.row_count, "21時間" in again.explanation) == (first.pk, 3, True)


class TestPeople:
    @pytest.fixture
    def clerk(self):
        clerk = factories.staff(name="風早 春子")
        self.lives(clerk, "あおば市中央区都町1丁目", "2-3")
        return clerk

    def lives(self, staff, town, lot):
        staff.surname_key, staff.address_key = surname_key(staff.name), address_key(town, lot)
        staff.save()

    def seen(self, clerk, name="余所　太郎", *, route="person", town="遠町三丁目", lot="4番5号", **fields):
        person = factories.resident(name, "ヨソ　タロウ", town=town, lot=lot, **fields)
        return row(clerk, "10:00", subjects=[person.public_id], route=route)

    def test_somebody_unrelated_is_nothing(self, clerk):
        self.seen(clerk)
        assert kinds() == []

    def test_the_same_address_written_otherwise(self, clerk):
        seen = self.seen(clerk, town="あおば市中央区都町一丁目", lot="２番３号")
        assert behind(the(Kind.SAME_ADDRESS)) == {seen.pk}

    def test_oneself(self, clerk):
        self.seen(clerk, "風早　春子", town="あおば市中央区都町一丁目", lot="2番3号")
        assert kinds() == [Kind.ONESELF]

    def test_the_same_surname_rare_or_common(self, clerk):
        self.seen(clerk, "風早　一郎")
        assert the(Kind.SAME_SURNAME).severity == 1  # one of one person looked up that day
        for number in range(250):
            self.seen(clerk, f"余所{number}　太郎")
        Finding.objects.filter(kind=Kind.SAME_SURNAME).update(key="earlier")
        examined()
        assert Finding.objects.exclude(key="earlier").get(kind=Kind.SAME_SURNAME).severity == 2

    def test_a_namesake_in_a_list_of_results_is_nothing_but_the_own_address_is(self, clerk):
        self.seen(clerk, "風早　一郎", route="person-search")
        assert kinds() == []
        self.seen(clerk, "余所　太郎", route="person-search", town="あおば市中央区都町一丁目", lot="2番3号")
        assert kinds() == [Kind.SAME_ADDRESS]

    def test_a_colleague(self, clerk):
        colleague = factories.staff(name="同僚 次郎")
        self.lives(colleague, "見本町", "9番地")
        self.seen(clerk, "同僚　次郎", town="見本町", lot="9")
        finding = the(Kind.COLLEAGUE)
        assert finding.staff == clerk

    def test_a_namesake_of_a_colleague_who_lives_elsewhere_is_nobody(self, clerk):
        self.lives(factories.staff(name="同僚 次郎"), "見本町", "9番地")
        self.seen(clerk, "同僚　次郎", town="見本町", lot="10番地")
        assert kinds() == []

    def test_a_protected_person(self, clerk):
        seen = self.seen(clerk, is_protected=True)
        assert behind(the(Kind.PROTECTED)) == {seen.pk}

    def test_reviewing_a_finding_on_a_protected_person_is_no_finding(self, clerk):
        person = factories.resident(is_protected=True)
        row(clerk, "10:00", subjects=[person.public_id], file="findings", route="finding")
        row(clerk, "10:01", subjects=[person.public_id], file="access_log", route="access-log")
        assert kinds() == []

    def test_a_refused_attempt_showed_nobody(self, clerk):
        person = factories.resident(is_protected=True)
        row(clerk, "10:00", subjects=[person.public_id], outcome="refused")
        assert kinds() == []

    def test_staff_without_an_address_or_surname_match_nobody(self):
        nobody = factories.staff(name="窓口")
        self.seen(nobody, "窓口", town="", lot="")
        assert kinds() == []


class TestAgain:
    def test_the_same_day_again_finds_the_same_and_not_twice(self, clerk):
        rows(clerk, 3, start="19:00")
        first = examined()
        assert (first.found, first.new) == (1, 1)
        second = examined()
        assert (second.found, second.new) == (1, 0)
        assert (Finding.objects.count(), FindingRow.objects.count(), Review.objects.count()) == (1, 3, 0)

    def test_rows_that_came_later_are_added(self, clerk):
        rows(clerk, 3, start="19:00")
        before = the(Kind.OFF_HOURS)
        row(clerk, "20:00")
        examined()
        after = Finding.objects.get()
        assert (after.row_count, after.figures["件数"], after.version) == (4, 4, before.version + 1)
        assert (after.state, Review.objects.count()) == ("open", 0)

    def test_a_reviewed_finding_is_opened_again_by_more_rows_only(self, clerk):
        rows(clerk, 3, start="19:00")
        finding = the(Kind.OFF_HOURS)
        done = {"state": "reviewed", "verdict": "necessary", "reviewed_at": clock.now()}
        Finding.objects.filter(pk=finding.pk).update(**done)
        examined()
        assert Finding.objects.get().state == "reviewed"
        row(clerk, "20:00")
        examined()
        after = Finding.objects.get()
        assert (after.state, after.verdict) == ("open", "")
        assert Review.objects.get().act == Review.Act.REOPEN

    def test_interrupted_a_day_stays_a_gap_and_can_be_run_again(self, clerk, monkeypatch):
        rows(clerk, 3, start="19:00")
        monkeypatch.setattr(examining.gathering, "numbers_shown", lambda day: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            examined()
        assert (Finding.objects.count(), Examination.objects.count(), DailyUse.objects.count()) == (0, 0, 0)
        monkeypatch.undo()
        with clock.at(date(2026, 11, 24)):
            assert kinds() == [Kind.OFF_HOURS]

    def test_a_finding_names_the_thresholds_and_when_it_is_due(self, clerk):
        row(clerk, "19:00")
        finding = the(Kind.OFF_HOURS)
        assert finding.thresholds == day_of(TUESDAY).limits.sha256
        assert finding.due_on == date(2026, 12, 24)

    def test_the_name_stays_when_the_member_of_staff_is_deleted(self):
        gone = factories.staff(name="退職 太郎")
        finding = Finding.objects.create(
            key="k", kind=Kind.OFF_HOURS, day=TUESDAY, severity=1, staff=gone, staff_name=gone.name,
            office=gone.office, explanation="x", found_at=moment(), due_on=TUESDAY,
        )  # fmt: skip
        Staff.objects.filter(pk=gone.pk).delete()
        finding.refresh_from_db()
        assert (finding.staff, finding.staff_name) == (None, "退職 太郎")

    def test_changes_of_a_finding_name_the_job_that_made_them(self, clerk):
        row(clerk, "19:00")
        finding = the(Kind.OFF_HOURS)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.metadata->>'reason' FROM watching_findingevent e JOIN pghistory_context c"
                " ON c.id = e.pgh_context_id WHERE e.pgh_obj_id = %s ORDER BY e.pgh_id LIMIT 1",
                [finding.pk],
            )
            assert "2026-11-17 のアクセス記録の点検" in cursor.fetchone()[0]


def test_the_ledger_of_sessions_is_the_source_where_it_is_kept(clerk):
    from audit.screenlock.models import SignedInSession

    begun = datetime.combine(TUESDAY, time(8), tzinfo=clock.TOKYO)
    SignedInSession.objects.create(
        staff=clerk, session_key="k", started_at=begun, last_activity_at=begun + timedelta(hours=10, minutes=5),
        terminal="窓口1番",
    )  # fmt: skip
    finding = the(Kind.LONG_LOGON)
    assert "10時間5分" in finding.explanation
    assert "窓口1番" in finding.explanation
