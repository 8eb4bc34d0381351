"""The resident register: persons, households over time, secrets, and the insured periods that follow."""

from datetime import date

import pytest
from django.db import connection

from audit.intake import Counts
from audit.jobs import execute, retry_job
from audit.jobs.kinds import _KINDS
from audit.models import JobFile, JobRun
from eligibility import intake
from eligibility.models import HouseholdMembership, IndividualNumber, Insured, InsuredPeriod, PersonKey, Resident
from kaigo.common import crypto
from linkage.importing import Intake
from linkage.jobs import INTAKES
from tests.linkage.incoming import counts, individual_number, refusals, resident, write


def households(number=1):
    rows = HouseholdMembership.objects.filter(resident__addressee_number=f"{number:015}").order_by("period")
    return [(int(r.household_number), r.relationship, r.period.lower, r.period.upper) for r in rows]


def periods(number=1):
    rows = InsuredPeriod.objects.filter(insured__resident__addressee_number=f"{number:015}").order_by("period")
    return [(r.period.lower, r.period.upper, r.acquisition_reason, r.loss_reason) for r in rows]


def version(serial, reason="04", day="20260501", **more):
    return resident(1, 履歴番号=str(serial), 異動事由コード=reason, 異動年月日=day, **more)


def leaving(serial, day, reason="05", status="2", **more):
    """A version with which the person leaves: 転出 unless told otherwise."""
    return version(serial, reason, day, 住民状態=status, 住民でなくなった日=day, **more)


ONCE_OR_ONE_BY_ONE = pytest.mark.parametrize("once", [True, False], ids=["one file", "one by one"])


def take(desk, rows, once):
    for part in [rows] if once else [[row] for row in rows]:
        desk.take("JUMIN", *part, kind=2)


# --- persons


def test_a_person_is_stored_as_registered_with_keys_for_search(desk):
    desk.take("JUMIN", resident(1, 氏名="葛󠄀城　﨑子", 氏名カナ="ｶﾂﾗｷﾞ ｻｷｺ", 通称="サキ", 支援措置区分="1"))
    found = Resident.objects.get()
    assert (found.name, found.kana, found.alias) == ("葛󠄀城　﨑子", "カツラギ　サキコ", "サキ")
    assert (found.name_key, found.kana_key) == ("葛城崎子", "カツラギサキコ")
    assert (found.birth_date, found.office.ward_code, found.is_protected) == (date(1950, 6, 1), "12101", True)
    assert (found.row_version, found.history_serial) == (1, 1)


def test_a_name_that_unfolds_beyond_its_search_key_is_stored_whole(desk):
    desk.take("JUMIN", resident(1, 氏名="㍿" * 80))
    found = Resident.objects.get()
    assert found.name == "㍿" * 80
    assert len(found.name_key) == Resident._meta.get_field("name_key").max_length


def test_of_several_versions_the_highest_is_the_present_state(desk):
    job = desk.take(
        "JUMIN", version(1, "01", "20100401"), version(2, 番地="9-9"), version(3, "11", "20260520", 氏名="新　花子")
    )
    found = Resident.objects.get()
    assert (found.lot, found.name, found.history_serial) == ("1-2-3", "新　花子", 3)
    assert counts(job) == (3, 3, 0, 0)


def test_a_change_raises_the_row_version(desk):
    desk.take("JUMIN", resident(1))
    desk.take("JUMIN", version(2, 番地="9-9"), kind=2)
    found = Resident.objects.get()
    assert (found.lot, found.row_version) == ("9-9", 2)


def test_the_same_rows_again_are_unchanged(desk):
    desk.take("JUMIN", resident(1), resident(2))
    assert counts(desk.take("JUMIN", resident(1), resident(2))) == (2, 0, 2, 0)
    assert set(Resident.objects.values_list("row_version", flat=True)) == {1}


# --- rows that cannot be used


def test_an_unknown_ward_is_refused_and_the_others_go_on(desk):
    job = desk.take("JUMIN", resident(1, 区コード="12199"), resident(2))
    assert refusals(job) == [(3, "unknown-ward")]
    assert counts(job) == (2, 1, 0, 1)


def test_of_a_person_who_comes_twice_the_first_row_is_used(desk):
    job = desk.take("JUMIN", resident(1), resident(2), resident(1, 番地="9-9"), resident(2, 番地="8-8"))
    assert refusals(job) == [(5, "duplicate-row"), (6, "duplicate-row")]
    assert set(Resident.objects.values_list("lot", flat=True)) == {"1-2-3"}


