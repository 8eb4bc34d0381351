"""The screens of the access log: what is asked for, paging, one row, a person's, printing; each look is logged."""

import io
import json
import uuid
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from pypdf import PdfReader

from audit import logbook
from audit.logbook import Place
from audit.media import kinds
from audit.models import AccessLog
from kaigo.common import clock
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=clock.TOKYO)


@pytest.fixture(autouse=True)
def today():
    with clock.at(TODAY):
        yield


@pytest.fixture
def auditor(client):
    person = factories.staff("access_log.view", name="監査 正")
    client.force_login(person)
    return person


def row(**fields):
    values = {"at": NOON, "act": "view", "file": "eligibility", "staff_name": "窓口 春子", "office_name": "中央区役所"}
    return AccessLog.objects.create(**values | fields)


def shown(client, **asked):
    return client.get(reverse("access-log"), asked).content.decode()


def listed(client, **asked):
    """The reasons of the rows on the page: the tests tell rows apart by them."""
    return [
        found.reason
        for found in client.get(reverse("access-log"), asked).context["page"].rows
        if found.reason[:1] == "#"
    ]


class TestFilters:
    @pytest.mark.parametrize(
        ("asked", "fields"),
        [
            ({"file": "levy"}, {"file": "levy"}),
            ({"act": "export"}, {"act": "export"}),
            ({"act": "login"}, {"act": "login", "file": ""}),
            ({"outcome": "refused"}, {"outcome": "refused"}),
            ({"ground": "emergency"}, {"ground": "emergency"}),
            ({"number_shown": "on"}, {"number_shown": True}),
            ({"office": "緑区役所"}, {"office_name": "緑区役所"}),
        ],
    )
    def test_one_condition(self, client, auditor, asked, fields):
        factories.office("緑区役所")
        row(reason="#other")
        row(reason="#wanted", **fields)
        assert listed(client, **asked) == ["#wanted"]
        assert sorted(listed(client)) == ["#other", "#wanted"]

    def test_by_member_of_staff_through_a_random_id(self, client, auditor):
        clerk = factories.staff(name="窓口 春子")
        row(reason="#mine", staff=clerk)
        row(reason="#theirs")
        assert listed(client, staff=str(clerk.public_id)) == ["#mine"]

    def test_days_are_those_of_tokyo_and_both_ends_belong(self, client, auditor):
        for moment in ("2026-11-19T23:59:59", "2026-11-20T00:00:00", "2026-11-21T23:59:59", "2026-11-22T00:00:00"):
            row(at=datetime.fromisoformat(f"{moment}+09:00"), reason=f"#{moment[8:13]}")
        assert listed(client, day_from="R8.11.20", day_to="R8.11.21") == ["#21T23", "#20T00"]

    def test_without_days_it_is_the_last_week(self, client, auditor):
        row(at=NOON - timedelta(days=7), reason="#in")
        row(at=NOON - timedelta(days=8), reason="#out")
        assert listed(client) == ["#in"]
        assert listed(client, file="eligibility") == ["#in"]

    def test_what_cannot_be_read_is_said_and_left_out(self, client, auditor):
        row(reason="#here")
        for asked in ({"day_from": "きのう"}, {"file": "nothing"}, {"staff": "x"}, {"person": "x"}):
            page = client.get(reverse("access-log"), asked)
            assert "入力内容を確かめてください" in page.content.decode()
            assert "#here" in [found.reason for found in page.context["page"].rows]

    def test_days_in_the_wrong_order(self, client, auditor):
        assert "開始日以後" in shown(client, day_from="R8.11.24", day_to="R8.11.1")

    def test_nothing_found(self, client, auditor):
        assert "この条件の記録はありません" in shown(client, day_from="R7.1.1", day_to="R7.1.2")

    def test_nobody_without_the_right(self, client):
        client.force_login(factories.staff("findings.view"))
        for name in ("access-log", "access-log-row"):
            assert client.get(reverse(name)).status_code == 403


