"""At the counter: turn the screen to the visitor, and back, by keyboard alone."""

from datetime import date

import pytest
from playwright.sync_api import expect

from audit.models import Office
from tests import factories


@pytest.fixture
def person(staff):
    ward = Office.objects.get(name="中央区役所")
    found = factories.resident(
        "山﨑　花子", "ヤマザキ　ハナコ", office=ward, birth_date=date(1940, 3, 2), household_number="000000000000777"
    )
    factories.resident(
        "山﨑　次郎", "ヤマザキ　ジロウ", office=ward, household_number="000000000000777", relationship="04"
    )
    factories.assessment(factories.insured(found))
    return found


def test_one_key_turns_the_page_round_and_one_brings_it_back(site, person):
    site.sign_in("madoguchi")
    site.open(f"/persons/{person.public_id}/")
    expect(site.page.get_by_role("cell", name="次郎").or_(site.page.get_by_text("山﨑　次郎")).first).to_be_visible()
    site.page.keyboard.press("F8")
    expect(site.page.get_by_text("ご本人の登録内容")).to_be_visible()
    expect(site.page.get_by_role("heading", level=1)).to_have_text("山﨑　花子")
    assert "次郎" not in site.page.content()
    assert site.page.get_by_role("searchbox").count() == 0
    assert site.page.get_by_role("navigation", name="メニュー").count() == 0
    size = site.page.evaluate("getComputedStyle(document.querySelector('.visitor td')).fontSize")
    assert float(size.removesuffix("px")) >= 22
    site.check()
    site.page.get_by_role("link", name="賦課").press("Enter")
    expect(site.page.get_by_role("heading", name="納める時期と金額")).to_be_visible()
    assert "次郎" not in site.page.content()
    site.check()
    site.page.keyboard.press("Escape")
    expect(site.page.get_by_role("searchbox")).to_be_visible()
    assert site.page.url.endswith(f"/persons/{person.public_id}/levy/")


def test_the_curtain_still_falls_and_escape_does_not_leave_through_it(site, person):
    site.sign_in("madoguchi")
    site.open(f"/persons/{person.public_id}/eligibility/?visitor=1")
    site.page.keyboard.press("F9")
    expect(site.page.get_by_text("窓口用の目隠し中")).to_be_visible()
    site.page.keyboard.press("Escape")
    assert "visitor=1" in site.page.url
    site.page.keyboard.press("F9")
    expect(site.page.get_by_role("heading", level=1)).to_have_text("山﨑　花子")
