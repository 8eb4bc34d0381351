"""Beyond one's own office: one resident with a reason, an emergency with the manager told, a substitute for some days."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import subjects
from audit.actor import Actor
from audit.authority import services
from audit.authority.models import CrossOfficeReading, EmergencyAccess, Substitution
from audit.models import AccessLog, Notice, RoleAssignment
from audit.permissions import Refused, require, visible
from audit.rights import Act, File, Right
from audit.services import assign_role, define_role, end_role
from eligibility.models import Resident
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests import factories

pytestmark = pytest.mark.django_db
VIEW = Right(File.ELIGIBILITY, Act.VIEW)
REASON = "窓口に来庁、転居の相談"


@pytest.fixture
def manager():
    return factories.staff("findings.view", "findings.decide", "eligibility.view", name="管理 典子")


@pytest.fixture
def clerk(manager):
    staff = factories.staff("eligibility.view", "levy.view", name="窓口 春子")
    staff.manager = manager
    staff.save()
    return staff


@pytest.fixture
def foreigner():
    """A resident of another office."""
    return factories.insured(
        factories.resident("余所　花子", "ヨソ　ハナコ", office=factories.office("緑区役所"))
    ).resident


@pytest.fixture
def emergency_role():
    return define_role("緊急照会", [VIEW, Right(File.LEVY, Act.VIEW)])


def subject(person):
    return subjects.describe([person.public_id])[person.public_id]


def read(staff, person, reason=REASON):
    return services.ask_to_read(Actor.of(staff), subject(person), "visit", reason)


def open_page(client, person):
    return client.get(reverse("person", args=[person.public_id]))


class TestCrossOfficeReading:
    def test_before_it_the_page_is_refused_and_after_it_open_with_its_ground_in_the_log(self, client, clerk, foreigner):
        client.force_login(clerk)
        assert open_page(client, foreigner).status_code == 403
        read(clerk, foreigner)
        answer = open_page(client, foreigner)
        assert answer.status_code == 200
        assert "余所　花子" in answer.content.decode()
        row = AccessLog.objects.filter(route="person", outcome="allowed").latest("id")
        assert (row.ground, row.reason) == ("cross_office", f"他区の住民が窓口に来た：{REASON}")

    def test_it_opens_one_resident_and_no_other_of_that_office(self, client, clerk, foreigner):
        neighbour = factories.resident("隣　次郎", "トナリ　ジロウ", office=foreigner.office)
        read(clerk, foreigner)
        client.force_login(clerk)
        assert open_page(client, neighbour).status_code == 403
        found = visible(Resident.objects.all(), Actor.of(clerk), VIEW)
        assert set(found) == {foreigner}

    def test_it_is_for_looking_only(self, clerk, foreigner):
        read(clerk, foreigner)
        role = define_role("入力もする", [Right(File.ELIGIBILITY, Act.ENTER)])
        assign_role(None, clerk, role.name, clerk.office)
        with pytest.raises(Refused):
            require(Actor.of(clerk), File.ELIGIBILITY, Act.ENTER, foreigner.office_id, subjects=[foreigner.public_id])

    def test_it_gives_no_file_that_the_person_does_not_hold(self, clerk, foreigner):
        read(clerk, foreigner)
        assert Actor.of(clerk).may(Right(File.LEVY, Act.VIEW), foreigner.office_id, [foreigner.public_id])
        assert not Actor.of(clerk).may(Right(File.BENEFITS, Act.VIEW), foreigner.office_id, [foreigner.public_id])

    def test_it_ends_by_itself(self, client, clerk, foreigner, settings):
        reading = read(clerk, foreigner)
        with clock.at(reading.until - timedelta(seconds=1)):
            assert Actor.of(clerk).may(VIEW, foreigner.office_id, [foreigner.public_id])
        with clock.at(reading.until):
            assert not Actor.of(clerk).may(VIEW, foreigner.office_id, [foreigner.public_id])

    def test_ended_early_the_next_request_is_refused(self, client, clerk, foreigner):
        reading = read(clerk, foreigner)
        client.force_login(clerk)
        assert open_page(client, foreigner).status_code == 200
        services.end_reading(Actor.of(clerk), reading)
        assert open_page(client, foreigner).status_code == 403

    def test_asking_again_while_it_lasts_answers_with_the_first(self, clerk, foreigner):
        assert read(clerk, foreigner) == read(clerk, foreigner)
        assert CrossOfficeReading.objects.count() == 1

    def test_it_is_the_asker_s_alone(self, clerk, foreigner):
        colleague = factories.staff("eligibility.view", name="同僚")
        read(clerk, foreigner)
        assert not Actor.of(colleague).may(VIEW, foreigner.office_id, [foreigner.public_id])

    def test_who_loses_the_right_loses_the_reading(self, clerk, foreigner):
        read(clerk, foreigner)
        clerk.is_active = False
        clerk.save()
        assert not Actor.of(clerk).may(VIEW, foreigner.office_id, [foreigner.public_id])

    @pytest.mark.parametrize("reason", ["", "   ", "確認", "あ　い"])
    def test_a_reason_that_says_nothing_is_refused(self, clerk, foreigner, reason):
        with pytest.raises(Refusal, match="reason"):
            read(clerk, foreigner, reason)

    def test_somebody_of_the_own_office_needs_none(self, clerk):
        with pytest.raises(Refusal, match="own-office"):
            read(clerk, factories.resident())

    def test_without_the_right_at_home_there_is_none_abroad(self, foreigner):
        with pytest.raises(Forbidden):
            read(factories.staff("levy.view"), foreigner)

    class TestProtected:
        @pytest.fixture
        def hidden(self, foreigner):
            foreigner.is_protected = True
            foreigner.save()
            return foreigner

        def test_the_manager_is_told_and_decides(self, clerk, manager, hidden):
            reading = read(clerk, hidden)
            assert not Actor.of(clerk).may(VIEW, hidden.office_id, [hidden.public_id])
            assert Notice.objects.filter(staff=manager, urgent=True).count() == 1
            services.approve_reading(Actor.of(manager), reading)
            assert Actor.of(clerk).may(VIEW, hidden.office_id, [hidden.public_id])
            assert Notice.objects.filter(staff=clerk).exists()

        def test_nobody_approves_their_own(self, manager, hidden):
            reading = read(manager, hidden)
            with pytest.raises(Refusal, match="same-person"):
                services.approve_reading(Actor.of(manager), reading)

        def test_a_manager_of_another_office_does_not_decide(self, clerk, hidden):
            other = factories.staff("findings.decide", at=factories.office("美浜区役所"))
            with pytest.raises(Forbidden):
                services.approve_reading(Actor.of(other), read(clerk, hidden))

        def test_what_is_settled_is_settled(self, clerk, manager, hidden):
            reading = read(clerk, hidden)
            services.end_reading(Actor.of(manager), reading)
            with pytest.raises(Conflict):
                services.approve_reading(Actor.of(manager), reading)


class TestReadingScreens:
    ASKED = {"category": "visit", "reason": REASON}

    def post(self, client, **asked):
        key = "11111111-1111-4111-8111-111111111111"
        return client.post(reverse("cross-office-new"), {**self.ASKED, "submission": key, **asked})

    def test_by_number_entry_check_and_the_page(self, client, clerk, foreigner):
        client.force_login(clerk)
        number = foreigner.insured.insured_number
        check = self.post(client, number=number).content.decode()
        assert "緑区役所" in check
        assert "余所" not in check
        done = self.post(client, number=number, confirmed="1")
        assert done.url == reverse("person", args=[foreigner.public_id])
        assert client.get(done.url).status_code == 200
        assert self.post(client, number=number, confirmed="1").url == done.url

    def test_the_check_is_logged_with_whose_and_why(self, client, clerk, foreigner):
        client.force_login(clerk)
        self.post(client, number=foreigner.insured.insured_number)
        row = AccessLog.objects.get(route="cross-office-new")
        assert (row.subjects, row.reason) == ([foreigner.public_id], REASON)

    def test_by_kana_and_birth_date(self, client, clerk, foreigner):
        client.force_login(clerk)
        asked = {"reading": "ヨソ　ハナコ", "birth": "S12.3.4"}
        assert "緑区役所" in self.post(client, **asked).content.decode()

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({}, "両方を入れてください"),
            ({"reading": "ヨソ　ハナコ"}, "両方を入れてください"),
            ({"number": "0000000000"}, "該当する人がいません"),
            ({"reading": "ヨソ", "birth": "S12.3.4"}, "該当する人がいません"),
        ],
    )
    def test_anything_but_exactly_one_person_is_refused(self, client, clerk, foreigner, asked, words):
        client.force_login(clerk)
        assert words in self.post(client, **asked).content.decode()
        assert not CrossOfficeReading.objects.exists()

    def test_the_list_names_no_resident_and_shows_one_s_own_only(self, client, clerk, foreigner):
        read(clerk, foreigner)
        client.force_login(factories.staff("eligibility.view", name="同僚"))
        assert REASON not in client.get(reverse("cross-office")).content.decode()
        client.force_login(clerk)
        text = client.get(reverse("cross-office")).content.decode()
        assert REASON in text
        assert "余所" not in text

    def test_the_manager_sees_and_ends_it(self, client, clerk, manager, foreigner):
        reading = read(clerk, foreigner)
        client.force_login(manager)
        assert REASON in client.get(reverse("cross-office")).content.decode()
        key = "22222222-2222-4222-8222-222222222222"
        client.post(reverse("cross-office-act", args=[reading.public_id, "end"]), {"submission": key})
        reading.refresh_from_db()
        assert reading.ended_at

    def test_somebody_else_s_is_not_found(self, client, clerk, foreigner):
        reading = read(clerk, foreigner)
        client.force_login(factories.staff("eligibility.view", name="同僚"))
        key = "22222222-2222-4222-8222-222222222222"
        answer = client.post(reverse("cross-office-act", args=[reading.public_id, "end"]), {"submission": key})
        assert answer.status_code == 404


class TestEmergency:
    def begin(self, staff, *offices, reason="大雨による避難者の安否確認"):
        return services.begin_emergency(Actor.of(staff), offices, reason)

    def test_the_rights_reach_the_offices_and_the_manager_is_told_at_once(
        self, client, clerk, manager, foreigner, emergency_role
    ):
        access = self.begin(clerk, foreigner.office)
        (notice,) = Notice.objects.filter(staff=manager)
        assert notice.urgent
        assert clerk.name in notice.text
        assert set(access.told.all()) == {manager}
        client.force_login(clerk)
        answer = open_page(client, foreigner)
        assert answer.status_code == 200
        assert "緊急アクセス中" in answer.content.decode()
        row = AccessLog.objects.filter(route="person").latest("id")
        assert (row.ground, row.reason) == ("emergency", "大雨による避難者の安否確認")

    def test_without_a_manager_those_who_decide_on_findings_are_told(self, manager, emergency_role, foreigner):
        self.begin(factories.staff("eligibility.view", name="所属長なし"), foreigner.office)
        assert Notice.objects.get().staff == manager

    def test_it_gives_the_emergency_role_and_no_more(self, clerk, foreigner, emergency_role):
        self.begin(clerk, foreigner.office)
        actor = Actor.of(clerk)
        assert actor.may(Right(File.LEVY, Act.VIEW), foreigner.office_id)
        for right in (Right(File.LEVY, Act.ENTER), Right(File.BENEFITS, Act.VIEW), Right(File.STAFF, Act.VIEW)):
            assert not actor.may(right, foreigner.office_id)

    def test_it_ends_by_itself_and_early(self, clerk, foreigner, emergency_role):
        access = self.begin(clerk, foreigner.office)
        with clock.at(access.until):
            assert not Actor.of(clerk).may(VIEW, foreigner.office_id)
        services.end_emergency(Actor.of(clerk), access)
        assert not Actor.of(clerk).may(VIEW, foreigner.office_id)

    def test_one_at_a_time(self, clerk, foreigner, emergency_role):
        self.begin(clerk, foreigner.office)
        with pytest.raises(Conflict):
            self.begin(clerk, foreigner.office)

    @pytest.mark.parametrize("minutes", [0, 30])
    def test_an_installation_may_switch_it_off(self, clerk, foreigner, settings, minutes):
        """Without minutes, or without the role."""
        settings.EMERGENCY_MINUTES = minutes
        with pytest.raises(Refusal, match="emergency-off"):
            self.begin(clerk, foreigner.office)

    def test_who_holds_no_right_at_home_gets_none(self, foreigner, emergency_role):
        with pytest.raises(Forbidden):
            self.begin(factories.staff(), foreigner.office)

    def test_reason_and_office_are_needed(self, clerk, foreigner, emergency_role):
        with pytest.raises(Refusal, match="no-office"):
            self.begin(clerk)
        with pytest.raises(Refusal, match="reason"):
            self.begin(clerk, foreigner.office, reason="急ぎ")

    def test_by_the_screen(self, client, clerk, foreigner, emergency_role):
        client.force_login(clerk)
        asked = {
            "offices": [foreigner.office_id], "reason": "大雨による避難者の安否確認",
            "submission": "11111111-1111-4111-8111-111111111111",
        }  # fmt: skip
        assert client.post(reverse("emergency"), asked).status_code == 302
        assert client.post(reverse("emergency"), asked).status_code == 302
        row = EmergencyAccess.objects.get()
        assert "終える" in client.get(reverse("emergency")).content.decode()
        key = {"submission": "22222222-2222-4222-8222-222222222222"}
        client.post(reverse("emergency-end", args=[row.public_id]), key)
        assert "緊急アクセス中" not in client.get("/").content.decode()


class TestSubstitution:
    TODAY = date(2026, 8, 10)

    @pytest.fixture(autouse=True)
    def at_the_day(self):
        with clock.at(self.TODAY):
            yield

    @pytest.fixture
    def boss(self):
        return factories.staff("staff.view", name="管理 典子")

    @pytest.fixture
    def away(self, boss):
        staff = factories.staff("levy.decide", at=factories.office("緑区役所"), name="不在 太郎")
        staff.manager = boss
        staff.save()
        return staff

    def name(self, boss, away, other, first=TODAY, last=TODAY + timedelta(days=4), reason="夏季休暇のため"):
        return services.name_substitute(Actor.of(boss), away, other, first, last, reason)

    def test_the_substitute_holds_the_roles_on_those_offices_for_those_days(self, boss, away, clerk):
        decide = Right(File.LEVY, Act.DECIDE)
        self.name(boss, away, clerk)
        actor = Actor.of(clerk)
        assert actor.offices(decide) == {away.office_id}
        assert any(role.endswith("（代理）") for role in actor.roles)
        row = RoleAssignment.objects.get(staff=clerk, kind="substitution")
        assert (row.stands_in_for, row.period) == (away, DateRange(self.TODAY, self.TODAY + timedelta(days=5)))

    def test_the_nightly_run_gives_and_takes_on_the_day(self, boss, away, clerk):
        from audit.services import synchronise_all

        decide = Right(File.LEVY, Act.DECIDE)
        self.name(boss, away, clerk, first=self.TODAY + timedelta(days=1))
        assert not Actor.of(clerk).may(decide)
        with clock.at(self.TODAY + timedelta(days=1)):
            synchronise_all()
            assert Actor.of(clerk).may(decide)
        with clock.at(self.TODAY + timedelta(days=5)):
            synchronise_all()
            assert not Actor.of(clerk).may(decide)

    def test_it_does_not_chain(self, boss, away, clerk):
        third = factories.staff("eligibility.view", name="三人目")
        self.name(boss, away, clerk)
        clerk.manager = boss
        clerk.save()
        self.name(boss, clerk, third)
        assert not Actor.of(third).may(Right(File.LEVY, Act.DECIDE))

    def test_nobody_names_themselves(self, boss, away):
        with pytest.raises(Forbidden, match="own-gain"):
            self.name(boss, away, boss)

    def test_a_stranger_names_nobody(self, away, clerk):
        with pytest.raises(Forbidden):
            self.name(factories.staff("eligibility.view"), away, clerk)

    @pytest.mark.parametrize(
        ("change", "code"),
        [({"last": TODAY - timedelta(days=1)}, "period"), ({"reason": "休"}, "reason")],
    )
    def test_days_and_reason_must_fit(self, boss, away, clerk, change, code):
        with pytest.raises(Refusal, match=code):
            self.name(boss, away, clerk, **change)

    def test_twice_for_the_same_days_is_refused(self, boss, away, clerk):
        self.name(boss, away, clerk)
        with pytest.raises(Conflict):
            self.name(boss, away, clerk)
        assert Substitution.objects.count() == 1

    def test_ended_early_the_rights_are_gone(self, boss, away, clerk):
        row = self.name(boss, away, clerk)
        services.end_substitution(Actor.of(boss), row)
        services.end_substitution(Actor.of(boss), row)
        assert not Actor.of(clerk).may(Right(File.LEVY, Act.DECIDE))
        assert Group.objects.filter(assignments__staff=clerk, assignments__kind="substitution").count() == 0

    def test_both_are_told(self, boss, away, clerk):
        self.name(boss, away, clerk)
        assert set(Notice.objects.values_list("staff__name", flat=True)) == {away.name, clerk.name}

    def test_by_the_screen(self, client, boss, away, clerk):
        client.force_login(boss)
        asked = {
            "absent": away.public_id, "substitute": clerk.public_id, "first": "R8.8.10", "last": "R8.8.14", "reason": "夏季休暇のため",
            "submission": "11111111-1111-4111-8111-111111111111",
        }  # fmt: skip
        assert client.post(reverse("substitutions"), asked).status_code == 302
        text = client.get(reverse("substitutions")).content.decode()
        assert "代理中" in text
        assert "令和8年8月14日" in text
        row = Substitution.objects.get()
        key = {"submission": "22222222-2222-4222-8222-222222222222"}
        client.post(reverse("substitution-end", args=[row.public_id]), key)
        assert "取りやめ" in client.get(reverse("substitutions")).content.decode()

    def test_a_contractor_neither_stands_in_nor_is_stood_in_for(self, client, boss, away, clerk):
        outsider = factories.staff("eligibility.view", name="委託 三郎")
        outsider.employment, outsider.manager = "contractor", boss
        outsider.save()
        for absent, substitute in ((away, outsider), (outsider, clerk)):
            with pytest.raises(Refusal, match="contractor"):
                self.name(boss, absent, substitute)
        client.force_login(boss)
        assert "委託 三郎" not in client.get(reverse("substitutions")).content.decode()

    def test_a_substitution_of_somebody_who_is_a_contractor_now_can_still_be_ended(self, boss, away, clerk):
        row = self.name(boss, away, clerk)
        away.employment = "contractor"
        away.save()
        services.end_substitution(Actor.of(boss), row)
        assert Substitution.objects.get().ended_at

    def test_people_are_offered_office_by_office_in_the_order_of_their_kana(self, client, boss, away, clerk):
        for name, kana in (("渡辺 一", "ワタナベ ハジメ"), ("青木 二", "アオキ ジ")):
            person = factories.staff("eligibility.view", name=name)
            person.kana = kana
            person.save()
        client.force_login(boss)
        form = client.get(reverse("substitutions")).context["form"]
        groups = [choice for choice in form.fields["substitute"].choices if choice[0]]
        names = [str(label) for _value, label in dict(groups)[boss.office.name]]
        assert names.index("青木 二") < names.index("渡辺 一")
        assert '<optgroup label="' in str(form["absent"])

    def test_oneself_is_offered_to_who_administers_ids_and_explained_to_others(self, client, boss, away):
        client.force_login(boss)
        assert "自分では指定できません" in client.get(reverse("substitutions")).content.decode()
        administrator = factories.staff("staff.enter", name="庶務 係子")
        client.force_login(administrator)
        text = client.get(reverse("substitutions")).content.decode()
        assert "自分では指定できません" not in text
        assert f'value="{administrator.public_id}"' in text

    def test_who_is_responsible_for_nobody_sees_no_form(self, client, clerk):
        client.force_login(clerk)
        assert "代理を指定する" not in client.get(reverse("substitutions")).content.decode()


class TestTheCore:
    def test_a_refused_attempt_survives_the_roll_back_of_its_transaction(self, client, clerk, foreigner, monkeypatch):
        client.force_login(clerk)

        def rolled_back(*args, **kwargs):
            with transaction.atomic():
                require(kwargs["actor"], File.LEVY, Act.DECIDE)

        monkeypatch.setattr(
            "eligibility.frame.queries.person", lambda key: rolled_back(actor=Actor.of(clerk)) or foreigner
        )
        assert open_page(client, foreigner).status_code == 403
        assert AccessLog.objects.filter(outcome="refused", file="levy", act="decide").count() == 1

    def test_rights_and_exceptions_cost_a_bounded_number_of_statements(self, clerk, foreigner, emergency_role):
        def statements():
            with CaptureQueriesContext(connection) as queries:
                Actor.of(clerk)
            return len(queries)

        plain = statements()
        for number in range(3):
            read(clerk, factories.resident(office=factories.office(f"第{number}区役所")))
        assert statements() == plain
        services.begin_emergency(Actor.of(clerk), [foreigner.office], REASON)
        assert statements() <= plain + 2

    def test_a_right_removed_while_signed_in_is_gone_with_the_next_request(self, client, clerk):
        person = factories.resident()
        client.force_login(clerk)
        assert open_page(client, person).status_code == 200
        administrator = factories.staff("staff.enter", name="運用 静")
        role = RoleAssignment.objects.get(staff=clerk).role
        end_role(Actor.of(administrator), clerk, role.name, clerk.office)
        assert open_page(client, person).status_code == 403

    @pytest.mark.parametrize(
        "change",
        [{"is_active": False}, {"valid_until": date(2020, 1, 1)}, {"absence": DateRange(date(2020, 1, 1), None)}],
    )
    def test_an_id_closed_while_signed_in_shows_nothing_more(self, client, clerk, change):
        person = factories.resident()
        client.force_login(clerk)
        for name, value in change.items():
            setattr(clerk, name, value)
        clerk.save()
        answer = open_page(client, person)
        assert answer.status_code in (302, 403)
        assert "山田" not in answer.content.decode()


def test_who_is_refused_another_office_s_resident_is_told_the_way(client, db):
    client.force_login(factories.staff("eligibility.view", at=factories.office("緑区役所")))
    page = client.get(reverse("person", args=[factories.resident().public_id])).content.decode()
    assert "他所属の照会" in page


def test_who_has_no_such_right_anywhere_is_not_sent_there(client, db):
    client.force_login(factories.staff("jobs.view"))
    page = client.get(reverse("person", args=[factories.resident().public_id])).content.decode()
    assert "理由を入れると" not in page
