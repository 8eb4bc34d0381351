"""The personnel file and the yearly review in a real browser: what an administrator and a manager do."""

from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from audit.jobs import execute
from audit.models import JobRun, Staff
from audit.personnel.models import ReviewCampaign
from kaigo.common import clock
from tests.browser.conftest import Site
from tests.personnel.example_file import personnel_file, row


def test_a_personnel_file_is_taken_in_decided_on_and_in_force(
    site: Site, staff: dict[str, Staff], tmp_path: Path
) -> None:
    """Upload, preview, decision by the manager, the new id in the register."""
    path = tmp_path / "jinji.csv"
    today = clock.today()
    path.write_bytes(
        personnel_file(row(effective_on=f"{today:%Y%m%d}"), row("retire", "777777"), created=today - timedelta(days=1))
    )
    page = site.page
    site.sign_in("kanri")
    site.open("/personnel/imports/")
    site.check()
    page.get_by_role("link", name="人事情報ファイルを取り込む").click()
    site.check()
    page.get_by_label("人事情報ファイル").set_input_files(path)
    page.get_by_role("button", name="仮実行する").click()
    expect(page.get_by_role("heading", name="人事情報の取込み（")).to_be_visible()
    job = JobRun.objects.get(kind="personnel-import")
    execute(str(job.public_id))
    page.reload()
    expect(page.get_by_role("cell", name="青葉　一郎").first).to_be_visible()
    expect(page.get_by_text("登録のない職員番号")).to_be_visible()
    site.check()
    site.sign_off()

    site.sign_in("kacho")
    site.open(f"/personnel/imports/{job.public_id}/")
    page.get_by_role("link", name="伺書").click()
    page.get_by_role("button", name="決裁する").click()
    job.refresh_from_db()
    assert job.approved_by == staff["kacho"]
    execute(str(job.public_id))
    site.open("/personnel/staff/?words=100001")
    expect(page.get_by_role("link", name="100001")).to_be_visible()
    site.check()


def test_the_review_is_done_on_one_screen_with_the_keyboard(site: Site, staff: dict[str, Staff]) -> None:
    """Begin, keep the unmarked, remove a row with a reason, all by keys."""
    page = site.page
    site.sign_in("kanri")
    site.open("/personnel/reviews/new/")
    site.check()
    page.get_by_label("所属").select_option(label="中央区役所")
    page.get_by_role("button", name="内容を確かめる").press("Enter")
    page.get_by_role("button", name="始める").press("Enter")
    expect(page.get_by_role("heading", name="棚卸し")).to_be_visible()
    site.check()
    page.get_by_role("checkbox", name="窓口 春子の区窓口担当を選ぶ").press("Space")
    page.get_by_label("理由").fill("兼務の終了")
    page.get_by_role("button", name="選んだ行を削除する").press("Enter")
    site.check()
    page.get_by_role("button", name="削除する").press("Enter")
    expect(page.get_by_text("1件を削除にしました")).to_be_visible()
    for one in ReviewCampaign.objects.get().items.filter(verdict=""):
        page.locator(f'input[value="{one.public_id}"]').press("Space")
    page.get_by_label("理由").fill("所属長に確認")
    page.get_by_role("button", name="選んだ行を継続にする").press("Enter")
    expect(page.get_by_text("判断していない0件")).to_be_visible()
    page.get_by_role("link", name="結果を提出する").press("Enter")
    page.get_by_role("button", name="内容を確かめる").press("Enter")
    page.get_by_role("button", name="提出する").press("Enter")
    expect(page.get_by_text("決裁に回しました")).to_be_visible()
    site.check()