def test_a_repeated_version_is_refused(desk):
    job = desk.take("JUMIN", resident(1), resident(1))
    assert (refusals(job), counts(job)) == ([(4, "duplicate-row")], (2, 1, 0, 1))


def test_one_individual_number_for_two_persons_is_refused_for_the_second(desk):
    job = desk.take("JUMIN", resident(1), resident(2, 個人番号=individual_number(1)))
    assert refusals(job) == [(4, "number-in-use")]
    later = desk.take("JUMIN", resident(3, 個人番号=individual_number(1)))
    assert refusals(later) == [(3, "number-in-use")]
    assert Resident.objects.count() == 1


@pytest.mark.parametrize(
    "changes", [{"番地": "9-9"}, {"世帯番号": "000000000000999"}, {"個人番号": individual_number(7)}]
)
def test_another_content_under_a_known_history_serial_is_stale(desk, changes):
    desk.take("JUMIN", resident(1, 履歴番号="2"))
    job = desk.take("JUMIN", resident(1, 履歴番号="2", **changes))
    assert (refusals(job), counts(job)) == ([(3, "stale-row")], (1, 0, 0, 1))


def test_a_version_that_comes_late_takes_its_place_and_the_present_state_stays(desk):
    desk.take("JUMIN", resident(1, 履歴番号="5", 異動年月日="20260501", 世帯番号="000000000000202"))
    assert households() == [(202, "01", date(2010, 4, 1), None)]
    job = desk.take("JUMIN", resident(1, 履歴番号="4", 番地="9-9"), kind=2)
    assert (refusals(job), counts(job)) == ([], (1, 1, 0, 0))
    assert Resident.objects.get().lot == "1-2-3"
    assert households() == [(101, "01", date(2010, 4, 1), date(2026, 5, 1)), (202, "01", date(2026, 5, 1), None)]


WRONG_ROWS = {
    "impossible-date": {"生年月日": "3640230"},
    "birth-in-future": {"生年月日": "5090101"},
    "death-before-birth": {"住民状態": "3", "住民でなくなった日": "19400101", "住民となった日": "19400101"},
    "check-digit": {"個人番号": individual_number(1)[:-1] + str((int(individual_number(1)[-1]) + 1) % 10)},
    "missing": {"氏名カナ": ""},
    "unknown-code": {"続柄コード": "09"},
    "too-long": {"氏名": "長" * 81},
    "not-digits": {"宛名番号": "12345"},
    "not-date": {"異動年月日": "2026-05-01"},
}


@pytest.mark.parametrize("code", WRONG_ROWS)
def test_a_wrong_row_is_named_and_the_good_ones_are_stored(desk, code):
    job = desk.take("JUMIN", resident(1, **WRONG_ROWS[code]), resident(2))
    assert (refusals(job), counts(job)) == ([(3, code)], (2, 1, 0, 1))
    assert Resident.objects.get().addressee_number == f"{2:015}"


# --- households


def test_the_first_household_begins_with_the_stay(desk):
    desk.take("JUMIN", resident(1, 異動年月日="20150101"))
    assert households() == [(101, "01", date(2010, 4, 1), None)]


def test_a_moved_person_closes_the_former_household(desk):
    desk.take("JUMIN", resident(1))
    desk.take("JUMIN", version(2, "07", 世帯番号="000000000000202", 続柄コード="05"), kind=2)
    assert households() == [(101, "01", date(2010, 4, 1), date(2026, 5, 1)), (202, "05", date(2026, 5, 1), None)]


def test_a_full_file_tells_the_same_households_as_its_changes(desk):
    first, second = resident(1), version(2, "07", 世帯番号="000000000000202")
    desk.take("JUMIN", first)
    desk.take("JUMIN", second, kind=2)
    kept = list(HouseholdMembership.objects.order_by("id").values())
    third = version(3, "11", "20260520", 世帯番号="000000000000202", 氏名="新　花子")
    desk.take("JUMIN", first, second, third)
    assert list(HouseholdMembership.objects.order_by("id").values()) == kept


def test_a_change_that_is_not_of_the_household_leaves_it(desk):
    desk.take("JUMIN", resident(1))
    desk.take("JUMIN", version(2, "11", 氏名="新　花子"), kind=2)
    assert households() == [(101, "01", date(2010, 4, 1), None)]


