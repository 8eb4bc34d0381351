"""開示等の請求: the days, what is left out, the decision with a second person, the package and the log of it."""

import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader

from audit import access
from audit.decisions import services as decisions
from audit.disclosure import documents, holdings, queries, requests, rules
from audit.disclosure.models import Redaction, Request
from audit.models import AccessLog
from audit.rights import Act, File
from audit.worklist import waiting_for
from kaigo.common.refusal import Conflict, Forbidden, NotFound, Refusal
from tests import factories
from tests.disclosure.conftest import TODAY, actor, asked, subject_of

pytestmark = pytest.mark.django_db


def text_of(content):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def looked_at(officer, row):
    """Every line was looked at, and none is left out."""
    requests.leave_out(actor(officer), row, {}, version=row.version)
    return Request.objects.get(pk=row.pk)


def decide(officer, chief, row, decision="whole", grounds=""):
    if decision == "whole":
        row = looked_at(officer, row)
    made = requests.propose(actor(officer), row, decision=decision, grounds=grounds, version=row.version)
    decisions.approve(actor(chief), made, version=made.version)
    return Request.objects.get(pk=row.pk)


class TestDays:
    VALUES = rules.periods(TODAY)

    @pytest.mark.parametrize(
        ("more", "due"),
        [({}, date(2026, 12, 20)), ({"suspended_days": 5}, date(2026, 12, 25)), ({"extended": True}, date(2027, 1, 19)),
         ({"suspended_days": 5, "extended": True}, date(2027, 1, 24))],
    )  # fmt: skip
    def test_thirty_days_and_what_does_not_count(self, more, due):
        assert rules.due(date(2026, 11, 20), self.VALUES, **more) == due

    def test_the_fee_follows_from_the_sides(self):
        assert (rules.fee(0, self.VALUES), rules.fee(12, self.VALUES)) == (0, 120)

    def test_before_the_law_there_is_no_period(self):
        with pytest.raises(LookupError):
            rules.periods(date(2020, 1, 1))

    def test_every_ground_has_a_code_of_its_own(self):
        codes = [ground.code for ground in rules.grounds()]
        assert len(codes) == len(set(codes))


class TestReceiving:
    def test_it_is_numbered_and_the_days_are_counted(self, receive, officer):
        row = receive()
        assert (row.number, row.due_on, row.state) == ("開示2026-0001", date(2026, 12, 20), "received")
        assert row.checked_by == officer

    @pytest.mark.parametrize(
        ("more", "code"),
        [({"received_on": TODAY + timedelta(days=1)}, "received"), ({"by": "agent"}, "relation"),
         ({"method": ""}, "method")],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, receive, more, code):
        with pytest.raises(Refusal, match=code):
            receive(**more)
        assert not Request.objects.exists()

    def test_without_the_right_to_view_the_person_nothing_is_received(self, office, person):
        other = factories.office("緑区役所")
        outsider = factories.staff("disclosure.enter", "eligibility.view", at=other, offices=[other])
        with pytest.raises(Forbidden):
            requests.receive(actor(outsider), subject_of(person), office, asked())

    def test_it_stands_among_today_s_work(self, receive, officer):
        receive()
        found = {w.label: w for w in waiting_for(actor(officer))}["開示等の請求を決定する"]
        assert (found.count, found.due) == (1, date(2026, 12, 20))

    def test_another_office_does_not_find_it(self, receive):
        row = receive()
        outsider = actor(factories.staff("disclosure.view", at=factories.office("緑区役所")))
        with pytest.raises(NotFound):
            queries.one(queries.requests(outsider), row.public_id)


class TestExtending:
    def test_once_with_the_reason(self, receive, officer):
        row = requests.extend(actor(officer), receive(), reason="文書が大量のため", version=1)
        assert (row.due_on, row.extended_on) == (date(2027, 1, 19), TODAY)
        assert "文書が大量のため" in text_of(documents.extension_letter(row))
        with pytest.raises(Conflict, match="extended"):
            requests.extend(actor(officer), row, reason="もう一度", version=row.version)

    def test_not_after_the_day(self, receive, officer):
        row = receive(received_on=date(2026, 10, 1))
        with pytest.raises(Conflict, match="too-late"):
            requests.extend(actor(officer), row, reason="遅れた", version=row.version)

    def test_days_of_a_correction_do_not_count(self, receive, officer):
        row = requests.suspend(actor(officer), receive(), days=7, version=1)
        assert row.due_on == date(2026, 12, 27)


