"""How every printed document and every list of the house is made, for the search through all of them (test_outputs)."""

from datetime import date
from uuid import uuid4

from audit.actor import Actor
from audit.decisions import documents as sheets
from audit.decisions import services as decisions
from audit.history import recorded
from audit.models import Staff
from audit.watching import documents as letters
from eligibility.closing import open_of
from kaigo.common import clock
from levy import documents as notices
from tests import factories
from tests.disclosure.house import House

YEAR = 2026


def _sheet(town):
    return sheets.sheet(_decision())


def _batch(town):
    from audit.decisions.models import Batch

    decision = _decision()
    batch = Batch.objects.create(
        number="一括1", kind=decision.kind, office=decision.office, title="試験", made_by=decision.proposed_by,
        made_at=clock.now(),
    )  # fmt: skip
    return sheets.batch_sheet(batch, [decision])


def _decision():
    from audit.decisions.models import Route

    office = factories.office("本庁", is_head=True, ward_code="")
    staff = factories.staff("decisions.enter", at=office)
    route = Route.objects.create(
        kind="decisions.route", office=office, period=(clock.today(), None), reason="試験", entered_by=staff
    )
    return decisions.propose(
        Actor.of(staff), "decisions.route", about=route.public_id, office=office, title="決裁経路", reason="試験"
    )


def _letter(town):
    from audit.watching.models import Finding, Letter, LetterItem, LetterPaper
    from audit.watching.rules import Kind

    office = factories.office("本庁", is_head=True, ward_code="")
    clerk = factories.staff(at=office)
    today = clock.today()
    finding = Finding.objects.create(
        key="x", kind=Kind.LONG_LOGON, day=today, severity=2, staff=clerk, staff_name=clerk.name, office=office,
        explanation="12時間", row_count=1, found_at=clock.now(), due_on=today,
        figures={"ログオンの長さ": "12時間", "始まり": "08:00", "終わり": "20:00", "端末": "窓口1"},
    )  # fmt: skip
    with recorded(Actor.of(clerk), "試験"):
        row = Letter.objects.create(
            number="点照1", office=office, addressee=clerk, issued_on=today, issued_by=clerk, due_on=today
        )
        LetterItem.objects.create(letter=row, finding=finding)
    return letters.letter(LetterPaper(letter=row, reminder=0, issued_on=today, due_on=today, issued_by=clerk))


def _report(town):
    from audit.watching import reporting

    office = factories.office("本庁", is_head=True, ward_code="")
    month = date(YEAR, 6, 1)
    return letters.report(reporting.context(reporting.figures(office, month), month, None), uuid4())


def _rights(town):
    from audit.roles.documents import rights_pdf

    return rights_pdf(factories.staff("levy.view"))


def _log(town):
    from audit import documents, logbook
    from audit.forms import AccessLogFilter

    form = AccessLogFilter({})
    asked = form.asked()
    return documents.access_log(logbook.page(logbook.rows(asked)), form, asked, reason="試験", printed_by="監査 正")


def _house(town):
    """A disclosure request about a person of the town, whose number is held."""
    house = House()
    house.person = town[0].insured.resident
    house.person.office = house.head
    house.person.save()
    return house


def _package(town):
    from audit.disclosure import documents

    return documents.package(_house(town).request(), redacted=False)


def _disclosed(town):
    house = _house(town)
    return house.approve(house.propose(house.request()))


def _decision_letter(town):
    from audit.disclosure import documents

    return documents.decision_letter(_disclosed(town))


def _extension_letter(town):
    from audit.disclosure import documents, requests

    house = _house(town)
    row = house.request()
    requests.extend(Actor.of(house.hogo), row, reason="大量のため", version=row.version)
    row.refresh_from_db()
    return documents.extension_letter(row)


def _answer_letter(town):
    from audit.disclosure import documents

    house = _house(town)
    row = house.inquiry()
    house.answer(row)
    return documents.answer_letter(house.approve(house.propose_answer(row)))


def _file_book(town):
    from audit.disclosure import documents

    return documents.file_book()


