"""Exports: asking, deciding, the password, collecting, taking back, expiring (E13, E14, F3)."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.storage import FileSystemStorage

from audit import access
from audit.actor import Actor
from audit.decisions import services as decisions
from audit.decisions.queries import latest
from audit.jobs import execute
from audit.media import kinds, services, work
from audit.media.models import Export, ExportSecret, ExportStep, MediumUse
from audit.media.refusals import Barred
from audit.media.tasks import expire
from audit.models import AccessLog, JobRun, Notice, RoleAssignment
from audit.services import synchronise
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, NotFound, Refusal
from tests import factories
from tests.media.conftest import STRANGE, TODAY
from tests.media.test_scan import NUMBER
from tests.media.unzip import WrongPassword, unzip

pytestmark = pytest.mark.django_db


def steps(row):
    return list(row.steps.values_list("kind", flat=True))


def collected(house, row, staff=None):
    _, content = services.collect(house.at_desk(staff or house.fuka), row.public_id)
    with content:
        return content.read()


def files(storage):
    return [path for path in storage.rglob("*") if path.is_file()]


class TestAsking:
    def test_a_small_export_is_made_at_once(self, house, storage):
        row = house.export()
        assert (row.number, row.state, row.count, row.is_bulk) == ("出力2026-0001", "ready", 3, False)
        assert (row.requested_by, row.terminal, row.office) == (house.fuka, house.desk, house.head)
        assert row.expires_on == TODAY + timedelta(days=7)
        assert steps(row) == ["requested", "made"]
        assert len(files(storage)) == 1
        step = row.steps.first()
        assert (step.staff, step.terminal, step.address) == (house.fuka, "出力用1", "192.0.2.10")

    def test_everyone_in_it_is_named_in_the_log(self, house, source):
        row = house.export()
        logged = AccessLog.objects.get(act="export")
        assert (logged.file, logged.staff, logged.terminal) == ("levy", house.fuka, "出力用1")
        assert logged.subjects == source.people
        assert logged.items == ["被保険者番号", "所得段階", "保険料額"]
        assert logged.reason == f"{row.number} 国保連合会への提出"

    def test_when_the_log_cannot_be_written_nothing_is_made(self, house, storage, monkeypatch):
        def broken(*args, **more):
            raise access.LogUnavailable("log-unavailable", "書けません")

        monkeypatch.setattr(access, "write_many", broken)
        with pytest.raises(access.LogUnavailable):
            house.export()
        assert not Export.objects.exists()
        assert files(storage) == []

    def test_only_the_offices_of_the_right_are_asked_for(self, house, source):
        row = services.export(house.at_desk(house.midori), "made-up", {}, house.destination())
        assert source.asked[-1].offices == frozenset({house.ward.pk})
        assert row.offices == [house.ward.pk]

    def test_without_the_right_it_is_refused_and_logged(self, house):
        with pytest.raises(Forbidden, match="権限がない"):
            house.export(house.plain)
        assert house.refused() == [("levy", "export", house.plain)]
        assert not Export.objects.exists()

    @pytest.mark.parametrize("address", [STRANGE, "192.0.2.11", None])
    def test_from_another_terminal_it_is_refused_and_logged(self, house, address):
        with pytest.raises(Barred, match="この端末からは"):
            services.export(house.at_desk(house.fuka, address), "made-up", {}, house.destination())
        assert house.refused() == [("levy", "export", house.fuka)]
        assert not Export.objects.exists()

    def test_a_terminal_that_is_no_longer_used_is_none(self, house):
        house.desk.is_active = False
        house.desk.save()
        with pytest.raises(Barred):
            house.export()

    def test_an_individual_number_stops_it_and_is_logged(self, house, source, storage):
        source.rows[1][1] = f"備考 {NUMBER}"
        with pytest.raises(Barred, match="3行目") as refused:
            house.export()
        access.keep_refusal(refused.value)  # as the middleware does once the transaction is rolled back
        assert house.refused() == [("individual_number", "export", house.fuka)]
        assert NUMBER not in str(refused.value)
        assert not Export.objects.exists()
        assert files(storage) == []

    def test_nothing_to_export(self, house, source):
        source.rows.clear()
        with pytest.raises(Refusal, match="当てはまるものはありません"):
            house.export()

    def test_a_day_that_has_passed(self, house):
        with pytest.raises(Refusal) as refused:
            house.export(erase_by=TODAY - timedelta(days=1))
        assert refused.value.field == "erase_by"

    def test_an_unknown_kind(self, house):
        with pytest.raises(NotFound):
            services.export(house.at_desk(house.fuka), "no-such-kind", {}, house.destination())

    def test_a_file_that_cannot_be_kept_leaves_no_row(self, house, storage, monkeypatch):
        monkeypatch.setattr(FileSystemStorage, "save", lambda *a, **k: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            house.export()
        assert not Export.objects.exists()

    def test_a_row_that_cannot_be_kept_leaves_no_file(self, house, storage, monkeypatch):
        monkeypatch.setattr(services.making, "note", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.making.make(house.at_desk(house.fuka), _bare(house), scope=frozenset({house.head.pk}))
        assert files(storage) == []


def _bare(house):
    return Export.objects.create(
        number="出力2026-9999", kind="made-up", label="試験", file="levy", items=[], offices=[house.head.pk],
        office=house.head, purpose="x", recipient="x", carrier="terminal", erase_by=TODAY, count=3, state="making",
        terminal=house.desk, requested_by=house.fuka, requested_at=clock.now(),
    )  # fmt: skip


class TestTheFile:
    def test_only_the_password_opens_it(self, house, source):
        row = house.export()
        password = services.show_password(house.at_desk(house.fuka), row.public_id)
        assert re.fullmatch(r"([2-9a-z]{5}-){4}[2-9a-z]{5}", password)
        content = collected(house, row)
        name, text = unzip(content, password)
        assert name == "made-up-2026-0001.csv"
        assert text.decode("utf-8-sig").splitlines() == [
            "被保険者番号,所得段階,保険料額", "0000000000,13段階,120000", "0000000001,13段階,120001",
            "0000000002,13段階,120002",
        ]  # fmt: skip
        assert b"13" + "段階".encode() not in content
        with pytest.raises((WrongPassword, AssertionError)):
            unzip(content, password[::-1])

    def test_two_exports_have_two_passwords(self, house):
        one, two = (services.show_password(house.at_desk(house.fuka), house.export().public_id) for _ in range(2))
        assert one != two

    def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(self, house, source):
        source.rows[0] = ["=cmd|' /C calc'!A0", "-1", -1]
        row = house.export()
        password = services.show_password(house.at_desk(house.fuka), row.public_id)
        line = unzip(collected(house, row), password)[1].decode("utf-8-sig").splitlines()[1]
        assert line == "'=cmd|' /C calc'!A0,'-1,-1"

    def test_the_digest_in_the_ledger_is_the_files(self, house):
        import hashlib

        row = house.export()
        content = collected(house, row)
        assert (row.sha256, row.size) == (hashlib.sha256(content).hexdigest(), len(content))


class TestThePassword:
    def test_is_shown_once_and_then_gone(self, house):
        row = house.export()
        services.show_password(house.at_desk(house.fuka), row.public_id)
        assert not ExportSecret.objects.exists()
        with pytest.raises(Conflict, match="1度だけ"):
            services.show_password(house.at_desk(house.fuka), row.public_id)
        assert steps(row) == ["requested", "made", "password"]

    def test_is_never_in_the_database_in_plain(self, house):
        row = house.export()
        sealed = bytes(ExportSecret.objects.get(export=row).sealed)
        password = services.show_password(house.at_desk(house.fuka), row.public_id)
        assert password.encode() not in sealed
        row.refresh_from_db()
        assert password not in str(row.__dict__)

    def test_is_for_the_asker_only(self, house):
        row = house.export()
        with pytest.raises(Forbidden, match="申請した本人"):
            services.show_password(house.at_desk(house.hogo), row.public_id)
        with pytest.raises(NotFound):
            services.show_password(house.at_desk(house.midori), row.public_id)

    def test_not_at_another_terminal(self, house):
        row = house.export()
        with pytest.raises(Barred):
            services.show_password(house.at_desk(house.fuka, STRANGE), row.public_id)
        assert ExportSecret.objects.exists()


class TestCollecting:
    def test_is_counted_logged_and_limited(self, house, settings):
        settings.EXPORT_DOWNLOADS = 2
        row = house.export()
        collected(house, row), collected(house, row)
        row.refresh_from_db()
        assert row.collected == 2
        assert AccessLog.objects.filter(act="export", reason=f"{row.number} 受取り", subject_count=3).count() == 2
        with pytest.raises(Conflict, match="2回まで"):
            collected(house, row)

    def test_is_for_the_asker_at_a_marked_terminal_with_the_right_still_held(self, house):
        row = house.export()
        with pytest.raises(Forbidden, match="申請した本人"):
            collected(house, row, house.hogo)
        with pytest.raises(Barred):
            services.collect(house.at_desk(house.fuka, STRANGE), row.public_id)
        _lose_rights(house.fuka)
        with pytest.raises(Forbidden, match="権限がない"):
            collected(house, row)
        row.refresh_from_db()
        assert row.collected == 0

    def test_not_after_its_last_day(self, house):
        row = house.export()
        with clock.at(row.expires_on):
            collected(house, row)
        with clock.at(row.expires_on + timedelta(days=1)), pytest.raises(Conflict, match="もう受け取れません"):
            collected(house, row)

    def test_a_file_that_is_missing_is_said(self, house, storage):
        row = house.export()
        for path in files(storage):
            path.unlink()
        with pytest.raises(Conflict, match="見つかりません"):
            collected(house, row)


def _lose_rights(staff):
    RoleAssignment.objects.filter(staff=staff).delete()
    synchronise(staff)


class TestForAMedium:
    def test_the_first_collection_goes_into_the_media_register(self, house):
        house.officer(house.fuka)
        medium = house.medium()
        row = house.export(medium=medium.public_id)
        assert not MediumUse.objects.exists()
        collected(house, row), collected(house, row)
        use = MediumUse.objects.get()
        assert (use.medium, use.export, use.copied_by, use.terminal) == (medium, row, house.fuka, house.desk)
        assert (use.count, use.recipient, use.due_on) == (3, "国保連合会", row.erase_by)

    def test_only_by_a_named_officer(self, house):
        with pytest.raises(Barred, match="媒体取扱担当者"):
            house.export(medium=house.medium().public_id)
        assert house.refused() == [("media", "enter", house.fuka)]

    def test_an_officer_of_another_office_is_none(self, house):
        house.officer(house.fuka, house.ward)
        with pytest.raises(Barred):
            house.export(medium=house.medium().public_id)

    def test_who_is_no_officer_any_more_cannot_collect(self, house):
        duty = house.officer(house.fuka)
        row = house.export(medium=house.medium().public_id)
        duty.delete()
        with pytest.raises(Barred):
            collected(house, row)

    def test_a_disposed_medium_cannot_be_written_to(self, house):
        house.officer(house.fuka)
        gone = house.medium(disposed_on=TODAY, disposed_how="physical", disposed_by=house.hogo)
        with pytest.raises(Refusal, match="使えません"):
            house.export(medium=gone.public_id)


class TestManyPersons:
    @pytest.fixture
    def large(self, house, settings):
        settings.EXPORT_BULK_PERSONS = 3
        return house.export()

    def test_wait_for_a_second_person_without_a_file(self, house, large, storage):
        assert (large.state, large.is_bulk) == ("proposed", True)
        decision = latest(large.public_id)
        assert (decision.title, decision.office) == ("出力2026-0001　試験の台帳の外部出力", house.head)
        assert ("人数・件数", "3") in [tuple(row) for row in decision.rows]
        assert files(storage) == []
        with pytest.raises(Conflict):
            collected(house, large)

    def test_are_made_by_a_job_after_the_decision(self, house, large, source):
        decision = latest(large.public_id)
        decisions.approve(house.at_desk(house.kacho), decision, version=decision.version)
        large.refresh_from_db()
        assert large.state == "making"
        job = execute(str(JobRun.objects.get(kind="media-export").public_id))
        large.refresh_from_db()
        assert (job.state, large.state, large.job) == ("done", "ready", job)
        assert steps(large) == ["requested", "approved", "made"]
        logged = AccessLog.objects.get(act="export")
        assert (logged.staff, logged.job, logged.subjects) == (house.fuka, job, source.people)
        assert "受け取れる" in Notice.objects.filter(staff=house.fuka).latest("pk").text
        assert unzip(collected(house, large), services.show_password(house.at_desk(house.fuka), large.public_id))

    def test_running_the_job_again_makes_nothing_twice(self, house, large):
        decision = latest(large.public_id)
        decisions.approve(house.at_desk(house.kacho), decision, version=decision.version)
        job = JobRun.objects.get(kind="media-export")
        execute(str(job.public_id))
        JobRun.objects.filter(pk=job.pk).update(state="running")
        execute(str(job.public_id))
        assert steps(large).count("made") == 1

    def test_the_asker_cannot_decide(self, house, large):
        both = factories.staff(*("levy.export", "media.decide", "media.view"), at=house.head, name="両方 持子")
        row = services.export(house.at_desk(both), "made-up", {}, house.destination())
        decision = latest(row.public_id)
        with pytest.raises(Refusal, match="自分の件"):
            decisions.approve(house.at_desk(both), decision, version=decision.version)

    def test_a_rejected_one_has_no_file(self, house, large, storage):
        decision = latest(large.public_id)
        decisions.reject(house.at_desk(house.kacho), decision, version=decision.version, reason="必要がない")
        large.refresh_from_db()
        assert (large.state, steps(large), files(storage)) == ("rejected", ["requested", "rejected"], [])

    def test_a_returned_one_can_go_round_again(self, house, large):
        decision = latest(large.public_id)
        decision = decisions.return_(house.at_desk(house.kacho), decision, version=decision.version, reason="目的は")
        large.refresh_from_db()
        assert large.state == "proposed"
        decisions.resend(house.at_desk(house.fuka), decision, version=decision.version, comment="補いました")

    def test_a_right_lost_meanwhile_leaves_no_file(self, house, large, storage):
        decision = latest(large.public_id)
        decisions.approve(house.at_desk(house.kacho), decision, version=decision.version)
        _lose_rights(house.fuka)
        job = execute(str(JobRun.objects.get(kind="media-export").public_id))
        large.refresh_from_db()
        assert (job.state, large.state) == ("failed", "failed")
        assert "権限がなくなった" in large.failure
        assert files(storage) == []

    def test_more_persons_than_were_approved_leave_no_file(self, house, large, source, storage):
        decision = latest(large.public_id)
        decisions.approve(house.at_desk(house.kacho), decision, version=decision.version)
        source.rows.append(["0000000009", "1段階", 1])
        source.people.append(source.people[0])
        execute(str(JobRun.objects.get(kind="media-export").public_id))
        large.refresh_from_db()
        assert "3人から4人" in large.failure
        assert files(storage) == []

    def test_an_individual_number_found_by_the_job_is_logged(self, house, large, source):
        decision = latest(large.public_id)
        decisions.approve(house.at_desk(house.kacho), decision, version=decision.version)
        source.rows[0][0] = NUMBER
        execute(str(JobRun.objects.get(kind="media-export").public_id))
        large.refresh_from_db()
        assert large.state == "failed"
        assert NUMBER not in large.failure
        assert house.refused() == [("individual_number", "export", house.fuka)]


class TestTakingBack:
    def test_erases_the_file_and_its_password(self, house, storage, django_capture_on_commit_callbacks):
        row = house.export()
        with django_capture_on_commit_callbacks(execute=True):
            services.cancel(house.at_desk(house.fuka), row.public_id, version=row.version, reason="条件を誤った")
        row.refresh_from_db()
        assert (row.state, row.location) == ("erased", "")
        assert not ExportSecret.objects.exists()
        assert files(storage) == []
        assert row.steps.last().note == "条件を誤った"

    def test_withdraws_what_waits_for_decision(self, house, settings):
        settings.EXPORT_BULK_PERSONS = 1
        row = house.export()
        services.cancel(house.at_desk(house.fuka), row.public_id, version=row.version, reason="不要になった")
        row.refresh_from_db()
        assert (row.state, latest(row.public_id).state) == ("rejected", "withdrawn")

    def test_also_by_who_keeps_the_ledger_but_nobody_else(self, house):
        row, other = house.export(), factories.staff("media.view", at=house.head)
        with pytest.raises(Forbidden):
            services.cancel(house.at_desk(other), row.public_id, version=row.version, reason="x")
        assert services.cancel(house.at_desk(house.hogo), row.public_id, version=row.version, reason="漏えいの疑い")

    def test_needs_a_reason_and_what_was_seen(self, house):
        row = house.export()
        with pytest.raises(Refusal, match="理由"):
            services.cancel(house.at_desk(house.fuka), row.public_id, version=row.version, reason=" ")
        with pytest.raises(Conflict):
            services.cancel(house.at_desk(house.fuka), row.public_id, version=row.version - 1, reason="x")


class TestExpiring:
    def test_the_file_is_gone_after_its_last_day(self, house, storage, django_capture_on_commit_callbacks):
        row = house.export()
        with clock.at(row.expires_on):
            assert services.expire() == 0
        with clock.at(row.expires_on + timedelta(days=1)), django_capture_on_commit_callbacks(execute=True):
            expire()
        row.refresh_from_db()
        assert (row.state, files(storage)) == ("erased", [])
        assert not ExportSecret.objects.exists()
        assert (row.steps.last().kind, row.steps.last().staff_name) == ("expired", "定時処理")
        assert Notice.objects.get(staff=house.fuka).text == f"{row.number}は、受取りの期限を過ぎたため消去しました。"

    def test_what_was_collected_needs_no_notice(self, house):
        row = house.export()
        collected(house, row)
        with clock.at(date(2027, 1, 1)):
            services.expire()
        assert not Notice.objects.exists()


class TestTheLedger:
    def test_only_grows(self, house):
        step = house.export().steps.first()
        with pytest.raises(TypeError):
            step.delete()
        with pytest.raises(TypeError):
            step.save()

    def test_the_application_can_neither_change_nor_delete_it(self, house):
        from django.db import ProgrammingError, transaction

        house.export()
        for act in (ExportStep.objects.all().delete, lambda: ExportStep.objects.update(note="x")):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                act()

    def test_what_waits_for_the_asker(self, house):
        row = house.export()
        (waiting,) = [w for w in work.waiting(Actor.of(house.fuka)) if w.count]
        assert (waiting.count, waiting.due) == (1, row.expires_on)
        collected(house, row)
        assert [w for w in work.waiting(Actor.of(house.fuka)) if w.count] == []


def test_a_kind_is_registered_once(source):
    kind = kinds.kind_of("made-up")
    kinds.register(kind)
    with pytest.raises(ValueError, match="registered twice"):
        kinds.register(kinds.ExportKind(**{**{f: getattr(kind, f) for f in kind.__slots__}, "label": "別"}))
