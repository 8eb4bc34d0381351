"""Rule runners of the levy room: from the YAML of a case to the rule functions, and back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from kaigo.common.cases import Case, CaseError, Result, build, register_folder, register_rule
from kaigo.common.parameters import ParameterBook, ParameterSet, load
from kaigo.common.trace import explain
from levy.calendar import holidays
from levy.rules import PremiumCase, TaxFacts, WithholdingFacts, amounts, assess, income, prepare, schedule
from levy.rules.steps import STEPS

ROOM = Path(__file__).parent
STATUSES = {"課税": 1, "均等割のみ": 2, "非課税": 3, "未申告": 4}
ALWAYS = ((date(2000, 4, 1), None),)
UNKNOWN = "不明"

Rows = Sequence[Mapping[str, Any]]


def register() -> None:
    """Make the rule runners of this room known to check_cases."""
    register_folder("levy", ROOM / "cases")
    for name, runner in RUNNERS.items():
        register_rule(f"levy.{name}", runner)


@cache
def book() -> ParameterBook:
    """The shipped parameters of this room."""
    return load(ROOM)


def parameters_of(case: Case, office: Rows) -> ParameterSet:
    """The parameters of a case: shipped, then the office's, then the settings of the case itself."""
    named = set(case.settings)
    rows = [row for row in office if row.get("name") not in named]
    return book().resolve(case.day, [*rows, *case.overrides()])


def _assess(case: Case, office: Rows) -> Result:
    result = assess(_premium_case(case, case.given), _prepared(case, office))
    actual = result._asdict() | {
        "flags": list(result.flags),
        "steps": [code for code, _, _ in result.trace],
        **_instalments(result.instalments),
    }
    del actual["trace"]
    return Result(actual, explain(result.trace, STEPS))


def _schedule(case: Case, office: Rows) -> Result:
    given = dict(case.given)
    premium = given.pop("premium", None)
    if type(premium) is not int or premium < 0:
        raise CaseError(case.where, "premium（円）がありません")
    found = schedule(premium, _premium_case(case, given), _prepared(case, office))
    actual = {"overpaid": found.overpaid, "flags": list(found.flags), **_instalments(found.instalments)}
    return Result(actual, explain(found.steps, STEPS))


def _instalments(found: Sequence[Any]) -> dict[str, Any]:
    """The instalments in full, and the views of them that cases like to state."""
    return {
        "instalments": [instalment._asdict() for instalment in found],
        "amounts": [instalment.amount for instalment in found],
        "due_dates": [instalment.due_date for instalment in found],
        "numbers": [f"{instalment.method}-{instalment.number}" for instalment in found],
        "withheld": sum(instalment.amount for instalment in found if instalment.method == "1"),
        "ordinary": sum(instalment.amount for instalment in found if instalment.method == "2"),
    }


def _months(case: Case, _office: Rows) -> Result:
    periods = _premium_case(case, case.given).insured_periods
    return Result(
        {
            "months": amounts.months(periods, case.day.year),
            "base_date": amounts.base_date(periods, case.day.year),
        }
    )


def _prorate(case: Case, office: Rows) -> Result:
    yearly, months = _numbers(case, "yearly", "months")
    params = _prepared(case, office)
    return Result({"premium": amounts.prorate(yearly, months, params.monthly_unit, params.monthly_mode)})


def _yearly_amount(case: Case, office: Rows) -> Result:
    base, rate = _numbers(case, "base", "rate")
    params = parameters_of(case, office)
    unit, mode = params.get("premium_rounding_unit"), params.get("premium_rounding_mode")
    return Result({"yearly": amounts.yearly_amount(base, rate, unit, mode)})


def _salary_income(case: Case, office: Rows) -> Result:
    (revenue,) = _numbers(case, "revenue")
    params = parameters_of(case, office)
    tables = {"before_reform": "salary_deduction_before_reform", "current": "salary_deduction"}
    return Result(
        {key: income.salary_income(revenue, income.brackets(params.get(name))) for key, name in tables.items()}
    )


def _income(case: Case, office: Rows) -> Result:
    tax, params = _tax(case, case.given), _prepared(case, office)
    if tax is None:
        raise CaseError(case.where, "税情報を書いてください")
    return Result(
        {
            "counted_total_income": income.counted_total_income(tax),
            "pension_and_other_income": income.pension_and_other_income(tax, params),
            "taxed_measure": income.taxed_measure(tax, params),
            "standing": income.standing(tax, params),
            "untaxed_limit": income.untaxed_limit(tax, params),
        }
    )


RUNNERS: dict[str, Callable[[Case, Rows], Result]] = {
    "assess": _assess,
    "schedule": _schedule,
    "months": _months,
    "prorate": _prorate,
    "yearly_amount": _yearly_amount,
    "salary_income": _salary_income,
    "income": _income,
}


def _prepared(case: Case, office: Rows) -> Any:
    return prepare(parameters_of(case, office), holidays(case.day.year))


def _numbers(case: Case, *names: str) -> list[int]:
    if set(case.given) != set(names) or any(type(value) is not int or value < 0 for value in case.given.values()):
        raise CaseError(case.where, f"input は {', '.join(names)} を0以上の整数で書いてください")
    return [case.given[name] for name in names]


def _premium_case(case: Case, given: Mapping[str, Any]) -> PremiumCase:
    content = dict(given)
    if "acquired_on" in content or "lost_on" in content:
        period = [content.pop("acquired_on", ALWAYS[0][0]), content.pop("lost_on", None)]
        content["insured_periods"] = [period]
    content["insured_periods"] = _periods(case, content.get("insured_periods", ALWAYS))
    content["assistance"] = _periods(case, content.get("assistance", ()))
    content["tax"] = _tax(case, content.get("tax", UNKNOWN))
    content["household"] = tuple(_tax(case, member) for member in content.get("household", ()))
    content["withholding"] = build(case, WithholdingFacts, content.get("withholding", {}))
    found: PremiumCase = build(
        case, PremiumCase, content, fiscal_year=case.day.year, levied_on=date(case.day.year, 6, 10)
    )
    return found


def _tax(case: Case, content: Any) -> TaxFacts | None:
    if content == UNKNOWN:
        return None
    if isinstance(content, Mapping) and content.get("status") in STATUSES:
        content = {**content, "status": STATUSES[content["status"]]}
    found: TaxFacts = build(case, TaxFacts, content, fiscal_year=case.day.year)
    return found


def _periods(case: Case, content: Any) -> tuple[Any, ...]:
    try:
        pairs = tuple((start, end) for start, end in content)
    except (TypeError, ValueError) as error:
        raise CaseError(case.where, "期間は [開始日, 終了日の翌日又は空] の並びで書いてください") from error
    for start, end in pairs:
        if type(start) is not date or not (end is None or (type(end) is date and end >= start)):
            raise CaseError(case.where, f"期間の日付が正しくありません（{start!r}, {end!r}）")
    return pairs
