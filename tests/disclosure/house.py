"""People with fixed relations to a request and an inquiry, and the shortest way to each of their states."""

from datetime import date, timedelta

from audit.actor import Actor
from audit.decisions import queries as decision_queries
from audit.decisions import services as decisions
from audit.disclosure import inquiries, requests
from audit.disclosure.models import OfficialInquiry, Request
from audit.models import Office
from audit.subjects import describe
from kaigo.common import clock
from tests import factories

DESK = (
    "disclosure.view", "disclosure.enter", "disclosure.print", "eligibility.view", "levy.view", "decisions.view",
)  # fmt: skip
CHIEF = ("disclosure.view", "disclosure.decide", "decisions.view", "decisions.decide", "eligibility.view")


class House:
    """hogo keeps the ledger, futari is a colleague with the same rights, kacho decides, midori is of another office."""

    def __init__(self):
        self.head = Office.objects.filter(is_head=True).first() or factories.office("本庁", is_head=True, ward_code="")
        self.ward = factories.office("緑区役所")
        everywhere = [self.head, self.ward]
        self.hogo = factories.staff(*DESK, at=self.head, offices=everywhere, name="保護 明子")
        self.futari = factories.staff(*DESK, *CHIEF, at=self.head, offices=everywhere, name="二人 目")
        self.kacho = factories.staff(*CHIEF, at=self.head, offices=everywhere, name="管理 典子")
        self.midori = factories.staff(*DESK, *CHIEF, at=self.ward, name="緑 三郎")
        self.person = factories.resident(office=self.head)
        self.insured = factories.insured(self.person)

    def request(self, **values):
        asked = {
            "kind": Request.Kind.DISCLOSURE, "received_on": clock.today(), "channel": Request.Channel.COUNTER,
            "by": Request.By.SELF, "requester": "山田　太郎", "relation": "", "postal_code": "2600001",
            "address": "あおば市中央区都町一丁目2番3号", "documents": ["1"], "asked": "介護保険の保有個人情報の全部",
            "method": Request.Method.COPY,
        } | values  # fmt: skip
        return requests.receive(Actor.of(self.hogo), self.subject(), self.head, asked)

    def subject(self, person=None):
        person = person or self.person
        return describe([person.public_id])[person.public_id]

    def inquiry(self, **values):
        asked = {
            "inquirer": "あおば警察署長", "postal_code": "2600002", "address": "あおば市中央区", "ground": "11",
            "document_on": clock.today() - timedelta(days=3), "received_on": clock.today(), "wants_number": False,
            "authority_check": "公印を確かめた", "items": "資格の取得日と喪失日", "due_on": None, "note": "",
        } | values  # fmt: skip
        return inquiries.receive(Actor.of(self.hogo), self.head, asked)

    def answer(self, row, person=None, *, by=None, **values):
        asked = {"named": "山田太郎", "answer": "given", "content": "資格取得日 平成14年3月4日", "reason": ""} | values
        row.refresh_from_db()
        subject = None if asked["answer"] == "not_found" else self.subject(person)
        return inquiries.answer(Actor.of(by or self.hogo), row, subject, version=row.version, **asked)

    def approve(self, row):
        """The section's manager approves what was proposed about the row."""
        decision = decision_queries.latest(row.public_id)
        decisions.approve(Actor.of(self.kacho), decision, version=decision.version)
        row.refresh_from_db()
        return row

    def propose(self, row, decision=Request.Decision.WHOLE, grounds=""):
        row.refresh_from_db()
        if not row.items_digest and decision in requests.SHOWING:
            requests.leave_out(Actor.of(self.hogo), row, {}, version=row.version)
            row.refresh_from_db()
        requests.propose(Actor.of(self.hogo), row, decision=decision, grounds=grounds, version=row.version)
        row.refresh_from_db()
        return row

    def propose_answer(self, row):
        row.refresh_from_db()
        inquiries.propose(Actor.of(self.hogo), row, version=row.version)
        row.refresh_from_db()
        return row


LONG_AGO = date(2020, 1, 6)
ANSWERED = OfficialInquiry.State.ANSWERED
