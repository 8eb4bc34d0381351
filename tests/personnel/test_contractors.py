"""Contractors' operators: no work without a permission for the hour and somebody beside them."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group

from audit.decisions import services as decisions
from audit.decisions.queries import latest
from audit.models import Notice, Staff
from audit.permissions import held_rights
from audit.personnel import attending, gate, letters, queries, work
from audit.personnel.models import Attendance, IdEvent, WorkPermission
from audit.usability import usable
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
PAGE = "/personnel/permissions/"
TOKYO = ZoneInfo("Asia/Tokyo")


def at(text):
    """That moment on the clock of Tokyo; a time alone is today's."""
    return clock.at(datetime.fromisoformat(text if "T" in text else f"2026-11-24T{text}").replace(tzinfo=TOKYO))


@pytest.fixture
def operator(contracts):
    """A contractor's operator with an id and a pledge, and a role of its own."""
    return contracts.pledged(
        employment="contractor", name="委託 操作", kana="イタク　ソウサ", reason="保守",
        roles=[Group.objects.filter(assignments__staff=contracts.city.clerk).first()],
    )  # fmt: skip


def asked(city, operator, **fields):
    values = {
        "staff": operator, "contract": "保守委託 第12号", "purpose": "障害の調査", "systems": "介護保険システム（照会のみ）",
        "first_day": TODAY, "last_day": TODAY, "from_time": time(9), "to_time": time(17), "attendant": city.shocho,
    }  # fmt: skip
    return attending.Asked(**values | fields)


@pytest.fixture
def permit(city, operator):
    def make(*, allowed=True, **fields):
        row = attending.ask(city.actor(city.kanri), asked(city, operator, **fields))
        if allowed:
            city.approve(row.public_id)
        row.refresh_from_db()
        return row

    return make


def begin(city, row, by=None):
    return attending.begin(city.actor(by or city.shocho), row)


def finish(city, attendance, by=None, result="調査のみ。異常なし。"):
    attending.finish(city.actor(by or city.shocho), attendance, result=result)


