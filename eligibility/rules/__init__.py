"""資格の規則: when a person is insured here, from the facts that are known. One implementation, pure and traced."""

from eligibility.rules.ages import FIRST_CATEGORY_AGE, ONE_DAY, SECOND_CATEGORY_AGE, attained_on
from eligibility.rules.checks import check
from eligibility.rules.facts import (
    DEATH,
    END_OF_STATUS,
    LEFT,
    MOVE_OUT,
    NEXT,
    REMOVED,
    RETURNED,
    Cover,
    Declaration,
    Domicile,
    Elsewhere,
    Exemption,
    PersonFacts,
    Stay,
)
from eligibility.rules.periods import (
    FIRST,
    SECOND,
    InsuredSpan,
    PeriodsDecision,
    insured_periods,
    loss,
    standing_on,
)
from eligibility.rules.stays import joined, joined_elsewhere, settled
from eligibility.rules.words import REASONS, STEPS

__all__ = [
    "DEATH", "END_OF_STATUS", "FIRST", "FIRST_CATEGORY_AGE", "LEFT", "MOVE_OUT", "NEXT", "ONE_DAY", "REASONS",
    "REMOVED", "RETURNED", "SECOND", "SECOND_CATEGORY_AGE", "STEPS", "Cover", "Declaration", "Domicile",
    "Elsewhere", "Exemption", "InsuredSpan", "PeriodsDecision", "PersonFacts", "Stay", "attained_on", "check",
    "insured_periods", "joined", "joined_elsewhere", "loss", "settled", "standing_on",
]  # fmt: skip
