"""An API client from its registration to its first call, at the screen and by keyboard; every page is accessible."""

import json
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from audit.clients.models import Client


@pytest.fixture
def registered(site):
    site.sign_in("kanri")
    site.open("/clients/new/")
    site.check()
    page = site.page
    for label, text in (
        ("名称", "申請管理システム"),
        ("システム名", "電子申請"),
        ("利用目的", "電子申請の受付"),
        ("運用する課・事業者", "情報システム課"),
        ("連絡先の担当者", "連携 花子"),
        ("電話番号", "000-0000-0001"),
        ("接続元のアドレス", "127.0.0.1"),
    ):
        page.get_by_label(label).fill(text)
    page.locator("input[name=reason]").fill("接続を始めるため")
    page.get_by_label("所管").select_option(label="本庁")
    page.get_by_label("自分の登録の確認").check()
    page.get_by_role("group", name="対象事務所").get_by_label("本庁").check()
    page.get_by_role("button", name="内容を確かめる").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("決裁に回しますか")
    site.check()
    page.get_by_role("button", name="登録して決裁に回す").press("Enter")
    expect(page.get_by_text("承認を待っている利用条件")).to_be_visible()
    site.check()
    return Client.objects.get()


def whoami(site, secret):
    headers = {"Authorization": f"Bearer {secret}"}
    request = urllib.request.Request(f"{site.address}/api/v1/whoami", headers=headers)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return json.load(answer)


def test_registered_decided_issued_called_replaced_and_ended(site, registered):
    page, address = site.page, f"/clients/{registered.public_id}/"
    site.sign_off()
    site.sign_in("kacho")
    site.open(address)
    page.get_by_role("link", name="伺書").click()
    page.get_by_role("button", name="決裁する").press("Enter")
    site.sign_off()
    site.sign_in("kanri")
    site.open(address)
    page.get_by_role("link", name="トークンを発行する").press("Enter")
    page.get_by_label("用途").fill("本番")
    page.get_by_label("自分の登録の確認").check()
    site.check()
    page.get_by_role("button", name="発行する").press("Enter")
    secret = page.get_by_label("トークン", exact=True).input_value()
    site.check()
    assert secret not in page.url
    assert whoami(site, secret)["client"] == "申請管理システム"
    page.get_by_role("link", name="控えたので").press("Enter")
    expect(page.get_by_role("row", name="本番")).to_contain_text("有効")
    site.check()
    page.get_by_role("link", name="交換").press("Enter")
    site.check()
    page.get_by_role("button", name="交換する").press("Enter")
    assert whoami(site, page.get_by_label("トークン", exact=True).input_value())["scopes"] == ["whoami"]
    site.open(address + "calls/")
    site.check()
    site.open("/clients/")
    expect(page.get_by_role("row", name="申請管理システム")).to_contain_text("2件")
    site.check()
    site.open(address + "end/")
    page.get_by_label("理由").fill("試験の終わり")
    page.get_by_role("button", name="廃止する").press("Enter")
    expect(page.get_by_text("廃止しました（")).to_be_visible()
    site.check()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        whoami(site, secret)
