"""The detectors on figures: what is a finding, what just is not, and the words that say why."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.watching import limits as office
from audit.watching.rules import Kind, Severity, detectors, read
from audit.watching.rules.facts import (
    Grounded,
    Logon,
    Outside,
    Past,
    Related,
    Searching,
    Series,
    Shown,
    Use,
)  # fmt: skip
from audit.watching.rules.statistic import unusual, usual
from audit.watching.rules.thresholds import Hours
from audit.watching.rules.volume import volumes
from audit.watching.rules.workdays import closed_reason, hours_of, is_late
from kaigo.common.clock import TOKYO
from kaigo.common.parameters import ParameterError

DAY = date(2026, 11, 17)
LIMITS = office.thresholds(DAY)
MORNING = datetime(2026, 11, 17, 8, 30, tzinfo=TOKYO)


def only(found):
    found = list(found)
    assert len(found) == 1
    return found[0]


class TestLongLogons:
    def logon(self, minutes, **fields):
        return Logon("k", 1, "窓口 春子", MORNING, MORNING + timedelta(minutes=minutes), True, **fields)

    @pytest.mark.parametrize(("minutes", "found"), [(599, 0), (600, 1), (601, 1)])
    def test_the_threshold_itself_is_long(self, minutes, found):
        assert len(list(detectors.long_logons([self.logon(minutes)], LIMITS))) == found

    def test_twice_the_threshold_is_important(self):
        assert only(detectors.long_logons([self.logon(1199)], LIMITS)).severity == Severity.MEDIUM
        assert only(detectors.long_logons([self.logon(1200)], LIMITS)).severity == Severity.HIGH

    def test_says_when_how_long_and_where(self):
        said = only(detectors.long_logons([self.logon(605, terminal="窓口1番")], LIMITS)).explanation
        for words in ("窓口1番", "11月17日08:30", "11月17日18:35", "10時間5分", "基準は10時間以上"):
            assert words in said

    def test_says_when_it_was_still_going_on(self):
        logon = replace(self.logon(900), ended=False)
        assert "まだ続いていて" in only(detectors.long_logons([logon], LIMITS)).explanation

    def test_is_found_once_however_many_days_it_touches(self):
        assert only(detectors.long_logons([self.logon(900)], LIMITS)).once


class TestOutsideHours:
    def use(self, **fields):
        values = {
            "count": 3,
            "first": datetime(2026, 11, 17, 19, 0, tzinfo=TOKYO),
            "last": datetime(2026, 11, 17, 20, 30, tzinfo=TOKYO),
            "late": 0,
        }
        return Outside(1, "窓口 春子", **values | fields)

    def test_an_evening_is_little_and_late_night_is_more(self):
        assert only(detectors.outside_hours([self.use()], LIMITS)).severity == Severity.LOW
        hit = only(detectors.outside_hours([self.use(late=1)], LIMITS))
        assert (hit.severity, hit.kind) == (Severity.MEDIUM, Kind.OFF_HOURS)
        assert "うち1件は深夜" in hit.explanation

    def test_a_closed_day_says_why_it_is_closed(self):
        hit = only(detectors.outside_hours([self.use(closed="日曜日")], LIMITS))
        assert (hit.kind, hit.severity) == (Kind.HOLIDAY, Severity.MEDIUM)
        assert "閉庁日（日曜日）の19:00から20:30までに3件" in hit.explanation

    def test_fewer_than_the_least_number_is_nothing(self):
        limits = replace(LIMITS, off_hours_minimum=4)
        assert not list(detectors.outside_hours([self.use()], limits))
        assert list(detectors.outside_hours([self.use(count=4)], limits))


class TestWorkdays:
    @pytest.mark.parametrize(
        ("day", "why"),
        [
            (date(2026, 12, 28), ""),
            (date(2026, 12, 29), "年末年始の閉庁日"),
            (date(2026, 12, 31), "年末年始の閉庁日"),
            (date(2027, 1, 1), "年末年始の閉庁日"),
            (date(2027, 1, 3), "年末年始の閉庁日"),
            (date(2027, 1, 4), ""),
            (date(2026, 11, 20), ""),
            (date(2026, 11, 21), "土曜日"),
            (date(2026, 11, 22), "日曜日"),
            (date(2026, 11, 23), "国民の祝日・休日"),  # 勤労感謝の日
            (date(2026, 5, 6), "国民の祝日・休日"),  # 振替休日 of 憲法記念日, a Sunday
            (date(2026, 9, 22), "国民の祝日・休日"),  # 国民の休日 between two holidays
            (date(2027, 3, 22), "国民の祝日・休日"),  # 振替休日 of 春分の日
        ],
    )
    def test_closed_days(self, day, why):
        assert office.day_of(day).closed == why

    def test_an_extra_open_day_is_a_working_day(self):
        limits = replace(LIMITS, extra_open_days=frozenset({date(2026, 11, 21)}))
        assert closed_reason(date(2026, 11, 21), (), limits) == ""
        assert closed_reason(date(2026, 11, 22), (), limits) == "日曜日"

    @pytest.mark.parametrize(
        ("at", "late"), [("21:59", False), ("22:00", True), ("00:00", True), ("04:59", True), ("05:00", False)]
    )
    def test_late_night_goes_over_midnight(self, at, late):
        assert is_late(time.fromisoformat(at), LIMITS) == late

    def test_an_office_without_hours_of_its_own_has_the_common_ones(self):
        own = Hours(time(7), time(20))
        limits = replace(LIMITS, hours={**LIMITS.hours, "01": own})
        assert hours_of("01", limits) == own
        assert hours_of("02", limits) == Hours(time(7, 30), time(18, 15))  # 8:30–17:15 and an hour on both sides


class TestThresholds:
    def changed(self, name, value):
        row = {"name": name, "from": date(2026, 4, 1), "value": value, "source": "試験"}
        return read(office.book().resolve(DAY, [row]))

    def test_an_office_value_wins_on_its_days(self):
        assert self.changed("long_logon_minutes", 480).long_logon == timedelta(hours=8)

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("office_hours", [{"office": "01", "opens": "08:30", "closes": "17:15", "grace": 0}], "空欄にした行"),
            ("office_hours", [{"opens": "8時", "closes": "17:15", "grace": 0}], "HH:MM"),
            ("office_hours", [{"opens": "18:00", "closes": "09:00", "grace": 0}], "終わりは始まりより後"),
            ("late_night", [{"opens": "25:00", "closes": "05:00"}], "HH:MM"),
            ("review_days", [{"severity": 1, "days": 3}], "重要度1、2、3"),
            ("spread_factor", 0, "1 以上"),
        ],
    )
    def test_a_bad_value_is_refused_in_words(self, name, value, said):
        with pytest.raises(ParameterError, match=said):
            self.changed(name, value)

    def test_grace_stays_within_the_day(self):
        limits = self.changed("office_hours", [{"opens": "00:30", "closes": "23:30", "grace": 60}])
        assert limits.hours[""] == Hours(time.min, time.max)

    def test_every_threshold_has_a_source(self):
        assert all(entry.source for entry in office.in_force(DAY).entries.values())


class TestStatistic:
    counts = st.lists(st.integers(0, 10_000), min_size=1, max_size=120)
    options = {"factor": 5, "floor": 100}

    @given(st.integers(0, 10_000), st.integers(1, 120), st.integers(0, 10_000))
    def test_somebody_whose_days_are_all_alike_is_never_found(self, count, days, minimum):
        assert unusual(count, [count] * days, minimum=minimum, **self.options) is None

    @given(counts, st.integers(0, 20_000), st.integers(0, 20_000), st.integers(0, 500))
    def test_more_is_never_less_unusual(self, history, count, more, minimum):
        if unusual(count, history, minimum=minimum, **self.options):
            assert unusual(count + more, history, minimum=minimum, **self.options)

    @given(counts)
    def test_the_limit_is_at_least_the_median(self, history):
        found = usual(history, **self.options)
        assert found.limit >= int(found.median)

    @given(counts, st.integers(1, 20), st.integers(0, 1000))
    def test_a_greater_factor_never_finds_more(self, history, factor, floor):
        assert usual(history, factor=factor + 1, floor=floor).limit >= usual(history, factor=factor, floor=floor).limit

    @given(counts, st.randoms())
    def test_the_order_of_the_days_does_not_matter(self, history, dice):
        shuffled = history[:]
        dice.shuffle(shuffled)
        assert usual(shuffled, **self.options) == usual(history, **self.options)

    @given(st.integers(20, 500), st.integers(100_000, 1_000_000))
    def test_one_odd_day_before_does_not_hide_the_next(self, count, flood):
        history = [count] * 30 + [flood]
        assert unusual(flood, history, minimum=1, **self.options)

    def test_border(self):
        # median 40, deviations 0 and 10 → MAD 10, scaled 14.826, limit 40 + 5 × 14.826 = 114
        history = [30, 40, 50, 30, 50, 40, 50]
        assert usual(history, **self.options).limit == 114
        assert unusual(114, history, minimum=1, **self.options) is None
        assert unusual(115, history, minimum=1, **self.options).limit == 114

    def test_below_the_least_count_nothing_is_unusual(self):
        assert unusual(49, [1] * 30, minimum=50, **self.options) is None
        assert unusual(50, [1] * 30, minimum=50, **self.options)

    def test_without_history_nothing_is_unusual(self):
        assert unusual(1000, [], minimum=1, **self.options) is None
        with pytest.raises(ValueError, match="no history"):
            usual([], **self.options)


class TestVolume:
    def past(self, own=40, *, days=60, role=40, role_days=300):
        return Past(
            {(1, ""): {"persons": [own] * days, "prints": [5] * days, "exports": [0] * days}},
            {"窓口": {"persons": [role] * role_days, "prints": [5] * role_days, "exports": [0] * role_days}},
        )

    def use(self, **counts):
        return Use(1, "窓口 春子", ("窓口",), calls=500, **counts)

    def test_an_ordinary_day_is_nothing(self):
        assert not list(volumes([self.use(persons=45, prints=6)], self.past(), DAY, LIMITS))

    def test_far_more_than_always_and_than_the_others_is_important(self):
        hit = only(volumes([self.use(persons=312)], self.past(), DAY, LIMITS))
        assert (hit.kind, hit.severity) == (Kind.VOLUME, Severity.HIGH)
        for words in ("照会した人数は312です", "本人の前60日", "中央値は40", "通常の範囲は60まで", "役割「窓口」"):
            assert words in hit.explanation
        assert hit.figures["照会した人数"] == 312

    def test_more_than_always_but_not_than_the_others(self):
        hit = only(volumes([self.use(persons=100)], self.past(own=20, role=100), DAY, LIMITS))
        assert hit.severity == Severity.MEDIUM
        assert "役割" not in hit.explanation

    def test_always_more_than_the_others_is_said_once_a_month(self):
        hit = only(volumes([self.use(persons=400)], self.past(own=400), DAY, LIMITS))
        assert (hit.kind, hit.severity, hit.once) == (Kind.ROLE_VOLUME, Severity.LOW, True)
        assert hit.key == "s1:2026-11"
        assert "月に1度" in hit.explanation

    @pytest.mark.parametrize(("days", "kind"), [(19, Kind.VOLUME), (20, Kind.ROLE_VOLUME)])
    def test_who_is_new_is_compared_with_the_role(self, days, kind):
        hit = only(volumes([self.use(persons=400)], self.past(own=400, days=days), DAY, LIMITS))
        assert hit.kind == kind
        assert "本人の前" not in hit.explanation

    def test_who_is_new_in_a_role_without_history_is_not_judged(self):
        past = self.past(days=3, role_days=19)
        assert not list(volumes([self.use(persons=4000)], past, DAY, LIMITS))

    def test_somebody_in_two_roles_may_do_the_work_of_the_greater(self):
        past = self.past(days=0)
        both = Past(past.own, {**past.of_role, "収納": {"persons": [400] * 100}})
        use = replace(self.use(persons=401), roles=("窓口", "収納"))
        assert not list(volumes([use], both, DAY, LIMITS))

    def test_an_api_client_is_compared_with_its_own_calls(self):
        past = Past({(None, "申請管理"): {"calls": [1000] * 30}})
        assert not list(volumes([Use(None, "申請管理", calls=1100)], past, DAY, LIMITS))
        hit = only(volumes([Use(None, "申請管理", calls=9000)], past, DAY, LIMITS))
        assert (hit.kind, hit.staff_id, hit.severity) == (Kind.API_CLIENT, None, Severity.MEDIUM)

    def test_a_new_api_client_is_listed_until_its_usual_is_known(self):
        hit = only(volumes([Use(None, "申請管理", calls=7)], Past(), DAY, LIMITS))
        assert (hit.kind, hit.severity) == (Kind.API_CLIENT, Severity.LOW)
        assert "まだ分かりません" in hit.explanation


class TestGrounds:
    def test_every_emergency_access_is_important(self):
        hit = only(detectors.grounded([Grounded(1, "窓口 春子", "emergency", 2, 1, 2)]))
        assert (hit.kind, hit.severity) == (Kind.EMERGENCY, Severity.HIGH)
        assert "すべてに理由" in hit.explanation

    def test_a_cross_office_read_without_a_reason_weighs_more(self):
        good = only(detectors.grounded([Grounded(1, "窓口 春子", "cross_office", 5, 3, 5)]))
        bad = only(detectors.grounded([Grounded(1, "窓口 春子", "cross_office", 5, 3, 4)]))
        assert (good.severity, bad.severity) == (Severity.LOW, Severity.MEDIUM)
        assert "理由の記載がない記録が1件" in bad.explanation
        assert "3人の記録を5件" in bad.explanation


class TestSeries:
    @pytest.mark.parametrize(("densest", "severity"), [(2, None), (3, 2), (8, 2), (9, 3)])
    def test_refused_attempts(self, densest, severity):
        found = list(detectors.refused_series([Series(1, "窓口 春子", 12, densest)], LIMITS))
        assert [hit.severity for hit in found] == ([severity] if severity else [])

    @pytest.mark.parametrize(("densest", "found"), [(4, 0), (5, 1)])
    def test_failed_sign_ins(self, densest, found):
        assert len(list(detectors.sign_in_series([Series(1, "窓口 春子", 9, densest)], LIMITS))) == found

    def test_many_ids_from_one_address_are_important(self):
        series = Series(None, "登録のない利用者ID等", 30, 30, "10.0.0.9", 12)
        hit = only(detectors.sign_in_series([series], LIMITS))
        assert (hit.severity, hit.staff_id) == (Severity.HIGH, None)
        assert "12個の利用者ID" in hit.explanation
        assert hit.rows == {"address": "10.0.0.9"}


class TestSearches:
    @pytest.mark.parametrize(
        ("searches", "idle", "found"), [(100, 19, 0), (40, 20, 1), (41, 20, 0), (20, 20, 1), (0, 0, 0)]
    )
    def test_needs_many_and_a_large_share(self, searches, idle, found):
        assert len(list(detectors.idle_searches([Searching(1, "窓口 春子", searches, idle)], LIMITS))) == found


class TestCounts:
    @pytest.mark.parametrize(("prints", "severity"), [(199, None), (200, 2), (999, 2), (1000, 3)])
    def test_prints(self, prints, severity):
        found = list(detectors.paper_and_files([Use(1, "窓口 春子", prints=prints)], LIMITS))
        assert [hit.severity for hit in found] == ([severity] if severity else [])

    @pytest.mark.parametrize(("exports", "severity"), [(0, None), (1, 2), (199, 2), (200, 3)])
    def test_every_export_is_listed(self, exports, severity):
        found = list(detectors.paper_and_files([Use(1, "窓口 春子", exports=exports)], LIMITS))
        assert [hit.severity for hit in found] == ([severity] if severity else [])

    def test_an_api_client_has_its_own_kind(self):
        assert not list(detectors.paper_and_files([Use(None, "申請管理", exports=5000)], LIMITS))

    @pytest.mark.parametrize(("count", "severity"), [(1, 1), (9, 1), (10, 3)])
    def test_every_individual_number_shown_is_listed(self, count, severity):
        assert only(detectors.numbers_shown([Shown(1, "窓口 春子", count, 1)], LIMITS)).severity == severity


class TestRelations:
    @pytest.mark.parametrize(
        ("kind", "rare", "severity"),
        [
            (Kind.ONESELF, False, 3),
            (Kind.SAME_ADDRESS, False, 3),
            (Kind.COLLEAGUE, False, 3),
            (Kind.PROTECTED, False, 2),
            (Kind.SAME_SURNAME, False, 1),
            (Kind.SAME_SURNAME, True, 2),
        ],
    )
    def test_how_serious_each_is(self, kind, rare, severity):
        who = (uuid4(), uuid4())
        hit = only(detectors.relations([Related(1, "窓口 春子", kind, who, rare)]))
        assert (hit.severity, hit.kind) == (severity, kind)
        assert "2人の記録" in hit.explanation
        assert hit.rows == {"subjects": [str(one) for one in who]}

    def test_no_name_of_a_resident_is_in_the_words(self):
        hit = only(detectors.relations([Related(1, "窓口 春子", Kind.SAME_SURNAME, (uuid4(),), True)]))
        assert "窓口" not in hit.explanation


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_name_and_knows_its_rows(kind):
    from audit.watching.evidence import WHERE

    assert kind.label
    assert kind in WHERE
