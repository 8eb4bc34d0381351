"""The yearly review: what it finds, keeping and removing, handing in, the signed paper."""

import hashlib
import io
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from pypdf import PdfReader

from audit import access
from audit.decisions import services as decisions
from audit.decisions.queries import latest
from audit.files import read_stored
from audit.models import RoleAssignment, Staff
from audit.permissions import held_rights
from audit.personnel import queries, reviewing, signing, work
from audit.personnel.models import IdEvent, ReviewCampaign, ReviewItem
from audit.roles.models import SectionTemplate
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests import factories
from tests.personnel.example_file import row

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
PAGE = "/personnel/reviews/"


@pytest.fixture
def sitting(city):
    """Two people of the first ward who have signed in this week, beside those of the city."""
    for person in (city.clerk, city.shocho):
        with clock.at(date(2026, 11, 20)):
            access.record_sign_in(city.actor(person), "login")
    return city


def begin(city, office=None, due_on=date(2026, 12, 24)):
    return reviewing.start(city.actor(city.kanri), office or city.ward, due_on=due_on)


def item(campaign, staff, *, role=False):
    return campaign.items.get(staff=staff, role__isnull=not role)


def decide(city, campaign, *rows, verdict="keep", reason="確かめた", by=None):
    keys = [one.public_id for one in rows]
    return reviewing.decide(city.actor(by or city.kanri), campaign, keys, verdict=verdict, reason=reason)


def finish(city, campaign):
    decide(city, campaign, *campaign.items.filter(verdict=""))
    campaign.refresh_from_db()
    reviewing.hand_in(
        city.actor(city.kanri), campaign, comment="異動期に残った役割を改めた。", version=campaign.version
    )
    campaign.refresh_from_db()
    return campaign


class TestBeginning:
    def test_lists_every_id_and_role_of_the_office_with_its_marks(self, sitting):
        campaign = begin(sitting)
        found = {(one.staff_name, one.role.name if one.role else "") for one in campaign.items.select_related("role")}
        assert {name for name, _role in found} == {"窓口 春子", "区長 次郎"}
        assert len(found) == 4
        clerk = item(campaign, sitting.clerk)
        assert (clerk.marks, clerk.last_sign_in.date()) == ([], date(2026, 11, 20))
        assert item(campaign, sitting.clerk, role=True).offices == ["中央区役所"]
        assert (campaign.year, campaign.serial, campaign.unused_days) == (2026, 1, 90)

    def test_marks_what_stands_out(self, sitting, contracts):
        stray = factories.staff("eligibility.view", at=sitting.ward, name="迷い 犬")
        lacking = contracts.granted()
        Staff.objects.filter(pk=sitting.clerk.pk).update(manager=stray)
        Staff.objects.filter(pk=stray.pk).update(is_active=False)
        campaign = begin(sitting)
        assert item(campaign, stray).marks == ["leftover"]
        assert item(campaign, stray, role=True).marks == ["leftover"]
        assert item(campaign, lacking).marks == ["no_pledge"]
        assert item(campaign, sitting.clerk).marks == ["no_manager"]

    def test_marks_who_is_not_in_the_last_full_personnel_file(self, sitting):
        sitting.take_in(row(effective_on="20261120"), full=True)
        campaign = begin(sitting)
        assert item(campaign, sitting.clerk).marks == ["not_in_file"]
        assert "not_in_file" not in item(campaign, Staff.objects.get(login="100001")).marks

    def test_marks_a_role_beyond_the_sections_template(self, sitting):
        other = factories.staff("levy.view", at=sitting.ward, name="標準 内")
        normal = Group.objects.get(assignments__staff=other)
        template = SectionTemplate.objects.create(office=sitting.ward, section="", reason="標準")
        template.roles.add(normal.role)
        campaign = begin(sitting)
        assert item(campaign, sitting.clerk, role=True).marks == ["exceeds"]
        assert item(campaign, other, role=True).marks == []

    def test_marks_the_unused_by_the_access_log(self, city):
        with clock.at(date(2026, 7, 1)):
            sleeper = factories.staff("eligibility.view", at=city.ward, name="長 休み")
            access.record_sign_in(city.actor(sleeper), "login")
        campaign = begin(city)
        assert "unused" in item(campaign, sleeper).marks
        assert "unused" not in item(campaign, city.clerk).marks  # new this week, never signed in

    def test_a_new_id_is_not_unused_one_issued_91_days_ago_and_never_used_is(self, city, contracts):
        at = datetime(2026, 11, 24, 10, tzinfo=clock.TOKYO)
        with clock.at(at - timedelta(days=91)):
            old = contracts.granted(name="派遣 太郎", starts_on=clock.today())
        with clock.at(at - timedelta(minutes=4)):
            new = contracts.granted()
            city.take_in(row(effective_on="20260401"))
        RoleAssignment.objects.filter(staff=new).delete()
        campaign = begin(city)
        assert "unused" in item(campaign, old).marks
        assert "unused" not in item(campaign, new).marks
        assert "unused" not in item(campaign, Staff.objects.get(login="100001")).marks

    def test_one_at_a_time_and_several_a_year(self, sitting, storage):
        first = begin(sitting)
        with pytest.raises(Conflict, match="終わっていません"):
            begin(sitting)
        assert begin(sitting, sitting.other).serial == 1
        finish(sitting, first)
        sitting.approve(first.public_id)
        assert begin(sitting).serial == 2

    def test_needs_the_right_and_a_day_to_come(self, sitting):
        for staff in (sitting.kacho, sitting.shocho, sitting.far):
            with pytest.raises(Forbidden):
                reviewing.start(sitting.actor(staff), sitting.ward, due_on=TODAY)
        with pytest.raises(Refusal, match="今日以後"):
            begin(sitting, due_on=TODAY - timedelta(days=1))


