"""The examination as a batch: every night, on demand, interrupted, coverage without silent gaps, who is told."""

from datetime import date, timedelta

import pytest

from audit import jobs as ledger
from audit.actor import Actor
from audit.models import JobRun, Notice
from audit.watching import coverage, jobs
from audit.watching.models import Examination, Finding
from audit.watching.tasks import nightly
from kaigo.common import clock
from kaigo.common.refusal import Forbidden, Refusal
from tests import factories
from tests.watching.days import TUESDAY, head, row, rows

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def now():
    head()
    with clock.at(FRIDAY):
        yield


@pytest.fixture
def clerk():
    return factories.staff(name="窓口 春子")


def examined():
    return list(Examination.objects.values_list("day", flat=True))


class TestNight:
    def test_examines_every_day_from_the_logs_beginning_to_yesterday(self, clerk):
        row(clerk, "19:00")
        row(clerk, "19:00", day=FRIDAY)
        nightly()
        assert examined() == [TUESDAY, TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)]
        job = JobRun.objects.get(kind="watching")
        assert (job.state, job.counts) == ("done", {"日": 3, "記録": 1, "点検事項": 1, "うち新しいもの": 1})
        assert job.requested_by is None

    def test_does_nothing_twice_in_a_night(self, clerk):
        row(clerk, "19:00")
        nightly()
        nightly()
        assert JobRun.objects.filter(kind="watching").count() == 1

    def test_an_empty_log_needs_no_examination(self):
        assert jobs.run_nightly() is None

    def test_looks_again_at_recent_days_with_more_rows(self, clerk):
        row(clerk, "10:00")
        nightly()
        row(clerk, "23:00")
        with clock.at(FRIDAY + timedelta(days=1)):
            assert coverage.to_examine() == [FRIDAY]  # Tuesday is out of reach by then
        assert coverage.to_examine() == [TUESDAY]

    def test_catches_up_only_so_far(self, clerk):
        row(clerk, "10:00", day=FRIDAY - timedelta(days=60))
        assert coverage.to_examine()[0] == FRIDAY - timedelta(days=31)
        assert coverage.open_gaps()[0] == FRIDAY - timedelta(days=60)

    def test_goes_on_where_it_was_interrupted(self, clerk, monkeypatch):
        rows(clerk, 2, start="19:00")
        whole = jobs.examine

        def broken(actor, day):
            if day == TUESDAY + timedelta(days=1):
                raise ZeroDivisionError
            return whole(actor, day)

        monkeypatch.setattr(jobs, "examine", broken)
        with pytest.raises(ZeroDivisionError):
            jobs.run_nightly()
        assert examined() == [TUESDAY]
        job = JobRun.objects.get(kind="watching")
        assert (job.state, job.watermark) == ("failed", {"day": "2026-11-17"})
        monkeypatch.setattr(jobs, "examine", whole)
        JobRun.objects.filter(pk=job.pk).update(state="requested")
        job = ledger.execute(str(job.public_id))
        assert (job.state, job.counts["日"], len(examined()), Finding.objects.count()) == ("done", 3, 3, 1)

    def test_the_days_before_make_what_is_usual(self, clerk):
        for back in range(25, 0, -1):
            rows(clerk, 5, day=FRIDAY - timedelta(days=back), start="09:00")
        rows(clerk, 80, day=FRIDAY - timedelta(days=26))
        rows(clerk, 75, day=FRIDAY - timedelta(days=1), start="10:00")
        nightly()
        found = Finding.objects.filter(kind="volume")
        assert [finding.day for finding in found] == [FRIDAY - timedelta(days=1)]

    def test_the_manager_of_somebody_with_an_important_finding_is_told(self, clerk):
        manager = factories.staff("findings.view", name="区長 次郎")
        clerk.manager = manager
        clerk.save()
        row(clerk, "10:00", ground="emergency", reason="救急")
        row(clerk, "19:00")
        nightly()
        notice = Notice.objects.get()
        assert (notice.staff, notice.urgent, "1件" in notice.text) == (manager, True, True)
        assert "窓口" not in notice.text

    def test_somebody_without_a_manager_stops_nothing(self, clerk):
        row(clerk, "10:00", ground="emergency", reason="救急")
        nightly()
        assert not Notice.objects.exists()


class TestOnDemand:
    @pytest.fixture
    def runner(self):
        return Actor.of(factories.staff("findings.view", "findings.run", at=head(), name="管理 典子"))

    def test_examines_a_period_again_without_finding_anything_twice(self, clerk, runner):
        row(clerk, "19:00")
        nightly()
        job = jobs.request_examination(runner, TUESDAY, TUESDAY + timedelta(days=1), enqueue=False)
        job = ledger.execute(str(job.public_id))
        assert (job.state, job.counts["日"], job.counts["うち新しいもの"]) == ("done", 2, 0)
        assert Finding.objects.count() == 1

    def test_today_is_examined_as_far_as_it_is_and_again_at_night(self, clerk, runner):
        row(clerk, "19:00", day=FRIDAY)
        job = ledger.execute(str(jobs.request_examination(runner, FRIDAY, FRIDAY, enqueue=False).public_id))
        assert (job.state, job.counts["日"]) == ("done", 1)
        row(clerk, "21:00", day=FRIDAY)
        with clock.at(FRIDAY + timedelta(days=1)):
            assert FRIDAY in coverage.to_examine()

    @pytest.mark.parametrize(
        ("first", "last", "code"),
        [
            (TUESDAY, TUESDAY - timedelta(days=1), "order"),
            (TUESDAY, FRIDAY + timedelta(days=1), "not-over"),
            (TUESDAY - timedelta(days=1), TUESDAY, "before-log"),
        ],
    )
    def test_days_that_cannot_be(self, clerk, runner, first, last, code):
        row(clerk, "19:00")
        with pytest.raises(Refusal) as refused:
            jobs.request_examination(runner, first, last)
        assert refused.value.code == code

    def test_not_more_than_a_year(self, clerk, runner):
        row(clerk, "19:00", day=date(2025, 1, 6))
        with pytest.raises(Refusal, match="366日まで"):
            jobs.request_examination(runner, date(2025, 1, 6), TUESDAY)

    def test_needs_the_right_to_run(self, clerk):
        row(clerk, "19:00")
        looker = Actor.of(factories.staff("findings.view", "findings.decide", at=head()))
        with pytest.raises(Forbidden):
            jobs.request_examination(looker, TUESDAY, TUESDAY)


class TestCoverage:
    def test_a_month_shows_what_is_missing(self, clerk):
        row(clerk, "19:00")
        row(clerk, "19:00", day=TUESDAY + timedelta(days=1))
        jobs.examine(Actor.of_job(factories.job("watching", office=head())), TUESDAY)
        days = {day.day: day for day in coverage.month(date(2026, 11, 1))}
        assert len(days) == 30
        assert (days[TUESDAY].gap, days[TUESDAY].findings, days[TUESDAY].examination.rows) == (False, 1, 1)
        assert days[TUESDAY + timedelta(days=1)].gap
        assert not days[TUESDAY - timedelta(days=1)].due  # before the log
        assert not days[FRIDAY].due  # today is not over
        assert days[date(2026, 11, 21)].closed == "土曜日"
        assert coverage.open_gaps() == [TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)]

    @pytest.mark.parametrize(
        ("first", "last"), [(date(2026, 2, 1), 28), (date(2028, 2, 1), 29), (date(2026, 12, 1), 31)]
    )
    def test_months_have_their_days(self, first, last):
        assert coverage.month(first)[-1].day.day == last
        start, end = coverage.month_bounds(first)
        assert (end.date() - start.date()).days == last
