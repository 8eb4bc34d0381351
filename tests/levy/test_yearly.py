"""本算定: asked for, previewed, approved by a second person, in force; refused, interrupted, given up."""

import io
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Sum

from audit import jobs
from audit.actor import Actor
from audit.decisions.models import Decision
from audit.models import AccessLog, JobFile, JobIssue, JobRun, Office, ParameterSet, Staff
from audit.services import bootstrap
from eligibility.models import HouseholdMembership, InsuredPeriod
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from levy import queries, services
from levy.export import write_ledger
from levy.models import Assessment, Instalment, LevyRun, PensionRecord, TaxRecord
from levy.yearly import deciding, engine
from levy.yearly.requirements import REQUIRED
from tests.bench import data

pytestmark = pytest.mark.django_db

YEAR, LEVIED_ON, PERSONS = data.YEAR, date(data.YEAR, 6, 12), 60


@pytest.fixture
def people():
    bootstrap()
    return {staff.login: Actor.of(staff) for staff in Staff.objects.all()}


@pytest.fixture
def head(people):
    return Office.objects.get(is_head=True)


@pytest.fixture
def city(people, monkeypatch):
    """Sixty insured persons, in chunks of twenty."""
    monkeypatch.setattr(deciding, "CHUNK", 20)
    data.build(PERSONS)


def ask(people, head, who="fuka", **more):
    fields = {"fiscal_year": YEAR, "levied_on": LEVIED_ON, "office": head, "enqueue": False} | more
    return services.request_yearly_levy(people[who], **fields)


def previewed(people, head):
    return jobs.execute(str(ask(people, head).public_id))


def approved(people, job):
    return jobs.approve_job(people["kacho"], job, version=job.version, enqueue=False)


def committed(people, head):
    job = approved(people, previewed(people, head))
    return jobs.execute(str(job.public_id))


def ledger():
    out = io.StringIO()
    write_ledger(YEAR, out)
    return out.getvalue()


class TestPreview:
    def test_everybody_is_decided_on_and_nothing_is_in_force(self, people, head, city):
        job = previewed(people, head)
        assert (job.state, job.counts["賦課"]) == ("waiting", PERSONS)
        assert Assessment.objects.count() == PERSONS
        assert queries.assessments_of(Assessment.objects.first().insured_id) == []
        assert ledger().count("\n") == 1

    def test_the_totals_are_the_sums_of_the_rows(self, people, head, city):
        result = previewed(people, head).result
        rows = Assessment.objects.aggregate(premium=Sum("premium"), overpaid=Sum("overpaid"))
        collected = Instalment.objects.aggregate(total=Sum("amount"))["total"]
        assert result["premium"] == rows["premium"] == collected - rows["overpaid"]
        for table in ("tiers", "wards", "cells"):
            assert sum(row["premium"] for row in result[table]) == rows["premium"]
            assert sum(row["persons"] for row in result[table]) == PERSONS
        assert all(
            row["persons"] == row["withholding"] + row["ordinary"] + row["combined"] + row["none"]
            for row in result["tiers"]
        )

    def test_each_decision_adds_up_by_itself(self, people, head, city):
        previewed(people, head)
        for row in Assessment.objects.annotate(collected=Sum("instalments__amount")):
            assert (row.collected or 0) == row.premium + row.overpaid

    def test_the_decision_names_the_rows_that_it_came_from(self, people, head, city):
        previewed(people, head)
        row = Assessment.objects.order_by("insured__insured_number").first()
        assert row.inputs["tax"] in TaxRecord.objects.filter(resident=row.insured.resident).values_list("pk", flat=True)
        assert row.inputs["periods"] == list(row.insured.periods.values_list("pk", flat=True))

    def test_the_parameters_are_kept_beside_the_decisions(self, people, head, city):
        previewed(people, head)
        stored = LevyRun.objects.get().parameter_set
        assert stored.values["low_income_limit"]["value"] == 826_500
        assert ParameterSet.objects.count() == 1

    def test_unknown_income_is_listed_and_marked(self, people, head, city):
        previewed(people, head)
        issues = JobIssue.objects.filter(code="income-unknown")
        assert issues.count() == Assessment.objects.filter(estimated=True).count() > 0
        assert not issues.filter(refused=True).exists()

    def test_samples_name_nobody(self, people, head, city):
        samples = previewed(people, head).result["samples"]
        tiers = Assessment.objects.values("tier").distinct().count()
        assert sum(sample["kind"] == "first" for sample in samples) == tiers
        assert {tuple(sorted(sample)) for sample in samples} == {("detail", "kind", "premium", "public_id", "tier")}

    def test_the_access_log_names_everybody_on_whom_was_decided(self, people, head, city):
        job = previewed(people, head)
        row = AccessLog.objects.get(job=job)
        assert (row.file, row.act, row.subject_count) == ("levy", "run", PERSONS)
        assert set(row.subjects) == set(Assessment.objects.values_list("insured__resident__public_id", flat=True))


