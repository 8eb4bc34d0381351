"""保険料の規則: income tier, yearly premium, months, instalments. Pure: no Django, no clock, no database.

params = prepare(book.resolve(date(2026, 4, 1)), holidays)     # once per fiscal year
result = assess(case, params)                                  # once per person
"""

from levy.rules.assess import assess
from levy.rules.facts import (
    NO_WITHHOLDING,
    AssessmentResult,
    Instalment,
    PremiumCase,
    Schedule,
    TaxFacts,
    TierDecision,
    WithholdingFacts,
)
from levy.rules.prepared import PreparedParams, prepare
from levy.rules.schedule import schedule
from levy.rules.tier import decide_tier

__all__ = [
    "NO_WITHHOLDING",
    "AssessmentResult",
    "Instalment",
    "PremiumCase",
    "PreparedParams",
    "Schedule",
    "TaxFacts",
    "TierDecision",
    "WithholdingFacts",
    "assess",
    "decide_tier",
    "prepare",
    "schedule",
]
