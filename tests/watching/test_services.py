"""Reviewing: who may, what is kept, ticking off, correcting; what waits for whom."""

from datetime import date
from uuid import uuid4

import pytest

from audit.models import AccessLog
from audit.watching import queries, services, work
from audit.watching.models import Finding, Review
from audit.watching.reviewing import Reviewer, superiors_of
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, NotFound, Refusal
from tests import factories

pytestmark = pytest.mark.django_db


def review(actor, finding, verdict="necessary", comment="残業を命じていた。", version=1):
    return services.review(actor, finding.public_id, verdict=verdict, comment=comment, version=version)


class TestReviewing:
    def test_a_manager_judges_with_a_comment(self, house, actor):
        finding = review(actor(house.shocho), house.finding())
        assert (finding.state, finding.verdict, finding.reviewer, finding.version) == (
            "reviewed",
            "necessary",
            house.shocho,
            2,
        )
        kept = Review.objects.get()
        assert (kept.act, kept.staff_name, kept.comment) == ("review", "区長 次郎", "残業を命じていた。")

    def test_to_be_confirmed_stays_open(self, house, actor):
        finding = review(actor(house.shocho), house.finding(), "unclear", "本人に確かめる。")
        assert (finding.state, finding.verdict) == ("checking", "unclear")
        assert queries.findings(actor(house.shocho), {}).count() == 1

    def test_a_judgement_is_corrected_and_the_first_one_stays(self, house, actor):
        finding = review(actor(house.shocho), house.finding())
        finding = review(actor(house.kacho), finding, "improper", "命令はなかった。", version=2)
        assert finding.verdict == "improper"
        assert list(Review.objects.values_list("act", "verdict")) == [("review", "necessary"), ("correct", "improper")]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"verdict": "fine"}, "no-verdict"), ({"verdict": ""}, "no-verdict"), ({"comment": " "}, "no-comment")],
    )
    def test_needs_a_verdict_and_a_comment(self, house, actor, changes, code):
        with pytest.raises(Refusal) as refused:
            review(actor(house.shocho), house.finding(), **changes)
        assert refused.value.code == code
        assert not Review.objects.exists()

    def test_somebody_was_quicker(self, house, actor):
        finding = house.finding()
        review(actor(house.shocho), finding)
        with pytest.raises(Conflict, match="区長 次郎さんが"):
            review(actor(house.kacho), finding)

    def test_each_version_is_kept_with_who_and_why(self, house, actor):
        from django.apps import apps

        finding = review(actor(house.shocho), house.finding())
        event = (
            apps.get_model("watching", "FindingEvent").objects.filter(pgh_obj_id=finding.pk).order_by("pgh_id").last()
        )
        assert (event.verdict, event.pgh_context.metadata["reason"]) == ("necessary", "点検")
        assert event.pgh_context.metadata["staff"] == house.shocho.pk


class TestWho:
    def test_nobody_reviews_what_concerns_themself(self, house, actor):
        with pytest.raises(NotFound):
            review(actor(house.shocho), house.finding(house.shocho))
        assert "自分について" in Reviewer.of(actor(house.shocho)).obstacle(house.finding(house.shocho))

    def test_a_managers_manager_reviews_the_manager(self, house, actor):
        assert review(actor(house.kacho), house.finding(house.shocho)).state == "reviewed"

    def test_nobody_reviews_a_superior(self, house, actor):
        deputy = factories.staff("findings.view", "findings.decide", at=house.ward, name="補佐 一")
        house.below(house.shocho, deputy)
        with pytest.raises(Forbidden, match="上司"):
            review(actor(deputy), house.finding(house.shocho))
        assert AccessLog.objects.filter(staff=deputy, outcome="refused", file="findings").count() == 1

    def test_the_auditor_reviews_whoever_reviews_others(self, house, actor):
        assert review(actor(house.auditor), house.finding(house.kacho)).state == "reviewed"

    def test_the_auditor_does_not_review_the_others(self, house, actor):
        with pytest.raises(Forbidden) as refused:
            review(actor(house.auditor), house.finding(house.clerk))
        assert refused.value.code == "no-right"

    def test_another_offices_finding_is_not_there(self, house, actor):
        there = house.finding(factories.staff(at=house.other, name="緑 三郎"))
        with pytest.raises(NotFound):
            review(actor(house.shocho), there)
        assert not queries.visible(actor(house.shocho)).exists()
        assert queries.visible(actor(house.kacho)).count() == 1

    def test_a_circle_of_managers_ends(self, house):
        house.below(house.shocho, house.kacho)
        assert superiors_of(house.clerk.pk) == {house.shocho.pk, house.kacho.pk}

    def test_nobody_is_above_who_has_no_manager(self, house):
        assert superiors_of(house.kacho.pk) == set()
        assert superiors_of(None) == set()