class TestInputs:
    def first(self):
        return Assessment.objects.order_by("insured__insured_number").first()

    def test_the_latest_tax_record_counts(self, people, head, city):
        resident = TaxRecord.objects.get(resident_id=1).resident
        copy_of = TaxRecord.objects.filter(resident=resident).values().get()
        copy_of |= {
            "id": None,
            "received_on": data.RECEIVED + timedelta(days=7),
            "status": "1",
            "total_income": 5_000_000,
        }
        TaxRecord.objects.create(**copy_of)
        previewed(people, head)
        assert self.first().tier == 10

    def test_the_household_is_that_of_the_base_date(self, people, head, city):
        alone = HouseholdMembership.objects.get(resident_id=1)
        rich = TaxRecord.objects.filter(status="1").exclude(resident_id=1).first().resident
        TaxRecord.objects.filter(resident_id=1).values()
        HouseholdMembership.objects.filter(resident=rich).update(
            household_number=alone.household_number, period="[2000-01-01,2026-04-02)"
        )
        previewed(people, head)
        first = self.first()
        assert rich.pk in [member for member, _ in first.inputs["household"]]
        assert any(step[0] == "household" and step[1]["taxed"] >= 1 for step in first.trace) or first.tier >= 6

    def test_who_left_the_household_the_day_before_does_not_count(self, people, head, city):
        other = HouseholdMembership.objects.exclude(resident_id=1).first()
        number = HouseholdMembership.objects.get(resident_id=1).household_number
        HouseholdMembership.objects.filter(pk=other.pk).update(
            household_number=number, period="[2000-01-01,2026-04-01)"
        )
        previewed(people, head)
        assert other.resident_id not in [member for member, _ in self.first().inputs.get("household", [])]

    def test_a_child_without_tax_data_leaves_no_doubt(self, people, head, city):
        previewed(people, head)
        with_child = [
            row for row in Assessment.objects.all() if any(tax is None for _, tax in row.inputs.get("household", []))
        ]
        assert with_child
        assert not any("household_income_unknown" in row.flags for row in with_child)

    def test_who_is_acquired_after_the_day_of_the_decision_is_not_yet_levied(self, people, head, city):
        InsuredPeriod.objects.filter(insured_id=1).update(period="[2026-06-13,)")
        assert previewed(people, head).result["persons"] == PERSONS - 1

    def test_who_was_lost_before_the_year_is_not_levied(self, people, head, city):
        InsuredPeriod.objects.filter(insured_id=1).update(period="[2015-04-01,2026-04-01)")
        assert previewed(people, head).result["persons"] == PERSONS - 1


class TestRequest:
    @pytest.mark.parametrize("required", REQUIRED, ids=lambda required: required.kind)
    def test_a_skipped_step_is_refused_by_name(self, people, head, city, required):
        JobRun.objects.filter(kind=required.kind).update(state="failed")
        with pytest.raises(Refusal, match="step-skipped") as refused:
            ask(people, head)
        assert required.label in refused.value.message
        assert not JobRun.objects.filter(kind="levy-yearly").exists()

    def test_a_file_of_last_year_is_no_file_of_this_year(self, people, head, city):
        old = JobRun.objects.get(kind="import-residents")
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("UPDATE audit_jobfile SET created_on = '2026-03-31' WHERE job_id = %s", [old.pk])
        with pytest.raises(Refusal, match="住民記録"):
            ask(people, head)

    def test_pensions_of_another_year_do_not_count(self, people, head, city):
        PensionRecord.objects.update(fiscal_year=YEAR - 1)
        with pytest.raises(Refusal, match="年金情報"):
            ask(people, head)

    def test_an_import_under_way_is_waited_for(self, people, head, city):
        JobRun.objects.create(kind="import-tax", office=head, state="running", requested_at="2026-06-12T10:00+09:00")
        with pytest.raises(Refusal, match="import-unfinished"):
            ask(people, head)

    def test_a_year_without_parameters_is_refused_by_the_name_of_the_parameter(self, people, head, city):
        with pytest.raises(Refusal, match="base_premium|premiums|tiers"):
            ask(people, head, fiscal_year=2031, levied_on=date(2031, 6, 12))

    def test_the_day_lies_in_the_year(self, people, head, city):
        with pytest.raises(Refusal, match="levied-on"):
            ask(people, head, levied_on=date(YEAR, 3, 31))

    def test_one_live_run_a_year(self, people, head, city):
        ask(people, head)
        with pytest.raises(Conflict, match="levy-run-live"):
            ask(people, head)
        assert JobRun.objects.filter(kind="levy-yearly").count() == 1

    def test_a_committed_year_is_not_levied_again(self, people, head, city):
        committed(people, head)
        with pytest.raises(Conflict, match="levy-run-live"):
            ask(people, head)

    def test_the_same_key_answers_with_the_first_job(self, people, head, city):
        first = ask(people, head, idempotency_key="once")
        assert ask(people, head, idempotency_key="once") == first

    @pytest.mark.parametrize("who", ["madoguchi", "kacho", "kansa"])
    def test_without_the_right_it_is_refused_and_logged(self, people, head, city, who):
        with pytest.raises(Forbidden):
            ask(people, head, who)
        assert AccessLog.objects.filter(outcome="refused", act="run", file="levy").exists()


