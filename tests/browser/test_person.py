"""At the counter: find somebody, see why the premium is what it is, print the notice."""

from datetime import date

import pytest
from playwright.sync_api import expect

from audit.models import AccessLog, Office
from tests import factories


@pytest.fixture
def hanako(staff):
    """山﨑 花子, 昭和15年3月2日, insured in the clerk's ward, with a decided premium."""
    ward = Office.objects.get(name="中央区役所")
    person = factories.resident(
        "山﨑　花子", "ヤマザキ　ハナコ", office=ward, sex="2", birth_date=date(1940, 3, 2), phone="0430000001"
    )
    return factories.assessment(factories.insured(person)).insured


@pytest.fixture
def clerk(site, hanako):
    site.sign_in("madoguchi")
    return site


def header(site):
    return site.page.get_by_role("heading", level=1)


@pytest.mark.parametrize("typed", ["やまざき", "ﾔﾏｻﾞｷ ﾊﾅｺ", "山崎", "S15.3.2", "昭和15年3月2日"])
def test_finds_and_opens_the_person(clerk, typed):
    clerk.search(typed)
    clerk.check()
    clerk.page.get_by_role("link", name="山﨑 花子").click()
    expect(header(clerk)).to_have_text("山﨑　花子")
    assert "山" not in clerk.page.url
    assert "山﨑" not in clerk.page.title()


def test_a_number_opens_the_person_at_once(clerk, hanako):
    clerk.search(hanako.insured_number)
    expect(header(clerk)).to_have_text("山﨑　花子")
    clerk.check()


def test_typing_shows_people_before_enter(clerk):
    clerk.page.get_by_role("searchbox").press_sequentially("やまざ", delay=20)
    expect(clerk.page.get_by_role("region", name="入力中の検索結果")).to_contain_text("山﨑")
    clerk.check()


def test_back_from_a_person_shows_the_results_again(clerk):
    clerk.search("やまざき")
    clerk.page.get_by_role("link", name="山﨑 花子").click()
    expect(header(clerk)).to_have_text("山﨑　花子")
    clerk.page.go_back()
    expect(clerk.page.get_by_role("link", name="山﨑 花子")).to_be_visible()


def test_by_keyboard_alone(clerk):
    clerk.page.keyboard.press("/")
    clerk.page.keyboard.type("ヤマザキ", delay=20)
    expect(clerk.page.locator("#search-found a")).to_have_count(1)
    clerk.page.keyboard.press("ArrowDown")
    clerk.page.keyboard.press("Enter")
    expect(header(clerk)).to_have_text("山﨑　花子")
    for _ in range(40):
        clerk.page.keyboard.press("Tab")
        if clerk.page.evaluate("document.activeElement.textContent.trim()") == "賦課":
            break
    clerk.page.keyboard.press("Enter")
    expect(clerk.page.get_by_role("heading", name="令和8年度の保険料")).to_be_visible()


def test_the_skip_link_is_first_and_goes_to_the_content(clerk):
    clerk.open("/persons/search/")
    clerk.page.keyboard.press("Tab")
    expect(clerk.page.get_by_role("link", name="本文へ移動")).to_be_focused()
    clerk.page.keyboard.press("Enter")
    expect(clerk.page.locator("main")).to_be_focused()


def test_says_why_the_premium_is_what_it_is(clerk, hanako):
    clerk.search(hanako.insured_number)
    clerk.page.get_by_role("navigation", name="この人の情報").get_by_role("link", name="賦課").click()
    expect(clerk.page.get_by_text("介護保険法施行令38条1項").first).to_be_hidden()
    clerk.page.get_by_role("link", name="なぜこの金額か").click()
    expect(clerk.page.get_by_text("介護保険法施行令38条1項").first).to_be_visible()
    clerk.check()


def test_the_timeline_is_drawn_and_listed(clerk, hanako):
    clerk.search(hanako.insured_number)
    clerk.page.get_by_role("link", name="時系列").click()
    expect(clerk.page.get_by_role("listitem").filter(has_text="第1号被保険者の資格")).to_be_visible()
    clerk.check()


def test_the_notice_is_a_pdf(clerk, hanako):
    clerk.search(hanako.insured_number)
    clerk.page.get_by_role("navigation", name="この人の情報").get_by_role("link", name="賦課").click()
    address = clerk.page.get_by_role("link", name="納入通知書").get_attribute("href")
    answer = clerk.page.request.get(clerk.address + address)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")


def test_an_individual_number_is_refused_in_words(clerk):
    clerk.search("1234 5678 9018")
    expect(clerk.page.get_by_role("alert")).to_contain_text("個人番号（12桁）では検索できません")
    clerk.check()


def test_without_the_right_there_is_a_clear_refusal_and_a_row_in_the_log(clerk, site, hanako):
    site.sign_off()
    site.sign_in("nintei")
    site.open(f"/persons/{hanako.resident.public_id}/levy/")
    expect(header(site)).to_have_text("権限がありません")
    expect(site.page.get_by_role("alert")).to_contain_text("賦課・収滞納ファイルの照会の権限がない")
    site.check()
    assert (
        AccessLog.objects.filter(subjects__contains=[hanako.resident.public_id], file="levy", outcome="refused").count()
        == 1
    )
    site.sign_off()
    site.sign_in("kansa")
    site.open("/access-log/?outcome=refused")
    expect(site.page.get_by_role("cell", name="拒否").first).to_be_visible()
    site.check()


def test_works_without_javascript(browser, live_server, hanako):
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    from tests.browser.conftest import PASSWORD

    page = context.new_page()
    page.goto(live_server.url + "/login/")
    page.get_by_label("利用者ID").fill("madoguchi")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン").click()
    page.get_by_role("searchbox").fill("ヤマザキ")
    page.get_by_role("button", name="検索").click()
    page.get_by_role("link", name="山﨑 花子").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("山﨑　花子")
    context.close()


@pytest.mark.parametrize("path", ["/", "/jobs/", "/levy/runs/", "/persons/search/", "/no-such-page/"])
def test_every_other_page_is_accessible(clerk, path):
    clerk.open(path)
    clerk.check()


def test_the_sign_in_page_is_accessible_also_with_its_errors(site):
    site.open("/login/")
    site.check()
    site.page.get_by_role("button", name="ログイン").click()
    expect(site.page.get_by_role("alert")).to_be_focused()
    site.check()
