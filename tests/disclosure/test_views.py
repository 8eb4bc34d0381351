"""The screens of requests and inquiries as the officer for personal information presses them."""

import uuid

import pytest
from django.urls import reverse

from audit.disclosure import holdings, inquiries
from audit.disclosure.models import InquirySubject, OfficialInquiry, Redaction, Request
from audit.models import AccessLog
from tests import factories
from tests.disclosure.conftest import actor, asked
from tests.disclosure.test_inquiries import values

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client):
    def go(person):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return go


def body(answer):
    return answer.content.decode()


def typed(office, person, **more):
    return asked(office=office.public_id, insured_number=person.insured_number, submission=uuid.uuid4(), **more)


class TestRequests:
    def test_receiving_on_screen(self, sign_in, officer, office, person):
        client = sign_in(officer)
        assert client.get(reverse("request-new")).status_code == 200
        answer = client.post(reverse("request-new"), typed(office, person))
        row = Request.objects.get()
        assert answer.url == reverse("request", args=[row.public_id])
        page = body(client.get(answer.url))
        assert "山田　太郎" in page
        assert "令和8年12月20日" in page
        assert "個人番号カード" in page
        assert row.number in body(client.get(reverse("requests"), {"state": "open"}))
        seen = AccessLog.objects.get(route="request", act="view")
        assert (seen.file, seen.subjects) == ("disclosure", [person.resident.public_id])

    def test_nobody_and_a_bad_postal_code_are_said_and_nothing_is_lost(self, sign_in, officer, office, person):
        client = sign_in(officer)
        page = body(client.post(reverse("request-new"), typed(office, person) | {"insured_number": "0000000000"}))
        assert "該当する人がいません" in page
        page = body(client.post(reverse("request-new"), typed(office, person, postal_code="26-00001")))
        assert "数字7桁" in page
        assert "自分の介護保険の記録すべて" in page
        assert not Request.objects.exists()

    def test_choosing_what_is_left_out(self, sign_in, officer, receive):
        row = receive()
        client, url = sign_in(officer), reverse("request-items", args=[row.public_id])
        page = body(client.get(url))
        assert "山田　太郎" in page
        item = next(i for _, lines in holdings.items(row.subject) for i in lines if i.label == "氏名")
        sent = {"leave-out": [item.key], "version": row.version, "submission": uuid.uuid4()}
        assert "理由を入れてください" in body(client.post(url, sent))
        client.post(url, sent | {f"reason-{item.key}": "法78条1項2号", "submission": uuid.uuid4()})
        assert Redaction.objects.get().reason == "法78条1項2号"
        assert "法78条1項2号" in body(client.get(reverse("request", args=[row.public_id])))
        assert AccessLog.objects.filter(reason=f"{row.number}の開示", act="view").exists()

    def test_every_act_from_the_page(self, sign_in, officer, receive):
        row = receive()
        client = sign_in(officer)

        def act(name, **more):
            row.refresh_from_db()
            sent = {"version": row.version, "submission": uuid.uuid4()} | more
            return client.post(reverse("request-act", args=[row.public_id, name]), sent)

        assert act("suspend", days=3).status_code == 302
        assert act("extend", reason="大量のため").status_code == 302
        assert "理由、または行わない理由を入れてください" in body(act("propose", decision="none", grounds=""))
        row.refresh_from_db()
        assert (row.suspended_days, row.state) == (3, "received")
        assert "開示する項目の確認が済んでいません" in body(act("propose", decision="whole", grounds=""))
        row.refresh_from_db()
        items = {"version": row.version, "submission": uuid.uuid4()}
        client.post(reverse("request-items", args=[row.public_id]), items)
        assert act("propose", decision="whole", grounds="").status_code == 302
        assert act("withdraw", reason="x").status_code == 200
        assert act("burn").status_code == 404
        row.refresh_from_db()
        assert row.state == "proposed"

    def test_papers(self, sign_in, officer, receive):
        row = receive()
        client = sign_in(officer)
        for act, status in (("whole", 200), ("package", 409), ("decision", 409), ("extension", 409), ("x", 404)):
            answer = client.get(reverse("request-paper", args=[row.public_id, act]))
            assert answer.status_code == status, act
        assert AccessLog.objects.filter(act="print", file="eligibility", subjects=[row.subject]).count() == 1

    def test_a_viewer_has_no_buttons_and_is_refused(self, sign_in, receive, chief):
        row = receive()
        page = body(sign_in(chief).get(reverse("request", args=[row.public_id])))
        assert "決定を起案する" not in page
        assert "PDF" not in page
        assert sign_in(chief).get(reverse("request-paper", args=[row.public_id, "whole"])).status_code == 403
        assert sign_in(chief).get(reverse("request-items", args=[row.public_id])).status_code == 403


class TestInquiries:
    def test_receiving_answering_proposing(self, sign_in, officer, office, person):
        client = sign_in(officer)
        sent = {k: v for k, v in values(office=office.public_id).items() if v not in (None, False)}
        answer = client.post(reverse("official-inquiry-new"), sent | {"submission": uuid.uuid4()})
        row = OfficialInquiry.objects.get()
        assert answer.url == reverse("official-inquiry", args=[row.public_id])
        line = {"insured_number": person.insured_number, "named": "山田太郎", "answer": "given", "content": "都町に居住",
                "version": row.version, "submission": uuid.uuid4()}  # fmt: skip
        assert client.post(answer.url, line).status_code == 302
        row.refresh_from_db()
        assert "都町に居住" in body(client.get(answer.url))
        act = reverse("official-inquiry-act", args=[row.public_id, "propose"])
        assert client.post(act, {"version": row.version, "submission": uuid.uuid4()}).status_code == 302
        row.refresh_from_db()
        assert row.state == "proposed"
        assert client.get(reverse("official-inquiry-paper", args=[row.public_id])).status_code == 409
        assert "みほん警察署長" in body(client.get(reverse("official-inquiries"), {"text": "みほん"}))

    def test_nobody_found_needs_no_number(self, sign_in, officer, office):
        row = inquiries.receive(actor(officer), office, values())
        client, url = sign_in(officer), reverse("official-inquiry", args=[row.public_id])
        client.post(url, {"named": "不明 花子", "answer": "not_found", "version": 1, "submission": uuid.uuid4()})
        line = InquirySubject.objects.get()
        client.post(reverse("official-inquiry-line", args=[line.public_id, "take-back"]), {"submission": uuid.uuid4()})
        assert not InquirySubject.objects.exists()

    def test_another_office_finds_nothing(self, sign_in, officer, office):
        row = inquiries.receive(actor(officer), office, values())
        outsider = factories.staff("disclosure.view", "disclosure.print", at=factories.office("緑区役所"))
        client = sign_in(outsider)
        for name in ("official-inquiry", "official-inquiry-paper"):
            assert client.get(reverse(name, args=[row.public_id])).status_code == 404


def test_the_register_of_files_on_screen_and_paper(sign_in, officer):
    client = sign_in(officer)
    page = body(client.get(reverse("file-book")))
    assert "介護保険の被保険者の資格の得喪" in page
    assert "保存期間" in page
    assert client.get(reverse("file-book-pdf")).content.startswith(b"%PDF")