class TestTicking:
    def test_many_harmless_ones_with_one_comment(self, house, actor):
        found = [house.finding(), house.finding(severity=2)]
        assert services.tick(actor(house.shocho), [f.public_id for f in found], comment="残業") == 2
        assert set(Finding.objects.values_list("state", "verdict")) == {("reviewed", "necessary")}
        assert set(Review.objects.values_list("act", "comment")) == {("tick", "残業")}

    def test_one_important_one_stops_all(self, house, actor):
        found = [house.finding(), house.finding(severity=3)]
        with pytest.raises(Refusal, match="「高」"):
            services.tick(actor(house.shocho), [f.public_id for f in found], comment="残業")
        assert set(Finding.objects.values_list("state", flat=True)) == {"open"}

    def test_one_of_a_superior_stops_all(self, house, actor):
        deputy = factories.staff("findings.view", "findings.decide", at=house.ward, name="補佐 一")
        house.below(house.shocho, deputy)
        with pytest.raises(Forbidden):
            services.tick(actor(deputy), [house.finding(house.shocho).public_id], comment="残業")

    def test_what_was_judged_meanwhile_stays_as_it_is(self, house, actor):
        done, waiting = house.finding(), house.finding()
        review(actor(house.kacho), done, "improper", "命令はなかった。")
        assert services.tick(actor(house.shocho), [done.public_id, waiting.public_id], comment="残業") == 1
        done.refresh_from_db()
        assert done.verdict == "improper"

    @pytest.mark.parametrize(
        ("wanted", "code"), [([], "none-chosen"), ([uuid4()], "not-found"), ([uuid4()] * 201, "too-many")]
    )
    def test_nothing_unknown_or_too_much(self, house, actor, wanted, code):
        with pytest.raises(Refusal) as refused:
            services.tick(actor(house.shocho), wanted, comment="残業")
        assert refused.value.code == code

    def test_needs_a_comment(self, house, actor):
        with pytest.raises(Refusal, match="所見"):
            services.tick(actor(house.shocho), [house.finding().public_id], comment=" ")


class TestFilter:
    def found(self, house, actor, **asked):
        return set(queries.findings(actor(house.kacho), asked))

    def test_each_part_of_it(self, house, actor):
        one = house.finding(severity=3, due_on=date(2026, 11, 20))
        other = house.finding(factories.staff(at=house.other, name="緑 三郎"), kind="protected", day=date(2026, 11, 18))
        assert self.found(house, actor) == {one, other}
        assert self.found(house, actor, kind="protected") == {other}
        assert self.found(house, actor, severity=3) == {one}
        assert self.found(house, actor, office=house.other.public_id) == {other}
        assert self.found(house, actor, staff=house.clerk.public_id) == {one}
        assert self.found(house, actor, day_from=date(2026, 11, 18)) == {other}
        assert self.found(house, actor, day_to=date(2026, 11, 17)) == {one}
        assert self.found(house, actor, state="overdue") == {one}
        review(actor(house.kacho), one)
        assert self.found(house, actor, state="reviewed", verdict="necessary") == {one}
        assert self.found(house, actor, state="open") == {other}
        assert self.found(house, actor, state="all") == {one, other}


class TestRows:
    def test_names_only_where_the_right_is_held(self, house, actor):
        from audit.watching.models import FindingRow
        from tests.watching.days import row

        here, there = factories.resident("山田　太郎"), factories.resident("緑川　花子", office=house.other)
        finding = house.finding(rows=0)
        for minute, person in enumerate((here, there)):
            logged = row(house.clerk, f"19:0{minute}", subjects=[person.public_id])
            FindingRow.objects.create(finding=finding, log_id=logged.pk, at=logged.at)
        _, lines = queries.log_rows(actor(house.shocho), finding, 1)
        assert [line.subject.name if line.subject else None for line in lines] == ["山田　太郎", None]
        _, lines = queries.log_rows(actor(house.auditor), finding, 1)
        assert [line.subject for line in lines] == [None, None]

    def test_are_paged_in_order(self, house, actor):
        finding = house.finding(rows=60)
        page, lines = queries.log_rows(actor(house.kacho), finding, 2)
        assert (page.paginator.count, len(lines)) == (60, 10)
        assert [line.row.at for line in lines] == sorted(line.row.at for line in lines)

    def test_rows_that_were_erased_leave_the_finding(self, house, actor):
        finding = house.finding(rows=0)
        assert queries.log_rows(actor(house.kacho), finding, None)[1] == []


class TestWorkList:
    def waiting(self, staff, actor):
        return {item.label: (item.count, item.due) for item in work.waiting(actor(staff)) if item.count}

    def test_shows_what_the_person_may_review(self, house, actor):
        house.finding(due_on=date(2026, 11, 30))
        house.finding(house.shocho, due_on=date(2026, 11, 26))
        label = "アクセス記録の点検事項を点検する"
        assert self.waiting(house.kacho, actor)[label] == (2, date(2026, 11, 26))
        assert self.waiting(house.shocho, actor)[label] == (1, date(2026, 11, 30))
        assert self.waiting(house.auditor, actor) == {}
        assert self.waiting(house.clerk, actor) == {}

    def test_days_that_nobody_examined(self, house, actor):
        house.finding()
        label = "点検していない日のアクセス記録を点検する"
        assert self.waiting(house.kacho, actor)[label] == (7, date(2026, 11, 17))
        assert label not in self.waiting(house.shocho, actor)

    def test_long_logons_to_ask_about_and_reports_to_sign(self, house, actor):
        house.logon()
        with clock.at(date(2026, 12, 2)):
            found = self.waiting(house.shocho, actor)
        assert found["長時間ログオンを所属に照会する"] == (1, None)
        assert found["先月の点検の月次報告を確認する"] == (1, None)