class TestGate:
    def test_only_allowed_and_attended(self, city, operator, permit):
        with at("10:00"):
            assert usable(operator) == gate.NO_PERMISSION
            assert held_rights(operator) == {}
            row = permit(allowed=False)
            assert usable(operator) == gate.NO_PERMISSION
            city.approve(row.public_id)
            assert usable(operator) == gate.NOT_ATTENDED
            attendance = begin(city, row)
            assert usable(operator) is None
            assert held_rights(operator)
            finish(city, attendance)
            assert usable(operator) == gate.NOT_ATTENDED

    def test_ending_the_attendance_ends_the_session_with_the_next_request(self, city, operator, permit, client):
        with at("10:00"):
            attendance = begin(city, permit())
            client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
            assert client.get("/").status_code == 200
            finish(city, attendance)
            assert client.get("/").status_code == 302

    def test_the_hours_end_it_by_themselves(self, city, operator, permit):
        with at("10:00"):
            begin(city, permit())
        with at("16:59"):
            assert gate.may_work(operator) is None
        with at("17:00"):
            assert gate.may_work(operator) == gate.NO_PERMISSION

    def test_an_attendance_left_open_yesterday_does_not_count(self, city, operator, permit):
        with at("10:00"):
            row = permit(last_day=TODAY + timedelta(days=1))
            left = begin(city, row)
        with at("2026-11-25T10:00"):
            assert gate.may_work(operator) == gate.NOT_ATTENDED
            begin(city, row)
            assert gate.may_work(operator) is None
            left.refresh_from_db()
            assert left.result == "時間帯の終わりで終了"

    def test_a_night_on_the_last_day_goes_on_past_midnight(self, city, operator, permit):
        with at("22:30"):
            begin(city, permit(from_time=time(22), to_time=time(5)))
        with at("2026-11-25T04:00"):
            assert gate.may_work(operator) is None
        with at("2026-11-25T05:00"):
            assert gate.may_work(operator) == gate.NO_PERMISSION

    def test_another_moment_can_be_asked_for(self, city, operator, permit):
        with at("10:00"):
            begin(city, permit())
            later = clock.now() + timedelta(hours=8)
            assert gate.may_work(operator, later) == gate.NO_PERMISSION

    def test_others_cost_no_query(self, city, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert gate.may_work(city.clerk) is None

    def test_the_first_password_needs_no_attendance(self, city, operator):
        assert letters.obstacle(operator) is None
        assert len(letters.issue(city.actor(city.kanri), [operator.public_id])) == 1


class TestPermission:
    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"last_day": date(2026, 11, 23)}, "order"),
            ({"first_day": date(2026, 11, 1), "last_day": date(2026, 11, 23)}, "days-over"),
            ({"last_day": date(2026, 12, 25)}, "too-long"),
            ({"to_time": time(9)}, "hours"),
            ({"first_day": date(2027, 4, 1), "last_day": date(2027, 4, 1)}, "contract-over"),
        ],
    )
    def test_what_cannot_be_is_refused(self, city, operator, fields, code):
        with pytest.raises(Refusal) as refused:
            attending.ask(city.actor(city.kanri), asked(city, operator, **fields))
        assert refused.value.code == code
        assert not WorkPermission.objects.exists()

    def test_only_for_contractors_and_attended_by_regular_staff(self, city, operator):
        kanri = city.actor(city.kanri)
        with pytest.raises(Refusal, match="委託先の従業者"):
            attending.ask(kanri, asked(city, city.clerk))
        with pytest.raises(Refusal, match="正規職員"):
            attending.ask(kanri, asked(city, operator, attendant=operator))

    def test_only_by_who_may_enter(self, city, operator):
        for staff in (city.kacho, city.shocho, city.far):
            with pytest.raises(Forbidden):
                attending.ask(city.actor(staff), asked(city, operator))

    def test_a_second_person_allows_it_and_the_attendant_is_told(self, city, permit):
        row = permit(allowed=False)
        with pytest.raises(Forbidden):
            decisions.approve(city.actor(city.kanri), latest(row.public_id), version=1)
        city.approve(row.public_id)
        row.refresh_from_db()
        assert (row.state, row.allowed_by, row.number) == ("allowed", city.kacho, "作許2026-0001")
        assert row.number in Notice.objects.get(staff=city.shocho).text

    def test_rejected_there_is_none(self, city, operator, permit):
        row = permit(allowed=False)
        decision = latest(row.public_id)
        decisions.reject(city.actor(city.kacho), decision, version=decision.version, reason="不要")
        row.refresh_from_db()
        assert row.state == "refused"
        with at("10:00"), pytest.raises(Refusal, match="時間内では"):
            begin(city, row)

    def test_too_late_it_is_not_allowed(self, city, permit):
        row = permit(allowed=False)
        with at("2026-11-25T09:00"), pytest.raises(Refusal, match="過ぎて"):
            city.approve(row.public_id)

    def test_revoked_it_ends_at_once_also_the_work_itself(self, city, operator, permit):
        with at("10:00"):
            row = permit()
            attendance = begin(city, row)
            with pytest.raises(Refusal, match="理由"):
                attending.revoke(city.actor(city.kanri), row, reason=" ")
            attending.revoke(city.actor(city.kanri), row, reason="契約違反")
            assert gate.may_work(operator) == gate.NO_PERMISSION
            attendance.refresh_from_db()
            assert attendance.ended_at
            with pytest.raises(Conflict):
                attending.revoke(city.actor(city.kanri), row, reason="もう一度")

    def test_revoked_before_it_was_decided_there_is_nothing_to_decide(self, city, permit):
        row = permit(allowed=False)
        attending.revoke(city.actor(city.kanri), row, reason="誤り")
        assert latest(row.public_id).state == "withdrawn"
        row.refresh_from_db()
        assert row.state == "revoked"


class TestAttendance:
    def test_only_the_named_attendant_begins(self, city, operator, permit):
        with at("10:00"):
            row = permit()
            for staff in (city.kanri, city.kacho, city.far):
                with pytest.raises(Refusal, match="立会者"):
                    begin(city, row, by=staff)
            begin(city, row)
            with pytest.raises(Conflict, match="すでに始まって"):
                begin(city, row)

    def test_not_outside_the_hours(self, city, permit):
        row = permit()
        with at("08:59"), pytest.raises(Refusal, match="時間内では"):
            begin(city, row)

    def test_ended_with_a_result_by_the_attendant_or_an_administrator(self, city, permit):
        with at("10:00"):
            row = permit()
            attendance = begin(city, row)
            with pytest.raises(Refusal, match="結果"):
                finish(city, attendance, result="")
            with pytest.raises(Forbidden):
                finish(city, attendance, by=city.far)
            finish(city, attendance, by=city.kanri)
            with pytest.raises(Conflict):
                finish(city, attendance)
        assert Attendance.objects.get().ended_by == city.kanri
        assert IdEvent.objects.filter(kind="attendance").count() == 2

    def test_it_stands_among_the_attendants_work(self, city, permit):
        def mine():
            return [one.count for one in work.waiting(city.actor(city.shocho)) if "立ち会う" in one.label]

        assert mine() == [0]
        permit()
        assert mine() == [1]
        with clock.at(date(2026, 11, 26)):
            assert mine() == [0]


