"""Rule runners of the eligibility room: from the YAML of a case to the rule functions, and back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from eligibility import rules
from kaigo.common.cases import Case, CaseError, Result, build, register_folder, register_rule
from kaigo.common.trace import explain

Rows = Sequence[Mapping[str, Any]]


def register() -> None:
    """Make the rule runners of this room known to check_cases."""
    register_folder("eligibility", Path(__file__).parent / "cases")
    for name, runner in RUNNERS.items():
        register_rule(f"eligibility.{name}", runner)


def _attained(case: Case, _office: Rows) -> Result:
    age, birth_date = case.given.get("age", rules.FIRST_CATEGORY_AGE), case.given.get("birth_date")
    if type(birth_date) is not date or type(age) is not int or set(case.given) - {"age", "birth_date"}:
        raise CaseError(case.where, "input は birth_date（日付）と age（整数、省略時65）で書いてください")
    return Result({"attained_on": rules.attained_on(birth_date, age)})


def _periods(case: Case, _office: Rows) -> Result:
    given = dict(case.given)
    as_of = given.pop("as_of", None)
    stays = given.get("stays")
    if not isinstance(stays, list) or not (as_of is None or type(as_of) is date):
        raise CaseError(case.where, "stays（住民であった期間の並び）と as_of（日付、省略可）で書いてください")
    given["stays"] = tuple(build(case, rules.Stay, stay) for stay in stays)
    decision = rules.insured_periods(build(case, rules.RegisterFacts, given), as_of)
    actual = {"periods": [span._asdict() for span in decision.periods]}
    return Result(actual, explain(decision.steps, rules.STEPS))


RUNNERS: dict[str, Callable[[Case, Rows], Result]] = {"attained": _attained, "periods": _periods}