@ONCE_OR_ONE_BY_ONE
@pytest.mark.parametrize(
    ("row", "until", "reason"),
    [
        (leaving(2, "20260510"), date(2026, 5, 11), "move_out"),
        (leaving(2, "20260510", 転出先転入日="20260510"), date(2026, 5, 10), "move_out"),
        (leaving(2, "20260510", 転出先転入日="20260512"), date(2026, 5, 11), "move_out"),
        (leaving(2, "20260331", "06", "3"), date(2026, 4, 1), "death"),
        (leaving(2, "20260510", "09", "4"), date(2026, 5, 11), "removed"),
    ],
    ids=["move out", "same day elsewhere", "elsewhere later", "death on the last of a month", "removed"],
)
def test_leaving_closes_household_and_insurance_on_the_day_of_loss(desk, row, until, reason, once):
    take(desk, [resident(1), row], once)
    assert households() == [(101, "01", date(2010, 4, 1), until)]
    assert periods() == [(date(2015, 5, 31), until, "age", reason)]


@ONCE_OR_ONE_BY_ONE
def test_a_cancelled_move_out_leaves_no_gap(desk, once):
    take(desk, [resident(1), leaving(2, "20260510"), version(3, "10", "20260520")], once)
    assert households() == [(101, "01", date(2010, 4, 1), None)]
    assert periods() == [(date(2015, 5, 31), None, "age", "")]


def test_a_retroactive_change_replaces_what_was_said_of_those_days(desk):
    desk.take("JUMIN", resident(1))
    desk.take("JUMIN", version(2, "07", "20260501", 世帯番号="000000000000202"), kind=2)
    desk.take("JUMIN", version(3, "07", "20260415", 世帯番号="000000000000303"), kind=2)
    assert households() == [(101, "01", date(2010, 4, 1), date(2026, 4, 15)), (303, "01", date(2026, 4, 15), None)]


# --- insured periods


@pytest.mark.parametrize(
    ("birth", "day"),
    [("3360605", "2026-06-04"), ("3360606", "2026-06-05"), ("3350229", "2025-02-28"), ("3360401", "2026-03-31")],
)
def test_the_65th_birthday_acquires_the_day_before(desk, birth, day):
    desk.take("JUMIN", resident(1, 生年月日=birth))
    assert periods() == [(date.fromisoformat(day), None, "age", "")]


def test_who_becomes_65_tomorrow_is_not_yet_insured(desk):
    desk.take("JUMIN", resident(1, 生年月日="3360607"))
    assert not Insured.objects.exists()


def test_who_moves_in_after_65_acquires_on_that_day(desk):
    desk.take("JUMIN", resident(1, 異動事由コード="02", 異動年月日="20260515", 住民となった日="20260515"))
    assert periods() == [(date(2026, 5, 15), None, "move_in", "")]


def test_who_lives_in_a_facility_here_but_is_insured_elsewhere_is_not_insured(desk):
    desk.take("JUMIN", resident(1, 住所地特例区分="1", 特例保険者番号="131011"))
    assert not Insured.objects.exists()


@ONCE_OR_ONE_BY_ONE
def test_who_comes_back_keeps_the_former_period_and_the_number(desk, once):
    back = version(3, "02", "20260301", 住民となった日="20260301")
    take(desk, [resident(1), leaving(2, "20250910"), back], once)
    assert households() == [
        (101, "01", date(2010, 4, 1), date(2025, 9, 11)), (101, "01", date(2026, 3, 1), None)
    ]  # fmt: skip
    assert periods() == [
        (date(2015, 5, 31), date(2025, 9, 11), "age", "move_out"), (date(2026, 3, 1), None, "move_in", "")
    ]  # fmt: skip
    assert Insured.objects.count() == 1


def test_a_corrected_birth_date_corrects_the_period(desk):
    desk.take("JUMIN", resident(1))
    insured = Insured.objects.get()
    desk.take("JUMIN", version(2, "11", 生年月日="3250701"), kind=2)
    assert periods() == [(date(2015, 6, 30), None, "age", "")]
    assert Insured.objects.get().insured_number == insured.insured_number
    assert Insured.objects.get().row_version == insured.row_version + 1


def test_a_death_keeps_the_identity_of_the_period(desk):
    desk.take("JUMIN", resident(1))
    before = InsuredPeriod.objects.get()
    desk.take("JUMIN", leaving(2, "20260331", "06", "3"), kind=2)
    after = InsuredPeriod.objects.get()
    assert (after.pk, after.period.upper, after.loss_reason) == (before.pk, date(2026, 4, 1), "death")
    assert [step[0] for step in after.trace] == ["attained", "acquired.age", "lost.death"]


def test_insured_numbers_go_on_where_they_ended(desk):
    desk.take("JUMIN", resident(2), resident(1))
    desk.take("JUMIN", resident(3), kind=2)
    numbers = list(Insured.objects.order_by("resident__addressee_number").values_list("insured_number", flat=True))
    assert [number[:9] for number in numbers] == ["000000001", "000000002", "000000003"]