class TestCommit:
    def test_what_was_shown_is_put_in_force(self, people, head, city):
        before = list(Assessment.objects.order_by("id").values())
        job = committed(people, head)
        run = LevyRun.objects.get()
        assert (job.state, run.state, run.committed_at is not None) == ("done", "committed", True)
        assert before == []
        assert ledger().count("\n") == PERSONS + 1
        assert AccessLog.objects.filter(job=job, act="decide", subject_count=PERSONS).exists()

    def test_who_asked_cannot_approve(self, people, head, city):
        job = previewed(people, head)
        Decision.objects.filter(about=job.public_id).update(proposed_by=people["kacho"].staff_id)
        with pytest.raises(Refusal, match="same-person"):
            approved(people, job)

    def test_inputs_that_moved_after_the_preview_are_noticed(self, people, head, city):
        job = approved(people, previewed(people, head))
        record = TaxRecord.objects.values().first()
        TaxRecord.objects.create(**record | {"id": None, "received_on": date(YEAR, 6, 19)})
        job = jobs.execute(str(job.public_id))
        assert job.state == "failed"
        assert "税情報" in job.failure
        assert (LevyRun.objects.get().state, Assessment.objects.count()) == ("discarded", 0)
        assert previewed(people, head).state == "waiting"  # the year is free for another one

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            (lambda: InsuredPeriod.objects.filter(insured_id=1).update(loss_reason="death"), "資格期間"),
            (lambda: HouseholdMembership.objects.filter(resident_id=1).update(relationship="02"), "世帯"),
            (lambda: PensionRecord.objects.filter(pk=PensionRecord.objects.first().pk).delete(), "年金情報"),
        ],
    )  # fmt: skip
    def test_every_kind_of_input_is_watched(self, people, head, city, change, named):
        job = approved(people, previewed(people, head))
        change()
        assert named in jobs.execute(str(job.public_id)).failure

    def test_a_discarded_run_cannot_be_committed_by_retrying(self, people, head, city):
        job = approved(people, previewed(people, head))
        InsuredPeriod.objects.filter(insured_id=1).update(loss_reason="death")
        job = jobs.execute(str(job.public_id))
        job = jobs.retry_job(people["fuka"], job, version=job.version, enqueue=False)
        job = jobs.execute(str(job.public_id))
        assert (job.state, Assessment.objects.count()) == ("failed", 0)
        assert "取り消されています" in job.failure

    def test_rows_changed_behind_the_preview_are_noticed(self, people, head, city):
        job = approved(people, previewed(people, head))
        Assessment.objects.filter(pk=Assessment.objects.first().pk).update(premium=1)
        assert "一致しません" in jobs.execute(str(job.public_id)).failure
        assert LevyRun.objects.get().state == "draft"

    @pytest.mark.parametrize(
        "statement", ["UPDATE levy_assessment SET premium = 0", "DELETE FROM levy_assessment WHERE tier > 0"]
    )
    def test_a_decision_in_force_cannot_be_changed_even_by_sql(self, people, head, city, statement):
        committed(people, head)
        with (
            pytest.raises(ProgrammingError, match="never changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


class TestGivingUp:
    def test_nothing_of_a_cancelled_preview_is_left(self, people, head, city):
        job = previewed(people, head)
        jobs.cancel_job(people["fuka"], job, version=job.version)
        assert (Assessment.objects.count(), Instalment.objects.count()) == (0, 0)
        assert LevyRun.objects.get().state == "discarded"

    def test_the_year_can_be_asked_for_again(self, people, head, city):
        job = ask(people, head)
        jobs.cancel_job(people["fuka"], job, version=job.version)
        assert committed(people, head).state == "done"


class TestInterruption:
    def broken_off(self, people, head, monkeypatch):
        """A preview that ends after its second chunk, as if the worker had been killed."""
        write, written = engine._write, []

        def breaking(work, mark, batch):
            if len(written) == 2:
                raise KeyboardInterrupt
            written.append(batch.last)
            write(work, mark, batch)

        monkeypatch.setattr(engine, "_write", breaking)
        job = ask(people, head)
        with pytest.raises(KeyboardInterrupt):
            jobs.execute(str(job.public_id))
        monkeypatch.setattr(engine, "_write", write)
        job.refresh_from_db()
        return job

    def test_it_goes_on_after_the_last_chunk(self, people, head, city, monkeypatch):
        job = self.broken_off(people, head, monkeypatch)
        assert (job.watermark["read"], Assessment.objects.count()) == (40, 40)
        first = set(Assessment.objects.values_list("pk", flat=True))
        job = jobs.execute(str(job.public_id))
        assert (job.state, job.counts["賦課"]) == ("waiting", PERSONS)
        assert first < set(Assessment.objects.values_list("pk", flat=True))

    def test_it_ends_as_if_it_had_run_once(self, people, head, city, monkeypatch):
        job = previewed(people, head)
        undisturbed = job.result
        jobs.cancel_job(people["fuka"], job, version=job.version)
        job = self.broken_off(people, head, monkeypatch)
        assert jobs.execute(str(job.public_id)).result == undisturbed

    def test_when_inputs_moved_meanwhile_it_begins_again(self, people, head, city, monkeypatch):
        job = self.broken_off(people, head, monkeypatch)
        record = TaxRecord.objects.filter(resident_id=1).values().first()
        TaxRecord.objects.create(
            **record | {"id": None, "received_on": date(YEAR, 6, 19), "total_income": 9_000_000, "status": "1"}
        )
        job = jobs.execute(str(job.public_id))
        assert job.result["persons"] == PERSONS == Assessment.objects.count()
        assert Assessment.objects.get(insured_id=1).tier == 13

    def test_two_processes_do_not_write_the_same_chunk(self, people, head, city):
        job = ask(people, head)
        JobRun.objects.filter(pk=job.pk).update(watermark={"after": "moved by another process"})
        with pytest.raises(TypeError):
            engine.Mark(**{"unknown": 1})
        assert jobs.execute(str(job.public_id)).state == "waiting"


class TestLedgerFile:
    def test_it_is_in_the_order_of_numbers_and_holds_no_identities(self, people, head, city):
        committed(people, head)
        lines = ledger().splitlines()
        numbers = [line.split(",", 1)[0] for line in lines[1:]]
        assert numbers == sorted(numbers)
        assert "public" not in ledger()

    def test_two_runs_over_the_same_inputs_write_the_same_bytes(self, people, head, city):
        committed(people, head)
        first = ledger()
        LevyRun.objects.update(state="discarded")
        committed(people, head)
        assert ledger() == first


def test_a_last_year_in_force_is_compared_with(people, head, city):
    committed(people, head)
    LevyRun.objects.update(fiscal_year=YEAR - 1)
    result = previewed(people, head).result
    assert result["previous_year"] == YEAR - 1
    assert result["premium_before"] == result["premium"]
    assert all(row["persons"] == row["persons_before"] for row in result["tiers"])


def test_the_database_itself_allows_one_live_run_a_year(people, head, city):
    ask(people, head)
    run = LevyRun.objects.get()
    job = JobRun.objects.create(kind="levy-yearly", office=head, requested_at="2026-06-12T10:00+09:00")
    with pytest.raises(IntegrityError), transaction.atomic():
        LevyRun.objects.create(
            job=job, kind="yearly", fiscal_year=YEAR, levied_on=LEVIED_ON, parameter_set=run.parameter_set
        )


def test_the_ledger_of_files_is_untouched_by_the_levy(people, head, city):
    before = JobFile.objects.count()
    committed(people, head)
    assert JobFile.objects.count() == before