class TestHoldings:
    def test_what_is_held_comes_from_every_room(self, person):
        found = holdings.held_on(person.resident.public_id)
        assert {File.ELIGIBILITY, File.LEVY} <= {holding.file for holding in found}
        said = {(label, value) for holding in found for label, value in holding.rows}
        assert any(value == "山田　太郎" for _, value in said)
        assert any(label == "保険料額" for label, _ in said)

    def test_an_individual_number_is_never_among_it(self, person):
        from audit.media.scan import find_in_text

        text = "\n".join(value for h in holdings.held_on(person.resident.public_id) for _, value in h.rows)
        assert not find_in_text(text)

    def test_nobody_s_record_holds_nothing(self):
        import uuid

        assert holdings.items(uuid.uuid4()) == []

    def test_lines_keep_their_keys(self, person):
        first = [i.key for _, lines in holdings.items(person.resident.public_id) for i in lines]
        again = [i.key for _, lines in holdings.items(person.resident.public_id) for i in lines]
        assert first == again
        assert len(first) == len(set(first))


class TestDeciding:
    def chosen(self, row, label="氏名"):
        return next(i for _, lines in holdings.items(row.subject) for i in lines if i.label == label)

    def test_the_whole_way_to_the_copies(self, receive, officer, chief):
        row = decide(officer, chief, receive())
        assert (row.state, row.decided_on) == ("decided", TODAY)
        row = requests.deliver(
            actor(officer), row, delivered_on=TODAY, how="窓口で本人に", pages=12, version=row.version
        )
        assert (row.state, row.fee) == ("done", 120)

    def test_who_received_it_does_not_decide(self, office, person):
        both = factories.staff(
            "disclosure.view", "disclosure.enter", "disclosure.decide", "eligibility.view", name="一人 二役"
        )
        row = looked_at(both, requests.receive(actor(both), subject_of(person), office, asked()))
        made = requests.propose(actor(both), row, decision="whole", grounds="", version=row.version)
        with pytest.raises(Refusal, match="same-person"):
            decisions.approve(actor(both), made, version=made.version)

    def test_what_is_left_out_is_not_in_the_package_but_in_the_whole(self, receive, officer, chief):
        row = receive()
        item = self.chosen(row)
        requests.leave_out(actor(officer), row, {item.key: "法78条1項2号"}, version=row.version)
        row = decide(officer, chief, Request.objects.get(pk=row.pk), "part", "第三者の情報のため")
        package, whole = (text_of(documents.package(row, redacted=cut)) for cut in (True, False))
        assert "法78条1項2号" in package
        assert package.count(item.value) < whole.count(item.value)
        letter = text_of(documents.decision_letter(row))
        assert "部分開示" in letter
        assert "審査請求" in letter

    def test_leaving_out_needs_the_reason(self, receive, officer):
        row = receive()
        with pytest.raises(Refusal, match="no-reason"):
            requests.leave_out(actor(officer), row, {self.chosen(row).key: " "}, version=row.version)
        assert not Redaction.objects.exists()

    @pytest.mark.parametrize(
        ("decision", "grounds", "code"),
        [("none", "", "no-grounds"), ("part", "理由", "not-redacted"), ("granted", "", "decision")],
    )
    def test_decisions_that_cannot_be(self, receive, officer, decision, grounds, code):
        row = receive()
        with pytest.raises(Refusal, match=code):
            requests.propose(actor(officer), row, decision=decision, grounds=grounds, version=row.version)

    def test_not_all_of_it_when_something_is_left_out(self, receive, officer):
        row = receive()
        requests.leave_out(actor(officer), row, {self.chosen(row).key: "理由"}, version=row.version)
        row.refresh_from_db()
        with pytest.raises(Refusal, match="redacted"):
            requests.propose(actor(officer), row, decision="whole", grounds="", version=row.version)

    def test_a_returned_proposal_can_be_made_again(self, receive, officer, chief):
        row = looked_at(officer, receive())
        made = requests.propose(actor(officer), row, decision="whole", grounds="", version=row.version)
        decisions.reject(actor(chief), made, version=made.version, reason="検討不足")
        row.refresh_from_db()
        assert row.state == "received"
        assert decide(officer, chief, row).state == "decided"

    @pytest.mark.parametrize("kind", ["correction", "suspension"])
    def test_correction_and_suspension(self, receive, officer, chief, kind):
        row = decide(officer, chief, receive(kind=kind, method=""), "refused", "記録は正しいため")
        letter = text_of(documents.decision_letter(row))
        assert "記録は正しいため" in letter
        assert row.get_decision_display() == "行わない"

    def test_a_withdrawn_request_is_over(self, receive, officer):
        row = requests.withdraw(actor(officer), receive(), reason="本人の申出", version=1)
        with pytest.raises(Conflict):
            requests.propose(actor(officer), row, decision="whole", grounds="", version=row.version)


