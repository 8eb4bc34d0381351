"""The registers of personal-information handling in a real browser, from the entry to the chief who closes it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from audit.registers import rules
from audit.registers.models import Accident, Contract, SelfCheck
from kaigo.common import clock
from kaigo.common.wareki import format_wareki


@pytest.fixture
def enter(site):
    """An entry typed in by the officer; its address."""

    def make(key, fields, prepare=lambda page: None):
        page = site.page
        site.sign_in("hogo")
        site.open(f"/registers/{key}/new/")
        page.get_by_role("button", name="保存する").press("Enter")
        expect(page.get_by_role("alert")).to_be_focused()
        site.check()
        page.get_by_label("所属").select_option(label="本庁")
        fill(page, {"件名": "試験の記録"} | fields)
        prepare(page)
        page.get_by_role("button", name="保存する").press("Enter")
        expect(page.get_by_text("登録しました（")).to_be_visible()
        site.check()
        return page.url.removeprefix(site.address)

    return make


def fill(page, fields):
    for label, text in fields.items():
        page.get_by_label(label).fill(text)


def wrong_address(page):
    page.get_by_label("区分").select_option(value="F2")
    page.get_by_label("要配慮個人情報を含む").press("Space")


def close(site, address):
    """The chief, who did not enter it, closes the entry."""
    page = site.page
    site.sign_off()
    site.sign_in("kacho")
    site.open(address)
    page.get_by_label("所見・理由").fill("確かめた")
    page.get_by_role("button", name="完結する").press("Enter")


def test_an_accident_from_its_entry_to_its_closing(site, staff, enter):
    page, today = site.page, clock.today()
    site.sign_in("hogo")
    site.open("/registers/")
    site.check()
    page.get_by_role("link", name="漏えい等事案").press("Enter")
    site.check()
    site.sign_off()
    fields = {"知った日": f"{today}", "事実の経過": "旧住所に送付した。", "本人の数": "1", "個人情報の項目": "氏名"}
    address = enter("accidents", fields, wrong_address)
    expect(page.get_by_text("必要（要配慮個人情報を含む）")).to_be_visible()
    expect(page.get_by_text(format_wareki(today + timedelta(days=5))).first).to_be_visible()
    close(site, address)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("速報の報告がまだです")
    site.check()
    site.sign_off()

    site.sign_in("hogo")
    for kind in ("速報", "確報"):
        site.open(address)
        page.get_by_role("link", name="委員会への報告を記録する").press("Enter")
        page.get_by_label("区分").select_option(label=kind)
        page.get_by_label("報告日").fill(f"{today}")
        page.get_by_role("button", name="保存する").press("Enter")
    page.get_by_role("link", name="再発防止策を記録する").press("Enter")
    site.check()
    fill(page, {"対策": "二人で宛名を突き合わせる", "担当": "保護 明子", "期限": f"{today}", "実施日": f"{today}"})
    page.get_by_role("button", name="保存する").press("Enter")
    page.get_by_role("link", name="訂正する").first.press("Enter")
    fill(page, {"原因": "住所の確認漏れ", "本人に通知した日": f"{today}"})
    page.get_by_role("button", name="保存する").press("Enter")
    expect(page.get_by_text("完結するには、次のことが残っています")).to_have_count(0)
    site.check()
    assert site.paper("報告書を印刷する").startswith(b"%PDF")
    close(site, address)
    expect(page.get_by_text("完結しました")).to_be_visible()
    site.check()
    assert Accident.objects.get().closed_by == staff["kacho"]


def test_a_contract_with_the_consent_to_a_sub_contract(site, enter):
    page, today = site.page, clock.today()
    fields = {
        "委託先": "株式会社みほん", "契約開始日": f"{today}", "契約終了日": f"{today + timedelta(days=90)}",
        "委託する業務": "保守", "扱うシステム・情報": "介護保険システム", "個人情報管理責任者": "見本 太郎",
    }  # fmt: skip
    address = enter("contracts", fields)
    page.get_by_role("link", name="再委託を記録する").press("Enter")
    names = ("再委託先", "再委託する理由", "再委託する業務", "扱う情報", "監督の方法")
    fill(page, dict.fromkeys(names, "試験"))
    page.get_by_role("button", name="保存する").press("Enter")
    page.get_by_role("link", name="承諾").press("Enter")
    page.get_by_role("button", name="承諾を起案する").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("答えていない項目")
    site.check()
    for item in rules.items("sub_contract"):
        page.get_by_role("group", name=item.id).get_by_label("はい", exact=True).press("Space")
    page.get_by_role("button", name="承諾を起案する").press("Enter")
    expect(page.get_by_text("決裁待ち")).to_be_visible()
    site.check()
    site.decide("kacho", page.url.removeprefix(site.address))
    site.open(address)
    page.get_by_role("row", name="試験").get_by_role("link", name="承諾").press("Enter")
    expect(page.get_by_role("table", name="チェックリストの回答")).to_contain_text("はい")
    site.check()
    assert Contract.objects.get().sub_contracts.get().state == "consented"


def test_a_self_check_is_answered_by_keyboard(site, enter):
    page = site.page
    address = enter("self-checks", {"年度": "2026"})
    page.get_by_role("link", name="まとめて回答する").press("Enter")
    site.check()
    items = [item.id for item in rules.items("self_check")]
    for item in items:
        page.get_by_role("group", name=item).get_by_label("回答").select_option(label="できている")
    page.get_by_role("group", name=items[0]).get_by_label("回答").select_option(label="できていない")
    page.get_by_role("button", name="回答を保存する").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").press("Enter")
    expect(page.get_by_role("group", name=items[0]).get_by_label("改善すること")).to_be_focused()
    site.check()
    page.keyboard.type("受付票の様式を直す")
    page.get_by_role("button", name="回答を保存する").press("Enter")
    expect(page.get_by_text("受付票の様式を直す")).to_be_visible()
    site.check()
    assert site.paper("記録を印刷する").startswith(b"%PDF")
    close(site, address)
    expect(page.get_by_text("完結しました")).to_be_visible()
    assert SelfCheck.objects.get().answers.count() == len(items)
