"""資格の規則: from when until when a person is insured in the first category (第1号被保険者).

Sources: 介護保険法9条〜11条, 13条 (domicile exception), 年齢計算ニ関スル法律 and 民法143条 (age). The numbers of
paragraphs were not compared with the text. Pure: no Django, no clock, no database. Days of loss are the first day
no longer insured.
"""

from datetime import date, timedelta
from typing import Any, NamedTuple

from kaigo.common.refusal import Refusal
from kaigo.common.trace import Catalogue, InputText, Step, StepText

FIRST_CATEGORY_AGE = 65
MOVE_OUT, DEATH, REMOVED = "move_out", "death", "removed"
END_OF_STATUS = {"1": "", "2": MOVE_OUT, "3": DEATH, "4": REMOVED}
"""住民状態 of the register → how a stay ended."""

REASONS = {
    "age": "65歳到達",
    "move_in": "転入",
    MOVE_OUT: "転出",
    DEATH: "死亡",
    REMOVED: "職権消除",
}
"""取得事由・喪失事由: the codes that are stored, and their names."""

ONE_DAY = timedelta(days=1)


class Stay(NamedTuple):
    """住民であった期間: `ended_on` is the day of the move or death; `end` one of move_out, death, removed.

    `taken_over_on` is the day on which another municipality registered the person, if known.
    """

    begun_on: date
    ended_on: date | None = None
    end: str = ""
    taken_over_on: date | None = None


class RegisterFacts(NamedTuple):
    """What the resident register says. `insured_elsewhere`: lives in a facility here, insured by another insurer."""

    birth_date: date
    stays: tuple[Stay, ...]
    insured_elsewhere: bool = False


class InsuredSpan(NamedTuple):
    """One insured period; the reasons are keys of REASONS, empty while there is no loss."""

    acquired_on: date
    lost_on: date | None
    acquisition_reason: str
    loss_reason: str


class PeriodsDecision(NamedTuple):
    """The periods in order, and the trace of how they were found."""

    periods: tuple[InsuredSpan, ...]
    steps: tuple[Step, ...]


def attained_on(birth_date: date, age: int = FIRST_CATEGORY_AGE) -> date:
    """年齢到達日: the day before the birthday. Who is born on February 29 attains an age on February 28."""
    try:
        return birth_date.replace(year=birth_date.year + age) - ONE_DAY
    except ValueError:
        return date(birth_date.year + age, 2, 28)


def acquisition(birth_date: date, begun_on: date) -> tuple[date, str]:
    """資格取得日 and its reason: 65 years attained while resident, or moving in later (法10条)."""
    attained = attained_on(birth_date)
    return (attained, "age") if begun_on <= attained else (begun_on, "move_in")


def loss(stay: Stay) -> date | None:
    """資格喪失日: the day after the move or death; the same day if another municipality took over on it (法11条)."""
    if stay.ended_on is None:
        return None
    if stay.end == MOVE_OUT and stay.taken_over_on == stay.ended_on:
        return stay.ended_on
    return stay.ended_on + ONE_DAY


def insured_periods(facts: RegisterFacts, as_of: date | None = None) -> PeriodsDecision:
    """The insured periods of a person; with `as_of` only those acquired by that day.

    Raises Refusal for stays that contradict each other or the birth date.
    """
    _check(facts)
    if facts.insured_elsewhere:
        return PeriodsDecision((), (("elsewhere", {}, False),))
    steps: list[Step] = [_attained_step(facts.birth_date)]
    periods = [span for stay in facts.stays if (span := _span(facts, stay, as_of, steps))]
    return PeriodsDecision(tuple(periods), tuple(steps))


def _attained_step(birth_date: date) -> Step:
    return ("attained", {"birth": birth_date.isoformat()}, attained_on(birth_date).isoformat())


