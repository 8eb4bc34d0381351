"""One row for every route that names one: made in an office, with a name that must never be seen from another.

A part adds its routes with `@row("route-name", …)`; a route without an entry fails the walk.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import count
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from audit.actor import Actor
from audit.files import store_file
from audit.models import JobRun, Office, RoleAssignment, Staff
from audit.rights import ALL_RIGHTS
from eligibility.contacts.acts import SEALED
from eligibility.models import BankAccount, Hold, MailingAddress, Merge, StickyNote
from eligibility.sealing import seal
from kaigo.common import clock
from tests import factories

MARK = "秘匿　花子"
READING = "ヒトク　ハナコ"
EVERYTHING = tuple(f"{right.file.value}.{right.act.value}" for right in ALL_RIGHTS)
_serial = count(1)
ROWS: dict[str, Callable[["Estate"], dict[str, Any]]] = {}

# Routes whose rows belong to the whole house: everybody with the right sees them, and why that is so.
HOUSE_WIDE = {
    "levy-run": "a levy is one for the whole city; of its persons only those of the reader's offices are named",
    "role": "roles are one list for the house; of their holders only those of the reader's offices are named",
    "role-edit": "as role",
    "role-retire": "as role",
    "facility": "facilities are one list for the house; of those who live there only those of the reader's offices are named",
    "facility-edit": "as facility",
    "decision-route": "routes of approval are one list for the house and name no insured person",
}


# Routes that tell a colleague of another office that there is such a person (403 with the way to ask for 他所属の照会),
# where an unknown id is answered by 404. Ids are random, 122 bits: they are come by through a link, not by guessing.
TELLING = {
    "person",
    "person-timeline",
    "person-changes",
    "person-as-of",
    "person-record",
    "person-tab",
    "levy-notice",
    "seen",
} | {
    "person-acts",
    "talk-new",
    "note-new",
    "hold-new",
    "remarks",
    "closing",
    "closing-print",
    "person-act",
    "person-merge",
}


def row(*routes: str) -> Callable[[Callable[["Estate"], Any]], Callable[["Estate"], Any]]:
    """Say how the row of these routes is made: the function answers with the object, or with the whole arguments."""

    def add(make: Callable[["Estate"], Any]) -> Callable[["Estate"], Any]:
        def arguments(estate: "Estate") -> dict[str, Any]:
            made = estate.made.setdefault(make, None) or make(estate)
            estate.made[make] = made
            return made if isinstance(made, dict) else {"public_id": made.public_id}

        for route in routes:
            ROWS[route] = arguments
        return make

    return add


@dataclass
class Estate:
    """An office and what belongs to it, made when first asked for."""

    office: Office
    made: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def clerk(self) -> Staff:
        """Somebody of the office who holds a role there."""
        return factories.staff("eligibility.view", "levy.run", at=self.office, name=MARK)

    @cached_property
    def other(self) -> Staff:
        """Another person of the office."""
        return factories.staff(at=self.office, name=MARK)

    @cached_property
    def resident(self) -> Any:
        """A resident of the office."""
        return factories.resident(MARK, READING, office=self.office)

    @cached_property
    def insured(self) -> Any:
        """The resident as an insured person."""
        return factories.insured(self.resident)

    @cached_property
    def assessed(self) -> Any:
        """The insured person with a premium in force."""
        officer = factories.staff(at=self.office, name="賦課 一郎")
        run = factories.levy_run(job=factories.job(office=self.office, requested_by=officer))
        return factories.assessment(self.insured, run=run)

    @cached_property
    def job(self) -> JobRun:
        """A job of the office that failed with an issue."""
        made = factories.job("import-tax", office=self.office, requested_by=self.clerk, state=JobRun.State.FAILED)
        made.issues.create(line=1, key=MARK, code="bad-day", message=MARK)
        return made

    @cached_property
    def keeper(self) -> Actor:
        """Somebody who keeps the API clients of the office."""
        return actor_of(factories.staff("api_clients.view", "api_clients.enter", at=self.office, name=MARK))

    @cached_property
    def client(self) -> Any:
        """An API client of the office, approved."""
        from audit.clients import services

        facts = dict.fromkeys(("system", "purpose", "operator", "contact_name"), MARK)
        facts |= {"name": f"{MARK}{next(_serial)}", "contact_phone": "000", "office": self.office}
        wanted = services.Wanted(["whoami"], [self.office], ["10.0.0.1"], 60, MARK)
        client = services.register(self.keeper, facts, wanted)
        services.put_in_force(client.terms.get())
        return client

    @cached_property
    def decision(self) -> Any:
        """A role for somebody of the office that goes round for decision."""
        from audit.decisions.services import propose
        from audit.roles.models import AssignmentRequest

        asked = AssignmentRequest.objects.create(
            staff=self.other, role=RoleAssignment.objects.get(staff=self.clerk).role.role, first_day=clock.today(),
            reason=MARK, entered_by=self.clerk, entered_at=clock.now(),
        )  # fmt: skip
        asked.offices.add(self.office)
        return propose(actor_of(self.clerk), "roles.assignment", about=asked.public_id, office=self.office, title=MARK)


@row("job", "job-issues")
def _job(estate: Estate) -> Any:
    return estate.job


@row("job-act")
def _job_act(estate: Estate) -> Any:
    return {"public_id": estate.job.public_id, "act": "retry"}


@row("seen", "person", "person-timeline", "person-changes", "person-as-of", "person-record")
def _person(estate: Estate) -> Any:
    assert estate.insured
    return estate.resident


@row("person-tab")
def _tab(estate: Estate) -> Any:
    assert estate.assessed
    return {"public_id": estate.resident.public_id, "key": "levy"}


@row("levy-notice")
def _notice(estate: Estate) -> Any:
    return {"public_id": estate.resident.public_id, "year": estate.assessed.fiscal_year}


@row("levy-run")
def _run(estate: Estate) -> Any:
    return estate.assessed.run


@row("passkey", "passkey-remove")
def _passkey(estate: Estate) -> Any:
    return estate.clerk  # somebody's id that is no passkey of one's own; passkeys have no id outside their owner's list


@row("sign-in-id", "staff-roles", "staff-rights-csv", "staff-rights-pdf")
def _staff(estate: Estate) -> Any:
    return estate.clerk


@row("sign-in-id-act")
def _staff_act(estate: Estate) -> Any:
    return {"public_id": estate.clerk.public_id, "act": "unlock"}


@row("kept-discard")
def _kept(estate: Estate) -> Any:
    from audit.screenlock.models import KeptSubmission

    return KeptSubmission.objects.create(
        staff=estate.clerk, path="/", sealed=b"x", wrapped_key=b"x", kept_at=clock.now()
    )


@row("session-end")
def _session(estate: Estate) -> Any:
    from audit.screenlock.models import SignedInSession

    now = clock.now()
    return SignedInSession.objects.create(
        staff=estate.clerk, session_key=f"k{estate.clerk.pk}", started_at=now, last_activity_at=now
    )


@row("cross-office-act")
def _reading(estate: Estate) -> Any:
    from audit.authority.models import CrossOfficeReading

    made = CrossOfficeReading.objects.create(
        staff=estate.clerk, subject=estate.resident.public_id, office=estate.office, category="visit", reason=MARK,
        needs_approval=True, asked_at=clock.now(),
    )  # fmt: skip
    return {"public_id": made.public_id, "act": "approve"}


@row("emergency-end")
def _emergency(estate: Estate) -> Any:
    from audit.authority.models import EmergencyAccess

    now = clock.now()
    made = EmergencyAccess.objects.create(
        staff=estate.clerk, reason=MARK, begins_at=now, until=now + timedelta(hours=1)
    )
    made.offices.add(estate.office)
    return made


@row("substitution-end")
def _substitution(estate: Estate) -> Any:
    from audit.authority.models import Substitution

    return Substitution.objects.create(
        absent=estate.clerk, substitute=estate.other, period=DateRange(clock.today(), None), reason=MARK,
        granted_by=estate.clerk, granted_at=clock.now(),
    )  # fmt: skip


def _finding(estate: Estate) -> Any:
    from audit.watching.models import Finding
    from audit.watching.rules import Kind

    return Finding.objects.create(
        key=f"walk:{estate.clerk.pk}:{Finding.objects.count()}", kind=Kind.LONG_LOGON, day=clock.today(), severity=1,
        staff=estate.clerk, staff_name=MARK, office=estate.office, explanation=MARK, row_count=0,
        found_at=clock.now(), due_on=clock.today(),
    )  # fmt: skip


row("finding")(_finding)


def _letter(estate: Estate) -> Any:
    from audit.watching.models import Letter, LetterItem

    today = clock.today()
    letter = Letter.objects.create(
        number=f"試{next(_serial)}", office=estate.office, addressee=estate.other, issued_on=today,
        issued_by=estate.clerk, due_on=today,
    )  # fmt: skip
    LetterItem.objects.create(letter=letter, finding=_finding(estate))
    return letter


row("watching-letter")(_letter)


@row("watching-letter-act")
def _letter_act(estate: Estate) -> Any:
    return {"public_id": _letter(estate).public_id, "act": "remind"}


@row("watching-reply")
def _reply(estate: Estate) -> Any:
    return _letter(estate).items.get()


@row("watching-paper")
def _paper(estate: Estate) -> Any:
    from audit.files import store_file
    from audit.watching.models import LetterPaper

    letter = _letter(estate)
    stored = store_file(f"%PDF {MARK} {letter.number}".encode(), "walk.pdf", "application/pdf", "walk")
    return LetterPaper.objects.create(
        letter=letter, reminder=0, issued_on=letter.issued_on, due_on=letter.due_on, issued_by=estate.clerk,
        stored=stored,
    )  # fmt: skip


@row("watching-report", "watching-report-draft")
def _report(estate: Estate) -> Any:
    return estate.office


@row("watching-report-signed")
def _signed(estate: Estate) -> Any:
    from audit.files import store_file
    from audit.watching.models import MonthlyReport

    stored = store_file(f"%PDF {MARK} {estate.office.pk}".encode(), "walk.pdf", "application/pdf", "walk")
    return MonthlyReport.objects.create(
        office=estate.office, month=clock.today().replace(day=1), figures={}, signed_by=estate.clerk, signed_name=MARK,
        signed_at=clock.now(), stored=stored,
    )  # fmt: skip


@row("role-assignment")
def _assignment(estate: Estate) -> Any:
    return RoleAssignment.objects.get(staff=estate.clerk)


@row("section-template", "section-template-remove")
def _template(estate: Estate) -> Any:
    from audit.roles.models import SectionTemplate

    return SectionTemplate.objects.create(office=estate.office, section=MARK, reason=MARK)


@row("role", "role-edit", "role-retire")
def _role(estate: Estate) -> Any:
    return RoleAssignment.objects.get(staff=estate.clerk).role.role


@row("decision", "decision-sheet")
def _decision(estate: Estate) -> Any:
    return estate.decision


@row("decision-act")
def _decision_act(estate: Estate) -> Any:
    return {"public_id": estate.decision.public_id, "act": "approve"}


@row("decision-batch", "decision-batch-sheet")
def _batch(estate: Estate) -> Any:
    from audit.decisions.models import Batch, Decision

    batch = Batch.objects.create(
        number=f"一括{next(_serial)}", kind=estate.decision.kind, office=estate.office, title=MARK,
        made_by=estate.clerk, made_at=clock.now(),
    )  # fmt: skip
    Decision.objects.filter(pk=estate.decision.pk).update(batch=batch)
    return batch


@row("decision-route")
def _route(estate: Estate) -> Any:
    from audit.decisions.models import Route

    return Route.objects.create(
        kind="decisions.route", office=estate.office, period=DateRange(clock.today(), None), reason="試験",
        entered_by=factories.staff(at=estate.office, name="運用 静"),
    )  # fmt: skip


@row("media-terminal")
def _terminal(estate: Estate) -> Any:
    from audit.models import Terminal

    return Terminal.objects.create(
        name=f"{MARK}{next(_serial)}", address=f"192.0.2.{next(_serial)}", office=estate.office, may_export=True
    )


@row("media-terminal-act")
def _terminal_act(estate: Estate) -> Any:
    return {"public_id": _terminal(estate).public_id, "act": "retire"}


@row("media-export", "media-export-password", "media-export-file", "media-export-cancel")
def _export(estate: Estate) -> Any:
    from audit.media.models import Export

    return Export.objects.create(
        number=f"出力{next(_serial)}", kind="levy-ledger", label=MARK, file="levy", items=[], offices=[estate.office.pk],
        office=estate.office, purpose=MARK, recipient=MARK, carrier="terminal", erase_by=clock.today(), count=1,
        state="ready", terminal=_terminal(estate), requested_by=estate.clerk, requested_at=clock.now(),
        expires_on=clock.today(),
    )  # fmt: skip


@row("media-medium")
def _medium(estate: Estate) -> Any:
    from audit.media.models import Medium

    return Medium.objects.create(
        number=f"USB-{next(_serial)}", kind="usb", office=estate.office, place=MARK, registered_on=clock.today(),
        registered_by=estate.clerk,
    )  # fmt: skip


@row("media-medium-act")
def _medium_act(estate: Estate) -> Any:
    return {"public_id": _medium(estate).public_id, "act": "dispose"}


@row("media-use")
def _use(estate: Estate) -> Any:
    from audit.media.models import MediumUse

    return MediumUse.objects.create(
        number=f"媒体{next(_serial)}", medium=_medium(estate), office=estate.office, content=MARK, purpose=MARK,
        copied_at=clock.now(), copied_by=estate.clerk, terminal=_terminal(estate), due_on=clock.today(),
    )  # fmt: skip


@row("media-use-act")
def _use_act(estate: Estate) -> Any:
    return {"public_id": _use(estate).public_id, "act": "void"}


@row("media-officer-end")
def _officer(estate: Estate) -> Any:
    from audit.media.models import MediaOfficer

    return MediaOfficer.objects.create(
        staff=estate.clerk, office=estate.office, period=DateRange(clock.today(), None), reason=MARK,
        appointed_by=estate.other,
    )  # fmt: skip


def actor_of(person: Staff) -> Actor:
    """The person as an actor, with the rights of now."""
    return Actor.of(Staff.objects.get(pk=person.pk))


@row("register-entry", "register-edit", "register-pdf")
def _entry(estate: Estate) -> Any:
    return {"public_id": _accident(estate).public_id, "key": "accidents"}


@row("register-act")
def _entry_act(estate: Estate) -> Any:
    return {"public_id": _accident(estate).public_id, "key": "accidents", "act": "close"}


@row("register-line-new")
def _line_new(estate: Estate) -> Any:
    return {"public_id": _accident(estate).public_id, "key": "accidents", "act": "measures"}


@row("register-line")
def _line(estate: Estate) -> Any:
    made = _accident(estate).measures.create(
        content=MARK, owner=MARK, due_on=clock.today(), entered_by=estate.clerk, entered_at=clock.now()
    )
    return {"public_id": made.public_id, "key": "accidents", "act": "measures"}


@row("register-file")
def _file(estate: Estate) -> Any:
    from audit.files import store_file
    from audit.registers.models import Attachment

    entry = _accident(estate)
    stored = store_file(f"%PDF {MARK} {entry.number}".encode(), "walk.pdf", "application/pdf", "walk")
    return Attachment.objects.create(
        entry=entry.public_id, stored=stored, title=MARK, added_by=estate.clerk, added_at=clock.now()
    )


@row("self-check-answers")
def _self_check(estate: Estate) -> Any:
    from audit.registers.models import SelfCheck

    return SelfCheck.objects.create(fiscal_year=2026, **_common(estate))


@row("training-attendance")
def _training(estate: Estate) -> Any:
    from audit.registers.models import Training

    return Training.objects.create(kind="yearly", held_on=clock.today(), content=MARK, audience=MARK, **_common(estate))


@row("sub-contract")
def _sub_contract(estate: Estate) -> Any:
    from audit.registers.models import Contract

    contract = Contract.objects.create(
        contractor=MARK, first_day=clock.today(), last_day=clock.today(), scope=MARK, systems=MARK, responsible=MARK,
        **_common(estate),
    )  # fmt: skip
    return contract.sub_contracts.create(
        party=MARK, reason=MARK, content=MARK, information=MARK, supervision=MARK, entered_by=estate.clerk,
        entered_at=clock.now(),
    )  # fmt: skip


def _accident(estate: Estate) -> Any:
    from audit.registers.models import Accident

    return Accident.objects.create(
        category="F2", known_on=clock.today(), facts=MARK, persons=1, information=MARK, **_common(estate)
    )


def _common(estate: Estate) -> dict[str, Any]:
    """What every entry of a register has; entered by somebody else than whoever walks."""
    return {"number": f"試{next(_serial)}", "office": estate.office, "title": MARK, "entered_by": estate.clerk,
            "entered_at": clock.now()}  # fmt: skip


@row("client", "client-edit", "client-terms", "client-calls", "client-review", "client-end", "client-token-new")
def _client(estate: Estate) -> Any:
    return estate.client


@row("client-token-rotate", "client-token-revoke", "client-token-secret")
def _token(estate: Estate) -> Any:
    from audit.clients import services

    day = clock.today() + timedelta(days=30)
    token, _ = services.issue(estate.keeper, estate.client, label=MARK, scopes=["whoami"], valid_until=day)
    return token


def _request(estate: Estate) -> Any:
    from audit.disclosure.models import Request

    return Request.objects.create(
        number=f"試{next(_serial)}", kind="disclosure", office=estate.office, subject=estate.resident.public_id,
        by="self", requester=MARK, postal_code="2600001", address=MARK, documents=["1"], checked_by=estate.clerk,
        channel="counter", method="copy", received_on=clock.today(), asked=MARK, due_on=clock.today(),
        entered_by=estate.clerk, entered_at=clock.now(),
    )  # fmt: skip


row("request", "request-items")(_request)


@row("request-act")
def _request_act(estate: Estate) -> Any:
    return {"public_id": _request(estate).public_id, "act": "extend"}


@row("request-paper")
def _request_paper(estate: Estate) -> Any:
    return {"public_id": _request(estate).public_id, "act": "whole"}


def _inquiry(estate: Estate) -> Any:
    from audit.disclosure.models import OfficialInquiry

    return OfficialInquiry.objects.create(
        number=f"試{next(_serial)}", office=estate.office, inquirer=MARK, postal_code="2600001", address=MARK,
        document_on=clock.today(), received_on=clock.today(), ground="11", authority_check=MARK, items=MARK,
        state="answered", answered_on=clock.today(), entered_by=estate.clerk, entered_at=clock.now(),
    )  # fmt: skip


row("official-inquiry", "official-inquiry-paper")(_inquiry)


@row("official-inquiry-act")
def _inquiry_act(estate: Estate) -> Any:
    return {"public_id": _inquiry(estate).public_id, "act": "propose"}


@row("official-inquiry-line")
def _inquiry_line(estate: Estate) -> Any:
    line = _inquiry(estate).subjects.create(subject=estate.resident.public_id, named=MARK, answer="given", content=MARK)
    return {"public_id": line.public_id, "act": "take-back"}


# The parts that bring their own rows.
from tests.personnel import walk as _personnel  # noqa: E402, F401


@row("person-acts")
def _acts(estate: Estate) -> Any:
    return estate.resident


@row("person-act")
def _act(estate: Estate) -> Any:
    return {"public_id": estate.resident.public_id, "key": "death"}


@row("reception", "reception-receipt")
def _reception(estate: Estate) -> Any:
    return factories.notification(estate.resident, content=[["死亡日", MARK]]).reception


@row("notification", "notification-withdraw")
def _notification(estate: Estate) -> Any:
    return factories.notification(estate.resident, content=[["死亡日", MARK]])


@row("card-print")
def _card(estate: Estate) -> Any:
    return factories.card(estate.insured)


@row("card-run")
def _card_run(estate: Estate) -> Any:
    job = factories.job("cards-monthly", office=estate.office, period="2026-12", requested_by=estate.clerk)
    job.card_proposals.create(resident=estate.resident, reason="age", due_on=clock.today())
    return job


@row("card-file")
def _card_file(estate: Estate) -> Any:
    job = factories.job("cards-monthly", office=estate.office, period="2026-12")
    stored = store_file(factories.pdf(), "cards_2026-12_001.pdf", "application/pdf", "card-print")
    job.files.create(direction="out", name=stored.name, sha256=stored.sha256, size=stored.size, rows=1, stored=stored)
    factories.card(factories.insured(factories.resident(MARK, READING, office=estate.office)), job=job)
    return {"public_id": job.public_id, "key": "001"}


@row("talk-new", "note-new", "hold-new", "remarks", "closing", "closing-print")
def _entries(estate: Estate) -> Any:
    return estate.resident


@row("talk", "talk-close")
def _talk(estate: Estate) -> Any:
    return factories.talk(estate.resident, text=MARK)


@row("note-end")
def _note(estate: Estate) -> Any:
    return StickyNote.objects.create(kind="care", text=MARK, **factories.dated(estate.resident))


@row("hold-release")
def _hold(estate: Estate) -> Any:
    return Hold.objects.create(what="card", reason=MARK, **factories.dated(estate.resident))


@row("slip-withdraw")
def _slip(estate: Estate) -> Any:
    return factories.slip(estate.resident)


@row("person-merge")
def _merging(estate: Estate) -> Any:
    return estate.resident


@row("merge-undo")
def _merge(estate: Estate) -> Any:
    other = factories.resident(MARK, READING, office=estate.office)
    return Merge.objects.create(kept=estate.resident, dropped=other, reason=MARK, created_at=clock.now())


@row("mailing-confirm")
def _mailing(estate: Estate) -> Any:
    return MailingAddress.objects.create(
        recipient=MARK, relationship="03", postal_code="1000001", address=MARK, reason="family",
        **factories.dated(estate.resident),
    )  # fmt: skip


@row("account")
def _account(estate: Estate) -> Any:
    return BankAccount.objects.create(
        purpose="benefit", bank_code="0001", bank_name="あおば銀行", branch_code="123", branch_name="中央", kind="1",
        sealed=seal(estate.resident, f"7654321\n{READING}", SEALED), last_digits="321",
        **factories.dated(estate.resident),
    )  # fmt: skip


@row("facility", "facility-edit")
def _facility(estate: Estate) -> Any:
    place = factories.facility()
    factories.placement(estate.resident, facility=place)
    return place


@row("placement-confirm", "placement-slip")
def _placement(estate: Estate) -> Any:
    return factories.placement(factories.resident(MARK, READING, office=estate.office), kind="theirs")