class TestPaging:
    @pytest.fixture
    def many(self):
        """120 rows, many of the same moment."""
        return [row(at=NOON + timedelta(seconds=number // 7), reason=f"#{number}") for number in range(120)]

    def test_pages_follow_each_other_without_gap_or_repeat(self, many):
        asked = {"day_from": TODAY, "day_to": TODAY}
        seen, place = [], None
        while True:
            found = logbook.page(logbook.rows(asked), before=place)
            seen += [row.pk for row in found.rows]
            if found.older is None:
                break
            place = found.older
        assert seen == [row.pk for row in reversed(many)]

    def test_back_again(self, many):
        found = logbook.rows({"day_from": TODAY, "day_to": TODAY})
        first = logbook.page(found)
        second = logbook.page(found, before=first.older)
        assert (first.newer, len(second.rows)) == (None, 50)
        back = logbook.page(found, after=second.newer)
        assert [row.pk for row in back.rows] == [row.pk for row in first.rows]
        assert back.newer is None
        assert logbook.page(found, after=back.older).rows == first.rows[:-1]

    def test_new_rows_do_not_shift_an_older_page(self, client, auditor, many):
        older = client.get(reverse("access-log")).context["page"].older
        before = listed(client, before=str(older))
        row(reason="#new")
        assert listed(client, before=str(older)) == before

    def test_the_links_keep_the_filter(self, client, auditor, many):
        body = shown(client, file="eligibility")
        assert "file=eligibility&amp;before=2026-11-24T12%3A00%3A" in body

    @pytest.mark.parametrize("place", ["", "x", "2026-11-24_1", "2026-11-24T12:00:00+09:00_x", "_", "9" * 40])
    def test_a_place_that_is_none_is_the_first_page(self, client, auditor, many, place):
        assert Place.parse(place) is None
        assert client.get(reverse("access-log"), {"before": place}).status_code == 200

    def test_one_statement_for_the_rows_and_no_count(self, many, django_assert_num_queries):
        with django_assert_num_queries(1) as asked:
            logbook.page(logbook.rows({"day_from": TODAY, "day_to": TODAY}))
        assert "COUNT(" not in asked.captured_queries[0]["sql"].upper()


class TestSpeed:
    """The plans that hold at tens of millions of rows: along an index, stopping after a page, nothing sorted."""

    @pytest.fixture
    def crowded(self):
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(
                "INSERT INTO audit_accesslog (at, staff_name, office_name, roles, address, terminal, session, route,"
                " file, act, subjects, subject_count, items, number_shown, reason, ground, outcome)"
                " SELECT timestamptz '2026-11-24 12:00+09' - n * interval '20 seconds', 'x', 'x', '{}', null, '', '',"
                " 'person', 'eligibility', 'view', ARRAY[gen_random_uuid()], 1, '{}', n %% 5000 = 1, '',"
                " CASE WHEN n %% 5000 = 2 THEN 'emergency' ELSE '' END,"
                " CASE WHEN n %% 5000 = 3 THEN 'refused' ELSE 'allowed' END FROM generate_series(1, 25000) n",
                [],
            )
            cursor.execute("ANALYZE audit_accesslog")

    def nodes(self, queryset):
        with connection.cursor() as cursor:
            sql, values = queryset.query.sql_with_params()
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", values)
            plan = cursor.fetchone()[0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        return list(self.walk(plan[0]["Plan"]))

    def walk(self, node):
        yield node
        for inner in node.get("Plans", []):
            yield from self.walk(inner)

    @pytest.mark.parametrize(
        "asked", [{}, {"outcome": "refused"}, {"ground": "emergency"}, {"number_shown": True}], ids=str
    )
    def test_a_page_is_read_along_an_index(self, crowded, asked):
        found = logbook.rows({"day_from": date(2026, 11, 1), "day_to": TODAY} | asked)
        place = Place(NOON - timedelta(days=2), 1)
        for rows in (found, logbook._before(found, place)):
            nodes = self.nodes(rows.order_by("-at", "-id")[:51])
            kinds_ = {node["Node Type"] for node in nodes if not self.empty(node)}
            assert "Seq Scan" not in kinds_
            assert any("Index" in kind for kind in kinds_)
            assert max(node["Plan Rows"] for node in nodes if node["Node Type"] == "Limit") <= 51

    def empty(self, node):
        """A scan of a partition without rows costs nothing whichever way it goes."""
        return node["Node Type"] == "Seq Scan" and not self.has_rows(node["Relation Name"])

    def has_rows(self, name):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{name}")')
            return cursor.fetchone()[0]

    def test_only_the_months_that_are_asked_for_are_read(self, crowded):
        found = logbook.rows({"day_from": TODAY, "day_to": TODAY}).order_by("-at", "-id")[:51]
        tables = {node["Relation Name"] for node in self.nodes(found) if "Relation Name" in node}
        assert tables == {"audit_accesslog_2026_11"}


class TestOneRow:
    def look(self, client, found):
        return client.get(reverse("access-log-row"), {"row": str(Place.of(found))})

    def test_every_field(self, client, auditor):
        found = row(
            roles=["区窓口担当"], address="192.0.2.15", terminal="窓口1", session="abc123", request_id=uuid.uuid4(),
            route="person", items=["氏名", "住所"], reason="転入の届出", ground="emergency", number_shown=True,
        )  # fmt: skip
        body = self.look(client, found).content.decode()
        for words in (
            "窓口 春子", "中央区役所", "区窓口担当", "192.0.2.15", "窓口1", "abc123", str(found.request_id), "氏名、住所",
            "転入の届出", "緊急アクセス", "あり", "資格ファイル", "照会", "許可", "R8.11.24 12:00:00",
        ):  # fmt: skip
            assert words in body

    def test_names_are_for_who_may_view_that_file_there(self, client, auditor):
        person, other = factories.resident(), factories.resident("緑　花子", office=factories.office("緑区役所"))
        found = row(subjects=[person.public_id, other.public_id], subject_count=2)
        body = self.look(client, found).content.decode()
        assert person.name not in body
        assert str(person.public_id) in body
        client.force_login(factories.staff("access_log.view", "eligibility.view"))
        body = self.look(client, found).content.decode()
        assert person.name in body
        assert other.name not in body
        logged = AccessLog.objects.latest("pk")
        assert (logged.subjects, logged.items) == ([person.public_id], ["アクセス記録", "氏名"])

    def test_another_files_right_shows_no_name(self, client):
        person = factories.resident()
        client.force_login(factories.staff("access_log.view", "levy.view"))
        assert person.name not in self.look(client, row(subjects=[person.public_id])).content.decode()

    def test_a_protected_persons_name_is_not_shown(self, client):
        person = factories.resident(is_protected=True)
        client.force_login(factories.staff("access_log.view", "eligibility.view"))
        assert person.name not in self.look(client, row(subjects=[person.public_id])).content.decode()

    def test_a_batch_of_many_comes_in_pages(self, client, auditor):
        people = [uuid.uuid4() for _ in range(250)]
        found = row(subjects=people, subject_count=250)
        assert str(people[100]) not in self.look(client, found).content.decode()
        body = client.get(reverse("access-log-row"), {"row": str(Place.of(found)), "page": "2"}).content.decode()
        assert str(people[100]) in body
        assert str(people[200]) not in body

    def test_a_sign_in_has_nobody(self, client, auditor):
        assert "対象者</h2>" not in self.look(client, row(act="login", file="", subject_count=0)).content.decode()

    def test_no_row_and_nonsense(self, client, auditor):
        missing = Place(NOON, 999_999_999)
        assert client.get(reverse("access-log-row"), {"row": str(missing)}).status_code == 404
        assert client.get(reverse("access-log-row"), {"row": "x"}).url == reverse("access-log")

    def test_the_list_links_to_it(self, client, auditor):
        found = row()
        assert f"/access-log/row/?row=2026-11-24T12%3A00%3A00%2B09%3A00_{found.pk}" in shown(client)


class TestOnePerson:
    def find(self, client, number, query="file=levy&before=x"):
        return client.post(reverse("access-log-person"), {"number": number, "query": query})

    def test_by_insured_number_which_is_in_no_address(self, client, auditor):
        insured = factories.insured()
        public_id = insured.resident.public_id
        row(reason="#hers", file="levy", subjects=[public_id])
        row(reason="#another", file="levy", subjects=[uuid.uuid4()])
        answer = self.find(client, insured.insured_number)
        assert answer.url == f"/access-log/?file=levy&person={public_id}"
        assert insured.insured_number not in answer.url
        assert AccessLog.objects.latest("pk").subjects == [public_id]
        page = client.get(answer.url)
        assert [found.reason for found in page.context["page"].rows] == ["#hers"]
        assert insured.resident.name not in page.content.decode()

    def test_a_number_of_nobody_or_of_another_office_is_not_found(self, client, auditor):
        theirs = factories.insured(factories.resident(office=factories.office("緑区役所")))
        for number in ("0000000000", theirs.insured_number):
            assert "見つかりません" in self.find(client, number).content.decode()
        assert "10" in self.find(client, "1").content.decode()


class TestPrinting:
    @pytest.fixture
    def printer(self, client):
        person = factories.staff("access_log.view", "access_log.print", name="監査 正")
        client.force_login(person)
        return person

    def test_what_the_list_shows_with_the_reason_in_the_log(self, client, printer):
        row(reason="転入の届出", file="levy")
        row(reason="別の理由", file="eligibility")
        answer = client.post(reverse("access-log-print"), {"query": "file=levy", "reason": "監査のため"})
        assert answer["Content-Type"] == "application/pdf"
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages).replace("\n", "")
        assert "転入の届出" in text
        assert "別の理由" not in text
        assert "賦課・収滞納ファイル" in text
        assert "監査のため" in text
        logged = AccessLog.objects.latest("pk")
        assert (logged.act, logged.reason, logged.subject_count) == ("print", "監査のため", 1)

    def test_needs_a_reason_and_the_right(self, client, printer):
        assert client.post(reverse("access-log-print"), {"query": "", "reason": " "}).status_code == 400
        client.force_login(factories.staff("access_log.view"))
        assert client.post(reverse("access-log-print"), {"query": "", "reason": "x"}).status_code == 403
        assert "PDFにする" not in shown(client)

    def test_a_part_of_it_says_so(self, client, printer, monkeypatch):
        from audit import views_log

        monkeypatch.setattr(views_log, "PRINTED", 2)
        for _ in range(3):
            row()
        answer = client.post(reverse("access-log-print"), {"query": "", "reason": "監査のため"})
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
        assert "ほかにもあります" in text.replace("\n", "")


class TestExport:
    def test_is_offered_to_who_may_with_the_filter(self, client):
        client.force_login(factories.staff("access_log.view", "access_log.export"))
        body = shown(client, file="levy", day_from="R8.11.20", day_to="R8.11.21")
        assert "/media/exports/new/access-log/?file=levy&amp;day_from=2026-11-20&amp;day_to=2026-11-21" in body
        client.force_login(factories.staff("access_log.view"))
        assert "アクセス記録を出力する" not in shown(client)

    def test_holds_what_the_list_shows(self):
        office = factories.office()
        row(reason="#levy", file="levy")
        row(reason="#other")
        form = kinds.kind_of("access-log").form({"file": "levy", "day_from": "2026-11-24", "day_to": "2026-11-24"})
        assert form.is_valid()
        json.dumps(form.cleaned_data)
        content = "".join(kinds.kind_of("access-log").text(kinds.Asked(frozenset({office.pk}), form.cleaned_data)))
        assert "#levy" in content
        assert "#other" not in content

    def test_of_some_offices_holds_their_people_only(self):
        here, there = factories.office(), factories.office("緑区役所")
        row(reason="#here", staff=factories.staff(at=here))
        row(reason="#there", staff=factories.staff(at=there))
        days = {"day_from": "2026-11-24", "day_to": "2026-11-24"}
        content = "".join(kinds.kind_of("access-log").text(kinds.Asked(frozenset({here.pk}), days)))
        assert "#here" in content
        assert "#there" not in content

    @pytest.mark.parametrize(("first", "last"), [("2026-05-01", "2026-11-24"), ("2026-11-24", "2026-11-25")])
    def test_not_too_long_and_not_of_tomorrow(self, first, last):
        form = kinds.kind_of("access-log").form({"day_from": first, "day_to": last})
        assert "day_to" in form.errors


def test_looking_at_the_log_is_logged(client, auditor):
    row()
    shown(client, file="eligibility")
    logged = AccessLog.objects.latest("pk")
    assert (logged.route, logged.file, logged.act, logged.staff) == ("access-log", "access_log", "view", auditor)
    assert logged.reason == "R8.11.17〜R8.11.24　ファイル"
