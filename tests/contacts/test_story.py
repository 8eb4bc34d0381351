"""The facts beside the register tell their history, and are part of what is held on a person (E28)."""

from datetime import timedelta

from audit import story
from audit.disclosure import holdings
from audit.rights import File
from eligibility.models import BankAccount
from eligibility.story import standings
from kaigo.common import clock
from tests.contacts.test_acts import ACCOUNT, MAILING


def told(person):
    return {
        change.title for entry in story.story(person.pk, [File.ELIGIBILITY], mask=False) for change in entry.changes
    }


def said(person):
    return {
        (holding.title, label, value) for holding in holdings.held_on(person.public_id) for label, value in holding.rows
    }


class TestHistory:
    def test_every_act_is_told(self, counter):
        person = counter.person()
        counter.receive(person, "card-issue", day="2026-11-24", handed="counter")
        counter.receive(person, "mailing-set", **MAILING)
        counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        assert {"被保険者証", "送付先", "施設入所", "受付", "届出"} <= told(person)

    def test_codes_are_said_in_words(self, counter):
        person = counter.person()
        counter.receive(person, "mailing-set", **MAILING)
        entries = story.story(person.pk, [File.ELIGIBILITY], mask=False)
        lines = {(line.label, line.new) for entry in entries for change in entry.changes for line in change.lines}
        assert ("理由", "家族が書類を管理している") in lines

    def test_an_account_number_is_in_no_history(self, counter):
        person = counter.person()
        counter.receive(person, "account-set", **ACCOUNT)
        assert "7654321" not in str(said(person))
        assert bytes(BankAccount.objects.get().sealed).hex() not in str(said(person))


class TestHeld:
    def test_what_was_received_is_held(self, counter):
        person = counter.person()
        counter.receive(person, "card-issue", day="2026-11-24", handed="counter")
        titles = {title for title, _, _ in said(person)}
        assert {"被保険者証", "受付", "届出"} <= titles

    def test_as_of_a_day_only_what_held(self, counter):
        person = counter.person()
        counter.receive(person, "mailing-set", **MAILING)
        (standing,) = [row for row in standings() if row.file == File.ELIGIBILITY]
        later = clock.now() + timedelta(days=365 * 50)
        today = {section.title for section in standing.sections(person, clock.today(), later, False)}
        before = {
            section.title for section in standing.sections(person, clock.today() - timedelta(days=1), later, False)
        }
        assert "送付先" in today
        assert "送付先" not in before
