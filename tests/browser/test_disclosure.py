"""A request of the person and an official inquiry in a real browser, from receipt to what is handed over."""

from playwright.sync_api import expect

from audit.disclosure.models import OfficialInquiry, Request
from kaigo.common import clock

ADDRESS = {"郵便番号": "2600001", "住所": "あおば市中央区都町1-2-3"}


def receive(site, insured):
    """The officer receives the request at the counter; nothing typed is lost when something is missing."""
    page = site.page
    site.open("/requests/new/")
    site.fill({"被保険者番号": insured.insured_number})
    page.get_by_label("担当").select_option(label="本庁")
    site.fill(ADDRESS | {"請求者の氏名": "見本 太郎", "請求の内容": "介護保険の記録すべて"})
    site.press("受け付ける")
    site.refused()
    page.get_by_role("group", name="本人確認書類").get_by_label("運転免許証").press("Space")
    page.get_by_label("開示の方法").select_option(label="写しの交付（窓口）")
    site.press("受け付ける")
    expect(page.get_by_text("受け付けました（")).to_be_visible()
    site.check()


def leave_out(site, label):
    """One line of the package is left out, which needs its reason."""
    page = site.page
    site.follow("開示する項目を1件ずつ確かめる")
    page.get_by_label(f"{label}を開示しない", exact=True).first.press("Space")
    site.press("開示しない項目を保存する")
    site.refused()
    page.get_by_label(f"{label}を開示しない理由").first.fill("法78条1項2号")
    site.press("開示しない項目を保存する")
    expect(page.get_by_text("開示しない項目を1件にしました")).to_be_visible()


def act(page, name):
    """The folded form of an act, opened by keyboard."""
    page.locator("summary", has_text=name).press("Enter")
    return page.locator("details", has_text=name)


def test_a_request_from_its_receipt_to_the_hand_over(site, insured):
    page = site.page
    site.sign_in("hogo")
    site.open("/requests/")
    site.check()
    receive(site, insured)
    address = site.path
    leave_out(site, "氏名")
    form = act(page, "決定の期限を延長する")
    form.get_by_role("button").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").press("Enter")
    expect(form.get_by_label("理由")).to_be_focused()
    site.check()
    form = act(page, "決定を起案する")
    form.get_by_label("決定").select_option(label="部分開示")
    form.get_by_label("理由").fill("第三者の情報を除く（法78条1項2号）")
    form.get_by_role("button").press("Enter")
    expect(page.get_by_text("いまの段階")).to_be_visible()
    site.check()
    assert site.paper("保有する情報の全部").startswith(b"%PDF")

    site.decide("kacho", address)
    site.hand_over("hogo")
    site.open(address)
    expect(page.get_by_text("開示しない項目", exact=True)).to_be_visible()
    assert site.paper("開示用の資料").startswith(b"%PDF")
    assert site.paper("決定通知書").startswith(b"%PDF")
    form = act(page, "実施を記録する")
    form.get_by_label("実施の方法").fill("窓口で本人に交付。運転免許証で確認")
    form.get_by_label("写しの面数").fill("4")
    site.check()
    form.get_by_role("button").press("Enter")
    expect(page.get_by_text("写し4面 40円")).to_be_visible()
    site.check()
    assert Request.objects.get().state == Request.State.DONE


def test_an_official_inquiry_and_the_letter_that_answers_it(site, insured):
    page, today = site.page, clock.today()
    site.sign_in("hogo")
    site.open("/official-inquiries/")
    site.check()
    site.follow("照会を受け付ける")
    page.get_by_label("担当※必須", exact=True).select_option(label="本庁")
    page.get_by_label("根拠").select_option(value="11")
    fields = {"照会者※必須": "みほん警察署長", "郵便番号": "2600001", "所在地": "あおば市中央区都町9-9"}
    site.fill(fields | {"照会の日付": f"{today}", "照会者の確認の方法": "公印を確かめた", "照会事項": "資格の取得日"})
    site.check()
    site.press("受け付ける")
    expect(page.get_by_text("受け付けました（")).to_be_visible()
    address = site.path
    site.fill({"被保険者番号": insured.insured_number})
    site.fill({"照会書に書かれた氏名等": "見本 太郎", "回答する内容": "資格取得日 平成14年3月4日"})
    page.get_by_role("button", name="記録する", exact=True).press("Enter")
    expect(page.get_by_role("rowheader", name="見本 太郎")).to_be_visible()
    act(page, "対象者の回答を記録する")
    act(page, "照会の取下げを記録する")
    site.check()
    site.press("回答を起案する")
    expect(page.get_by_text("回答を起案しました（")).to_be_visible()
    site.decide("kacho", address)
    site.hand_over("hogo")
    site.open(address)
    assert site.paper("回答書を印刷する").startswith(b"%PDF")
    site.check()
    site.open("/official-inquiries/")
    expect(page.get_by_role("row", name="みほん警察署長")).to_contain_text("回答済")
    site.check()
    assert OfficialInquiry.objects.get().answered_on == today
