"""The screens of roles as an administrator and a manager press them."""

import uuid
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.actor import Actor
from audit.decisions import services as decisions
from audit.decisions.models import Decision
from audit.models import AccessLog, Office, Staff
from audit.rights import Right
from audit.roles.models import Role, SectionTemplate
from audit.services import assign_role, define_role
from kaigo.common import clock
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(db):
    head = factories.office("本庁")
    Office.objects.filter(pk=head.pk).update(is_head=True, ward_code="")
    return Office.objects.get(pk=head.pk)


@pytest.fixture
def role(db):
    return define_role("賦課照会", [Right.named("levy.view")]).role


@pytest.fixture
def clerk(db):
    return factories.staff(name="窓口 春子")


@pytest.fixture
def admin(client, head):
    rights = ("staff.view", "staff.enter", "staff.print", "staff.export")
    person = factories.staff(*rights, at=head, offices=[head, factories.office()], name="運用 静")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    client.person = person
    return client


def body(answer):
    return answer.content.decode()


def fields(**more):
    return {"name": "窓口補助", "description": "", "rights": ["eligibility.view"], "reason": "新設", "override": "",
            "submission": uuid.uuid4()} | more  # fmt: skip


class TestRoles:
    def test_the_list_with_its_filters(self, admin, role, clerk):
        assign_role(None, clerk, role.group.name, clerk.office)
        page = body(admin.get(reverse("roles"), {"right": "levy.view", "text": "賦課"}))
        assert "賦課照会" in page
        assert "1人" in page
        assert "この条件の役割はありません" in body(admin.get(reverse("roles"), {"text": "ない名前"}))

    def test_a_role_s_page_has_matrix_and_holders(self, admin, role, clerk):
        assign_role(None, clerk, role.group.name, clerk.office)
        page = body(admin.get(reverse("role", args=[role.public_id])))
        assert "賦課・収滞納ファイルの照会：あり" in page
        assert "窓口 春子" in page

    def test_composing_check_and_proposal(self, admin):
        check = admin.post(reverse("role-new"), fields())
        assert "資格ファイルの照会" in body(check)
        assert "起案する" in body(check)
        assert not Decision.objects.exists()
        answer = admin.post(reverse("role-new"), fields(confirmed="1"))
        assert answer.url == reverse("decision", args=[Decision.objects.get().public_id])

    def test_the_check_counts_all_holders_and_names_those_within_reach(self, admin, role, clerk):
        far = factories.staff(at=factories.office("緑区役所"), name="余所 次郎")
        for person in (clerk, far):
            assign_role(None, person, role.group.name, person.office)
        url = reverse("role-edit", args=[role.public_id])
        page = body(admin.post(url, fields(name=role.group.name, rights=["eligibility.view"])))
        assert "2人" in page
        assert "窓口 春子" in page
        assert "余所" not in page

    def test_going_back_keeps_what_was_ticked(self, admin):
        page = body(admin.post(reverse("role-new"), fields(back="1", rights=["levy.view", "eligibility.view"])))
        assert page.count("checked") == 2

    def test_joined_rights_are_warned_of_and_refused_without_a_reason(self, admin):
        asked = fields(rights=["levy.enter", "levy.decide"])
        assert "合わせて持たせない権限が含まれています" in body(admin.post(reverse("role-new"), asked))
        page = body(admin.post(reverse("role-new"), asked | {"confirmed": "1"}))
        assert "やむを得ない理由" in page or "合わせて持たせない" in page
        assert not Decision.objects.exists()

    def test_a_copy_starts_from_the_other(self, admin, role):
        page = body(admin.get(reverse("role-new"), {"copy": role.public_id}))
        assert "賦課照会（写し）" in page
        assert page.count("checked") == 1

    def test_a_right_that_does_not_exist_is_an_error_not_a_defect(self, admin):
        answer = admin.post(reverse("role-new"), fields(rights=["levy.steal"]))
        assert answer.status_code == 200
        assert "入力内容を確かめてください" in body(answer)

    def test_two_roles_side_by_side(self, admin, role):
        other = define_role("資格照会", [Right.named("eligibility.view")]).role
        page = body(admin.get(reverse("role-compare"), {"a": role.public_id, "b": other.public_id}))
        assert page.count("role-differs") == 2

    def test_retiring(self, admin, role, clerk):
        url = reverse("role-retire", args=[role.public_id])
        assert admin.post(url, {"reason": "統合", "submission": uuid.uuid4()}).status_code == 302
        assert Decision.objects.get().title == "役割「賦課照会」の廃止"
        held = define_role("使用中", [Right.named("levy.view")]).role
        assign_role(None, clerk, "使用中", clerk.office)
        page = body(
            admin.post(reverse("role-retire", args=[held.public_id]), {"reason": "x", "submission": uuid.uuid4()})
        )
        assert "廃止できません" in page


