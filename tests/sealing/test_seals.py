"""The access log proves itself: whatever is changed, removed, inserted or re-ordered by SQL is found, and named."""

import json
import threading
import time
from io import StringIO

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from audit import access
from audit.actor import Actor
from audit.models import AccessLog, AccessLogSeal, JobRun, Notice
from audit.rights import Act, File
from audit.sealing import jobs, keys, seals
from audit.sealing.rows import horizon
from audit.sealing.seals import fingerprint, newest, payload, seal_log
from audit.sealing.verify import Anchor, verify
from kaigo.common.refusal import Refusal
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_seals(monkeypatch):
    monkeypatch.setattr(seals, "ROWS_A_SEAL", 4)


def write(count=10):
    """Rows in transactions of their own, as requests write them."""
    actor = Actor(name="窓口 春子", roles=("区窓口担当",), address="10.0.0.1", route="person")
    for number in range(count):
        access.write(actor, File.ELIGIBILITY, Act.VIEW, items=("氏名",), count=number, reason=f"理由{number}")


def seal_all(rows):
    """Seal once every row is final: transactions of other tests in the same cluster hold the horizon back."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(xid::text::bigint) FROM audit_accesslog")
            if horizon()[1] > cursor.fetchone()[0]:
                break
        time.sleep(0.1)
    assert seal_log() == rows


@pytest.fixture
def sealed(db):
    write()
    seal_all(10)
    return list(AccessLog.objects.order_by("pk"))


def as_owner(statement, *values):
    """What a superuser of the database can do."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(statement, values)
        cursor.execute("SET ROLE kaigo_app")


def broken():
    found = verify().broken
    assert found is not None
    return found


def test_untouched_rows_agree_with_their_seals(sealed):
    found = verify()
    assert (found.broken, found.rows, found.seals, found.unsealed) == (None, 10, 3, 0)
    assert found.head == fingerprint(newest())


def test_rows_that_came_since_are_counted_and_sealed_next_time(sealed):
    write(3)
    assert verify().unsealed == 3
    seal_all(3)
    assert verify().rows == 13
    assert seal_log() == 0


def test_an_empty_log_verifies(db):
    assert verify().broken is None
    assert seal_log() == 0


@pytest.mark.parametrize(
    "column",
    ["reason = '別の理由'", "staff_name = '別人'", "at = at + interval '1 second'", "number_shown = true", "outcome = 'refused'",
     "subjects = ARRAY[gen_random_uuid()]", "epoch = 2", "xid = '1'::xid8", "items = '{}'", "address = '10.0.0.2'"],
)  # fmt: skip
def test_a_changed_column_is_found_whatever_it_is(sealed, column):
    victim = sealed[5].pk
    as_owner(f"UPDATE audit_accesslog SET {column} WHERE id = %s", victim)
    assert victim == broken().row or "epoch" in column or "xid" in column


def test_a_changed_row_is_named(sealed):
    as_owner("UPDATE audit_accesslog SET reason = 'x' WHERE id = %s", sealed[5].pk)
    found = broken()
    assert (found.seal, found.row) == (2, sealed[5].pk)
    assert "書き換えられています" in found.message


def test_the_first_of_several_breaks_is_named(sealed):
    as_owner("UPDATE audit_accesslog SET reason = 'x' WHERE id IN (%s, %s)", sealed[2].pk, sealed[8].pk)
    assert broken().row == sealed[2].pk


@pytest.mark.parametrize("place", [0, 3, 4, 9])
def test_a_removed_row_is_named(sealed, place):
    as_owner("DELETE FROM audit_accesslog WHERE id = %s", sealed[place].pk)
    found = broken()
    assert found.row == sealed[place].pk
    assert "削除されています" in found.message


