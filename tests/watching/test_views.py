"""The screens of watching as their users meet them."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from audit.models import AccessLog, JobRun
from audit.watching.models import Examination, Finding, FindingRow, Letter, MonthlyReport, Review
from kaigo.common import clock
from tests import factories
from tests.watching.days import row

pytestmark = pytest.mark.django_db

LIST = "/watching/"


@pytest.fixture
def sign_in(client, house):
    def enter(staff):
        client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def key(html):
    return re.search(r'name="submission" value="([^"]+)"', html)[1]


def page(client, path, **query):
    answer = client.get(path, query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


class TestList:
    def test_shows_what_is_open_and_why(self, house, sign_in):
        house.finding()
        shown = page(sign_in(house.shocho), LIST)
        for words in ("時間外の利用", "窓口 春子", "執務時間と前後の猶予の外", "R8.12.1", "まとめて点検する"):
            assert words in shown

    def test_keeps_its_state_in_the_address(self, house, sign_in):
        for number in range(60):
            house.finding(rows=0, day=date(2026, 11, 1 + number % 20))
        client = sign_in(house.shocho)
        shown = page(client, LIST, kind="off_hours", sort="-day")
        assert "60件のうち1〜50件目" in shown
        assert "kind=off_hours&amp;sort=-day&amp;page=2" in shown.replace("&#x27;", "'")
        assert "60件のうち51〜60件目" in page(client, LIST, kind="off_hours", sort="-day", page="2")
        assert 'aria-sort="descending"' in shown

    def test_says_when_nothing_fits_and_when_a_day_cannot_be_read(self, house, sign_in):
        client = sign_in(house.shocho)
        assert "この条件の点検事項はありません" in page(client, LIST, kind="emergency")
        assert "日付として読み取れません" in page(client, LIST, day_from="きのう")
        assert "終了日は開始日以後" in page(client, LIST, day_from="R8.11.2", day_to="R8.11.1")

    @pytest.mark.parametrize(
        "query", [{"kind": "' OR 1=1"}, {"office": "x"}, {"sort": "staff__password"}, {"page": "-1"}]
    )
    def test_nonsense_in_the_address_shows_the_list(self, house, sign_in, query):
        house.finding()
        assert "点検" in page(sign_in(house.shocho), LIST, **query)

    def test_the_auditor_cannot_tick_off(self, house, sign_in):
        house.finding()
        shown = page(sign_in(house.auditor), LIST)
        assert "窓口 春子" in shown
        assert "まとめて点検する" not in shown

    def test_own_and_other_offices_findings_are_not_shown(self, house, sign_in):
        house.finding(house.shocho)
        house.finding(factories.staff(at=house.other, name="緑 三郎"))
        shown = page(sign_in(house.shocho), LIST, state="all")
        assert "緑 三郎" not in shown
        assert "この条件の点検事項はありません" in shown

    def test_needs_the_right(self, house, sign_in):
        client = sign_in(house.clerk)
        for name in ("watching", "watching-days", "watching-thresholds", "watching-letters", "watching-reports"):
            assert client.get(reverse(name)).status_code == 403
        assert AccessLog.objects.filter(staff=house.clerk, outcome="refused", file="findings").count() == 5
        assert "点検した日" not in page(client, reverse("ledgers"))

    def test_the_number_of_statements_does_not_grow_with_the_list(self, house, sign_in, django_assert_max_num_queries):
        client = sign_in(house.kacho)
        for number in range(20):
            house.finding(factories.staff(at=house.ward, name=f"職員 {number}"), rows=0)
        page(client, LIST)
        with django_assert_max_num_queries(30):
            page(client, LIST)


class TestFinding:
    def address(self, finding):
        return reverse("finding", args=[finding.public_id])

    def judge(self, client, finding, *, version="1", **fields):
        shown = page(client, self.address(finding))
        asked = {"submission": key(shown), "version": version, "verdict": "necessary", "comment": "残業"} | fields
        return client.post(self.address(finding), asked)

    def test_shows_the_rows_and_logs_whose_were_shown(self, house, sign_in):
        person = factories.resident("山田　太郎", is_protected=True)
        finding = house.finding(rows=0)
        logged = row(house.clerk, "19:00", subjects=[person.public_id], items=["氏名"], reason="電話の照会")
        FindingRow.objects.create(finding=finding, log_id=logged.pk, at=logged.at)
        shown = page(sign_in(house.shocho), self.address(finding))
        for words in ("山田　太郎", "支援措置", "電話の照会", "11月17日 19:00:00"):
            assert words in shown
        kept = AccessLog.objects.get(staff=house.shocho, file="findings", act="view")
        assert (kept.subjects, kept.route) == ([person.public_id], "finding")

    def test_without_the_right_on_the_person_only_the_id_is_shown(self, house, sign_in):
        person = factories.resident("山田　太郎")
        finding = house.finding(rows=0)
        logged = row(house.clerk, "19:00", subjects=[person.public_id])
        FindingRow.objects.create(finding=finding, log_id=logged.pk, at=logged.at)
        shown = page(sign_in(house.auditor), self.address(finding))
        assert "山田" not in shown
        assert str(person.public_id)[:8] in shown
        assert AccessLog.objects.get(staff=house.auditor, file="findings").subjects == []

    def test_is_judged_once_however_often_it_is_sent(self, house, sign_in):
        finding, client = house.finding(), sign_in(house.shocho)
        shown = page(client, self.address(finding))
        asked = {"submission": key(shown), "version": "1", "verdict": "necessary", "comment": "残業"}
        assert client.post(self.address(finding), asked).url == client.post(self.address(finding), asked).url
        assert Review.objects.count() == 1
        assert "判定を訂正する" in page(client, self.address(finding))

    def test_a_missing_comment_is_said_and_the_verdict_kept(self, house, sign_in):
        answer = self.judge(sign_in(house.shocho), house.finding(), comment="")
        shown = answer.content.decode()
        assert "所見を入れてください" in shown
        assert re.search(r'value="necessary"[^>]*checked', shown)
        assert not Review.objects.exists()

    def test_a_stale_form_keeps_what_was_typed(self, house, sign_in):
        finding = house.finding()
        Finding.objects.filter(pk=finding.pk).update(version=2)
        shown = self.judge(sign_in(house.shocho), finding, comment="残業を命じた").content.decode()
        assert "別の職員が内容を変更しました" in shown
        assert "残業を命じた" in shown

    def test_an_improper_use_leads_to_the_register_of_accidents(self, house, sign_in):
        finding, client = house.finding(), sign_in(house.shocho)
        self.judge(client, finding, verdict="improper", comment="業務外であった。")
        assert "個人情報の事故として登録" in page(client, self.address(finding))

    def test_the_auditor_is_told_why_not(self, house, sign_in):
        client, finding = sign_in(house.auditor), house.finding()
        assert "点検する権限がありません" in page(client, self.address(finding))
        asked = {"submission": str(uuid4()), "version": "1", "verdict": "necessary", "comment": "x"}
        assert client.post(self.address(finding), asked).status_code == 403
        assert AccessLog.objects.filter(staff=house.auditor, outcome="refused").exists()

    def test_another_offices_finding_and_ones_own_are_not_found(self, house, sign_in):
        client = sign_in(house.shocho)
        for who in (house.shocho, factories.staff(at=house.other, name="緑 三郎")):
            assert client.get(self.address(house.finding(who))).status_code == 404
        assert client.get(self.address(type("F", (), {"public_id": uuid4()}))).status_code == 404


class TestTick:
    def test_choose_check_done(self, house, sign_in):
        chosen, client = [house.finding(), house.finding()], sign_in(house.shocho)
        ids = [str(finding.public_id) for finding in chosen]
        checked = client.post(reverse("watching-tick"), {"finding": ids}).content.decode()
        assert "この2件を「業務上必要」として点検しますか" in checked
        assert not Review.objects.exists()
        asked = {"finding": ids, "submission": key(checked), "comment": "残業命令あり", "confirmed": "1"}
        assert client.post(reverse("watching-tick"), asked).url == LIST
        assert Review.objects.filter(act="tick").count() == 2

    def test_without_a_comment_the_check_stays(self, house, sign_in):
        client, ids = sign_in(house.shocho), [str(house.finding().public_id)]
        answer = client.post(reverse("watching-tick"), {"finding": ids, "submission": uuid4(), "confirmed": "1"})
        assert "所見を入れてください" in answer.content.decode()
        assert not Review.objects.exists()

    @pytest.mark.parametrize("ids", [[], ["nonsense"], [str(uuid4())]])
    def test_a_bad_choice_is_refused_in_words(self, house, sign_in, ids):
        answer = sign_in(house.shocho).post(reverse("watching-tick"), {"finding": ids})
        assert answer.status_code == 400


class TestDays:
    def test_shows_gaps_and_lets_them_be_examined(self, house, sign_in):
        house.finding()
        client = sign_in(house.kacho)
        shown = page(client, reverse("watching-days"))
        assert "点検していない日が7日あります" in shown
        asked = {"submission": key(shown), "first": "R8.11.17", "last": "R8.11.18"}
        answer = client.post(reverse("watching-days"), asked)
        job = JobRun.objects.get(kind="watching")
        assert answer.url == reverse("job", args=[job.public_id])
        assert job.parameters["days"] == ["2026-11-17", "2026-11-18"]
        assert "アクセス記録の点検" in page(client, answer.url)

    def test_a_day_that_cannot_be_is_said_at_the_field(self, house, sign_in):
        house.finding()
        client = sign_in(house.kacho)
        asked = {"submission": str(uuid4()), "first": "R8.11.17", "last": "R8.11.25"}
        assert "今日までの日" in client.post(reverse("watching-days"), asked).content.decode()

    def test_who_may_not_run_sees_no_form_and_is_refused(self, house, sign_in):
        house.finding()
        client = sign_in(house.shocho)
        assert "期間を決めて点検する" not in page(client, reverse("watching-days"))
        asked = {"submission": str(uuid4()), "first": "R8.11.17", "last": "R8.11.18"}
        assert client.post(reverse("watching-days"), asked).status_code == 403

    @pytest.mark.parametrize("month", ["", "2026-10", "2026-13", "nonsense"])
    def test_any_month(self, house, sign_in, month):
        assert "年" in page(sign_in(house.kacho), reverse("watching-days"), month=month)

    def test_the_thresholds_say_where_they_come_from(self, house, sign_in):
        shown = page(sign_in(house.shocho), reverse("watching-thresholds"))
        for words in (
            "執務時間",
            "始まり 08:30、終わり 17:15",
            "長時間ログオンとする時間",
            "600",
            "労働基準法37条4項",
            "なし",
        ):
            assert words in shown


class TestLetters:
    def test_choose_check_issue_answer_close(self, house, sign_in, storage):
        finding = house.logon()
        client = sign_in(house.kacho)
        new = reverse("watching-letter-new")
        assert "窓口 春子" in page(client, new)
        checked = client.post(new, {"finding": [str(finding.public_id)]}).content.decode()
        assert "区長 次郎" in checked
        assert not Letter.objects.exists()
        done = client.post(new, {"finding": [str(finding.public_id)], "submission": key(checked), "confirmed": "1"})
        letter = Letter.objects.get()
        assert done.url == reverse("watching-letter", args=[letter.public_id])
        assert "点照2026-0001" in page(client, reverse("watching-letters"))
        answer = client.get(reverse("watching-paper", args=[letter.papers.get().public_id]))
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
        assert answer.content.startswith(b"%PDF")

        client = sign_in(house.shocho)
        item = letter.items.get()
        reply = reverse("watching-reply", args=[item.public_id])
        assert reply in page(client, done.url)
        shown = page(client, reply)
        asked = {
            "submission": key(shown),
            "version": "1",
            "purpose": "",
            "replied_on": "R8.11.24",
            "replied_by": "室長",
        }
        assert "利用目的を入れてください" in client.post(reply, asked).content.decode()
        assert client.post(reply, asked | {"purpose": "更新認定の処理"}).url == done.url
        assert "更新認定の処理" in page(client, reverse("finding", args=[finding.public_id]))

        client = sign_in(house.kacho)
        shown = page(client, done.url)
        close = reverse("watching-letter-act", args=[letter.public_id, "close"])
        version = Letter.objects.get().version
        assert client.post(close, {"submission": key(shown), "version": version}).url == done.url
        assert Letter.objects.get().state == "closed"
        assert "完結" in page(client, reverse("watching-letters"), state="closed")

    def test_two_sections_at_once_are_refused_in_words(self, house, sign_in):
        found = [house.logon(), house.logon(factories.staff(at=house.other, name="緑 三郎"))]
        answer = sign_in(house.kacho).post(
            reverse("watching-letter-new"), {"finding": [str(finding.public_id) for finding in found]}
        )
        assert "所属と所属長ごとに分けて" in answer.content.decode()

    def test_overdue_ones_are_chased(self, house, sign_in, storage):
        from audit.actor import Actor
        from audit.watching import letters

        letter = letters.issue(Actor.of(house.kacho), [house.logon().public_id])
        client = sign_in(house.kacho)
        act = reverse("watching-letter-act", args=[letter.public_id, "remind"])
        early = client.post(act, {"submission": str(uuid4()), "version": letter.version})
        assert early.status_code == 400
        assert "過ぎてから督促" in early.content.decode()
        with clock.at(date(2026, 12, 9)):
            client.cookies.clear()  # the session of the day before is long over
            sign_in(house.kacho)
            assert "期限切れ" in page(client, reverse("watching-letters"), state="overdue")
            shown = page(client, reverse("watching-letter", args=[letter.public_id]))
            assert "督促状を作る" in shown
            client.post(act, {"submission": key(shown), "version": letter.version})
        assert letter.papers.count() == 2

    def test_an_unknown_act_is_not_found(self, house, sign_in):
        path = reverse("watching-letter-act", args=[uuid4(), "burn"])
        assert sign_in(house.kacho).post(path, {"submission": str(uuid4())}).status_code == 404

    def test_another_office_finds_nothing(self, house, sign_in, storage):
        from audit.actor import Actor
        from audit.watching import letters

        letter = letters.issue(Actor.of(house.kacho), [house.logon().public_id])
        outsider = factories.staff("findings.view", "findings.enter", "findings.decide", at=house.other, name="緑 三郎")
        client = sign_in(outsider)
        for path in (
            reverse("watching-letter", args=[letter.public_id]),
            reverse("watching-reply", args=[letter.items.get().public_id]),
            reverse("watching-paper", args=[letter.papers.get().public_id]),
        ):
            assert client.get(path).status_code == 404
        act = reverse("watching-letter-act", args=[letter.public_id, "close"])
        assert client.post(act, {"submission": str(uuid4()), "version": 1}).status_code == 404
        assert "点照" not in page(client, reverse("watching-letters"))


class TestReports:
    def test_look_print_sign(self, house, sign_in, printing):
        house.finding()
        for number in range(17, 31):
            Examination.objects.create(
                day=date(2026, 11, number), rows=0, found=0, thresholds="x", examined_at=clock.now()
            )
        client = sign_in(house.shocho)
        path = reverse("watching-report", args=[house.ward.public_id]) + "?month=2026-11"
        with clock.at(date(2026, 12, 2)):
            client.force_login(house.shocho, backend="django.contrib.auth.backends.ModelBackend")
            listed = page(client, reverse("watching-reports"))
            assert "2026年11月" in listed
            assert "緑区役所" not in listed
            shown = page(client, path)
            for words in ("令和8年11月の点検", "時間外の利用", "14日すべて", "<svg", "まだ確認されていません"):
                assert words in shown
            draft = client.get(reverse("watching-report-draft", args=[house.ward.public_id]) + "?month=2026-11")
            assert draft.content.startswith(b"%PDF")
            client.post(path, {"submission": key(shown), "comment": "命令による残業"})
            report = MonthlyReport.objects.get()
            assert (report.serial, report.signed_name) == (1, "区長 次郎")
            assert report.stored.sha256 in page(client, path)
            kept = client.get(reverse("watching-report-signed", args=[report.public_id]))
            assert kept.content.startswith(b"%PDF")

    def test_a_month_with_gaps_cannot_be_signed(self, house, sign_in):
        house.finding()
        client = sign_in(house.shocho)
        with clock.at(date(2026, 12, 2)):
            client.force_login(house.shocho, backend="django.contrib.auth.backends.ModelBackend")
            path = reverse("watching-report", args=[house.ward.public_id]) + "?month=2026-11"
            shown = client.post(path, {"submission": str(uuid4()), "comment": ""}).content.decode()
        assert "14日あるため、確認できません" in shown
        assert "「点検した日」の画面から" in shown

    def test_another_offices_report_is_not_there(self, house, sign_in):
        client = sign_in(house.shocho)
        for name in ("watching-report", "watching-report-draft"):
            assert client.get(reverse(name, args=[house.other.public_id])).status_code == 404
        assert client.get(reverse("watching-report-signed", args=[uuid4()])).status_code == 404

    def test_printing_a_draft_needs_a_right(self, house, sign_in):
        looker = factories.staff("findings.view", at=house.ward, name="係長 一")
        path = reverse("watching-report-draft", args=[house.ward.public_id])
        assert sign_in(looker).get(path).status_code == 403


def test_no_title_and_no_address_names_a_person(house, sign_in):
    finding = house.finding()
    client = sign_in(house.kacho)
    for path in (LIST, reverse("finding", args=[finding.public_id]), reverse("watching-days")):
        title = re.search(r"<title>(.*?)</title>", page(client, path), re.DOTALL)[1]
        assert "窓口" not in title


def test_the_home_page_shows_what_waits(house, sign_in):
    house.finding()
    assert "アクセス記録の点検事項を点検する" in page(sign_in(house.shocho), "/")