class TestPeople:
    def test_only_the_staff_of_one_s_offices(self, admin, clerk):
        far = factories.staff(at=factories.office("緑区役所"), name="余所 次郎")
        page = body(admin.get(reverse("role-people")))
        assert "窓口 春子" in page
        assert "余所 次郎" not in page
        for url in ("staff-roles", "staff-rights-csv", "staff-rights-pdf"):
            answer = admin.get(reverse(url, args=[far.public_id]))
            assert answer.status_code == 404
            assert "余所" not in body(answer)

    def test_asking_for_a_role(self, admin, clerk, role):
        url = reverse("staff-roles", args=[clerk.public_id])
        data = {"role": role.public_id, "offices": [clerk.office.public_id], "first_day": clock.today().isoformat(),
                "last_day": "", "reason": "担当", "submission": uuid.uuid4()}  # fmt: skip
        assert admin.post(url, data).status_code == 302
        assert Decision.objects.get().title == f"{clerk.login}への役割「賦課照会」の割当"
        again = admin.post(url, data | {"submission": uuid.uuid4()})
        assert "すでに決裁を待っています" in body(again)

    def test_what_waits_for_a_decision_stands_on_the_person_s_page(self, admin, client, clerk, role):
        url = reverse("staff-roles", args=[clerk.public_id])
        data = {"role": role.public_id, "offices": [clerk.office.public_id], "first_day": "2030-04-01",
                "last_day": "", "reason": "担当", "submission": uuid.uuid4()}  # fmt: skip
        with clock.at(date(2030, 3, 20)):
            admin.post(url, data)
            decision = Decision.objects.get()
            page = body(admin.get(url))
            assert "決裁を待っている申請" in page
            assert f'href="{reverse("decision", args=[decision.public_id])}"' in page
            assert ["期間", "令和12年4月1日から（期限なし）"] in [list(row) for row in decision.rows]
            viewer = factories.staff("staff.view", name="見る 人")
            client.force_login(viewer, backend="django.contrib.auth.backends.ModelBackend")
            page = body(client.get(url))
            assert "決裁を待っている申請" in page
            assert decision.number not in page
            boss = factories.staff("staff.view", "staff.decide", at=decision.office, name="管理 典子")
            decisions.approve(Actor.of(boss), decision, version=decision.version)
            assert "決裁を待っている申請" not in body(client.get(url))

    def test_the_period_of_a_temporary_role_says_until_when(self, admin, clerk, role):
        url = reverse("staff-roles", args=[clerk.public_id])
        data = {"role": role.public_id, "offices": [clerk.office.public_id], "first_day": "2026-11-24",
                "last_day": "2027-03-31", "reason": "応援", "submission": uuid.uuid4()}  # fmt: skip
        with clock.at(date(2026, 11, 24)):
            admin.post(url, data)
            assert ["期間", "令和8年11月24日から令和9年3月31日まで"] in [list(r) for r in Decision.objects.get().rows]

    def test_the_list_names_the_roles_in_a_bounded_number_of_statements(self, admin, clerk, role):
        def asked():
            with CaptureQueriesContext(connection) as found:
                assert admin.get(reverse("role-people")).status_code == 200
            return len(found)

        assign_role(None, clerk, role.group.name, clerk.office)
        assert "賦課照会" in body(admin.get(reverse("role-people"), {"text": "窓口 春子"}))
        before = asked()
        for serial in range(5):
            factories.staff("levy.view", name=f"同僚 {serial}")
        assert asked() == before

    def test_only_the_offices_within_reach_are_offered_and_taken(self, admin, clerk, role):
        green = factories.office("緑区役所")
        url = reverse("staff-roles", args=[clerk.public_id])
        assert "緑区役所" not in body(admin.get(url))
        data = {"role": role.public_id, "offices": [green.public_id], "first_day": clock.today().isoformat(),
                "last_day": "", "reason": "担当", "submission": uuid.uuid4()}  # fmt: skip
        assert admin.post(url, data).status_code == 200
        assert not Decision.objects.exists()

    def test_one_s_own_roles_have_no_form_and_the_url_refuses(self, admin, role):
        own = Staff.objects.get(pk=admin.person.pk)
        url = reverse("staff-roles", args=[own.public_id])
        assert "自分の役割は、別のシステム管理者が扱います" in body(admin.get(url))
        data = {"role": role.public_id, "offices": [own.office.public_id], "first_day": clock.today().isoformat(),
                "reason": "自分に", "submission": uuid.uuid4()}  # fmt: skip
        assert "自分に権限を割り当てることはできません" in body(admin.post(url, data))
        assert not Decision.objects.exists()

    def test_ending_at_once(self, admin, clerk, role):
        assign_role(None, clerk, role.group.name, clerk.office)
        url = reverse("role-assignment", args=[clerk.assignments.get().public_id])
        assert "今すぐ終わらせる" in body(admin.get(url))
        answer = admin.post(url, {"act": "end", "reason": "異動", "submission": uuid.uuid4()})
        assert answer.url == reverse("staff-roles", args=[clerk.public_id])
        assert not clerk.assignments.exists()

    def test_an_assignment_elsewhere_is_not_found(self, admin, role):
        far = factories.staff(at=factories.office("緑区役所"))
        assign_role(None, far, role.group.name, far.office)
        url = reverse("role-assignment", args=[far.assignments.get().public_id])
        assert admin.get(url).status_code == 404
        assert admin.post(url, {"act": "end", "reason": "x", "submission": uuid.uuid4()}).status_code == 404
        assert far.assignments.exists()

    def test_rights_leave_the_screen_as_csv_and_pdf_and_that_is_logged(self, admin, clerk, role):
        assign_role(None, clerk, role.group.name, clerk.office)
        csv = body(admin.get(reverse("staff-rights-csv", args=[clerk.public_id])))
        assert "賦課・収滞納ファイルの照会,中央区役所,賦課照会" in csv
        assert admin.get(reverse("staff-rights-pdf", args=[clerk.public_id])).content.startswith(b"%PDF")
        assert set(AccessLog.objects.filter(file="staff").values_list("act", flat=True)) == {"export", "print"}

    def test_a_viewer_sees_no_form_and_is_refused(self, client, clerk, role):
        viewer = factories.staff("staff.view")
        client.force_login(viewer, backend="django.contrib.auth.backends.ModelBackend")
        url = reverse("staff-roles", args=[clerk.public_id])
        page = body(client.get(url))
        assert "割当てを起案する" not in page
        assert "CSVで出力" not in page
        assert client.post(url, {"role": role.public_id}).status_code == 403
        assert AccessLog.objects.filter(outcome="refused").count() == 1