class TestLooks:
    def test_who_has_seen_the_person_is_in_the_package(self, receive, officer, chief, person, settings):
        clerk = factories.staff("eligibility.view", name="窓口 春子")
        access.write(actor(clerk), File.ELIGIBILITY, Act.VIEW, subjects=[person.resident.public_id], items=("住所",))
        row = decide(officer, chief, receive())
        text = text_of(documents.package(row, redacted=True))
        assert "中央区役所" in text
        assert "住所" in text
        assert "窓口 春子" not in text
        settings.DISCLOSE_STAFF_NAMES = True
        assert "窓口 春子" in text_of(documents.package(row, redacted=True))

    def test_batches_that_named_the_person_are_in_it_too(self, person):
        access.write_many(actor(factories.staff()), File.LEVY, Act.RUN, [person.resident.public_id], items=("賦課",))
        assert [look.act for look in queries.looks(person.resident.public_id, names=False)] == ["一括処理"]

    def test_printing_it_is_logged_in_each_file(self, receive, officer, chief):
        row = receive()
        requests.log(actor(officer), row, Act.PRINT)
        rows = AccessLog.objects.filter(reason=f"{row.number}の開示")
        assert {"eligibility", "levy"} <= set(rows.values_list("file", flat=True))


class TestFileBook:
    def test_the_record_items_of_the_tables_appear(self):
        from eligibility.models import Resident
        from levy.models import Assessment, PensionRecord, TaxRecord

        entries = {entry.file: dict(entry.tables) for entry in queries.file_book()}
        for file, model, names in (
            (File.ELIGIBILITY, Resident, ("name", "kana", "birth_date", "town", "phone", "is_protected")),
            (File.LEVY, TaxRecord, ("fiscal_year", "total_income", "received_on")),
            (File.LEVY, Assessment, ("tier", "premium", "months")),
            (File.LEVY, PensionRecord, ("pension_code", "yearly_amount")),
        ):
            named = entries[file][str(model._meta.verbose_name)]
            for name in names:
                assert str(model._meta.get_field(name).verbose_name) in named, f"{model.__name__}.{name}"
        assert entries[File.ELIGIBILITY]["個人番号"] == ["個人番号"]
        assert "基礎年金番号" in entries[File.LEVY]["年金情報"]

    def test_nothing_of_the_inside_of_the_tables_appears(self):
        named = [name for entry in queries.file_book() for _, names in entry.tables for name in names]
        for inside in ("公開識別子", "版", "カナ検索キー", "包まれたデータ鍵", "照合値", "暗号文"):
            assert not [name for name in named if inside in name], inside

    def test_each_of_the_five_says_purpose_sources_recipients_and_retention(self):
        assert [entry.file.value for entry in queries.file_book()] == [
            "eligibility",
            "levy",
        ]  # those that hold something
        said = {"purpose", "persons", "sources", "recipients", "retention", "sensitive", "medium", "special_procedure"}
        for about in rules.table()["files"].values():
            assert all(about[name] for name in said)
