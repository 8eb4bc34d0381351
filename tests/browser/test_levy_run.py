"""The yearly levy on screen, carried out by a real worker."""

import pytest
from playwright.sync_api import expect

from levy.models import Assessment, LevyRun
from tests.bench import data

PERSONS = 40


@pytest.fixture
def city(staff):
    data.build(PERSONS)


def test_asked_for_previewed_approved_by_another_person_and_in_force(site, city, worker):
    site.sign_in("fuka")
    site.page.get_by_role("link", name="保険料の賦課").click()
    site.page.get_by_role("link", name="本算定を依頼する").click()
    site.page.get_by_label("賦課年度").select_option(str(data.YEAR))

    site.page.get_by_label("賦課年月日").fill("R8.13.1")
    site.page.get_by_role("button", name="内容を確かめる").click()
    expect(site.page.get_by_role("alert")).to_be_focused()
    site.check()

    site.page.get_by_label("賦課年月日").fill("R8.6.12")
    site.page.get_by_role("button", name="内容を確かめる").click()
    expect(site.page.get_by_text("令和8年6月12日")).to_be_visible()
    site.check()
    site.page.get_by_role("button", name="依頼する").click()
    expect(site.page.get_by_text("この画面を離れても処理は続きます")).to_be_visible()
    site.check()

    worker()
    expect(site.page.get_by_text("仮実行が終わり、承認を待っています")).to_be_visible(timeout=60_000)
    expect(site.page.get_by_role("rowheader", name="第1段階")).to_be_visible()
    expect(site.page.get_by_role("button", name="承認して確定する")).to_be_hidden()
    site.check()
    address = site.page.url.removeprefix(site.address)
    assert LevyRun.objects.get().state == LevyRun.State.DRAFT

    site.sign_off()
    site.sign_in("kacho")
    expect(site.page.get_by_role("heading", name="承認を待っている処理")).to_be_visible()
    site.open(address)
    site.page.get_by_label("確認しました").check()
    site.page.get_by_role("button", name="承認して確定する").click()
    site.open(address)
    expect(site.page.get_by_text("に確定しました")).to_be_visible(timeout=60_000)
    site.check()
    assert LevyRun.objects.get().state == LevyRun.State.COMMITTED
    assert Assessment.objects.filter(run__state="committed").count() == PERSONS