class TestTemplates:
    def test_laying_down_correcting_removing(self, admin, clerk, role):
        data = {"office": clerk.office.public_id, "section": "窓口係", "roles": [role.public_id], "reason": "標準",
                "submission": uuid.uuid4(), "version": ""}  # fmt: skip
        assert admin.post(reverse("section-template-new"), data).status_code == 302
        row = SectionTemplate.objects.get()
        assert "窓口係" in body(admin.get(reverse("section-templates")))
        url = reverse("section-template", args=[row.public_id])
        assert "checked" in body(admin.get(url))
        admin.post(url, data | {"submission": uuid.uuid4(), "section": "給付係", "version": row.version})
        row.refresh_from_db()
        assert row.section == "給付係"
        stale = admin.post(url, data | {"submission": uuid.uuid4(), "version": row.version - 1})
        assert "変更しました" in body(stale)
        remove = reverse("section-template-remove", args=[row.public_id])
        admin.post(remove, {"submission": uuid.uuid4(), "version": row.version})
        assert not SectionTemplate.objects.exists()


def test_from_the_proposal_to_the_next_request(admin, clerk, role, client):
    """The whole way: an administrator asks, a manager decides, the clerk's next page is open."""
    url = reverse("staff-roles", args=[clerk.public_id])
    data = {"role": role.public_id, "offices": [clerk.office.public_id], "first_day": clock.today().isoformat(),
            "last_day": "", "reason": "担当", "submission": uuid.uuid4()}  # fmt: skip
    admin.post(url, data)
    from audit.actor import Actor

    chief = factories.staff("staff.decide", offices=[clerk.office])
    decision = Decision.objects.get()
    decisions.approve(Actor.of(chief), decision, version=decision.version)
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    assert Role.objects.get(pk=role.pk).group.assignments.get().staff == clerk
    assert client.get(reverse("levy-runs")).status_code == 200
