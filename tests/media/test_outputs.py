"""No export and no printed document of the house carries an individual number (E13): every one is made and looked at.

A room that registers a new kind of export, or prints a new template, adds how it is made here; until then this fails.
"""

import io
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from audit.media import kinds
from audit.media.kinds import Asked
from audit.media.scan import find_individual_numbers
from audit.models import AccessLog, Office
from eligibility.models import IndividualNumber, PersonKey
from kaigo.common import checkdigits, clock, crypto
from levy import documents as notices
from tests import factories
from tests.media.papers import DOCUMENTS, TABLES

pytestmark = pytest.mark.django_db
YEAR = 2026


def individual_number(serial):
    body = f"{70000000000 + serial:011}"
    return next(body + str(digit) for digit in range(10) if checkdigits.is_individual_number(f"{body}{digit}"))


@pytest.fixture
def town():
    """Three insured persons of the levy, each with an individual number that is held, sealed as in production."""
    factories.office("本庁", is_head=True, ward_code="")
    people = []
    for serial in range(3):
        assessment = factories.assessment(fiscal_year=YEAR, run=None if not people else people[0].run)
        _hold(assessment.insured.resident, individual_number(serial))
        people.append(assessment)
    factories.card(people[0].insured, ended_on=clock.today(), end="lost", recover=True)
    for born in (date(1926, 6, 1), date(1961, 7, 15)):
        factories.resident(birth_date=born)
    AccessLog.objects.create(
        at=clock.now(), act="view", file="levy", staff_name="賦課 一郎", reason="照会のため",
        subjects=[person.insured.resident.public_id for person in people],
    )  # fmt: skip
    return people


def _hold(resident, number):
    key = crypto.new_data_key()
    context = f"individual_number:{resident.public_id}"
    PersonKey.objects.create(resident=resident, wrapped=crypto.ring().wrap(key, f"person:{resident.public_id}"))
    IndividualNumber.objects.create(
        resident=resident, sealed=crypto.seal(key, number.encode(), context),
        lookup=crypto.ring().lookup(number, "individual_number"),
    )  # fmt: skip


EXPORTS = {
    "levy-ledger": {"year": YEAR},
    "cards-coming": {"first": "2026-07-01"},
    "cards-unreturned": {},
    "centenarians": {"year": YEAR},
    "access-log": {"day_from": "2020-01-01", "day_to": "2030-01-01"},
}


class TestExports:
    def test_every_kind_is_known_here(self):
        assert {kind.name for kind in kinds.kinds()} == set(EXPORTS)

    @pytest.mark.parametrize("name", sorted(EXPORTS))
    def test_it_holds_rows_and_no_individual_number(self, town, name):
        kind = kinds.kind_of(name)
        asked = Asked(frozenset(Office.objects.values_list("pk", flat=True)), EXPORTS[name])
        content = "".join(kind.text(asked))
        assert content.count("\r\n") >= 1 + kind.count(asked) >= 2
        assert find_individual_numbers(io.BytesIO(content.encode())) == []

    @pytest.mark.parametrize("name", sorted(EXPORTS))
    def test_its_conditions_are_said_without_one(self, name):
        assert find_individual_numbers(io.BytesIO(kinds.kind_of(name).described(EXPORTS[name]).encode())) == []


class TestTables:
    """Lists that a part writes out by itself."""

    def test_every_module_that_writes_tables_is_known_here(self):
        assert calling(r"csv_text\(|csv\.writer\(") == {
            "audit/personnel/documents.py", "audit/registers/documents.py", "audit/roles/documents.py", "levy/export.py",
        }  # fmt: skip

    @pytest.mark.parametrize("name", sorted(TABLES))
    def test_it_holds_rows_and_no_individual_number(self, town, name):
        text = TABLES[name](town)
        assert text.count("\r\n") >= 2
        assert find_individual_numbers(io.BytesIO(text.encode())) == []


class TestDocuments:
    def test_every_printed_template_is_known_here(self):
        assert printed_templates() == set(DOCUMENTS)

    @pytest.mark.parametrize("name", sorted(DOCUMENTS))
    def test_it_has_pages_and_no_individual_number(self, town, name):
        content = DOCUMENTS[name](town)
        assert content.startswith(b"%PDF")
        assert find_individual_numbers(io.BytesIO(content)) == []

    def test_one_that_did_would_be_found(self, town):
        resident = town[0].insured.resident
        resident.building = individual_number(1)
        resident.save()
        assert find_individual_numbers(io.BytesIO(notices.premium_notices([town[0]])))


def printed_templates():
    """The templates that code hands to the renderer of PDFs."""
    root = Path(settings.BASE_DIR)
    sources = [path for path in root.glob("*/**/documents.py") if "tests" not in path.parts]
    return {name for path in sources for name in re.findall(r'"([\w/]+\.html)"', path.read_text(encoding="utf8"))}


def test_only_documents_modules_print():
    """So that the list above is the whole house's."""
    assert {Path(name).name for name in calling(r"render_(pdf|bundle)\(")} == {"documents.py"}


def calling(pattern):
    """The modules of the rooms in which a pattern occurs."""
    root = Path(settings.BASE_DIR)
    rooms = [path for room in ("audit", "eligibility", "levy", "linkage") for path in (root / room).rglob("*.py")]
    return {str(p.relative_to(root)) for p in rooms if re.search(pattern, p.read_text(encoding="utf8"))}


def test_the_numbers_are_really_held(town):
    """Else the tests above would prove nothing."""
    assert IndividualNumber.objects.count() == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM eligibility_individualnumber WHERE length(sealed) > 12")
        assert cursor.fetchone() == (3,)
