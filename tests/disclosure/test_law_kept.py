"""Days, decisions and refusals of the requests, at their borders."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from audit.actor import Actor
from audit.decisions import services
from audit.decisions.queries import latest
from audit.disclosure import inquiries, queries, requests
from audit.disclosure.models import Request
from audit.models import AccessLog
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests import factories
from tests.disclosure.house import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return House()


def code(refusal):
    return refusal.value.code


def test_thirty_days_count_from_the_day_after_receipt(house):
    row = house.request()
    assert row.due_on == clock.today() + timedelta(days=30)


def test_an_extension_adds_thirty_days_once(house):
    row = house.request()
    requests.extend(Actor.of(house.hogo), row, reason="大量のため", version=row.version)
    row.refresh_from_db()
    assert row.due_on == clock.today() + timedelta(days=60)
    with pytest.raises(Conflict) as refusal:
        requests.extend(Actor.of(house.hogo), row, reason="さらに", version=row.version)
    assert code(refusal) == "extended"


def test_on_the_last_day_it_may_be_extended_and_on_the_next_not(house):
    last = house.request(received_on=clock.today() - timedelta(days=30))
    requests.extend(Actor.of(house.hogo), last, reason="大量のため", version=last.version)
    late = house.request(received_on=clock.today() - timedelta(days=31))
    with pytest.raises(Conflict) as refusal:
        requests.extend(Actor.of(house.hogo), late, reason="大量のため", version=late.version)
    assert code(refusal) == "too-late"


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"received_on": date(2199, 1, 1)}, "received"),
        ({"by": Request.By.AGENT, "relation": " "}, "relation"),
        ({"method": ""}, "method"),
        ({"documents": []}, "documents"),
        ({"documents": ["X"]}, "documents"),
    ],
)
def test_what_cannot_be_received(house, values, wanted):
    with pytest.raises(Refusal) as refusal:
        house.request(**values)
    assert code(refusal) == wanted
    assert not Request.objects.exists()


@pytest.mark.parametrize("decision", [d for d in Request.Decision if d not in requests.DECISIONS["disclosure"]])
def test_a_disclosure_cannot_end_as_a_correction_does(house, decision):
    with pytest.raises(Refusal):
        house.propose(house.request(), decision, "理由")


def test_the_proposer_does_not_decide(house):
    row = house.request()
    requests.leave_out(Actor.of(house.futari), row, {}, version=row.version)
    row.refresh_from_db()
    requests.propose(Actor.of(house.futari), row, decision="whole", grounds="", version=row.version)
    decision = latest(row.public_id)
    with pytest.raises(Refusal):
        services.approve(Actor.of(house.futari), decision, version=decision.version)
    row.refresh_from_db()
    assert row.state == Request.State.PROPOSED


def test_returned_it_may_be_proposed_again(house):
    row = house.propose(house.request())
    decision = latest(row.public_id)
    services.return_(Actor.of(house.kacho), decision, version=decision.version, reason="理由の補足")
    row.refresh_from_db()
    assert row.state == Request.State.RECEIVED
    house.approve(house.propose(row))
    assert row.state == Request.State.DECIDED


def test_another_office_sees_no_request(house):
    house.request()
    assert not queries.requests(Actor.of(house.midori)).exists()
    assert queries.requests(Actor.of(house.hogo)).count() == 1


def test_each_person_given_is_a_provision_in_the_log_with_its_ground(house):
    row = house.inquiry()
    other = factories.insured(factories.resident("鈴木　花子", "スズキ　ハナコ", office=house.head)).resident
    house.answer(row)
    house.answer(row, other, answer="refused", content="", reason="必要性が示されていない")
    house.answer(row, answer="not_found", content="", reason="")
    house.approve(house.propose_answer(row))
    (logged,) = AccessLog.objects.filter(file="disclosure", act="print")
    assert logged.subjects == [house.person.public_id]
    assert "刑事訴訟法197条2項" in logged.reason
    assert not logged.number_shown


def test_a_number_goes_out_only_on_a_ground_that_allows_it(house):
    number = "123456789018"
    row = house.inquiry(ground="11")
    with pytest.raises(Refusal) as refusal:
        house.answer(row, content=f"個人番号は{number}")
    assert code(refusal) == "number"
    with pytest.raises(Forbidden):
        house.answer(house.inquiry(ground="12"), content=f"個人番号は{number}")


@pytest.mark.parametrize("field", ["named", "reason"])
def test_a_number_is_found_wherever_it_was_typed(house, field):
    values = {field: "個人番号123456789018", "answer": "refused", "content": "", "reason": "個人番号123456789018"}
    with pytest.raises(Refusal):
        house.answer(house.inquiry(), **values)


def test_a_protected_person_needs_a_second_look_by_who_did_not_enter_the_line(house):
    house.person.is_protected = True
    house.person.save()
    row = house.inquiry()
    line = house.answer(row, by=house.futari)
    with pytest.raises(Refusal) as refusal:
        house.propose_answer(row)
    assert code(refusal) == "protected"
    with pytest.raises(Forbidden):
        inquiries.confirm_protected(Actor.of(house.futari), line)
    inquiries.confirm_protected(Actor.of(house.kacho), line)
    assert house.propose_answer(row).state == "proposed"


def test_the_statistics_count_by_the_day_of_the_answer(house):
    row = house.inquiry()
    house.answer(row)
    house.approve(house.propose_answer(row))
    assert queries.statistics(Actor.of(house.kacho)) == [("警察・検察", "刑事訴訟法197条2項（捜査関係事項照会）", 1)]


def test_a_withdrawn_request_is_not_decided_by_an_old_proposal(house):
    row = house.propose(house.request())
    decision = latest(row.public_id)
    services.return_(Actor.of(house.kacho), decision, version=decision.version, reason="理由の補足")
    row.refresh_from_db()
    requests.withdraw(Actor.of(house.hogo), row, reason="請求者の申出", version=row.version)
    decision.refresh_from_db()
    with pytest.raises(Conflict):
        services.resend(Actor.of(house.hogo), decision, version=decision.version, comment="")
    row.refresh_from_db()
    assert row.state == Request.State.WITHDRAWN


def test_a_returned_answer_may_be_corrected_and_proposed_again(house):
    row = house.inquiry()
    house.answer(row)
    house.propose_answer(row)
    decision = latest(row.public_id)
    services.return_(Actor.of(house.kacho), decision, version=decision.version, reason="根拠の確認")
    assert house.approve(house.propose_answer(row)).state == "answered"


def test_nothing_is_confirmed_after_the_proposal(house):
    row = house.inquiry()
    line = house.answer(row)
    house.propose_answer(row)
    line.refresh_from_db()
    with pytest.raises(Conflict):
        inquiries.confirm_protected(Actor.of(house.kacho), line)


def test_who_was_found_is_shown_to_who_enters_and_who_decides(client, house):
    row = house.inquiry()
    house.answer(row, named="山田某")
    client.force_login(house.hogo)
    page = client.get(reverse("official-inquiry", args=[row.public_id])).content.decode()
    assert "山田某" in page
    assert house.subject().name in page
    assert house.subject().number in page
    house.propose_answer(row)
    said = dict(inquiries.KIND.rows(row.public_id))["山田某"]
    assert house.subject().name in said
    assert house.subject().number in said