def test_a_row_put_in_among_sealed_ones_is_named(sealed):
    as_owner(
        "INSERT INTO audit_accesslog (id, at, staff_name, office_name, roles, session, route, file, act, subjects,"
        " subject_count, items, number_shown, reason, ground, outcome, terminal, xid, epoch)"
        " SELECT 999999, at, '後から', office_name, roles, session, route, file, act, subjects, subject_count, items,"
        " number_shown, reason, ground, outcome, terminal, xid, epoch FROM audit_accesslog WHERE id = %s",
        sealed[4].pk,
    )
    found = broken()
    assert found.row == 999999
    assert "挿入された行" in found.message


def test_rows_whose_contents_were_swapped_are_found(sealed):
    one, other = sealed[5], sealed[6]
    as_owner("UPDATE audit_accesslog SET reason = %s, subject_count = %s WHERE id = %s", other.reason, 6, one.pk)
    as_owner("UPDATE audit_accesslog SET reason = %s, subject_count = %s WHERE id = %s", one.reason, 5, other.pk)
    assert broken().row == one.pk


def test_rows_whose_places_were_swapped_are_found(sealed):
    one, other = sealed[5].pk, sealed[6].pk
    as_owner("UPDATE audit_accesslog SET id = 888888 WHERE id = %s", one)
    as_owner("UPDATE audit_accesslog SET id = %s WHERE id = %s", one, other)
    as_owner("UPDATE audit_accesslog SET id = %s WHERE id = 888888", other)
    assert broken().row in (one, other)


def test_a_dropped_partition_is_found(sealed):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM audit_accesslog LIMIT 1")
        (partition,) = cursor.fetchone()
    as_owner(f"ALTER TABLE audit_accesslog DETACH PARTITION {partition}")
    try:
        assert broken().row == sealed[0].pk
    finally:
        as_owner("SELECT 1")
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(f"DROP TABLE {partition}")
            year, month = partition.split("_")[-2:]
            cursor.execute("SELECT audit_accesslog_partition(%s)", [f"{year}-{month}-01"])


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_seal_is_named(sealed, number):
    as_owner("DELETE FROM audit_accesslogseal WHERE number = %s", number)
    assert broken().seal == number


@pytest.mark.parametrize(
    "change", ["row_count = 3", "to_id = to_id + 1", "chain = '\\x00'", "made_at = now()", "rows = '\\x00'"]
)
def test_a_changed_seal_is_named(sealed, change):
    as_owner(f"UPDATE audit_accesslogseal SET {change} WHERE number = 2")
    found = broken()
    assert (found.seal, found.row) == (2, None)
    assert "署名" in found.message


def test_a_seal_made_again_with_another_key_is_found(sealed):
    """Row and seal rewritten together: without the private key it cannot be signed."""
    as_owner("UPDATE audit_accesslog SET reason = 'x' WHERE id = %s", sealed[9].pk)
    last = newest()
    as_owner("DELETE FROM audit_accesslogseal WHERE number = %s", last.number)
    forged = Ed25519PrivateKey.generate()
    with transaction.atomic():
        rows = list(seals.read(1, seals.end_of(newest()), limit=2))
    last.pk, last._state.adding = None, True
    last.rows = b"".join(row.short for row in rows)
    chain = bytes(newest().chain)
    for row in rows:
        chain = seals.chained(chain, row)
    last.chain = chain
    last.signature = forged.sign(payload(last))
    last.save()
    assert "署名" in broken().message


def test_a_seal_of_an_unknown_key_is_found(sealed, settings):
    settings.LOG_SEAL_KEY = "s9:" + "MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM="
    assert "知らない鍵" in broken().message


def test_after_a_change_of_the_key_both_are_believed(sealed, settings):
    old = keys.public_text(keys.public_keys()).strip()
    settings.LOG_SEAL_KEY = "s2:" + "NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ="
    settings.LOG_SEAL_PUBLIC_KEYS = [old]
    write(2)
    seal_all(2)
    assert verify().broken is None
    assert set(AccessLogSeal.objects.values_list("key_id", flat=True)) == {old.split(":")[0], "s2"}


