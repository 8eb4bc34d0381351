"""Whatever facts are known: periods never overlap, every day is explained, and the order of arrival leaves no mark."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility import rules, versions
from kaigo.common.refusal import Refusal
from kaigo.common.trace import explain

BIRTH = date(1950, 1, 10)
ATTAINED = date(2015, 1, 9)
days = st.dates(date(2005, 1, 1), date(2026, 12, 31))
thorough = settings(max_examples=300, deadline=None, derandomize=True)


def cut(points):
    """Stretches from sorted days: each pair of neighbours, the last one open when the number is odd."""
    ordered = sorted(set(points))
    pairs = list(zip(ordered[::2], ordered[1::2], strict=False))
    return [*pairs, (ordered[-1], None)] if len(ordered) % 2 else pairs


stretches = st.lists(days, max_size=5).map(cut)


@st.composite
def people(draw):
    """Facts that do not contradict each other, in any number and mixture."""
    stays = tuple(
        rules.Stay(begun, ended, draw(st.sampled_from(["move_out", "death", "removed"])) if ended else "")
        for begun, ended in draw(stretches)
    )
    abroad = tuple(
        rules.Domicile(begun, ended, draw(st.sampled_from(["move_out", "death", "returned", "left"])) if ended else "")
        for begun, ended in draw(stretches)
    )
    return rules.PersonFacts(
        draw(st.sampled_from([BIRTH, date(1956, 2, 29), date(1970, 4, 1)])),
        stays,
        tuple(rules.Exemption(begun, ended, draw(st.integers(0, 1))) for begun, ended in draw(stretches)),
        tuple(rules.Elsewhere(begun, ended) for begun, ended in draw(stretches)),
        abroad,
        tuple(rules.Cover(begun, draw(days), ended) for begun, ended in draw(stretches)),
        tuple(rules.Declaration(kind, day) for kind, day in draw(st.lists(st.tuples(KINDS, days), max_size=3))),
    )


KINDS = st.sampled_from(["begin", "death", "move_out"])


@thorough
@given(people())
def test_periods_are_in_order_and_never_overlap(facts):
    periods = rules.insured_periods(facts).periods
    for before, after in pairwise(periods):
        assert before.lost_on is not None
        assert before.lost_on <= after.acquired_on
    for span in periods:
        assert span.lost_on is None or span.acquired_on < span.lost_on
        assert (span.lost_on is None) == (span.loss_reason == "")


@thorough
@given(people(), days)
def test_every_day_of_a_resident_of_65_is_insured_exempt_or_explained(facts, day):
    standing = rules.standing_on(facts, day)
    resident = any(
        stay.begun_on <= day and (stay.ended_on is None or day < stay.ended_on)
        for stay in rules.settled(facts.stays, facts.declarations)
    )
    if resident and day >= rules.attained_on(facts.birth_date):
        assert standing in ("insured", "exempt", "elsewhere")
    inside = any(
        span.acquired_on <= day and (span.lost_on is None or day < span.lost_on)
        for span in rules.insured_periods(facts).periods
    )
    assert inside == (standing == "insured")


@thorough
@given(people(), st.randoms(use_true_random=False))
def test_the_order_and_repetition_of_facts_leaves_no_mark(facts, random):
    def mixed(rows):
        rows = list(rows)
        random.shuffle(rows)
        return tuple(rows)

    again = facts._replace(
        exemptions=mixed(facts.exemptions),
        elsewhere=mixed([*facts.elsewhere, *facts.elsewhere]),
        domiciles=mixed(facts.domiciles),
        covers=mixed(facts.covers),
        declarations=mixed([*facts.declarations, *facts.declarations]),
    )
    assert rules.insured_periods(again).periods == rules.insured_periods(facts).periods


@thorough
@given(people(), days)
def test_what_is_known_by_a_day_is_a_part_of_what_is_known(facts, day):
    everything = rules.insured_periods(facts).periods
    found = rules.insured_periods(facts, day).periods
    assert {span for span in found if span in everything or span.lost_on} <= set(everything)
    assert all(span.category == rules.SECOND for span in found if span not in everything)
    assert all(span.acquired_on <= day for span in rules.insured_periods(facts, day).periods)


@thorough
@given(people())
def test_every_period_can_be_explained(facts):
    decision = rules.insured_periods(facts)
    for span in decision.periods:
        assert span.acquisition_reason in rules.REASONS
        assert not span.loss_reason or span.loss_reason in rules.REASONS
    for step in explain(decision.steps, rules.STEPS):
        assert "{" not in step.sentence
        assert step.article


WRONG = {
    "exemption_order": {"exemptions": (rules.Exemption(date(2020, 1, 2), date(2020, 1, 1)),)},
    "exemption_overlap": {"exemptions": (rules.Exemption(date(2020, 1, 2)), rules.Exemption(date(2021, 1, 1)))},
    "domicile_order": {"domiciles": (rules.Domicile(date(2020, 1, 2), date(2020, 1, 1), "left"),)},
    "domicile_overlap": {"domiciles": (rules.Domicile(date(2020, 1, 2)), rules.Domicile(date(2021, 1, 1)))},
    "domicile_end": {"domiciles": (rules.Domicile(date(2020, 1, 2), date(2021, 1, 1)),)},
    "cover_order": {"covers": (rules.Cover(date(2020, 1, 2), date(2020, 1, 2), date(2020, 1, 1)),)},
    "cover_overlap": {
        "covers": (rules.Cover(date(2020, 1, 2), date(2020, 1, 2)), rules.Cover(date(2021, 1, 1), date(2021, 1, 1)))
    },
}


@pytest.mark.parametrize("code", WRONG)
def test_facts_that_contradict_each_other_are_refused_with_ways_out(code):
    with pytest.raises(Refusal) as refusal:
        rules.insured_periods(rules.PersonFacts(BIRTH, (rules.Stay(date(2010, 1, 1)),), **WRONG[code]))
    assert refusal.value.code == code
    assert refusal.value.ways


# --- the register's versions


@st.composite
def lives(draw):
    """The versions of an entry as a register writes them: arrival, moves, leaving, coming back, cancelling."""
    day, serial, found = date(2000, 4, 1), 1, []
    stay = {"status": "1", "resident_from": day, "resident_until": None}
    events = draw(st.lists(st.sampled_from(["move", "leave", "elsewhere", "name"]), max_size=7))
    version = versions.Version(1, "02", day, "1", "100", "01", day, None, None, False, "")
    found.append(version)
    for event in events:
        day += timedelta(days=draw(st.integers(1, 900)))
        serial += 1
        last = found[-1]
        if last.resident_until:  # comes back, or never left
            back = draw(st.booleans())
            stay = {"status": "1", "resident_from": day if back else last.resident_from, "resident_until": None}
            last = last._replace(event="02" if back else "10", taken_over_on=None, **stay)
        elif event == "move":
            last = last._replace(event="07", household_number=str(100 + serial))
        elif event == "leave":
            last = last._replace(event="05", status="2", resident_until=day)
        elif event == "elsewhere":
            number = "" if last.insured_elsewhere else "131011"
            last = last._replace(event="11", insured_elsewhere=bool(number), elsewhere_insurer_number=number)
        else:
            last = last._replace(event="11")
        found.append(last._replace(history_serial=serial, event_on=day))
    return found


@thorough
@given(lives(), st.randoms(use_true_random=False))
def test_versions_in_any_order_and_number_tell_the_same(life, random):
    mixed = list(life)
    random.shuffle(mixed)
    for reading in (versions.stays, versions.elsewhere, versions.segments):
        assert reading(mixed) == reading(life)


@thorough
@given(lives())
def test_stays_and_households_of_a_register_never_overlap(life):
    for before, after in pairwise(versions.stays(life)):
        assert before.ended_on is not None
        assert before.ended_on <= after.begun_on
    for before, after in pairwise(versions.segments(life)):
        assert before.upper is not None
        assert before.upper <= after.lower
    for before, after in pairwise(versions.elsewhere(life)):
        assert before.until is not None
        assert before.until <= after.begun_on
    rules.insured_periods(rules.PersonFacts(date(1930, 1, 1), tuple(versions.stays(life))))


@thorough
@given(lives())
def test_whoever_is_resident_lives_in_a_household(life):
    households = versions.segments(life)
    for stay in versions.stays(life):
        assert any(
            one.lower <= stay.begun_on and (one.upper is None or stay.begun_on < one.upper) for one in households
        )


def test_an_official_entry_is_told_from_a_move():
    day = date(2020, 5, 1)
    entered = versions.Version(1, "08", day, "1", "100", "01", day, None, None, False, "")
    (stay,) = versions.stays([entered])
    assert stay.begin == "official"
    (span,) = rules.insured_periods(rules.PersonFacts(date(1940, 1, 1), (stay,))).periods
    assert rules.REASONS[span.acquisition_reason] == "職権"


def test_a_corrected_first_day_takes_the_place_of_the_wrong_one():
    day = date(2020, 5, 1)
    wrong = versions.Version(1, "02", day, "1", "100", "01", day, None, None, False, "")
    right = wrong._replace(history_serial=2, event="11", event_on=date(2020, 6, 1), resident_from=date(2020, 4, 20))
    assert [stay.begun_on for stay in versions.stays([wrong, right])] == [date(2020, 4, 20)]
