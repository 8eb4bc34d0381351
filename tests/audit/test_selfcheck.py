"""The nightly self-check finds a rule that answers otherwise than its examples."""

import pytest

from audit import selfcheck
from audit.models import JobRun
from audit.services import bootstrap
from audit.tasks import check_cases
from kaigo.common import cases

pytestmark = pytest.mark.django_db


def test_the_shipped_cases_agree_with_the_rules():
    bootstrap()
    check_cases()
    job = JobRun.objects.get()
    assert (job.state, job.requested_by) == ("done", None)
    assert job.counts["事例"] >= 40
    assert job.counts["相違"] == 0, list(job.issues.values_list("field", "message"))


def test_it_runs_once_a_day():
    bootstrap()
    check_cases()
    check_cases()
    assert JobRun.objects.count() == 1


def test_a_difference_becomes_an_issue(tmp_path, monkeypatch):
    bootstrap()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "rule: test.answer\nsource: 試験\ncases:\n- {name: 違う, fiscal_year: 2026, input: {}, expected: {answer: 1}}\n",
        encoding="utf8",
    )
    (tmp_path / "broken.yaml").write_text("rule: [", encoding="utf8")
    monkeypatch.setattr(cases, "_runners", {"test.answer": lambda case, rows: cases.Result({"answer": 2})})
    monkeypatch.setattr(cases, "_folders", {"test": tmp_path})
    selfcheck.run_nightly()
    job = JobRun.objects.get()
    assert job.counts == {"事例": 1, "相違": 2}
    assert set(job.issues.values_list("code", flat=True)) == {"case-different", "case-broken"}