class TestDeciding:
    def test_a_removed_role_ends_at_once(self, sitting):
        campaign = begin(sitting)
        decide(sitting, campaign, item(campaign, sitting.clerk, role=True), verdict="remove", reason="異動済み")
        assert held_rights(Staff.objects.get(pk=sitting.clerk.pk)) == {}
        assert Staff.objects.get(pk=sitting.clerk.pk).is_active
        assert "異動済み" in IdEvent.objects.get(staff=sitting.clerk).words

    def test_a_removed_id_is_closed_with_all_its_roles(self, sitting, client):
        client.force_login(sitting.clerk, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get("/").status_code == 200
        campaign = begin(sitting)
        decide(sitting, campaign, item(campaign, sitting.clerk), verdict="remove", reason="退職")
        assert client.get("/").status_code == 302
        assert item(campaign, sitting.clerk, role=True).verdict == "remove"
        assert not RoleAssignment.objects.filter(staff=sitting.clerk, period__contains=TODAY).exists()

    def test_many_at_once_with_one_reason(self, sitting):
        campaign = begin(sitting)
        assert decide(sitting, campaign, *campaign.items.all(), reason="課で確認") == 4
        assert set(campaign.items.values_list("verdict", "reason")) == {("keep", "課で確認")}

    def test_an_id_and_its_roles_removed_together_count_once(self, sitting):
        campaign = begin(sitting)
        decide(sitting, campaign, *campaign.items.filter(staff=sitting.clerk), verdict="remove", reason="退職")
        assert IdEvent.objects.filter(staff=sitting.clerk).count() == 1

    def test_the_rest_without_marks_is_kept_in_one_act(self, sitting, contracts):
        lacking = contracts.granted()
        campaign = begin(sitting)
        assert reviewing.keep_unmarked(sitting.actor(sitting.kanri), campaign) == 5
        assert item(campaign, lacking).verdict == ""
        assert item(campaign, sitting.clerk).verdict == "keep"

    @pytest.mark.parametrize(
        ("verdict", "reason", "code"),
        [("remove", " ", "no-reason"), ("keep", "", "no-reason"), ("perhaps", "x", "no-verdict")],
    )
    def test_what_cannot_be_is_refused(self, sitting, contracts, verdict, reason, code):
        lacking = contracts.granted()
        campaign = begin(sitting)
        with pytest.raises(Refusal) as refused:
            decide(sitting, campaign, item(campaign, lacking), verdict=verdict, reason=reason)
        assert refused.value.code == code

    def test_an_unmarked_row_is_kept_without_a_reason(self, sitting):
        campaign = begin(sitting)
        assert decide(sitting, campaign, item(campaign, sitting.clerk), reason="") == 1

    def test_nothing_chosen_or_rows_of_another_review(self, sitting):
        campaign, other = begin(sitting), begin(sitting, sitting.other)
        with pytest.raises(Refusal, match="選んで"):
            reviewing.decide(sitting.actor(sitting.kanri), campaign, [uuid4()], verdict="keep", reason="")
        with pytest.raises(Refusal, match="選んで"):
            decide(sitting, campaign, other.items.first())

    def test_a_removed_one_does_not_come_back(self, sitting):
        campaign = begin(sitting)
        one = item(campaign, sitting.clerk, role=True)
        decide(sitting, campaign, one, verdict="remove", reason="異動")
        with pytest.raises(Refusal, match="戻りません"):
            decide(sitting, campaign, one, verdict="keep")

    def test_nobody_decides_on_their_own(self, sitting):
        campaign = begin(sitting, sitting.head)
        own = item(campaign, sitting.kanri)
        with pytest.raises(Refusal, match="自分"):
            decide(sitting, campaign, own)
        reviewing.keep_unmarked(sitting.actor(sitting.kanri), campaign)
        own.refresh_from_db()
        assert own.verdict == ""
        decide(sitting, campaign, own, by=sitting.kacho)
        own.refresh_from_db()
        assert own.decided_by == sitting.kacho

    def test_only_with_the_right_on_the_office(self, sitting):
        campaign = begin(sitting)
        for staff in (sitting.shocho, sitting.far, sitting.clerk):
            with pytest.raises(Forbidden):
                decide(sitting, campaign, item(campaign, sitting.clerk), by=staff)
            with pytest.raises(Forbidden):
                reviewing.keep_unmarked(sitting.actor(staff), campaign)


class TestSigning:
    def test_undecided_rows_block_it(self, sitting):
        campaign = begin(sitting)
        decide(sitting, campaign, item(campaign, sitting.clerk))
        campaign.refresh_from_db()
        with pytest.raises(Refusal, match="3件"):
            reviewing.hand_in(sitting.actor(sitting.kanri), campaign, comment="", version=campaign.version)

    def test_a_second_person_signs_and_the_paper_stays(self, sitting, storage):
        campaign = begin(sitting)
        decide(sitting, campaign, item(campaign, sitting.clerk, role=True), verdict="remove", reason="兼務の終了")
        finish(sitting, campaign)
        decision = latest(campaign.public_id)
        assert dict(decision.rows)["削除"] == "1件"
        with pytest.raises(Forbidden):
            decisions.approve(sitting.actor(sitting.kanri), decision, version=decision.version)
        sitting.approve(campaign.public_id)
        campaign.refresh_from_db()
        assert (campaign.state, campaign.signed_by, campaign.signed_name) == ("signed", sitting.kacho, "管理 典子")
        pdf = b"".join(read_stored(campaign.stored))
        assert campaign.stored.sha256 == hashlib.sha256(pdf).hexdigest()
        text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")
        for words in ("窓口", "兼務の終了", "管理", decision.number, "継続3件", "異動期に残った"):
            assert words in text

    def test_verdicts_stand_still_while_it_is_decided_on(self, sitting, storage):
        campaign = finish(sitting, begin(sitting))
        with pytest.raises(Conflict, match="決裁待ち"):
            decide(sitting, campaign, item(campaign, sitting.clerk), verdict="remove")
        with pytest.raises(Conflict):
            reviewing.hand_in(sitting.actor(sitting.kanri), campaign, comment="", version=campaign.version)

    @pytest.mark.parametrize("act", ["return_", "reject"])
    def test_sent_back_it_can_be_changed_again(self, sitting, storage, act):
        campaign = finish(sitting, begin(sitting))
        decision = latest(campaign.public_id)
        getattr(decisions, act)(sitting.actor(sitting.kacho), decision, version=decision.version, reason="見落とし")
        campaign.refresh_from_db()
        assert campaign.state == "open"
        decide(sitting, campaign, item(campaign, sitting.clerk), verdict="remove", reason="見落とし")

    def test_a_row_changed_behind_the_deciders_back_is_noticed(self, sitting, storage):
        campaign = finish(sitting, begin(sitting))
        ReviewItem.objects.filter(campaign=campaign, staff=sitting.clerk).update(verdict="remove")
        with pytest.raises(Conflict, match="内容が変わりました"):
            sitting.approve(campaign.public_id)

    def test_a_stale_hand_in_is_refused(self, sitting):
        campaign = begin(sitting)
        decide(sitting, campaign, *campaign.items.all())
        with pytest.raises(Conflict, match="変更しました"):
            reviewing.hand_in(sitting.actor(sitting.kanri), campaign, comment="", version=1)

    def test_without_its_paper_nothing_is_signed(self, sitting, storage, monkeypatch):
        campaign = finish(sitting, begin(sitting))
        monkeypatch.setattr(signing.documents, "review", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sitting.approve(campaign.public_id)
        campaign.refresh_from_db()
        assert campaign.state == "proposed"


def test_what_waits(sitting):
    def waiting():
        found = work.waiting(sitting.actor(sitting.kanri))
        return {one.label: (one.count, one.due) for one in found if one.count}

    assert waiting()["今年度の利用者IDの棚卸しを始める"] == (3, None)
    begin(sitting)
    assert waiting()["今年度の利用者IDの棚卸しを始める"] == (2, None)
    assert waiting()["利用者IDと権限の棚卸しを進める"] == (1, date(2026, 12, 24))


class TestScreens:
    def test_begin_decide_hand_in(self, sitting, sign_in, storage):
        client = sign_in(sitting.kanri)
        values = {"office": sitting.ward.public_id, "due_on": "R8.12.24"}
        assert "棚卸しを始めますか" in client.post(f"{PAGE}new/", values).content.decode()
        client.post(f"{PAGE}new/", values | {"confirmed": "1", "submission": uuid4()})
        campaign = ReviewCampaign.objects.get()
        address = f"{PAGE}{campaign.public_id}/"
        shown = client.get(address).content.decode()
        for words in ("窓口 春子", "判断していない4件", "選んだ行を削除する", "印のない行をすべて継続"):
            assert words in shown
        one = item(campaign, sitting.clerk, role=True)
        answer = client.post(f"{address}decide/remove/", {"item": [one.public_id], "submission": uuid4(), "reason": ""})
        assert "理由を入れてください" in answer.content.decode()
        assert f'value="{one.public_id}" checked' in " ".join(answer.content.decode().split())
        wanted = {"item": [one.public_id], "submission": uuid4(), "reason": "異動"}
        checked = client.post(f"{address}decide/remove/?show=left", wanted).content.decode()
        assert "次の1件を削除しますか" in checked
        assert one.role.name in checked
        one.refresh_from_db()
        assert one.verdict == ""
        back = client.post(f"{address}decide/remove/?show=left", wanted | {"change": "1"}).content.decode()
        assert f'value="{one.public_id}" checked' in " ".join(back.split())
        client.post(f"{address}decide/remove/?show=left", wanted | {"confirmed": "1"})
        one.refresh_from_db()
        assert one.verdict == "remove"
        client.post(f"{address}decide/unmarked/", {"submission": uuid4()})
        shown = client.get(address, {"show": "removed"}).content.decode()
        assert "異動" in shown
        assert "この条件の行はありません" in client.get(address, {"show": "left"}).content.decode()
        campaign.refresh_from_db()
        values = {"comment": "よし", "version": campaign.version}
        assert "この結果を提出しますか" in client.post(f"{address}hand-in/", values).content.decode()
        client.post(f"{address}hand-in/", values | {"confirmed": "1", "submission": uuid4()})
        assert "決裁待ち" in client.get(address).content.decode()
        sitting.approve(campaign.public_id)
        shown = client.get(PAGE).content.decode()
        assert "PDF" in shown
        assert client.get(f"{address}paper/").content.startswith(b"%PDF-")

    def test_the_check_of_an_id_lists_the_roles_that_end_with_it(self, sitting, sign_in):
        campaign = begin(sitting)
        address = f"{PAGE}{campaign.public_id}/decide/remove/"
        wanted = {"item": [item(campaign, sitting.clerk).public_id], "submission": uuid4(), "reason": "退職"}
        checked = sign_in(sitting.kanri).post(address, wanted).content.decode()
        assert "次の2件を削除しますか" in checked
        assert "利用者ID（停止します）" in checked
        assert item(campaign, sitting.clerk, role=True).role.name in checked
        assert sign_in(sitting.kacho).post(address, wanted).status_code == 200
        assert sign_in(sitting.shocho).post(address, wanted).status_code == 403

    def test_a_draft_needs_the_right_to_print(self, sitting, sign_in):
        campaign = begin(sitting)
        address = f"{PAGE}{campaign.public_id}/paper/"
        assert sign_in(sitting.kacho).get(address).content.startswith(b"%PDF-")
        assert sign_in(sitting.shocho).get(address).status_code == 403

    def test_who_may_only_look_has_no_buttons(self, sitting, sign_in):
        campaign = begin(sitting)
        address = f"{PAGE}{campaign.public_id}/"
        client = sign_in(sitting.shocho)
        shown = client.get(address).content.decode()
        assert "窓口 春子" in shown
        assert "選んだ行を削除する" not in shown
        answer = client.post(f"{address}decide/keep/", {"submission": uuid4()})
        assert answer.status_code == 403
        assert client.get(f"{address}hand-in/").status_code == 403
        assert client.get(f"{PAGE}new/").status_code == 403

    def test_other_offices_do_not_find_it(self, sitting, sign_in):
        campaign = begin(sitting)
        client = sign_in(sitting.far)
        assert "中央区役所" not in client.get(PAGE).content.decode()
        for name in ("", "hand-in/", "paper/"):
            assert client.get(f"{PAGE}{campaign.public_id}/{name}").status_code == 404
        assert client.post(f"{PAGE}{campaign.public_id}/decide/keep/", {"submission": uuid4()}).status_code == 404

    def test_the_filters(self, sitting, contracts, sign_in):
        contracts.granted()
        campaign = begin(sitting)
        client = sign_in(sitting.kanri)
        shown = client.get(f"{PAGE}{campaign.public_id}/", {"mark": "no_pledge"}).content.decode()
        assert "派遣 花子" in shown
        assert "窓口 春子" not in shown
        assert queries.review_items(campaign, {"show": "marked"}).count() == 1
