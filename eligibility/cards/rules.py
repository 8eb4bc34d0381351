"""交付の判定: who is to have a card, by when, and what becomes of the card before. Pure.

法12条3項 (交付の求め), 規則26条 (第1号 to everybody, 第2号 on application or certification), 規則27条 (再交付・返還).
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from eligibility.rules import InsuredSpan

REASONS = {"age": "age"}  # 取得事由 -> 交付事由; every other acquisition of the first category is `acquired`


class Entitlement(NamedTuple):
    """That somebody is to have a card: the reason of issue and the day of acquisition, by which it is handed over."""

    reason: str
    due_on: date


def entitlement(spans: Sequence[InsuredSpan], day: date) -> Entitlement | None:
    """Whether there is to be a card by a day: for the insured period that the day falls in.

    The second category is insured only where a card was applied for or a certification made (法9条2号 as the rules of
    insured periods apply it), so that its period alone is a reason.
    """
    for span in spans:
        if span.acquired_on <= day and (span.lost_on is None or day < span.lost_on):
            reason = "second" if span.category == "2" else REASONS.get(span.acquisition_reason, "acquired")
            return Entitlement(reason, span.acquired_on)
    return None


class Fate(NamedTuple):
    """What becomes of the card before a re-issue: how it ended, and whether the house still wants it back."""

    end: str
    recover: bool


def fate(old: str, handed_in: bool) -> Fate:
    """The card before, by the reason's column 前の証 (`back`: to be handed in, `later`: when it is found).

    Raises ValueError for a reason of a first issue.
    """
    if old == "later" and not handed_in:
        return Fate("lost", recover=True)
    if old in ("back", "later"):
        return Fate("replaced", recover=not handed_in)
    raise ValueError(f"a card cannot be issued again for a reason whose 前の証 is {old}")
