"""The drawing of the timeline: what lasted, where it begins and ends."""

from datetime import date

from eligibility.registry import TimelineEntry
from eligibility.timeline import WIDTH, draw

TODAY = date(2026, 6, 10)


def lasting(first, until=None, kind="資格"):
    return TimelineEntry(first, kind, "第1号被保険者の資格", until=until, lasting=True)


def test_nothing_that_lasts_is_no_drawing():
    assert draw([TimelineEntry(date(2000, 1, 1), "住民", "出生")], TODAY) is None


def test_what_still_lasts_reaches_the_edge():
    (bar,) = draw([lasting(date(2002, 3, 3))], TODAY).bars
    assert bar.x + bar.width == WIDTH
    assert 0 <= bar.x < 20


def test_what_ended_ends_where_it_ended():
    (bar,) = draw([lasting(date(2020, 1, 1), date(2023, 7, 1))], TODAY).bars
    assert (bar.x, bar.width) == (0, 500)


def test_a_single_day_can_still_be_seen():
    (bar,) = draw([lasting(date(2020, 1, 1), date(2020, 1, 1))], TODAY).bars
    assert bar.width > 0


def test_each_kind_has_a_lane_and_the_drawing_room_for_it():
    drawing = draw([lasting(date(2002, 3, 3)), lasting(date(2010, 1, 1), kind="生活保護等")], TODAY)
    assert [bar.lane for bar in drawing.bars] == [0, 1]
    assert drawing.height >= drawing.bars[1].y + 22


def test_words_that_begin_late_stand_before_their_bar():
    early, late = draw([lasting(date(2002, 3, 3)), lasting(date(2025, 1, 1))], TODAY).bars
    assert early.text_x > early.x
    assert late.text_x < late.x


def test_years_are_written_in_eras_and_never_crowd():
    drawing = draw([lasting(date(1970, 1, 1))], TODAY)
    assert drawing.years[0] == (0, "昭45")
    assert len(drawing.years) <= 10


def test_what_begins_in_the_future_is_inside():
    (bar,) = draw([lasting(date(2027, 1, 31))], TODAY).bars
    assert bar.x < WIDTH
