"""An export in a real browser: the terminal registered and allowed, asked for, decided, fetched, opened."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from audit.jobs import execute
from audit.media.models import Export
from audit.models import JobRun, Terminal
from kaigo.common import clock
from tests.media.unzip import WrongPassword, unzip

DESK = "出力用1"


@pytest.fixture
def desk(site, staff):
    """This browser's own terminal: registered by the administrator, allowed to export by the manager."""
    page = site.page
    site.sign_in("kanri")
    site.open("/media/terminals/")
    site.check()
    site.follow("端末を登録する")
    page.get_by_label("端末名").fill(DESK)
    page.get_by_label("端末アドレス").fill("127.0.0.1")
    page.get_by_label("設置場所").select_option(label="本庁")
    site.check()
    site.press("登録する")
    expect(page.get_by_role("heading", level=1)).to_contain_text(DESK)
    expect(page.get_by_role("button", name="この端末からの出力を許可する")).to_have_count(0)
    address = site.path
    site.hand_over("kacho")
    site.open(address)
    page.get_by_text("この端末からの出力を許可する").first.press("Enter")
    site.press("この端末からの出力を許可する")
    page.get_by_role("alert").get_by_role("link").press("Enter")
    expect(page.get_by_label("理由").first).to_be_focused()
    site.check()
    page.keyboard.type("国保連合会への提出のため")
    page.keyboard.press("Enter")
    expect(page.get_by_text("この端末からの出力を許可しました")).to_be_visible()
    site.check()
    site.sign_off()
    return Terminal.objects.get(may_export=True)


def test_asked_for_decided_and_fetched_encrypted(site, desk, insured, settings):
    settings.EXPORT_BULK_PERSONS = 1
    page = site.page
    site.sign_in("fuka")
    site.open("/media/exports/")
    site.check()
    site.follow("出力を申請する")
    site.check()
    site.follow("賦課台帳")
    site.fill({"利用目的": "国保連合会への提出", "提供先・利用者": "国保連合会"})
    site.press("人数と内容を確かめる")
    site.refused()
    page.get_by_label("消去の期限").fill(f"{clock.today() + timedelta(days=20)}")
    site.press("人数と内容を確かめる")
    expect(page.get_by_text("別の職員の決裁を受けます")).to_be_visible()
    site.check()
    site.press("申請して決裁に回す")
    expect(page.get_by_text("承認待ち")).to_be_visible()
    site.check()
    address = site.path

    site.decide("kacho", address)
    execute(str(JobRun.objects.get(kind="media-export").public_id))
    site.hand_over("fuka")
    site.open(address)
    site.press("パスワードを表示する")
    password = page.locator(".media-password").inner_text()
    site.check()
    with page.expect_download() as download:
        site.press("ファイルを受け取る")
    content = Path(download.value.path()).read_bytes()
    name, text = unzip(content, password)
    assert name.endswith(".csv")
    assert insured.insured_number in text.decode()
    with pytest.raises(WrongPassword):
        unzip(content, password[::-1])
    site.open(address)
    expect(page.get_by_text(password)).to_have_count(0)
    expect(page.get_by_role("row", name="受取り")).to_contain_text(f"{DESK} 127.0.0.1")
    site.check()
    assert Export.objects.get().terminal == desk


def test_a_terminal_that_may_not_export_says_so_before_and_refuses(site, staff, insured):
    page = site.page
    site.sign_in("fuka")
    site.open("/media/exports/new/levy-ledger/")
    expect(page.get_by_text("この端末からは、外部への出力ができません")).to_be_visible()
    site.check()
    site.fill({"利用目的": "提出", "提供先・利用者": "国保連合会"})
    page.get_by_label("消去の期限").fill(f"{clock.today()}")
    site.press("人数と内容を確かめる")
    expect(page.get_by_role("heading", level=1)).to_have_text("この操作はできません")
    site.check()
    assert not Export.objects.exists()


def test_every_ledger_of_the_room_can_be_read(site, staff):
    """Empty lists of the media register, the media, the named officers, and naming one."""
    page = site.page
    site.sign_in("kacho")
    for ledger in ("register", "media"):
        site.open(f"/media/{ledger}/")
        site.check()
    site.open("/media/officers/")
    page.get_by_label("職員").select_option(label="賦課 一郎（本庁、fuka）")
    page.get_by_label("媒体を扱う事務所").select_option(label="本庁")
    page.get_by_label("指名の理由").fill("国保連合会への提出")
    site.press("指名する")
    expect(page.get_by_role("rowheader", name="賦課 一郎")).to_be_visible()
    site.check()
