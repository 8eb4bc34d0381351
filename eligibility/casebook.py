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


FACTS: dict[str, type[Any]] = {
    "stays": rules.Stay,
    "exemptions": rules.Exemption,
    "elsewhere": rules.Elsewhere,
    "domiciles": rules.Domicile,
    "covers": rules.Cover,
    "declarations": rules.Declaration,
}


def _person(case: Case) -> tuple[rules.PersonFacts, date | None]:
    given = dict(case.given)
    as_of = given.pop("as_of", None)
    if not (as_of is None or type(as_of) is date):
        raise CaseError(case.where, "as_of は日付で書いてください（省略可）")
    for name, shape in FACTS.items():
        rows = given.get(name, [])
        if not isinstance(rows, list):
            raise CaseError(case.where, f"{name} は並びで書いてください")
        given[name] = tuple(build(case, shape, row) for row in rows)
    return build(case, rules.PersonFacts, given), as_of


def _periods(case: Case, _office: Rows) -> Result:
    decision = rules.insured_periods(*_person(case))
    actual = {"periods": [span._asdict() for span in decision.periods]}
    return Result(actual, explain(decision.steps, rules.STEPS))


RUNNERS: dict[str, Callable[[Case, Rows], Result]] = {"attained": _attained, "periods": _periods}
