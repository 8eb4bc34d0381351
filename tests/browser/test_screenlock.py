"""The screen lock as a clerk meets it: the page is covered, and comes back with the half-filled form."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD


@pytest.fixture
def quick(settings):
    """Three seconds without an act lock the page; the server's own clock is left as it is."""
    settings.LOCK_AFTER_MINUTES = 0.05


def cover(page):
    return page.get_by_role("dialog", name="画面はロックされています")


def test_a_half_filled_form_comes_back_as_it_was_by_keyboard_alone(site, quick):
    site.sign_in("fuka")
    site.open("/levy/runs/new/")
    page = site.page
    page.get_by_label("賦課年月日").fill("R8.6.1")
    expect(cover(page)).to_be_visible()
    assert "保険料" not in page.title()
    expect(page.get_by_label("賦課年月日")).not_to_be_visible()
    page.keyboard.press("Escape")
    expect(cover(page)).to_be_visible()
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("違い")
    page.get_by_role("textbox", name="パスワード").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(cover(page)).to_have_count(0)
    expect(page.get_by_label("賦課年月日")).to_have_value("R8.6.1")


def test_locked_by_hand_the_page_and_what_was_just_typed_come_back(site):
    site.sign_in("fuka")
    site.open("/levy/runs/new/")
    page = site.page
    page.get_by_label("賦課年月日").fill("R8.6.1")
    page.get_by_role("button", name="ロック", exact=True).click()
    expect(cover(page)).to_be_visible()
    expect(page.get_by_label("賦課年月日")).not_to_be_visible()
    page.wait_for_function("() => fetch('/lock/state/').then((a) => a.json()).then((s) => s.locked)")
    page.get_by_role("textbox", name="パスワード").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(cover(page)).to_have_count(0)
    assert page.url == site.address + "/levy/runs/new/"
    expect(page.get_by_label("賦課年月日")).to_have_value("R8.6.1")
    page.get_by_role("button", name="ロック", exact=True).click()  # and again, as often as wanted
    expect(cover(page)).to_be_visible()


def test_two_tabs_lock_and_open_together(site, quick):
    site.sign_in("fuka")
    other = site.page.context.new_page()
    other.goto(site.address + "/jobs/")
    site.page.bring_to_front()
    expect(cover(site.page)).to_be_visible()
    expect(cover(other)).to_be_visible()
    site.page.get_by_role("textbox", name="パスワード").fill(PASSWORD)
    site.page.keyboard.press("Enter")
    expect(cover(site.page)).to_have_count(0)
    expect(cover(other)).to_have_count(0)


def test_one_key_hides_the_page_from_a_visitor_and_brings_it_back(site):
    site.sign_in("fuka")
    page = site.page
    heading = page.get_by_role("heading", name="今日の仕事")
    page.keyboard.press("F9")
    expect(page.get_by_role("dialog", name="窓口用の目隠し中")).to_be_visible()
    expect(heading).not_to_be_visible()
    page.keyboard.press("F9")
    expect(heading).to_be_visible()
    site.check()


def test_the_browser_keeps_nothing_and_back_shows_nothing_after_the_log_off(site):
    site.sign_in("fuka")
    site.open("/jobs/")
    kept = site.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")
    assert kept == [0, 0, ""]
    assert site.page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    site.sign_off()
    site.page.go_back()
    expect(site.page.get_by_label("利用者ID")).to_be_visible()
