"""Approval in a real browser: returned and sent again, several at once, laying a route; all by keyboard."""

import pytest
from playwright.sync_api import expect

from audit.actor import Actor
from audit.decisions.models import Decision, Route
from audit.disclosure import inquiries
from audit.models import Office
from tests.disclosure.test_inquiries import values


@pytest.fixture
def propose(staff):
    """An official inquiry whose answer waits for a decision; its public id."""

    def make(inquirer):
        officer, head = Actor.of(staff["hogo"]), Office.objects.get(is_head=True)
        row = inquiries.receive(officer, head, values(inquirer=inquirer))
        line = {"named": "見本 太郎", "answer": "not_found", "content": "", "reason": ""}
        inquiries.answer(officer, row, None, version=row.version, **line)
        row.refresh_from_db()
        inquiries.propose(officer, row, version=row.version)
        return row.public_id

    return make


def correct(site):
    """Another answer on the inquiry's page, and proposed anew from there."""
    site.press("取り消す")
    site.fill({"照会書に書かれた氏名等": "見本 太朗"})
    site.page.get_by_label("回答※必須").select_option(label="該当なし")
    site.page.get_by_role("button", name="記録する", exact=True).press("Enter")
    expect(site.page.get_by_role("rowheader", name="見本 太朗")).to_be_visible()
    site.check()
    site.press("回答を起案する")


def test_returned_with_a_reason_corrected_proposed_anew_and_decided(site, propose):
    page, address = site.page, f"/official-inquiries/{propose('みほん警察署長')}/"
    decision = Decision.objects.get()
    site.sign_in("kacho")
    site.follow("伺書を決裁する")
    expect(page.get_by_text("あなたの番です")).to_be_visible()
    site.check()
    page.get_by_role("link", name=decision.number, exact=True).press("Enter")
    site.press("起案者に差し戻す")
    site.refused()
    page.get_by_label("意見・理由").fill("氏名の漢字が違う")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="起案者に差し戻す")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("差し戻しました")).to_be_visible()
    site.check()
    site.hand_over("hogo")
    site.follow("差し戻された伺書を直す")
    page.get_by_role("link", name=decision.number, exact=True).press("Enter")
    expect(page.get_by_text("氏名の漢字が違う")).to_be_visible()
    expect(page.get_by_text("新しく起案すると、この伺書は終わります")).to_be_visible()
    site.check()
    site.page.get_by_role("main").get_by_role("link", name="対象の画面", exact=True).press("Enter")
    correct(site)
    expect(page.get_by_text("決裁待ち").first).to_be_visible()
    site.check()
    decision.refresh_from_db()
    assert decision.state == Decision.State.WITHDRAWN
    site.decide("kacho", address)
    expect(page.get_by_text("決裁済")).to_be_visible()
    expect(page.get_by_text("見本 太朗")).to_be_visible()
    site.check()
    assert site.paper("伺書を印刷する").startswith(b"%PDF")


def test_several_decided_at_once_and_one_of_them_sent_back(site, propose):
    page, names = site.page, ("みほん警察署長", "みほん地方裁判所", "みほん税務署長")
    first, second, third = (Decision.objects.get(about=propose(name)) for name in names)
    site.sign_in("hogo")
    site.open("/decisions/gather/")
    for row in (first, second):
        page.get_by_role("checkbox", name=row.number).press("Space")
    page.get_by_label("件名").fill("警察と裁判所への回答")
    site.check()
    site.press("一括伺書を作る")
    site.check()
    assert site.paper("一括伺書を印刷する").startswith(b"%PDF")
    site.hand_over("kacho")
    site.open("/decisions/?which=inbox")
    site.check()
    for row in (first, second, third):
        page.get_by_role("checkbox", name=row.number).press("Space")
    site.press("まとめて決裁する")
    expect(page.get_by_text("みほん税務署長")).to_be_visible()
    site.check()
    page.get_by_role("checkbox", name=third.number).press("Space")
    site.press("印を付けた件を決裁する")
    site.refused()
    expect(page.get_by_role("checkbox", name=third.number)).not_to_be_checked()
    page.get_by_label("差し戻す理由").fill("根拠を確かめること")
    site.press("印を付けた件を決裁する")
    expect(page.get_by_text("2件を処理し、1件を差し戻しました")).to_be_visible()
    site.check()
    states = [decision.state for decision in Decision.objects.order_by("number")]
    assert states == ["approved", "approved", "returned"]


def test_a_route_is_laid_down_decided_on_and_followed(site, propose):
    page = site.page
    site.sign_in("kanri")
    site.open("/decisions/routes/")
    site.check()
    site.follow("決裁経路を定める")
    site.check()
    page.get_by_label("決裁の種類").select_option(label="公用照会への回答")
    step = page.get_by_role("group", name="1段目")
    step.get_by_label("区分").select_option(label="決裁")
    step.get_by_label("処理する人").select_option(label="職名の職員")
    step.get_by_label("職名", exact=True).fill("課長")
    site.fill({"理由・根拠": "事務決裁規程の改正"})
    site.press("起案する")
    expect(page.get_by_text("別の職員の決裁で効力を生じます")).to_be_visible()
    route = f"/decisions/routes/{Route.objects.get().public_id}/"
    site.decide("kacho", route)
    site.open(route)
    expect(page.get_by_text("適用中")).to_be_visible()
    site.check()
    site.open("/decisions/routes/")
    expect(page.get_by_role("row", name="公用照会への回答")).to_contain_text("決裁：課長")
    site.check()
    site.decide("kacho", f"/official-inquiries/{propose('みほん警察署長')}/")
    expect(page.get_by_role("table", name="決裁の段階")).to_contain_text("課長")
