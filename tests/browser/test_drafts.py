"""A half-filled form survives signing off, and a browser that is closed without a word."""

from playwright.sync_api import expect

from audit.screenlock.models import Draft

REASON = "本人が来庁し、保険料の説明を求めたため。<b>&\"'"


def fill(page):
    for name, text in (("reading", "ヤマザキ ハナコ"), ("birth", "S15.3.2"), ("reason", REASON)):
        page.locator(f"form[data-draft] [name={name}]").fill(text)
    page.get_by_label("理由の区分").select_option(index=1)


def values(page):
    return page.evaluate(
        "[...document.querySelector('form[data-draft]').elements]"
        ".filter(one => one.name && one.type !== 'hidden').map(one => [one.name, one.value, one.checked ?? null])"
    )


def test_filled_signed_off_signed_in_and_restored_exactly(site):
    site.sign_in("madoguchi")
    page = site.page
    site.open("/cross-office/new/")
    fill(page)
    before = values(page)
    expect(page.get_by_text("下書きを保存しました")).to_be_visible()
    site.check()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    site.sign_off()
    site.sign_in("madoguchi")
    site.open("/cross-office/new/")
    offer = page.get_by_text("前回の入力があります")
    expect(offer).to_be_visible()
    assert values(page) != before
    site.check()
    page.get_by_role("button", name="前回の入力を復元する").press("Enter")
    expect(offer).to_have_count(0)
    assert values(page) == before
    page.reload()
    page.get_by_role("button", name="前回の入力を破棄する").press("Enter")
    expect(page.get_by_text("前回の入力を破棄しました")).to_be_visible()
    page.reload()
    expect(page.get_by_label("氏名カナ")).to_have_value("")
    expect(offer).to_have_count(0)


def test_a_tab_that_is_closed_at_once_still_leaves_its_draft(site):
    site.sign_in("madoguchi")
    tab = site.page.context.new_page()
    tab.goto(site.address + "/cross-office/new/")
    tab.wait_for_load_state("networkidle")
    tab.get_by_label("氏名カナ").fill("ヤマザキ")
    tab.goto("about:blank")
    site.open("/cross-office/new/")
    expect(site.page.get_by_text("前回の入力があります")).to_be_visible()
    assert Draft.objects.count() == 1


def test_an_undecided_offer_is_not_overwritten(site):
    site.sign_in("madoguchi")
    site.open("/cross-office/new/")
    page = site.page
    page.get_by_label("氏名カナ").fill("ヤマザキ")
    expect(page.get_by_text("下書きを保存しました")).to_be_visible()
    site.open("/cross-office/new/")
    expect(page.get_by_text("前回の入力があります")).to_be_visible()
    page.get_by_label("氏名カナ").fill("サトウ")
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="前回の入力を復元する").click()
    expect(page.get_by_label("氏名カナ")).to_have_value("ヤマザキ")
