"""Monthly reports: the figures, the trend, the gaps, signing off and what is kept."""

import hashlib
import io
from datetime import date

import pytest
from pypdf import PdfReader

from audit.files import read_stored
from audit.models import AccessLogSeal
from audit.sealing import seals
from audit.watching import letters, reporting, services
from audit.watching.models import Examination, MonthlyReport
from kaigo.common import clock
from kaigo.common.refusal import Forbidden, NotFound, Refusal
from tests import factories
from tests.watching.days import TUESDAY

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 10)


@pytest.fixture
def examined(house):
    """Every day of the log is examined, up to the end of November."""
    for number in range(1, 31):
        Examination.objects.create(day=date(2026, 11, number), rows=0, found=0, thresholds="x", examined_at=clock.now())


def judged(house, actor, finding, verdict):
    return services.review(actor(house.kacho), finding.public_id, verdict=verdict, comment="確かめた。", version=1)


class TestFigures:
    def test_counts_by_kind_and_verdict(self, house, actor):
        judged(house, actor, house.finding(), "necessary")
        judged(house, actor, house.finding(), "improper")
        judged(house, actor, house.finding(), "unclear")
        house.finding(kind="protected", day=date(2026, 11, 2))
        house.finding(day=date(2026, 10, 31))
        house.finding(day=date(2026, 12, 1))
        house.finding(factories.staff(at=house.other, name="緑 三郎"))
        found = reporting.figures(house.ward, NOVEMBER)
        total = found.total
        assert (total.found, total.reviewed, total.live) == (4, 2, 2)
        assert (total.necessary, total.unclear, total.improper, total.oldest) == (1, 1, 1, 22)
        assert [(line.label, line.found) for line in found.kinds] == [("時間外の利用", 3), ("支援措置対象者の照会", 1)]

    def test_the_trend_is_twelve_months_that_end_with_this_one(self, house):
        house.finding(day=date(2025, 12, 1), rows=0)
        house.finding(day=date(2025, 11, 30), rows=0)
        house.finding(rows=0)
        trend = reporting.figures(house.ward, NOVEMBER).trend
        assert (trend[0].month, trend[-1].month, len(trend)) == ("2025-12", "2026-11", 12)
        assert [line.found for line in trend] == [1] + [0] * 10 + [1]
        drawn = reporting.bars(trend)
        assert (drawn[0]["height"], drawn[1]["height"], drawn[-1]["label"]) == (130, 0, "11月")

    def test_days_that_nobody_examined_are_named(self, house):
        house.finding()
        Examination.objects.create(day=date(2026, 11, 18), rows=0, found=0, thresholds="x", examined_at=clock.now())
        found = reporting.figures(house.ward, NOVEMBER)
        assert found.days == 7  # the log begins on the 17th, today is the 24th
        assert found.gaps == [f"2026-11-{day}" for day in (17, 19, 20, 21, 22, 23)]

    def test_letters_of_the_month(self, house, actor, storage):
        letters.issue(actor(house.kacho), [house.logon().public_id])
        assert reporting.figures(house.ward, NOVEMBER).letters["回答待ち"] == 1
        with clock.at(DECEMBER):
            assert reporting.figures(house.ward, NOVEMBER).letters["期限を過ぎたもの"] == 1

    def test_names_the_newest_seal_of_the_log(self, house):
        assert reporting.newest_seal() == {}
        for number in (1, 2):
            seal = AccessLogSeal.objects.create(
                number=number, form=1, epoch=1, from_epoch=1, from_xid=0, from_id=0, to_xid=number, to_id=number,
                row_count=1, rows=b"", chain=bytes(32), previous=bytes(32), key_id="s1", signature=b"x",
                made_at=clock.now(),
            )  # fmt: skip
        found = reporting.figures(house.ward, NOVEMBER).seal
        assert (found["number"], found["fingerprint"]) == ("2", seals.fingerprint(seal).hex())

    def test_the_overview_is_of_the_persons_offices(self, house, actor):
        house.finding()
        assert [line.office for line in reporting.overview(actor(house.shocho), NOVEMBER)] == [house.ward]
        lines = reporting.overview(actor(house.kacho), NOVEMBER)
        assert {line.office: line.total.found for line in lines} == {house.head: 0, house.ward: 1, house.other: 0}

    def test_the_number_of_statements_does_not_grow(self, house, actor, django_assert_max_num_queries):
        for kind in ("off_hours", "protected", "holiday", "volume"):
            house.finding(kind=kind)
        with django_assert_max_num_queries(14):
            reporting.figures(house.ward, NOVEMBER)
        kacho = actor(house.kacho)
        with django_assert_max_num_queries(3):
            reporting.overview(kacho, NOVEMBER)


class TestSigning:
    def sign(self, house, actor, who=None, comment="おおむね命令による残業。"):
        with clock.at(DECEMBER):
            return reporting.sign(actor(who or house.shocho), house.ward.public_id, NOVEMBER, comment=comment)

    def test_freezes_the_figures_and_keeps_the_paper(self, house, actor, examined, printing):
        finding = house.finding()
        report = self.sign(house, actor)
        content = b"".join(read_stored(report.stored))
        assert report.stored.sha256 == hashlib.sha256(content).hexdigest()
        shown = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).replace("\n", "")
        for words in ("月次報告", "令和8年11月", "時間外の利用", "おおむね命令による残業。", "区長 次郎", "第1版"):
            assert words.replace(" ", "") in shown.replace(" ", "")
        judged(house, actor, finding, "improper")
        report.refresh_from_db()
        assert report.figures["total"]["improper"] == 0

    def test_again_after_a_correction_is_the_next_version(self, house, actor, examined, storage):
        house.finding()
        first, second = self.sign(house, actor), self.sign(house, actor, house.kacho)
        assert [first.serial, second.serial] == [1, 2]
        assert reporting.signed_reports(house.ward, NOVEMBER).first() == second
        assert reporting.overview(actor(house.shocho), NOVEMBER)[0].signed == second

    def test_not_while_a_day_is_not_examined(self, house, actor, examined):
        house.finding()
        Examination.objects.filter(day=date(2026, 11, 20)).delete()
        with pytest.raises(Refusal, match="1日あるため"):
            self.sign(house, actor)
        assert not MonthlyReport.objects.exists()

    def test_not_before_the_month_is_over(self, house, actor, examined):
        house.finding()
        with clock.at(date(2026, 11, 30)), pytest.raises(Refusal, match="終わってから"):
            reporting.sign(actor(house.shocho), house.ward.public_id, NOVEMBER, comment="")

    def test_needs_the_right_to_decide(self, house, actor, examined):
        house.finding()
        with pytest.raises(Forbidden):
            self.sign(house, actor, house.auditor)

    def test_another_office_is_not_there(self, house, actor, examined):
        with clock.at(DECEMBER), pytest.raises(NotFound):
            reporting.sign(actor(house.shocho), house.other.public_id, NOVEMBER, comment="")

    def test_what_is_signed_is_never_changed(self, house, actor, examined, storage):
        report = self.sign(house, actor)
        with pytest.raises(TypeError):
            report.save()

    def test_a_month_before_the_log_needs_no_signature(self, house, actor):
        house.finding()
        assert reporting.unsigned(actor(house.shocho), date(2026, 10, 1)) == 0
        assert reporting.unsigned(actor(house.shocho), NOVEMBER) == 1


def test_the_draft_says_that_it_is_one(house):
    house.finding(day=TUESDAY)
    content = reporting.draft(house.ward, NOVEMBER)
    assert "未確定" in "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
