"""Whole files: each that cannot be taken in has its named answer and leaves nothing behind."""

import pytest

from audit.files import read_stored
from audit.models import JobFile, JobRun, StoredFile
from eligibility.models import Resident
from kaigo.common.refusal import Forbidden, Refusal
from linkage.importing import take_in
from tests.linkage import incoming
from tests.linkage.incoming import COLUMNS, counts, individual_number, person, resident, text_of, write


def broken(desk, content, name="JUMIN_20260605_001.csv", layout="JUMIN"):
    path = desk.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return desk.take_path(layout, path)


def good():
    return text_of("JUMIN", [resident(1), resident(2)])


WHOLE_FILES = {
    "empty": (lambda: b"", "0バイト"),
    "wrong encoding": (lambda: good().encode("cp932", "replace"), "文字コード"),
    "byte-order mark": (lambda: b"\xef\xbb\xbf" + good().encode(), "文字コード"),
    "wrong header": (lambda: good().replace("H,JUMIN,1,", "X,JUMIN,1,", 1).encode(), "先頭の行"),
    "another version": (lambda: good().replace("H,JUMIN,1,", "H,JUMIN,2,", 1).encode(), "第2版"),
    "unknown column": (lambda: good().replace(",番地,", ",地番,", 1).encode(), "地番"),
    "missing column": (lambda: good().replace(",番地,", ",", 1).encode(), "番地"),
    "columns in another order": (lambda: good().replace("町名,番地", "番地,町名", 1).encode(), "並び"),
    "truncated last line": (lambda: good().encode()[:-20], "途中で切れて"),
    "no trailer": (lambda: good().replace("T,2\r\n", "").encode(), "終わりの行"),
    "count mismatch": (lambda: good().replace(",1,2\r\n", ",1,3\r\n", 1).encode(), "行数が合いません"),
    "full without rows": (lambda: text_of("JUMIN", []).encode(), "1行もありません"),
    "a file of another layout": (lambda: text_of("ZEI", [person(1)]).encode(), "ZEI"),
}


@pytest.mark.parametrize("which", WHOLE_FILES)
def test_a_file_that_is_wrong_as_a_whole_is_refused_with_its_reason(desk, which):
    content, reason = WHOLE_FILES[which]
    job = broken(desk, content())
    assert job.state == "failed"
    assert reason in job.failure
    assert not Resident.objects.exists()
    assert not JobFile.objects.exists()
    assert not job.issues.exists()


def test_changes_without_rows_are_taken_in(desk):
    assert counts(desk.take("JUMIN", kind=2)) == (0, 0, 0, 0)


def test_the_same_file_twice_is_refused_by_what_it_holds(desk):
    first = desk.take("JUMIN", resident(1))
    again = desk.take_path("JUMIN", write(desk.folder / "b", "JUMIN", [resident(1)]).rename(desk.folder / "copy.csv"))
    assert again.state == "failed"
    assert f"同じファイルは処理番号{first.pk}" in again.failure
    assert "取込済み" in again.failure


@pytest.mark.parametrize(("day", "serial"), [("2026-05-29", 9), ("2026-06-05", 1), ("2026-06-05", 2)])
def test_two_files_in_the_wrong_order_are_refused(desk, day, serial):
    desk.take("ZEI", person(9), serial=2)
    older = desk.take("ZEI", person(8), day=type(incoming.DAY).fromisoformat(day), serial=serial)
    assert older.state == "failed"
    assert "通番2のファイルを取り込んだ後に" in older.failure


def test_files_of_different_layouts_have_an_order_of_their_own(desk):
    desk.take("ZEI", person(9), serial=5)
    assert desk.take("JUMIN", resident(1), serial=1).state == "done"


@pytest.mark.parametrize("path", ["/etc/hostname", "../secret.csv", "", "jumin/none.csv"])
def test_only_files_of_the_inbox_are_opened(desk, settings, path):
    from audit.jobs import execute, request_job

    settings.INBOX.mkdir(parents=True)
    (settings.INBOX.parent / "secret.csv").write_bytes(good().encode())
    job = request_job(desk.actor, "import-residents", office=desk.head, parameters={"path": path}, enqueue=False)
    assert execute(str(job.public_id)).state == "failed"
    assert not Resident.objects.exists()


