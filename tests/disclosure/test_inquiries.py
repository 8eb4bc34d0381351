"""公用照会: the ground, person by person, protected persons, individual numbers, the log of what was given."""

import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader

from audit.decisions import services as decisions
from audit.disclosure import documents, inquiries, queries
from audit.disclosure.models import InquirySubject, OfficialInquiry
from audit.models import AccessLog
from eligibility.models import Resident
from kaigo.common import checkdigits
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests import factories
from tests.disclosure.conftest import TODAY, actor, subject_of

pytestmark = pytest.mark.django_db
NUMBER = next(str(n) for n in range(100_000_000_000, 100_000_000_200) if checkdigits.is_individual_number(str(n)))


def values(**more):
    return {
        "inquirer": "みほん警察署長", "person_in_charge": "", "postal_code": "2600001", "address": "あおば市中央区都町9-9",
        "document_number": "捜第1号", "document_on": date(2026, 11, 18), "received_on": date(2026, 11, 20), "ground": "11",
        "authority_check": "公印と折返しの電話", "items": "住所、認定の有無", "wants_number": False, "due_on": None, "note": "",
    } | more  # fmt: skip


@pytest.fixture
def row(officer, office):
    return inquiries.receive(actor(officer), office, values())


def answer(officer, row, subject, **more):
    row.refresh_from_db()
    fields = {"named": "山田太郎", "answer": "given", "content": "あおば市中央区都町", "reason": ""} | more
    return inquiries.answer(actor(officer), row, subject, version=row.version, **fields)


def propose(officer, row):
    row.refresh_from_db()
    return inquiries.propose(actor(officer), row, version=row.version)


def test_from_receipt_to_the_letter_and_the_log(row, officer, chief, person):
    answer(officer, row, subject_of(person))
    made = propose(officer, row)
    assert not AccessLog.objects.filter(act="print").exists()
    decisions.approve(actor(chief), made, version=made.version)
    row.refresh_from_db()
    assert (row.state, row.answered_on) == ("answered", TODAY)
    given = AccessLog.objects.get(file="disclosure", act="print")
    assert given.subjects == [person.resident.public_id]
    assert "刑事訴訟法197条2項" in given.reason
    letter = "\n".join(p.extract_text() for p in PdfReader(io.BytesIO(documents.answer_letter(row))).pages)
    assert "みほん警察署長" in letter
    assert "あおば市中央区都町" in letter


def test_who_is_refused_or_not_found_is_not_given(row, officer, chief, person):
    answer(officer, row, subject_of(person), answer="refused", reason="根拠が足りない", content="消える")
    answer(officer, row, None, named="不明 花子")
    made = propose(officer, row)
    decisions.approve(actor(chief), made, version=made.version)
    assert not AccessLog.objects.filter(file="disclosure", act="print").exists()
    refused, unknown = InquirySubject.objects.order_by("id")
    assert (refused.content, unknown.answer, unknown.subject) == ("", "not_found", None)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"content": " "}, "no-content"),
        ({"answer": "refused"}, "no-reason"),
        ({"content": f"番号は{NUMBER}"}, "number"),
    ],
)
def test_answers_that_cannot_be(row, officer, person, more, code):
    with pytest.raises(Refusal, match=code):
        answer(officer, row, subject_of(person), **more)
    assert not InquirySubject.objects.exists()


def test_a_ground_that_allows_the_number_still_needs_the_right(officer, office, person):
    row = inquiries.receive(actor(officer), office, values(ground="12", wants_number=True))
    with pytest.raises(Forbidden):
        answer(officer, row, subject_of(person), content=f"番号は{NUMBER}")


def test_a_protected_person_is_looked_at_again_by_somebody_else(row, officer, chief, person):
    Resident.objects.filter(pk=person.resident.pk).update(is_protected=True)
    line = answer(officer, row, subject_of(person))
    with pytest.raises(Refusal, match="protected"):
        propose(officer, row)
    with pytest.raises(Forbidden):
        inquiries.confirm_protected(actor(officer), line)
    inquiries.confirm_protected(actor(chief), line)
    assert propose(officer, row).state == "circulating"


def test_without_anybody_nothing_is_proposed(row, officer):
    with pytest.raises(Refusal, match="nobody"):
        propose(officer, row)


def test_an_entry_is_taken_back_only_before_the_proposal(row, officer, person):
    line = answer(officer, row, subject_of(person))
    inquiries.take_back(actor(officer), line)
    assert not InquirySubject.objects.exists()
    line = answer(officer, row, subject_of(person))
    propose(officer, row)
    with pytest.raises(Conflict):
        inquiries.take_back(actor(officer), InquirySubject.objects.select_related("inquiry").get(pk=line.pk))


@pytest.mark.parametrize(
    ("more", "code"),
    [({"received_on": TODAY + timedelta(days=1)}, "received"), ({"document_on": date(2026, 11, 21)}, "document")],
)
def test_days_that_cannot_be(officer, office, more, code):
    with pytest.raises(Refusal, match=code):
        inquiries.receive(actor(officer), office, values(**more))


def test_without_the_right_to_view_the_person_there_is_no_answer(row, office, person):
    clerk = factories.staff("disclosure.view", "disclosure.enter")
    with pytest.raises(Forbidden):
        answer(clerk, row, subject_of(person))


def test_statistics_count_what_was_answered(row, officer, chief, person):
    assert queries.statistics(actor(officer)) == []
    answer(officer, row, subject_of(person))
    made = propose(officer, row)
    decisions.approve(actor(chief), made, version=made.version)
    assert queries.statistics(actor(officer)) == [("警察・検察", "刑事訴訟法197条2項（捜査関係事項照会）", 1)]


def test_a_withdrawn_inquiry_is_over(row, officer):
    row = inquiries.withdraw(actor(officer), row, reason="撤回", version=row.version)
    assert row.state == OfficialInquiry.State.WITHDRAWN
    with pytest.raises(Conflict):
        answer(officer, row, None)