def test_a_number_of_public_assistance_does_not_disturb_the_sequence(desk):
    desk.take("JUMIN", resident(1), resident(9, 生年月日="4020101"))
    Insured.objects.create(
        resident=Resident.objects.get(addressee_number=f"{9:015}"), insurer_number="121004", insured_number="H000000001"
    )
    desk.take("JUMIN", resident(3), kind=2)
    assert Insured.objects.filter(insured_number__startswith="000000002").exists()


# --- secrets


def test_the_individual_number_is_sealed_under_the_persons_own_key_and_found_by_its_hash(desk):
    desk.take("JUMIN", resident(1), resident(2))
    found = IndividualNumber.objects.get(lookup=crypto.ring().lookup(individual_number(2), "individual_number"))
    assert found.resident.addressee_number == f"{2:015}"
    key = crypto.ring().unwrap(bytes(PersonKey.objects.get(resident=found.resident).wrapped), f"person:{2:015}")
    assert crypto.unseal(key, found.sealed, f"individual_number:{2:015}").decode() == individual_number(2)
    assert len({bytes(key.wrapped) for key in PersonKey.objects.all()}) == 2


def test_a_changed_individual_number_is_sealed_under_the_same_key(desk):
    desk.take("JUMIN", resident(1))
    before = bytes(PersonKey.objects.get().wrapped)
    desk.take("JUMIN", version(2, "11", 個人番号=individual_number(77)), kind=2)
    assert bytes(PersonKey.objects.get().wrapped) == before
    key = crypto.ring().unwrap(before, f"person:{1:015}")
    sealed = IndividualNumber.objects.get().sealed
    assert crypto.unseal(key, sealed, f"individual_number:{1:015}").decode() == individual_number(77)


def test_no_table_holds_an_individual_number_in_plain(desk):
    desk.take("JUMIN", resident(1), resident(2, 個人番号=individual_number(1)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        tables = [row[0] for row in cursor.fetchall()]
        for table in tables:
            for plain in (individual_number(1), individual_number(1).encode().hex()):
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{plain}%"])
                assert cursor.fetchone()[0] == 0, table


# --- accountability


def test_every_version_knows_who_when_and_why(desk):
    job = desk.take("JUMIN", resident(1))
    later = desk.take("JUMIN", version(2, "07", 世帯番号="000000000000202"), kind=2)
    for model in (Resident, HouseholdMembership, Insured, InsuredPeriod):
        events = list(model.events.rel.related_model.objects.select_related("pgh_context"))
        assert events, model
        for event in events:
            context = event.pgh_context.metadata
            assert (context["staff"], context["reason"]) == (desk.actor.staff_id, "住民記録の取込")
            assert context["job"] in (job.pk, later.pk)


def test_a_broken_off_store_leaves_nothing_and_ends_as_if_it_had_run_once(desk, monkeypatch):
    path = write(desk.folder, "JUMIN", [resident(1), resident(2), resident(3, 区コード="12199")])
    monkeypatch.setattr(intake, "_write_numbers", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.take_path("JUMIN", path)
    job = JobRun.objects.get()
    assert job.state == "failed"
    assert "もう一度実行" in job.failure
    assert not Resident.objects.exists()
    assert not JobFile.objects.exists()
    assert not job.issues.exists()
    monkeypatch.undo()
    retry_job(desk.actor, job, version=job.version, enqueue=False)
    job = execute(str(job.public_id))
    assert (job.state, counts(job), refusals(job)) == ("done", (3, 2, 0, 1), [(5, "unknown-ward")])


def test_a_job_that_died_after_its_commit_has_nothing_left_to_do(desk):
    job = desk.take("JUMIN", resident(1))
    JobRun.objects.filter(pk=job.pk).update(state="running")
    again = execute(str(job.public_id))
    assert (again.state, counts(again), Resident.objects.count()) == ("done", (1, 1, 0, 0), 1)


def test_rows_that_do_not_add_up_are_a_defect_and_nothing_is_stored(desk, monkeypatch):
    def forgetful(work, about, chunks):
        return Counts(sum(len(chunk) for chunk in chunks) - 1, 0, 0)

    broken = Intake("import-residents", "住民記録", "JUMIN", INTAKES[0].file, forgetful)
    monkeypatch.setitem(_KINDS, "import-residents", broken.job_kind())
    with pytest.raises(RuntimeError, match="do not add up"):
        desk.take("JUMIN", resident(1), resident(2))