def test_a_link_out_of_the_inbox_is_not_followed(desk, settings):
    from audit.jobs import execute, request_job

    settings.INBOX.mkdir(parents=True)
    outside = write(desk.folder, "JUMIN", [resident(1)])
    (settings.INBOX / "link.csv").symlink_to(outside)
    job = request_job(desk.actor, "import-residents", office=desk.head, parameters={"path": "link.csv"}, enqueue=False)
    assert "外のファイル" in execute(str(job.public_id)).failure


def test_a_path_without_a_file_asks_for_no_job(desk):
    with pytest.raises(Refusal, match="file-missing"):
        desk.take_path("JUMIN", desk.folder / "nothing.csv")
    assert not JobRun.objects.exists()


def test_who_may_not_run_takes_nothing_in(desk):
    from audit.actor import Actor
    from audit.models import Staff

    clerk = Actor.of(Staff.objects.get(login="madoguchi"))
    with pytest.raises(Forbidden):
        take_in("import-residents", write(desk.folder, "JUMIN", [resident(1)]), actor=clerk, office=desk.head)
    assert not Resident.objects.exists()


def test_the_ledger_knows_the_file_and_the_original_is_kept_encrypted(desk, settings):
    path = write(desk.folder, "JUMIN", [resident(1)])
    job = desk.take_path("JUMIN", path)
    file = job.files.get()
    assert (file.layout, file.name, file.size, file.rows) == ("JUMIN", path.name, path.stat().st_size, 1)
    assert (file.created_on, file.serial, file.direction) == (incoming.DAY, 1, "in")
    assert b"".join(read_stored(file.stored)) == path.read_bytes()
    kept = [p.read_bytes() for p in (settings.INBOX.parent / "storage").rglob("*") if p.is_file()]
    assert len(kept) == 1
    assert individual_number(1).encode() not in kept[0]
    assert file.sha256 == file.stored.sha256


def test_the_plain_copy_leaves_the_inbox_once_it_is_stored(desk, settings):
    path = write(desk.folder, "JUMIN", [resident(1)])
    desk.take_path("JUMIN", path)
    assert path.exists()  # what was sent is the sender's
    assert [p for p in settings.INBOX.rglob("*") if p.is_file()] == []


def test_a_refused_file_stays_in_the_inbox(desk, settings):
    broken(desk, b"nonsense\r\n")
    assert [p.name for p in settings.INBOX.rglob("*.csv")] == ["JUMIN_20260605_001.csv"]


def test_every_stage_shows_that_it_was_finished(desk):
    job = desk.take("JUMIN", resident(1), resident(2))
    assert [(s.name, s.done, s.total, bool(s.finished_at)) for s in job.stages.all()] == [
        ("check", 0, 0, True), ("keep", 0, 0, True), ("store", 2, 2, True)
    ]  # fmt: skip


def test_the_four_kinds_need_the_right_of_their_file_and_no_approval(desk):
    from audit.jobs import kind_of
    from audit.rights import File

    kinds = {layout: kind_of(name) for layout, name in incoming.KINDS.items()}
    assert kinds["JUMIN"].file == File.ELIGIBILITY
    assert {kinds[layout].file for layout in ("ZEI", "SEIHO", "NENKIN")} == {File.LEVY}
    assert not any(kind.needs_approval for kind in kinds.values())
    assert set(incoming.USUAL) == set(COLUMNS)


def test_the_same_original_is_kept_once(desk, monkeypatch):
    import linkage.importing.driver as driver

    path = write(desk.folder, "JUMIN", [resident(1)])
    monkeypatch.setattr(driver, "_settle", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.take_path("JUMIN", path)
    monkeypatch.undo()
    assert desk.take_path("JUMIN", path).state == "done"
    assert StoredFile.objects.count() == 1
