"""The shipped premium cases, one test each, through the functions the system uses."""

from pathlib import Path

import pytest

from kaigo.common import cases
from levy import casebook

casebook.register()
READ = [cases.read_cases(path) for path in cases.case_files(Path(casebook.ROOM / "cases"))]
CASES = [case for found, _ in READ for case in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.where)
def test_case(case):
    outcome = cases.run(case)
    assert not outcome.differences, [step.sentence for step in outcome.steps]


def test_all_shipped_cases_are_well_formed():
    assert [problem.message for _, problems in READ for problem in problems] == []


def test_there_are_enough_cases_and_each_has_a_source():
    assert len(CASES) >= 60
    assert all(case.source for case in CASES)


@pytest.mark.parametrize("accident", ["I09", "I10", "I11", "I21"])
def test_each_public_accident_of_the_field_is_a_case(accident):
    assert any(accident in case.source for case in CASES)