class TestScreens:
    def test_from_the_request_to_the_end_of_the_work(self, city, operator, sign_in):
        client = sign_in(city.kanri)
        values = {
            "staff": operator.public_id, "contract": "保守委託 第12号", "purpose": "調査", "systems": "照会",
            "first_day": "R8.11.24", "last_day": "R8.11.24", "from_time": "9:00", "to_time": "17:00",
            "attendant": city.shocho.public_id,
        }  # fmt: skip
        with at("10:00"):
            checked = client.post(f"{PAGE}new/", values | {"to_time": "23:59"}).content.decode()
            assert "<dd>23:59</dd>" in "".join(checked.split())
            assert "23:59:00" not in checked
            assert "作業許可を申請しますか" in client.post(f"{PAGE}new/", values).content.decode()
            answer = client.post(f"{PAGE}new/", values | {"confirmed": "1", "submission": uuid4()})
            row = WorkPermission.objects.get()
            assert str(row.public_id) in answer.url
            city.approve(row.public_id)
            client = sign_in(city.shocho)
            assert "立会いを始める" in client.get("/personnel/attendance/").content.decode()
            client.post(f"{PAGE}{row.public_id}/attend/", {"submission": uuid4()})
            assert gate.may_work(operator) is None
            shown = client.get(f"{PAGE}{row.public_id}/").content.decode()
            assert "立会い中" in shown
            assert "立会いを終える" in client.get("/personnel/attendance/").content.decode()
            address = f"/personnel/attendance/{Attendance.objects.get().public_id}/finish/"
            assert "立会いを終えますか" in client.post(address, {"result": "異常なし"}).content.decode()
            client.post(address, {"result": "異常なし", "confirmed": "1", "submission": uuid4()})
            assert gate.may_work(operator) == gate.NOT_ATTENDED
            assert "異常なし" in client.get(f"{PAGE}{row.public_id}/").content.decode()

    def test_an_attendant_without_any_right_sees_only_what_they_attend(self, city, operator, permit, sign_in):
        plain = factories.staff(at=city.ward, name="立会 人")
        with at("10:00"):
            mine, other = permit(attendant=plain), permit()
            client = sign_in(plain)
            assert mine.number in client.get("/personnel/attendance/").content.decode()
            assert client.get(f"{PAGE}{mine.public_id}/").status_code == 200
            assert client.get(f"{PAGE}{other.public_id}/").status_code == 404
            assert client.get(PAGE).status_code == 403
            assert client.post(f"{PAGE}{other.public_id}/attend/", {"submission": uuid4()}).status_code == 404

    def test_revoking_on_screen(self, city, permit, sign_in):
        row = permit()
        client = sign_in(city.kanri)
        values = {"reason": "中止"}
        assert "取り消しますか" in client.post(f"{PAGE}{row.public_id}/revoke/", values).content.decode()
        client.post(f"{PAGE}{row.public_id}/revoke/", values | {"confirmed": "1", "submission": uuid4()})
        assert "中止" in client.get(f"{PAGE}{row.public_id}/").content.decode()
        assert row.number in client.get(PAGE, {"state": "revoked"}).content.decode()

    def test_without_the_right(self, city, permit, sign_in):
        row = permit()
        attendance = Attendance.objects.create(permission=row, attendant=city.shocho, began_at=clock.now())
        client = sign_in(city.kacho)
        assert "作業許可を申請する" not in client.get(PAGE).content.decode()
        assert client.get(f"{PAGE}new/").status_code == 403
        assert client.get(f"{PAGE}{row.public_id}/revoke/").status_code == 403
        assert client.get(f"/personnel/attendance/{attendance.public_id}/finish/").status_code == 404

    def test_other_offices_do_not_find_it(self, city, permit, sign_in):
        row = permit()
        client = sign_in(city.far)
        assert row.number not in client.get(PAGE).content.decode()
        assert client.get(f"{PAGE}{row.public_id}/").status_code == 404

    def test_the_page_of_the_operator_shows_the_permissions(self, city, operator, permit, sign_in):
        row = permit()
        shown = sign_in(city.kacho).get(f"/personnel/staff/{operator.public_id}/").content.decode()
        assert row.number in shown


def test_one_who_cannot_be_seen_is_not_found(city, permit):
    row = permit()
    assert queries.permissions(city.actor(city.far)).count() == 0
    assert queries.permission_of(city.actor(city.kacho), row.public_id) == row
    assert Staff.objects.get(pk=row.staff_id).employment == "contractor"