def test_the_newest_rows_cut_off_with_their_seals_are_found_by_a_note_kept_elsewhere(sealed):
    anchor = Anchor(newest().number, fingerprint(newest()).hex())
    as_owner("DELETE FROM audit_accesslog WHERE id >= %s", sealed[8].pk)
    as_owner("DELETE FROM audit_accesslogseal WHERE number = 3")
    assert verify().broken is None  # by itself a shorter log looks whole
    found = verify(anchors=(anchor,)).broken
    assert found.seal == 3
    assert "切り取られています" in found.message


def test_a_note_that_differs_is_found(sealed):
    assert "控えと違います" in verify(anchors=(Anchor(2, "00" * 32),)).broken.message


def test_a_row_committed_late_is_neither_lost_nor_taken_for_an_insertion(db):
    """A transaction that takes its number and its ids early and commits after others have been sealed."""
    write(2)
    inserted, go_on, failures = threading.Event(), threading.Event(), []

    def slow():
        values = connection.settings_dict
        try:
            with psycopg.connect(
                host=values["HOST"], dbname=values["NAME"], user=values["USER"], password=values["PASSWORD"],
                port=values["PORT"] or None,
            ) as other:  # fmt: skip
                other.execute(
                    "INSERT INTO audit_accesslog (at, staff_name, office_name, roles, session, route, file, act, subjects,"
                    " subject_count, items, number_shown, reason, ground, outcome, terminal) VALUES (now(), '遅い', '',"
                    " '{}', '', '', 'levy', 'view', '{}', 1, '{}', false, '', '', 'allowed', '')"
                )
                inserted.set()
                go_on.wait(20)
        except Exception as error:
            failures.append(error)
            inserted.set()

    thread = threading.Thread(target=slow)
    thread.start()
    assert inserted.wait(20)
    write(3)
    first = seal_log()
    go_on.set()
    thread.join(20)
    assert failures == []
    assert first <= 2  # what came after the slow transaction began waits for it
    seal_all(6 - first)
    assert verify().broken is None


def test_a_restored_database_asks_for_a_new_epoch_and_goes_on(sealed):
    """In another cluster the transactions count from the beginning: as if the sealed ones lay in the future."""
    future = 2**40
    as_owner("UPDATE audit_accesslogseal SET to_xid = %s WHERE number = 3", future)
    write(1)
    with pytest.raises(Refusal, match="復元"):
        seal_log()


def test_rows_of_a_new_epoch_stand_after_all_earlier_ones(sealed):
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    try:
        call_command("begin_log_epoch", stdout=StringIO())
        write(2)
        as_owner("UPDATE audit_accesslog SET xid = '3'::xid8 WHERE epoch = 2")
        seal_all(2)
        assert verify().broken is None
        assert newest().epoch == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("ALTER TABLE audit_accesslog ALTER COLUMN epoch SET DEFAULT 1")


class TestCommands:
    def run(self, *arguments):
        out = StringIO()
        call_command("verify_log", *arguments, stdout=out, stderr=StringIO())
        return out.getvalue()

    def test_all_well(self, sealed):
        said = self.run()
        assert "一致: 10行、封印 3個" in said
        assert fingerprint(newest()).hex()[:32] in said

    def test_a_break_ends_with_code_one_and_the_row(self, sealed):
        as_owner("UPDATE audit_accesslog SET reason = 'x' WHERE id = %s", sealed[5].pk)
        with pytest.raises(CommandError, match=f"封印 2、行 {sealed[5].pk}") as stopped:
            self.run()
        assert stopped.value.returncode == 1

    def test_with_the_exported_notes_and_keys_on_another_machine(self, sealed, tmp_path, settings):
        notes, public = tmp_path / "seals.json", tmp_path / "keys.txt"
        for path, arguments in ((notes, []), (public, ["--keys"])):
            out = StringIO()
            call_command("export_seals", *arguments, stdout=out)
            path.write_text(out.getvalue())
        settings.LOG_SEAL_KEY = "s9:" + "MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM="
        assert "一致" in self.run("--anchor", str(notes), "--keys", str(public))
        assert [row["number"] for row in json.loads(notes.read_text())["seals"]] == [1, 2, 3]

    @pytest.mark.parametrize("content", ["", "{}", '{"seals": [1]}', "x"])
    def test_an_unreadable_note_is_refused_in_words(self, sealed, tmp_path, content):
        path = tmp_path / "seals.json"
        path.write_text(content)
        with pytest.raises(CommandError, match="控えの形"):
            self.run("--anchor", str(path))

    def test_a_missing_file_is_refused_in_words(self, db, tmp_path):
        with pytest.raises(CommandError, match="読めません"):
            self.run("--anchor", str(tmp_path / "none"))

    @pytest.mark.parametrize(
        "value", ["", "s1", "s1:", "s1:!!!", "s1:QUJD", ":MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM="]
    )
    def test_a_malformed_key_is_refused_in_words(self, db, settings, value):
        settings.LOG_SEAL_KEY = value
        with pytest.raises(CommandError, match="KAIGO_LOG_SEAL_KEY"):
            self.run()