def _entry(key="accidents"):
    from audit.registers import services
    from audit.registers.catalogue import register_of
    from tests.registers.conftest import values

    office = factories.office("本庁", is_head=True, ward_code="")
    clerk = factories.staff("registers.view", "registers.enter", at=office)
    asked = values(key, office, known_on=clock.today(), occurred_on=clock.today(), notified_on=None)
    return register_of(key), services.enter(Actor.of(clerk), register_of(key), asked)


def _register_paper(town):
    from audit.registers import documents

    return documents.paper(*_entry())


def _register_table(town):
    from audit.registers import documents

    register, row = _entry()
    return documents.table(register, [row])


def _people():
    office = factories.office("本庁", is_head=True, ward_code="")
    factories.staff("levy.view", at=office, name="賦課 一郎")
    return Staff.objects.select_related("office", "manager")


def _staff_list(town):
    from audit.personnel import documents

    return documents.staff_list(list(_people()))


def _staff_table(town):
    from audit.personnel import documents

    return documents.staff_csv(list(_people()))


def _id_letters(town):
    from audit.personnel import documents

    return documents.id_letters([(person, "なまえ-ではない-1") for person in _people()])


def _pledge(town):
    from audit.personnel import documents
    from tests.personnel.walk import _request

    return documents.pledge_form(_request(_estate()), uuid4())


def _review(town):
    from audit.personnel import documents, signing
    from tests.personnel.walk import _campaign

    made = _campaign(_estate())
    return documents.review(made, signing.progress(made))


def _estate():
    from tests.walk.rows import Estate

    return Estate(factories.office("本庁", is_head=True, ward_code=""))


def _receipt(town):
    from eligibility.counter import documents

    return documents.receipt(factories.notification(town[0].insured.resident).reception)


def _slip(town):
    from eligibility.counter import documents

    return documents.slip(factories.placement(town[0].insured.resident, kind="ours"))


def _closing(town):
    from eligibility.counter import documents

    found = {"groups": open_of(town[0].insured.resident, clock.today()), "still_insured": True, "lost_on": None}
    return documents.closing_sheet(town[0].insured.resident, found)


def _cards(town):
    from eligibility.cards import documents

    return documents.cards([factories.card(row.insured) for row in town])


def _reminders(town):
    from eligibility.cards import documents

    factories.office("本庁", is_head=True, ward_code="")
    return documents.reminders([factories.card(row.insured, ended_on=clock.today(), end="lost") for row in town])


def _rights_table(town):
    from audit.roles.documents import rights_csv

    return rights_csv(factories.staff("levy.view"))


def _ledger(town):
    import io

    from levy.export import write_ledger

    out = io.StringIO()
    write_ledger(YEAR, out)
    return out.getvalue()


DOCUMENTS = {
    "audit/access_log_pdf.html": _log,
    "documents/premium_notice.html": notices.premium_notices,
    "decisions/sheet_pdf.html": _sheet,
    "decisions/batch_pdf.html": _batch,
    "watching/letter_pdf.html": _letter,
    "watching/report_pdf.html": _report,
    "roles/rights_pdf.html": _rights,
    "disclosure/package_pdf.html": _package,
    "disclosure/decision_pdf.html": _decision_letter,
    "disclosure/extension_pdf.html": _extension_letter,
    "disclosure/answer_pdf.html": _answer_letter,
    "disclosure/files_pdf.html": _file_book,
    "registers/entry_pdf.html": _register_paper,
    "personnel/staff_pdf.html": _staff_list,
    "personnel/letter_pdf.html": _id_letters,
    "personnel/pledge_pdf.html": _pledge,
    "personnel/review_pdf.html": _review,
    "counter/receipt_pdf.html": _receipt,
    "counter/slip_pdf.html": _slip,
    "counter/closing_pdf.html": _closing,
    "cards/card_pdf.html": _cards,
    "cards/reminder_pdf.html": _reminders,
}

TABLES = {
    "registers": _register_table,
    "staff": _staff_table,
    "rights": _rights_table,
    "levy ledger": _ledger,
}
