"""A role composed, given for some days and seen by the person who got it; a second person decides on both."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from audit.models import RoleAssignment
from audit.rights import Act, File, Right
from audit.roles.models import Role
from kaigo.common import clock

NAME = "臨時の台帳係"
VIEW, ENTER = Right(File.REGISTERS, Act.VIEW).label, Right(File.REGISTERS, Act.ENTER).label


@pytest.fixture
def role(site):
    """Composed by the administrator on screen, decided on by the manager; nobody is signed in afterwards."""
    page = site.page
    site.sign_in("kanri")
    site.open("/roles/")
    site.check()
    site.follow("役割を作る")
    page.get_by_label("名称").fill(NAME)
    site.press("変わるところを確かめる")
    site.refused()
    for right in (VIEW, ENTER):
        page.get_by_role("checkbox", name=right, exact=True).press("Space")
    page.get_by_label("理由※必須").fill("研修の記録を手伝うため")
    site.press("変わるところを確かめる")
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
    expect(page.get_by_text(ENTER)).to_be_visible()
    site.check()
    site.press("入力へ戻る")
    expect(page.get_by_role("checkbox", name=ENTER, exact=True)).to_be_checked()
    site.press("変わるところを確かめる")
    site.press("起案する")
    expect(page.get_by_text("別の職員の決裁で効力を生じます")).to_be_visible()
    site.decide("kacho", site.path)
    site.sign_off()
    return Role.objects.get(group__name=NAME)


def test_composed_given_for_some_days_and_in_the_person_s_menu(site, staff, role):
    page, address = site.page, f"/roles/people/{staff['fuka'].public_id}/"
    site.sign_in("fuka")
    site.open("/ledgers/")
    expect(page.get_by_role("link", name="個人情報保護の台帳")).to_have_count(0)
    site.hand_over("kanri")
    site.open(f"/roles/{role.public_id}/")
    expect(page.get_by_role("row", name=File.REGISTERS.label).get_by_text("●")).to_have_count(2)
    site.check()
    site.open("/roles/people/?text=fuka")
    site.check()
    site.follow("fuka")
    page.get_by_text("役割を割り当てる").press("Enter")
    page.get_by_label("役割", exact=False).first.select_option(label=NAME)
    page.get_by_role("group", name="対象の事務所").get_by_label("本庁").press("Space")
    page.get_by_label("最終日").fill(f"{clock.today() + timedelta(days=30)}")
    page.get_by_label("理由※必須").fill("研修の繁忙期のため")
    site.check()
    site.press("割当てを起案する")
    expect(page.get_by_role("heading", name="決裁を待っている申請")).to_be_visible()
    site.check()
    site.decide("kacho", address)
    assert RoleAssignment.objects.get(role=role.group).kind == RoleAssignment.Kind.TEMPORARY
    site.hand_over("kanri")
    site.open(address)
    rights = page.get_by_role("table", name="権限と、それを与える役割")
    expect(rights.get_by_role("row", name=ENTER)).to_contain_text(NAME)
    site.check()
    assert site.paper("印刷する").startswith(b"%PDF")
    held = page.get_by_role("table", name="今の割当て").get_by_role("row", name=NAME)
    held.get_by_role("link", name="終了・延長").press("Enter")
    site.check()
    site.hand_over("fuka")
    site.follow("お知らせ")
    expect(page.get_by_text(f"役割「{NAME}」が割り当てられました")).to_be_visible()
    site.follow("権限・記録・台帳")
    site.follow("個人情報保護の台帳")
    page.get_by_role("link", name="研修", exact=True).press("Enter")
    expect(page.get_by_role("link", name="研修を登録する")).to_be_visible()


def test_who_may_not_give_rights_away(site, staff):
    """Not to oneself, and rights that stay apart only with a reason that the decider reads."""
    page = site.page
    site.sign_in("kanri")
    site.open(f"/roles/people/{staff['kanri'].public_id}/")
    expect(page.get_by_text("自分の役割は、別のシステム管理者が扱います")).to_be_visible()
    site.check()
    site.open("/roles/new/")
    site.fill({"名称": "ひとりで決める係", "理由※必須": "試験"})
    for act in (Act.ENTER, Act.DECIDE):
        page.get_by_role("checkbox", name=Right(File.LEVY, act).label, exact=True).press("Space")
    site.press("変わるところを確かめる")
    expect(page.get_by_role("heading", name="合わせて持たせない権限が含まれています")).to_be_visible()
    expect(page.get_by_role("button", name="起案する")).to_have_count(0)
    site.check()
    site.press("入力へ戻る")
    expect(page.get_by_label("職務分離によらない理由")).to_be_visible()
    site.open("/roles/compare/")
    page.get_by_label("役割", exact=False).first.select_option(label="区窓口担当")
    page.get_by_label("比べる役割").select_option(label="賦課担当")
    site.press("比べる")
    expect(page.get_by_text("区窓口担当だけ")).to_be_visible()
    site.check()
    site.open("/roles/templates/")
    site.check()
    site.follow("係の標準を定める")
    site.check()
    site.open("/roles/")
    site.follow("区窓口担当")
    site.follow("廃止する")
    page.get_by_label("理由").fill("試験")
    site.press("廃止を起案する")
    site.refused()
