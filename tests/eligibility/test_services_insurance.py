"""Insured periods are derived by one rule, for one person, for everybody, and every night."""

import inspect
import re
from datetime import date

import pytest

from audit.actor import Actor
from audit.jobs import execute
from audit.models import JobRun
from audit.templatetags.ledger import issue_name
from eligibility import rules
from eligibility.insurance import derive_all, derive_person, stale
from eligibility.models import Insured, InsuredPeriod, Residence, Resident
from eligibility.tasks import acquire_by_age
from kaigo.common import clock
from tests.linkage.conftest import desk as desk
from tests.linkage.conftest import on_the_day as on_the_day
from tests.linkage.incoming import resident

BIRTHDAY = date(2026, 9, 1)  # 1 September: 65 years are attained on 31 August
YOUNG = {"生年月日": "3360901"}


@pytest.fixture
def people(desk):
    desk.take("JUMIN", resident(1), resident(2, **YOUNG), resident(3, 生年月日="4020101"))
    return desk


def run_night(day):
    with clock.at(day):
        acquire_by_age()
        return execute(str(JobRun.objects.filter(kind="acquire-by-age").latest("id").public_id))


def insured():
    return sorted(int(n) for n in Insured.objects.values_list("resident__addressee_number", flat=True))


def test_the_nightly_run_acquires_on_the_day_before_the_65th_birthday(people):
    assert run_night(date(2026, 8, 30)).counts["資格取得"] == 0
    assert insured() == [1]
    job = run_night(date(2026, 8, 31))
    assert (job.state, job.counts["資格取得"], insured()) == ("done", 1, [1, 2])
    period = InsuredPeriod.objects.get(insured__resident__addressee_number=f"{2:015}")
    assert (period.period.lower, period.acquisition_reason) == (date(2026, 8, 31), "age")


def test_a_night_that_was_missed_is_made_up_for(people):
    run_night(date(2026, 9, 20))
    period = InsuredPeriod.objects.get(insured__resident__addressee_number=f"{2:015}")
    assert period.period.lower == date(2026, 8, 31)


def test_a_second_run_of_the_night_is_the_same_job_and_changes_nothing(people):
    first = run_night(BIRTHDAY)
    before = list(InsuredPeriod.objects.order_by("id").values())
    assert run_night(BIRTHDAY) == first
    assert list(InsuredPeriod.objects.order_by("id").values()) == before


def test_the_nightly_run_is_attributed_to_its_job(people):
    job = run_night(BIRTHDAY)
    for model in (Insured, InsuredPeriod):
        context = model.events.rel.related_model.objects.latest("pgh_id").pgh_context.metadata
        assert (context["job"], context["staff"], context["reason"]) == (job.pk, None, "年齢到達による資格取得")


def test_what_is_stale_is_found_by_comparing(people):
    assert stale(date(2026, 6, 5)) == []
    one = Resident.objects.get(addressee_number=f"{1:015}")
    one.residences.update(end="death", ended_on=date(2026, 6, 1))
    assert stale(date(2026, 6, 5)) == [one.pk]
    two = Resident.objects.get(addressee_number=f"{2:015}")
    assert stale(BIRTHDAY) == [one.pk, two.pk]


def test_one_person_is_derived_and_nobody_else(people):
    Residence.objects.update(end="death", ended_on=date(2026, 6, 1))
    one = Resident.objects.get(addressee_number=f"{1:015}")
    derived = derive_person(people.actor, one, "死亡届")
    assert (derived.acquired, derived.corrected) == (0, 1)
    period = InsuredPeriod.objects.get(insured__resident=one)
    assert (period.period.upper, period.loss_reason) == (date(2026, 6, 2), "death")
    assert period.events.latest("pgh_id").pgh_context.metadata["reason"] == "死亡届"


def test_a_person_derived_alone_is_attributed_from_the_first_row(people):
    two = Resident.objects.get(addressee_number=f"{2:015}")
    with clock.at(BIRTHDAY):
        assert derive_person(people.actor, two, "年齢到達").acquired == 1
    context = Insured.objects.get(resident=two).events.get().pgh_context.metadata
    assert (context["staff"], context["reason"]) == (people.actor.staff_id, "年齢到達")


def test_nobody_derives_without_a_name(people):
    with pytest.raises(ValueError, match="needs a member of staff or a job"):
        derive_all(Actor(), "だれでもない")


def test_contradictory_facts_are_named_and_leave_the_period_as_it_was(people):
    Residence.objects.filter(resident__addressee_number=f"{1:015}").update(begun_on=date(1940, 1, 1))
    before = list(InsuredPeriod.objects.order_by("id").values())
    job = run_night(date(2026, 6, 6))
    (issue,) = job.issues.all()
    assert (issue.key, issue.code, issue.refused) == (f"{1:015}", "stay-before-birth", False)
    assert (job.counts["住民記録の矛盾"], list(InsuredPeriod.objects.order_by("id").values())) == (1, before)


NOT_CODES = {"resident-from", "resident-until", "begun-on", "ended-on", "move-out"}


def test_every_contradiction_of_the_rule_has_a_name_on_the_screens():
    codes = {code.replace("_", "-") for code in re.findall(r'"(\w+_\w+)"', inspect.getsource(rules.checks))} - NOT_CODES
    assert codes >= {"stay-before-birth"}
    assert [code for code in codes if issue_name(code) == code] == []


def test_insured_here_then_elsewhere_keeps_the_former_period(people):
    one = Resident.objects.get(addressee_number=f"{1:015}")
    one.residences.update(ended_on=date(2025, 9, 10), end="move_out")
    one.residences.create(begun_on=date(2026, 3, 1))
    one.elsewhere.create(begun_on=date(2026, 3, 1), insurer_number="131011")
    derive_person(people.actor, one, "施設入所")
    period = InsuredPeriod.objects.get(insured__resident=one)
    assert (period.period.lower, period.period.upper) == (date(2015, 5, 31), date(2025, 9, 11))


@pytest.mark.parametrize(("method", "digits"), [("none", "0000000002"), ("mod11", "000000002")])
def test_numbers_follow_the_offices_own_check_digit(people, settings, method, digits):
    settings.INSURED_NUMBER_CHECK = method
    if method == "none":  # an office that never had check digits
        Insured.objects.update(insured_number="0000000001")
    run_night(BIRTHDAY)
    number = Insured.objects.get(resident__addressee_number=f"{2:015}").insured_number
    assert number.startswith(digits)
    assert len(number) == 10


def test_the_calendar_knows_the_nightly_task(settings):
    from kaigo.celery import app

    app.loader.import_default_modules()
    assert settings.CELERY_BEAT_SCHEDULE["eligibility.acquire_by_age"]["task"] in app.tasks
