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
        site.open(f"/registers/{key}/new/")
        site.press("保存する")
        site.refused()
        site.page.get_by_label("所属").select_option(label="本庁")
        site.fill({"件名": "試験の記録"} | fields)
        prepare(site.page)
        site.press("保存する")
        expect(site.page.get_by_text("登録しました（")).to_be_visible()
        site.check()
        return site.path

    return make


def wrong_address(page):
    page.get_by_label("区分").select_option(value="F2")
    page.get_by_label("要配慮個人情報を含む").press("Space")


def close(site, address):
    """The chief, who did not enter it, closes the entry."""
    site.hand_over("kacho")
    site.open(address)
    site.fill({"所見・理由": "確かめた"})
    site.press("完結する")


def test_an_accident_from_its_entry_to_its_closing(site, staff, enter):
    page, today = site.page, clock.today()
    site.sign_in("hogo")
    site.open("/registers/")
    site.check()
    site.follow("漏えい等事案")
    site.check()
    fields = {"知った日": f"{today}", "事実の経過": "旧住所に送付した。", "本人の数": "1", "個人情報の項目": "氏名"}
    address = enter("accidents", fields, wrong_address)
    expect(page.get_by_text("必要（要配慮個人情報を含む）")).to_be_visible()
    expect(page.get_by_text(format_wareki(today + timedelta(days=5))).first).to_be_visible()
    close(site, address)
    site.refused("速報の報告がまだです")
    site.hand_over("hogo")
    for kind in ("速報", "確報"):
        site.open(address)
        site.follow("委員会への報告を記録する")
        page.get_by_label("区分").select_option(label=kind)
        page.get_by_label("報告日").fill(f"{today}")
        site.press("保存する")
    site.follow("再発防止策を記録する")
    site.check()
    site.fill({"対策": "二人で宛名を突き合わせる", "担当": "保護 明子", "期限": f"{today}", "実施日": f"{today}"})
    site.press("保存する")
    page.get_by_role("link", name="訂正する").first.press("Enter")
    site.fill({"原因": "住所の確認漏れ", "本人に通知した日": f"{today}"})
    site.press("保存する")
    expect(page.get_by_text("完結するには、次のことが残っています")).to_have_count(0)
    site.check()
    assert site.paper("報告書を印刷する").startswith(b"%PDF")
    close(site, address)
    expect(page.get_by_text("完結しました")).to_be_visible()
    site.check()
    assert Accident.objects.get().closed_by == staff["kacho"]


def test_a_contract_with_the_consent_to_a_sub_contract(site, enter):
    page, today = site.page, clock.today()
    site.sign_in("hogo")
    fields = {
        "委託先": "株式会社みほん", "契約開始日": f"{today}", "契約終了日": f"{today + timedelta(days=90)}",
        "委託する業務": "保守", "扱うシステム・情報": "介護保険システム", "個人情報管理責任者": "見本 太郎",
    }  # fmt: skip
    address = enter("contracts", fields)
    site.follow("再委託を記録する")
    site.fill(dict.fromkeys(("再委託先", "再委託する理由", "再委託する業務", "扱う情報", "監督の方法"), "試験"))
    site.press("保存する")
    site.follow("承諾")
    site.press("承諾を起案する")
    site.refused("答えていない項目")
    for item in rules.items("sub_contract"):
        page.get_by_role("group", name=item.id).get_by_label("はい", exact=True).press("Space")
    site.press("承諾を起案する")
    expect(page.get_by_text("決裁待ち")).to_be_visible()
    site.check()
    site.decide("kacho", site.path)
    site.open(address)
    page.get_by_role("row", name="試験").get_by_role("link", name="承諾").press("Enter")
    expect(page.get_by_role("table", name="チェックリストの回答")).to_contain_text("はい")
    site.check()
    assert Contract.objects.get().sub_contracts.get().state == "consented"


def test_a_self_check_is_answered_by_keyboard(site, enter):
    page = site.page
    site.sign_in("hogo")
    address = enter("self-checks", {"年度": "2026"})
    site.follow("まとめて回答する")
    site.check()
    items = [item.id for item in rules.items("self_check")]
    for item in items:
        page.get_by_role("group", name=item).get_by_label("回答").select_option(label="できている")
    page.get_by_role("group", name=items[0]).get_by_label("回答").select_option(label="できていない")
    site.press("回答を保存する")
    site.refused("改善すること")
    page.get_by_role("alert").get_by_role("link").press("Enter")
    expect(page.get_by_role("group", name=items[0]).get_by_label("改善すること")).to_be_focused()
    page.keyboard.type("受付票の様式を直す")
    site.press("回答を保存する")
    expect(page.get_by_text("受付票の様式を直す")).to_be_visible()
    site.check()
    assert site.paper("記録を印刷する").startswith(b"%PDF")
    close(site, address)
    expect(page.get_by_text("完結しました")).to_be_visible()
    assert SelfCheck.objects.get().answers.count() == len(items)
