"""賦課: the one function that decides a person's premium; screen, batch and case files all call it."""

from levy.rules.amounts import ALL_MONTHS, assisted_months, covers, prorate, round_to
from levy.rules.facts import AssessmentResult, PremiumCase, Step, TierDecision
from levy.rules.prepared import PreparedParams
from levy.rules.schedule import Span, schedule_over, span_of
from levy.rules.tier import tier_on


def assess(case: PremiumCase, params: PreparedParams) -> AssessmentResult:
    """Tier, yearly premium, months, premium and instalments of one person for one fiscal year.

    Amounts are yen. Raises Refusal for facts that cannot be decided on (unknown tax status or border tier),
    ValueError for facts or parameters of another fiscal year. Source: 介護保険法129条〜141条, 介護保険料条例準則.
    """
    if case.fiscal_year != params.fiscal_year:
        raise ValueError("parameters of another fiscal year")
    span = span_of(case)
    decision = tier_on(case, params, span.base, receiving=covers(case.assistance, span.base))
    premium, steps, flags = _premium(case, params, span, decision)
    collected = schedule_over(premium, case, params, span)
    return AssessmentResult(
        span.base,
        decision.tier,
        decision.code,
        decision.yearly_premium,
        span.months.bit_count(),
        premium,
        collected.instalments,
        collected.overpaid,
        decision.estimated,
        decision.flags + flags + collected.flags,
        decision.steps + steps + collected.steps,
    )


Part = tuple[int, tuple[Step, ...], tuple[str, ...]]


def _premium(case: PremiumCase, params: PreparedParams, span: Span, decision: TierDecision) -> Part:
    if case.assistance and params.assistance_mid_year != "none":
        assisted = _assisted(case, params, span)
        if 0 < assisted.bit_count() < span.months.bit_count():
            return _two_tiers(case, params, span, decision, assisted)
    count, yearly = span.months.bit_count(), decision.yearly_premium
    if span.months == ALL_MONTHS:
        return yearly, (), ()
    premium = prorate(yearly, count, params.monthly_unit, params.monthly_mode)
    inputs = {"months": count, "yearly": yearly, "unit": params.monthly_unit, "mode": params.monthly_mode}
    return premium, (("prorate", inputs, premium),), () if count else ("no_months",)


def _assisted(case: PremiumCase, params: PreparedParams, span: Span) -> int:
    """The insured months that count as months of public assistance, as bits."""
    if params.assistance_mid_year == "from_start":
        if covers(case.assistance, span.base):
            return span.months
        return span.months & assisted_months(case.assistance, span.base, case.fiscal_year, to_the_end=True)
    return span.months & assisted_months(case.assistance, span.base, case.fiscal_year, to_the_end=False)


def _two_tiers(case: PremiumCase, params: PreparedParams, span: Span, decision: TierDecision, assisted: int) -> Part:
    """Months of public assistance and the other months each at their own tier, rounded once together."""
    own = tier_on(case, params, span.base, receiving=False) if "assistance" in decision.flags else decision
    helped = min(params.assistance_row.yearly, own.yearly_premium)
    with_help, without = assisted.bit_count(), (span.months & ~assisted).bit_count()
    total = own.yearly_premium * without + helped * with_help
    premium = round_to(total, 12, params.monthly_unit, params.monthly_mode)
    inputs = {"tier": own.tier, "yearly": own.yearly_premium, "months": without, "helped": helped, "with": with_help}
    return premium, (("assistance.months", inputs, premium),), ("assistance_mid_year",)
