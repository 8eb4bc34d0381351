"""The Friday task, the inbox and the command: files come in without anybody at the screen."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.models import JobRun
from eligibility.models import Resident
from kaigo.common import clock
from levy.models import TaxRecord
from linkage import inbox
from linkage.tasks import import_tax
from tests.linkage.incoming import DAY, counts, person, resident, write


@pytest.fixture
def zei(desk, settings):
    desk.take("JUMIN", resident(1), resident(2))
    return lambda *rows, **more: write(settings.INBOX / "zei", "ZEI", list(rows), **more)


def tax_jobs():
    return list(JobRun.objects.filter(kind="import-tax").order_by("id"))


def test_waiting_files_are_taken_in_in_their_order(zei):
    zei(person(1, 履歴番号="2", 公的年金等収入額="2"), serial=12)
    zei(person(1), serial=3)
    zei(person(2), day=date(2026, 5, 29), serial=40)
    import_tax()
    assert [(job.state, job.period) for job in tax_jobs()][:1] == [("done", "20260529")]
    assert [file.serial for job in tax_jobs() for file in job.files.all()] == [40, 3, 12]
    assert inbox.waiting("ZEI") == []


def test_a_calendar_job_is_asked_for_by_nobody_and_attributed_to_its_job(zei):
    zei(person(1))
    import_tax()
    (job,) = tax_jobs()
    assert (job.requested_by, job.office.is_head, counts(job)) == (None, True, (1, 1, 0, 0))


def test_running_the_task_again_does_nothing_twice(zei):
    zei(person(1))
    zei(person(9), day=date(2026, 5, 29), serial=1).write_bytes(b"broken\r\n")
    import_tax()
    before = [(job.pk, job.state, job.attempts) for job in tax_jobs()]
    import_tax()
    assert [(job.pk, job.state, job.attempts) for job in tax_jobs()] == before
    assert {state for _, state, _ in before} == {"done", "failed"}


def test_a_friday_without_a_file_leaves_a_failed_job_that_says_so(zei):
    import_tax()
    import_tax()
    (job,) = tax_jobs()
    assert (job.state, job.failure) == ("failed", "今週の税ファイルが届いていません。")


def test_a_file_that_came_earlier_in_the_week_is_not_missed(zei):
    with clock.at(date(2026, 6, 3)):
        zei(person(1), day=date(2026, 6, 3))
        import_tax()
    import_tax()
    assert [job.state for job in tax_jobs()] == ["done"]


def test_a_refused_file_of_the_week_is_not_called_missing(zei):
    zei(person(1)).write_bytes(b"broken\r\n")
    import_tax()
    assert [job.failure == "今週の税ファイルが届いていません。" for job in tax_jobs()] == [False]


def test_on_another_day_nothing_is_missed(zei):
    with clock.at(date(2026, 6, 8)):
        import_tax()
    assert tax_jobs() == []


def test_the_inbox_names_what_waits_and_not_what_is_in(zei, settings):
    zei(person(1))
    (settings.INBOX / "zei" / "note.txt").write_text("x")
    (waiting,) = inbox.waiting("ZEI")
    assert (waiting.created_on, waiting.serial, waiting.path) == (DAY, 1, "zei/ZEI_20260605_001.csv")
    assert inbox.waiting("NENKIN") == []


def test_the_calendar_runs_the_task_on_friday_evening(settings):
    from kaigo.celery import app

    app.loader.import_default_modules()
    entry = settings.CELERY_BEAT_SCHEDULE["linkage.import_tax_files"]
    assert entry["task"] in app.tasks
    assert (entry["schedule"].hour, entry["schedule"].day_of_week) == ({20}, {5})


# --- the command


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command("import_file", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue()


def test_the_command_takes_a_file_in_and_shows_what_became_of_it(desk):
    path = write(desk.folder, "JUMIN", [resident(1), resident(2, 区コード="12199")])
    shown = run(path, "--staff", "fuka")
    for text in ("読み込んだ行: 2", "登録: 1", "変更なし: 0", "受け付けなかった行: 1", "4行目 区コード"):
        assert text in shown
    assert TaxRecord.objects.count() == 0
    assert JobRun.objects.get().requested_by.login == "fuka"


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "どの連携ファイルか"), (b"H,JUMIN,1,20260605,1,1,5\r\n", "取り込めませんでした")]
)
def test_a_refused_file_ends_the_command_with_its_reason(desk, content, reason):
    path = desk.folder / "a.csv"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(CommandError, match=reason):
        run(path, "--staff", "fuka")


def test_the_command_needs_somebody_with_the_right(desk):
    path = write(desk.folder, "JUMIN", [resident(1)])
    with pytest.raises(CommandError, match="権限がない"):
        run(path, "--staff", "madoguchi")
    with pytest.raises(CommandError, match="職員はいません"):
        run(path, "--staff", "nobody")
    assert not Resident.objects.exists()