def _span(facts: RegisterFacts, stay: Stay, as_of: date | None, steps: list[Step]) -> InsuredSpan | None:
    acquired_on, reason = acquisition(facts.birth_date, stay.begun_on)
    lost_on = loss(stay)
    if as_of is not None and acquired_on > as_of:
        steps.append(("not_yet", {"day": as_of.isoformat()}, acquired_on.isoformat()))
        return None
    if lost_on is not None and lost_on <= acquired_on:
        steps.append(("gone_before", {"ended": _text(stay.ended_on)}, False))
        return None
    steps.append((f"acquired.{reason}", {"begun": stay.begun_on.isoformat()}, acquired_on.isoformat()))
    if lost_on is not None:
        same_day = "same_day" if lost_on == stay.ended_on else stay.end
        steps.append((f"lost.{same_day}", {"ended": _text(stay.ended_on)}, lost_on.isoformat()))
    return InsuredSpan(acquired_on, lost_on, reason, stay.end)


def _text(day: date | None) -> Any:
    return day.isoformat() if day else None


def _check(facts: RegisterFacts) -> None:
    previous: date | None = None
    for stay in facts.stays:
        if (stay.ended_on is None) != (stay.end == "") or stay.end not in ("", MOVE_OUT, DEATH, REMOVED):
            raise _refusal(
                "stay_end", "住民でなくなった日と事由の、どちらかがないか正しくありません。", "resident_until"
            )
        if stay.ended_on is not None and stay.ended_on < stay.begun_on:
            raise _refusal("stay_order", "住民でなくなった日が、住民となった日より前です。", "resident_until")
        if stay.begun_on < facts.birth_date:
            raise _refusal("stay_before_birth", "住民となった日が、生年月日より前です。", "resident_from")
        if previous is not None and stay.begun_on < previous:
            raise _refusal("stay_overlap", "住民であった期間が重なっているか、順になっていません。", "resident_from")
        previous = stay.ended_on or date.max


def _refusal(code: str, message: str, field: str) -> Refusal:
    return Refusal(code, message, field=field, ways=("住民記録の日付を確かめてください。",))


STEPS = Catalogue(
    steps={
        "elsewhere": StepText(
            "住所地特例", "介護保険法13条", "施設に住む他の市町村の被保険者なので、この市の被保険者ではありません。"
        ),
        "attained": StepText(
            "65歳に達する日",
            "介護保険法10条、年齢計算ニ関スル法律、民法143条",
            "{birth}生まれなので、65歳の誕生日の前日の{outcome}に65歳に達します。",
            "day",
        ),
        "not_yet": StepText(
            "取得", "介護保険法10条", "資格の取得は{outcome}で、{day}にはまだ取得していません。", "day"
        ),
        "gone_before": StepText(
            "取得", "介護保険法9条・10条", "資格を取得する前の{ended}に住民でなくなったので、被保険者になりません。"
        ),
        "acquired.age": StepText(
            "取得", "介護保険法10条", "住民である間に65歳に達したので、{outcome}に資格を取得します。", "day"
        ),
        "acquired.move_in": StepText(
            "取得", "介護保険法10条", "65歳に達した後に住民となったので、その日の{outcome}に資格を取得します。", "day"
        ),
        "lost.move_out": StepText(
            "喪失", "介護保険法11条1項", "{ended}に転出したので、翌日の{outcome}に資格を喪失します。", "day"
        ),
        "lost.same_day": StepText(
            "喪失",
            "介護保険法11条1項ただし書",
            "転出した日に他の市町村の住民となったので、その日の{outcome}に資格を喪失します。",
            "day",
        ),
        "lost.death": StepText(
            "喪失", "介護保険法11条1項", "{ended}に亡くなったので、翌日の{outcome}に資格を喪失します。", "day"
        ),
        "lost.removed": StepText(
            "喪失",
            "介護保険法11条1項",
            "{ended}に職権で住民票が消除されたので、翌日の{outcome}に資格を喪失します。",
            "day",
        ),
    },
    inputs={
        "birth": InputText("生年月日", "day"),
        "begun": InputText("住民となった日", "day"),
        "ended": InputText("住民でなくなった日", "day"),
        "day": InputText("判定した日", "day"),
    },
)