class TestNightly:
    def test_a_sound_log_is_a_finished_job(self, sealed):
        factories.office("本庁", is_head=True)
        jobs.run_nightly()
        job = JobRun.objects.get(kind="verify-log")
        assert (job.state, job.counts["行"], job.counts["異常"]) == ("done", 10, 0)

    def test_a_break_is_an_issue_and_an_urgent_notice_to_those_who_review_the_log(self, sealed):
        factories.office("本庁", is_head=True)
        auditor = factories.staff("access_log.view", name="監査 正")
        factories.staff("eligibility.view")
        as_owner("DELETE FROM audit_accesslog WHERE id = %s", sealed[5].pk)
        jobs.run_nightly()
        job = JobRun.objects.get(kind="verify-log")
        (issue,) = job.issues.all()
        assert (issue.code, issue.line) == ("log-broken", sealed[5].pk)
        notice = Notice.objects.get()
        assert (notice.staff, notice.urgent) == (auditor, True)


class TestWhatTheApplicationMay:
    """The second barrier: the application's own database role."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE {p} SET reason = ''", "DELETE FROM {p}", "TRUNCATE {p}", "INSERT INTO {p} SELECT * FROM audit_accesslog",
            "DROP TABLE {p}", "ALTER TABLE audit_accesslog DETACH PARTITION {p}",
            "CREATE TABLE audit_accesslog_1999_01 PARTITION OF audit_accesslog FOR VALUES FROM ('1999-01-01') TO ('1999-02-01')",
            "DELETE FROM audit_accesslogseal", "UPDATE audit_accesslogseal SET number = 9",
            "ALTER TABLE audit_accesslog ALTER COLUMN epoch SET DEFAULT 5",
        ],
    )  # fmt: skip
    def test_it_cannot_touch_what_is_written(self, sealed, statement):
        with connection.cursor() as cursor:
            cursor.execute("SELECT tableoid::regclass::text FROM audit_accesslog LIMIT 1")
            (partition,) = cursor.fetchone()
        with (
            pytest.raises(ProgrammingError, match=r"denied|must be owner"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(p=partition))

    def test_it_can_ask_for_the_next_partitions_and_they_are_closed_too(self, db):
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_accesslog_partition((now() + interval '200 days')::date)")
            (name,) = cursor.fetchone()
            try:
                cursor.execute(
                    "SELECT has_table_privilege('kaigo_app', %s, 'UPDATE, DELETE, TRUNCATE, INSERT')", [name]
                )
                assert cursor.fetchone() == (False,)
            finally:
                cursor.execute("RESET ROLE")
                cursor.execute(f"DROP TABLE {name}")

    @pytest.mark.parametrize("month", ["1999-12-01", "2999-01-01"])
    def test_absurd_months_are_refused(self, db, month):
        with pytest.raises(ProgrammingError, match="no partition"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT audit_accesslog_partition(%s)", [month])
