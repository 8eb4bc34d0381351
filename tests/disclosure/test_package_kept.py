"""What is handed over is what was decided: nothing before the decision, nothing that was left out, nothing that moved."""

import io
from datetime import date

import pytest
from django.urls import reverse
from pypdf import PdfReader

from audit.actor import Actor
from audit.decisions import services as decisions
from audit.decisions.queries import latest
from audit.disclosure import documents, holdings, requests
from audit.disclosure.models import Request
from audit.files import read_stored
from audit.models import AccessLog
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal
from tests import factories
from tests.disclosure.house import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return House()


def paper(client, house, row, act="package", staff=None):
    client.force_login(staff or house.hogo)
    return client.get(reverse("request-paper", args=[row.public_id, act]))


def text_of(content):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def tax_lines(subject, label="合計所得金額"):
    return [item for _, lines in holdings.items(subject) for item in lines if item.label == label]


def leave_out(house, row, *items):
    row.refresh_from_db()
    requests.leave_out(Actor.of(house.hogo), row, {i.key: "法78条1項2号" for i in items}, version=row.version)


def left_out_values(row):
    return [item.value for _, lines in requests.shown(row) for item, reason in lines if reason]


def test_what_was_left_out_stays_left_out_when_a_later_row_arrives(house):
    factories.tax_record(house.person, 2025, total_income=111_000)
    row = house.request()
    (old,) = tax_lines(house.person.public_id)
    leave_out(house, row, old)
    factories.tax_record(house.person, 2026, total_income=222_000)
    assert left_out_values(row) == [old.value]


def test_the_package_is_not_handed_out_before_it_is_decided(client, house):
    row = house.request()
    assert paper(client, house, row).status_code == 409
    house.propose(row)
    assert paper(client, house, row).status_code == 409
    house.approve(row)
    assert paper(client, house, row)["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("decision", [Request.Decision.NONE, Request.Decision.NOT_HELD, Request.Decision.SILENT])
def test_a_decision_that_shows_nothing_prints_no_package(client, house, decision):
    row = house.approve(house.propose(house.request(), decision, "法78条1項2号に当たるため"))
    assert paper(client, house, row).status_code == 409


def test_what_arrived_after_the_proposal_is_not_handed_over(client, house):
    factories.tax_record(house.person, 2025, total_income=111_000)
    row = house.propose(house.request())
    factories.tax_record(house.person, 2026, total_income=222_000)
    house.approve(row)
    text = text_of(paper(client, house, row).content)
    assert "111,000" in text
    assert "222,000" not in text


def test_what_was_not_looked_at_is_not_proposed(house):
    row = house.request()
    with pytest.raises(Refusal, match="unchecked"):
        requests.propose(Actor.of(house.hogo), row, decision="whole", grounds="", version=row.version)


def test_what_changed_since_it_was_looked_at_must_be_looked_at_again(house):
    row = house.request()
    leave_out(house, row)
    factories.tax_record(house.person, 2026, total_income=222_000)
    row.refresh_from_db()
    with pytest.raises(Refusal, match="unchecked"):
        requests.propose(Actor.of(house.hogo), row, decision="whole", grounds="", version=row.version)
    leave_out(house, row)
    assert house.propose(row).package


def test_the_decider_sees_which_package_goes_out(house):
    row = house.propose(house.request())
    assert ("開示資料の要約値", row.package.sha256) in requests.KIND.rows(row.public_id)


def test_after_a_return_it_is_proposed_anew_with_what_was_chosen_then(house):
    factories.tax_record(house.person, 2025, total_income=111_000)
    row = house.propose(house.request())
    decision = latest(row.public_id)
    decisions.return_(Actor.of(house.kacho), decision, version=decision.version, reason="見直し")
    leave_out(house, row, *tax_lines(house.person.public_id))
    decision.refresh_from_db()
    with pytest.raises(Conflict, match="anew"):
        decisions.resend(Actor.of(house.hogo), decision, version=decision.version, comment="見直しました")
    row = house.approve(house.propose(row, Request.Decision.PART, "法78条1項2号に当たるため"))
    assert "111,000" not in text_of(b"".join(read_stored(row.package)))


def test_a_letter_printed_again_later_bears_the_day_of_the_decision(house):
    row = house.approve(house.propose(house.request()))
    first = documents.decision_letter(row)
    with clock.at(date(2027, 1, 5)):
        assert documents.decision_letter(row) == first


def test_the_package_of_a_protected_person_warns_who_decides(house):
    house.person.is_protected = True
    house.person.save()
    row = house.propose(house.request(by=Request.By.LEGAL, relation="親権者、戸籍謄本"))
    assert any("支援措置" in f"{label}{value}" for label, value in requests.KIND.rows(row.public_id))


def test_every_file_of_the_package_is_in_the_access_log(client, house):
    factories.assessment(house.insured)
    row = house.approve(house.propose(house.request()))
    paper(client, house, row)
    files = set(AccessLog.objects.filter(act="print", subjects=[house.person.public_id]).values_list("file", flat=True))
    assert {"eligibility", "levy", "disclosure"} <= files


def test_who_decides_reads_what_would_be_handed_over_and_only_then(client, house):
    row = house.request()
    assert paper(client, house, row, staff=house.kacho).status_code == 403
    house.propose(row)
    page = client.get(reverse("request", args=[row.public_id])).content.decode()
    assert "起案された開示用の資料" in page
    assert paper(client, house, row, staff=house.kacho).content.startswith(b"%PDF")
    assert (
        AccessLog.objects.filter(file="disclosure", act="print", staff=house.kacho).exclude(outcome="refused").exists()
    )
    assert paper(client, house, row, "decision", staff=house.kacho).status_code == 403
    house.approve(row)
    assert paper(client, house, row, staff=house.kacho).status_code == 403
