"""保険料の規則: income tier, yearly premium, months, instalments. Pure: no Django, no clock, no database."""

from levy.rules.facts import (
    AssessmentResult,
    Instalment,
    PremiumCase,
    Schedule,
    TaxFacts,
    TierDecision,
    WithholdingFacts,
)

__all__ = [
    "AssessmentResult",
    "Instalment",
    "PremiumCase",
    "Schedule",
    "TaxFacts",
    "TierDecision",
    "WithholdingFacts",
]
