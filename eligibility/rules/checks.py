"""Facts that cannot all be true: each is said with what contradicts what, and with the ways out."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from eligibility.rules.facts import DEATH, LEFT, MOVE_OUT, NEXT, REMOVED, RETURNED, PersonFacts, Stay
from eligibility.rules.stays import settled
from kaigo.common.refusal import Refusal

ENDS = ("", MOVE_OUT, DEATH, REMOVED)
REGISTER = ("住民記録の日付を確かめてください。",)
PLACES = ("施設の入所・退所の届出を確かめ、違う方を取り消すか訂正してください。",)
COVERS = ("医療保険の加入期間を確かめて訂正してください。",)
Spans = Iterable[tuple[date, date | None]]


def check(facts: PersonFacts) -> None:
    """Refuse stays, facilities and memberships that overlap, end before they begin or lie before the birth."""
    _stays(facts)
    exempt = [(one.entered_on, one.left_on) for one in facts.exemptions]
    _ordered(exempt, ("exemption_order", "exemption_overlap"), "適用除外施設", PLACES)
    abroad = [(one.begun_on, one.ended_on) for one in facts.domiciles]
    _ordered(abroad, ("domicile_order", "domicile_overlap"), "住所地特例", PLACES)
    covers = [(one.begun_on, one.ended_on) for one in facts.covers]
    _ordered(covers, ("cover_order", "cover_overlap"), "医療保険の加入", COVERS)
    for place in facts.domiciles:
        if (place.ended_on is None) != (place.end == "") or place.end not in (*ENDS, RETURNED, NEXT, LEFT):
            raise _refusal("domicile_end", "住所地特例の終了日と事由の、どちらかがないか正しくありません。", "", PLACES)


def _ordered(spans: Spans, codes: tuple[str, str], name: str, ways: tuple[str, ...]) -> None:
    previous: date | None = None
    for begun, ended in sorted(spans, key=lambda span: span[0]):
        if ended is not None and ended < begun:
            raise _refusal(codes[0], f"{name}の終わりの日が、始まりの日より前です。", "ended_on", ways)
        if previous is not None and begun < previous:
            raise _refusal(codes[1], f"{name}の期間が重なっています。", "begun_on", ways)
        previous = ended or date.max


def _stays(facts: PersonFacts) -> None:
    previous: date | None = None
    for stay in facts.stays:
        _stay(stay)
        if stay.begun_on < facts.birth_date:
            raise _refusal("stay_before_birth", "住民となった日が、生年月日より前です。", "resident_from")
    for stay in settled(facts.stays, facts.declarations):
        if previous is not None and stay.begun_on < previous:
            raise _refusal("stay_overlap", "住民であった期間が重なっているか、順になっていません。", "resident_from")
        previous = stay.ended_on or date.max


def _stay(stay: Stay) -> None:
    if (stay.ended_on is None) != (stay.end == "") or stay.end not in ENDS:
        raise _refusal("stay_end", "住民でなくなった日と事由の、どちらかがないか正しくありません。", "resident_until")
    if stay.ended_on is not None and stay.ended_on < stay.begun_on:
        raise _refusal("stay_order", "住民でなくなった日が、住民となった日より前です。", "resident_until")


def _refusal(code: str, message: str, field: str, ways: Any = REGISTER) -> Refusal:
    return Refusal(code, message, field=field, ways=ways)
