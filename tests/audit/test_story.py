"""The change history as a story: old and new, who and why, nothing that must not be said."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from audit import story
from audit.actor import Actor
from audit.history import recorded
from audit.models import AppendOnly
from audit.rights import File
from eligibility.models import (
    CardProposal,
    Finding,
    HouseholdMembership,
    IndividualNumber,
    PersonKey,
    Resident,
    ResidentCode,
    ResidentVersion,
    SearchKey,
)
from eligibility.story import HOUSEHOLD, NUMBER, RESIDENT
from kaigo.common import clock
from levy.models import Assessment, Instalment
from tests import factories

ALL = (File.ELIGIBILITY, File.LEVY)


@pytest.fixture
def clerk(db):
    return Actor.of(factories.staff("eligibility.view", name="窓口 春子"))


def change(actor, row, reason="番地の訂正", **fields):
    with transaction.atomic(), recorded(actor, reason):
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()


def lines(change):
    return {line.label: (line.old, line.new) for line in change.lines}


def test_a_change_is_told_with_old_and_new_who_and_why(clerk):
    person = factories.resident()
    change(clerk, person, lot="4番5号")
    newest = story.story(person.pk, ALL, mask=False)[0]
    assert (newest.who, newest.reason) == ("窓口 春子", "番地の訂正")
    (told,) = newest.changes
    assert (told.title, told.act, lines(told)) == ("住民", "変更", {"番地": ("2番3号", "4番5号")})


def test_the_first_version_says_what_was_registered_and_leaves_out_what_is_empty(clerk):
    person = factories.resident()
    first = story.story(person.pk, ALL, mask=False)[-1]
    said = {label: new for told in first.changes for label, (_, new) in lines(told).items()}
    assert said["氏名"] == "山田　太郎"
    assert said["性別"] == "男"
    assert "方書" in said
    assert "通称" not in said


def test_codes_days_and_periods_are_said_in_words(clerk):
    person = factories.resident()
    membership = HouseholdMembership.objects.get(resident=person)
    change(clerk, membership, relationship="04", period=DateRange(date(1990, 4, 1), date(2026, 4, 1)))
    told = story.story(person.pk, ALL, mask=False)[0].changes[0]
    assert lines(told) == {"続柄": ("世帯主", "子"), "期間": ("H2.4.1〜", "H2.4.1〜R8.3.31")}


def test_one_act_on_two_tables_is_one_entry(clerk):
    person = factories.resident()
    with transaction.atomic(), recorded(clerk, "転居"):
        Resident.objects.filter(pk=person.pk).update(lot="9番9号")
        HouseholdMembership.objects.filter(resident=person).update(household_number="9" * 15)
    newest = story.story(person.pk, ALL, mask=False)[0]
    assert {told.title for told in newest.changes} == {"住民", "世帯員"}


def test_a_deleted_row_is_told_with_what_it_held(clerk):
    person = factories.resident()
    with transaction.atomic(), recorded(clerk, "誤った登録の取消し"):
        HouseholdMembership.objects.filter(resident=person).delete()
    (told,) = story.story(person.pk, ALL, mask=False)[0].changes
    assert told.act == "削除"
    assert lines(told)["続柄"] == ("世帯主", None)


def test_the_individual_number_is_told_as_changed_and_never_shown(clerk):
    person = factories.resident()
    number = IndividualNumber.objects.create(resident=person, sealed=b"one", lookup=b"a")
    change(clerk, number, "番号の変更", sealed=b"two", lookup=b"b")
    (told,) = story.story(person.pk, ALL, mask=False)[0].changes
    assert (told.title, lines(told)) == ("個人番号", {"暗号文": (story.SEALED, story.SEALED)})
    assert [bytes(version.row.sealed) for version in NUMBER.read(person.pk)] == [b"one", b"two"]


def test_a_protected_person_s_addresses_are_masked_the_earlier_ones_too(clerk):
    person = factories.resident(is_protected=True)
    change(clerk, person, lot="4番5号")
    told = [line for entry in story.story(person.pk, ALL, mask=True) for c in entry.changes for line in c.lines]
    words = " ".join(f"{line.old} {line.new}" for line in told)
    assert story.MASKED in words
    for secret in ("2番3号", "4番5号", "都町"):
        assert secret not in words


def test_a_batch_is_named(db):
    person = factories.resident()
    job = factories.job("import-tax", finished_at=clock.now())
    factories.tax_record(person, job=job)
    entry = next(e for e in story.story(person.pk, ALL, mask=False) if e.batch)
    assert entry.changes[0].title == "税情報"
    assert entry.reason == "税情報の取込"


def test_a_later_tax_record_is_a_change_of_its_year(db):
    person = factories.resident()
    first = factories.job("import-tax", finished_at=clock.now() - timedelta(days=7))
    second = factories.job("import-tax", finished_at=clock.now())
    factories.tax_record(person, job=first, total_income=0)
    factories.tax_record(person, job=second, total_income=1_200_000, history_serial=2, received_on=date(2026, 6, 12))
    (told,) = story.story(person.pk, [File.LEVY], mask=False)[0].changes
    assert told.act == "変更"
    assert lines(told)["合計所得金額"] == ("0", "1,200,000")


def test_a_file_that_the_reader_may_not_see_is_not_told(db):
    person = factories.resident()
    factories.tax_record(person)
    titles = {c.title for e in story.story(person.pk, [File.ELIGIBILITY], mask=False) for c in e.changes}
    assert "税情報" not in titles


def test_the_number_of_statements_does_not_grow_with_the_changes(clerk):
    person = factories.resident()

    def statements():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            story.story(person.pk, ALL, mask=False)
        return len(queries)

    before = statements()
    for number in range(5):
        change(clerk, person, lot=f"{number}番")
    assert statements() == before


def test_what_was_known_at_a_moment_is_the_last_version_before_it(clerk):
    person = factories.resident()
    before = clock.now()
    change(clerk, person, lot="4番5号")
    HouseholdMembership.objects.filter(resident=person).delete()
    assert [version.row.lot for version in story.known(RESIDENT, person.pk, before)] == ["2番3号"]
    assert [version.row.lot for version in story.known(RESIDENT, person.pk, clock.now())] == ["4番5号"]
    assert len(story.known(HOUSEHOLD, person.pk, before)) == 1
    assert story.known(HOUSEHOLD, person.pk, clock.now()) == []


def test_nothing_was_known_before_the_first_version(db):
    person = factories.resident()
    assert story.known(RESIDENT, person.pk, clock.now() - timedelta(days=1)) == []


def test_a_table_is_registered_once():
    with pytest.raises(ValueError, match="registered twice"):
        story.register(RESIDENT)


# Tables about a person that need no event table, and why.
UNTRACKED = {
    PersonKey: "key material: destroying it is the erasure, so no copy may survive",
    Assessment: "a row of a committed run cannot be changed (trigger); a reassessment is a new row",
    Instalment: "as its assessment",
    ResidentVersion: "every version that arrives is a row of its own and is never changed",
    ResidentCode: "sealed, shown to nobody, and only ever what the register last said",
    SearchKey: "made anew from the tables that are tracked",
    Finding: "what a comparison saw; the next one brings it in line, and what a correction writes is tracked itself",
    CardProposal: "the preview of a run: it decides nothing, and goes with it",
}


def about_a_person(model: type[models.Model], seen: tuple = ()) -> bool:
    if model is Resident:
        return True
    towards = [f.related_model for f in model._meta.concrete_fields if f.is_relation and f.related_model]
    return any(m not in seen and about_a_person(m, (*seen, model)) for m in towards)


def test_every_table_about_a_person_keeps_its_history():
    """pghistory's own event tables aside: tracked, only growing, or named above with the reason."""
    bare = [
        model.__name__
        for model in apps.get_models()
        if about_a_person(model)
        and not hasattr(model, "pgh_tracked_model")
        and not hasattr(model, "pgh_event_model")
        and not issubclass(model, AppendOnly)
        and model not in UNTRACKED
    ]
    assert bare == []


@pytest.mark.parametrize("act", ["update", "delete"])
def test_an_instalment_in_force_is_never_changed(db, act):
    decision = factories.assessment()
    rows = Instalment.objects.filter(assessment=decision)
    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic():
        rows.update(amount=1) if act == "update" else rows.delete()
    assert rows.exists()


def test_an_instalment_of_a_preview_may_go(db):
    decision = factories.assessment(committed=False)
    Instalment.objects.filter(assessment=decision).delete()
    assert not Instalment.objects.filter(assessment=decision).exists()
