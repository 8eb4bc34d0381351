"""A whole invented city is taken in; what is refused is exactly what its manifest says is wrong."""

import json
from collections import Counter

import pytest

from eligibility.insurance import stale
from eligibility.models import IndividualNumber, Insured, InsuredPeriod, PersonKey, Resident
from kaigo.common import clock
from levy.models import AssistancePeriod, PensionRecord, TaxRecord
from linkage.counterparts.city import CityConfig, make_city
from linkage.jobs import INTAKES
from tests.linkage.city_files import day8
from tests.linkage.incoming import DAY, counts

CODES = {
    "impossible_date": {"impossible-date"},
    "future_birth": {"birth-in-future"},
    "death_before_birth": {"death-before-birth", "ends-before-start", "resident-before-birth"},
    "wrong_check_digit": {"check-digit"},
    "unknown_ward": {"unknown-ward"},
    "duplicate": {"duplicate-row"},
    "missing_kana": {"missing"},
    "unknown_code": {"unknown-code"},
    "too_long_name": {"too-long"},
    "unknown_person": {"unknown-person"},
    "negative_amount": {"negative-amount"},
    "not_a_number": {"not-amount"},
    "missing_value": {"missing"},
}


@pytest.fixture
def city(desk):
    """A city of 600 insured persons, in which one row in fifty is wrong."""
    folder = desk.folder / "city"
    make_city(CityConfig(600, faulty=0.02), folder)
    return folder, json.loads((folder / "city.json").read_text())


@pytest.fixture
def taken(desk, city):
    folder, _ = city
    order = [intake.layout for intake in INTAKES]
    paths = sorted(folder.glob("*.csv"), key=lambda path: (order.index(path.name.split("_")[0]), path.name))
    jobs = {}
    for path in paths:
        with clock.at(day8(path.name.split("_")[1])):
            jobs[path.name] = desk.take_path(path.name.split("_")[0], path)
    return jobs


def test_a_city_is_taken_in_with_exactly_the_issues_of_its_manifest(city, taken):
    _, manifest = city
    assert {job.failure for job in taken.values()} == {""}
    for name, job in taken.items():
        expected = {f["line"]: f["kind"] for f in manifest["faults"] + manifest["consequences"] if f["file"] == name}
        found = dict(job.issues.filter(refused=True).values_list("line", "code"))
        assert set(found) == set(expected)
        assert [(found[line], kind) for line, kind in expected.items() if found[line] not in CODES[kind]] == []
        keys = dict(job.issues.values_list("line", "key"))
        wrong = [f for f in manifest["faults"] if f["file"] == name and keys[f["line"]] != f["addressee_number"]]
        assert wrong == []


def test_every_row_is_stored_or_unchanged_or_refused(city, taken):
    _, manifest = city
    rows = {file["name"]: file["rows"] for file in manifest["files"]}
    for name, job in taken.items():
        read, stored, unchanged, refused = counts(job)
        assert read == rows[name] == stored + unchanged + refused
        assert refused == job.issues.filter(refused=True).count()


def test_every_issue_says_what_is_wrong_and_how_to_mend_it(taken):
    for job in taken.values():
        assert not job.issues.filter(message="").exists()
        assert not job.issues.filter(remedy="").exists()


def test_the_insured_are_those_that_the_city_expects(city, taken):
    _, manifest = city
    insured = InsuredPeriod.objects.filter(period__contains=DAY, category="1")
    # who leaves or dies on the very day is insured to its end, but no resident of the city any more
    leaving = insured.filter(insured__resident__resident_until=DAY)
    assert insured.count() - leaving.count() == manifest["insured_expected"]
    assert stale(DAY) == []


def test_insured_numbers_follow_the_day_of_acquisition_and_carry_a_check_digit(taken):
    from kaigo.common.checkdigits import is_insured_number

    people = Insured.objects.order_by("insured_number").prefetch_related("periods").select_related("resident")
    order = [(min(p.period.lower for p in i.periods.all()), i.resident.addressee_number) for i in people]
    assert order == sorted(order)
    assert all(is_insured_number(i.insured_number, "mod10") for i in people)


def test_everybody_has_a_key_a_number_and_one_household_at_a_time(taken):
    from django.db import connection

    residents = Resident.objects.count()
    assert PersonKey.objects.count() == IndividualNumber.objects.count() == residents > 1500
    with connection.cursor() as cursor:
        cursor.execute("""SELECT count(*) FROM eligibility_resident r WHERE status = '1' AND NOT EXISTS
            (SELECT 1 FROM eligibility_householdmembership h WHERE h.resident_id = r.id AND upper_inf(h.period))""")
        assert cursor.fetchone()[0] == 0
        cursor.execute("""SELECT count(*) FROM eligibility_householdmembership h JOIN eligibility_resident r
            ON r.id = h.resident_id WHERE status <> '1' AND upper_inf(h.period)""")
        assert cursor.fetchone()[0] == 0


def test_what_decides_a_premium_is_there(city, taken):
    assert TaxRecord.objects.filter(fiscal_year=2026).count() > 600
    assert TaxRecord.objects.values("received_on").distinct().count() == 2
    assert AssistancePeriod.objects.count() + PensionRecord.objects.count() > 400
    latest = Counter(TaxRecord.objects.values_list("resident", flat=True)).most_common(1)
    assert latest[0][1] == 2  # the correction of the second week stands beside what it corrects


def test_the_same_people_in_a_newer_file_change_nothing(desk, city, taken):
    folder, _ = city
    before = list(Resident.objects.order_by("id").values()), list(InsuredPeriod.objects.order_by("id").values())
    events = Resident.events.rel.related_model.objects.count()
    for layout in ("JUMIN", "SEIHO", "NENKIN"):
        original = next(folder.glob(f"{layout}_*.csv")).read_bytes()
        newer = desk.folder / f"{layout}_20260605_002.csv"
        newer.write_bytes(original.replace(b",1,20260605,1,", b",1,20260605,2,", 1))
        read, stored, unchanged, refused = counts(desk.take_path(layout, newer))
        assert (stored, read) == (0, unchanged + refused)
    assert before == (
        list(Resident.objects.order_by("id").values()),
        list(InsuredPeriod.objects.order_by("id").values()),
    )
    assert Resident.events.rel.related_model.objects.count() == events
