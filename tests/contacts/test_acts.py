"""送付先・連絡先・代理人・口座 at the counter."""

from datetime import date

import pytest

from eligibility import receiving, sealing
from eligibility.acts import act_of
from eligibility.contacts import queries, services
from eligibility.contacts.acts import SEALED
from eligibility.models import Agent, BankAccount, ContactPoint, MailingAddress, Reception
from kaigo.common.crypto import CryptoError
from kaigo.common.refusal import Conflict, Refusal
from tests import factories
from tests.walk.rows import actor_of

TODAY = date(2026, 11, 24)
MAILING = {
    "recipient": "山田　花子", "relationship": "03", "postal_code": "100-0001", "address": "千代田区千代田1-1",
    "building": "", "reason": "family", "day": "2026-11-24", "until": "", "note": "送付先変更届",
}  # fmt: skip
ACCOUNT = {
    "purpose": "benefit", "bank_code": "0001", "bank_name": "あおば銀行", "branch_code": "123", "branch_name": "中央",
    "kind": "1", "number": "7654321", "holder": "ヤマダ タロウ", "day": "2026-11-24",
}  # fmt: skip


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}: ")


@pytest.fixture
def second(counter):
    """Another clerk of the office."""
    return actor_of(factories.staff("eligibility.enter", at=counter.staff.office, name="確認 次郎"))


class TestMailing:
    def test_letters_go_there_only_when_a_second_person_has_confirmed(self, counter, second):
        person = counter.person()
        counter.receive(person, "mailing-set", **MAILING)
        assert queries.destination(person, TODAY).source == "住民記録"
        row = MailingAddress.objects.get()
        services.confirm_mailing(second, row, version=row.row_version)
        found = queries.destination(person, TODAY)
        assert (found.name, found.postal_code, found.lines) == ("山田　花子", "1000001", ("千代田区千代田1-1",))
        assert found.needs_check

    def test_whoever_entered_it_cannot_confirm_it(self, counter):
        counter.receive(counter.person(), "mailing-set", **MAILING)
        row = MailingAddress.objects.get()
        with refused("same-person"):
            services.confirm_mailing(counter.actor, row, version=row.row_version)

    def test_twice_is_refused(self, counter, second):
        counter.receive(counter.person(), "mailing-set", **MAILING)
        row = MailingAddress.objects.get()
        services.confirm_mailing(second, row, version=1)
        with refused("not-waiting"):
            services.confirm_mailing(second, row, version=1)

    def test_one_that_was_taken_back_meanwhile_is_not_confirmed(self, counter, second):
        taken = counter.receive(counter.person(), "mailing-set", **MAILING)
        row = MailingAddress.objects.get()
        receiving.withdraw(counter.actor, taken, "誤り")
        with pytest.raises(Conflict):
            services.confirm_mailing(second, row, version=row.row_version)

    def test_the_next_one_ends_the_one_before(self, counter, second):
        person = counter.person()
        counter.receive(person, "mailing-set", **MAILING | {"day": "2026-04-01"})
        counter.receive(person, "mailing-set", **MAILING | {"address": "千代田区千代田2-2"})
        first, latest = MailingAddress.objects.order_by("begun_on")
        assert (first.ended_on, latest.ended_on) == (date(2026, 11, 23), None)
        services.confirm_mailing(second, latest, version=1)
        assert queries.destination(person, date(2026, 11, 23)).source == "住民記録"

    def test_taken_back_the_one_before_holds_again(self, counter):
        person = counter.person()
        counter.receive(person, "mailing-set", **MAILING | {"day": "2026-04-01"})
        later = counter.receive(person, "mailing-set", **MAILING | {"address": "千代田区千代田2-2"})
        receiving.withdraw(counter.actor, later, "誤り")
        assert MailingAddress.objects.get(withdrawn=False).ended_on is None

    def test_two_on_the_same_day_are_refused_with_the_way_out(self, counter):
        person = counter.person()
        counter.receive(person, "mailing-set", **MAILING)
        with refused("begun-later") as refusal:
            counter.look(person, "mailing-set", **MAILING)
        assert "取り消してください" in refusal.value.ways[1]

    def test_one_that_overlaps_a_closed_period_is_refused(self, counter):
        person = counter.person()
        counter.receive(person, "mailing-set", **MAILING | {"day": "2026-10-01", "until": "2026-12-31"})
        with refused("mailing-overlap"):
            counter.look(person, "mailing-set", **MAILING)

    def test_the_registered_address_is_no_mailing_address(self, counter):
        person = counter.person()
        lines = queries.registered_lines(person)
        form = counter.form(
            person, "mailing-set", **MAILING | {"recipient": person.name, "address": lines[0], "building": lines[1]}
        )
        assert "送付先の届出は要りません" in form.errors["address"][0]

    def test_a_postal_code_that_is_none(self, counter):
        form = counter.form(counter.person(), "mailing-set", **MAILING | {"postal_code": "123"})
        assert "7桁" in form.errors["postal_code"][0]

    def test_it_ends_on_a_day(self, counter):
        person = counter.person()
        counter.receive(person, "mailing-set", **MAILING)
        counter.receive(person, "mailing-end", one=MailingAddress.objects.get(), day="2026-11-30")
        assert MailingAddress.objects.get().ended_on == date(2026, 11, 30)
        assert not act_of("mailing-end").offered(person, TODAY)

    def test_a_protected_persons_letter_is_looked_at_again(self, counter):
        person = counter.person(is_protected=True)
        assert queries.destination(person, TODAY).needs_check
        assert not queries.destination(counter.person(), TODAY).needs_check


class TestAccount:
    def test_number_and_holder_are_sealed(self, counter):
        person = counter.person()
        counter.receive(person, "account-set", **ACCOUNT)
        row = BankAccount.objects.get()
        assert row.last_digits == "321"
        assert b"7654321" not in bytes(row.sealed)
        assert sealing.unseal(person, row.sealed, SEALED) == "7654321\nﾔﾏﾀﾞ ﾀﾛｳ"

    def test_the_notification_keeps_no_number(self, counter):
        row = counter.receive(counter.person(), "account-set", **ACCOUNT)
        assert "7654321" not in str(row.content)
        assert "ﾔﾏﾀﾞ" not in str(row.content)

    def test_sealed_for_one_it_opens_for_nobody_else(self, counter):
        counter.receive(counter.person(), "account-set", **ACCOUNT)
        other = counter.person(name="佐藤　次郎", reading="サトウ　ジロウ")
        with pytest.raises(CryptoError):
            sealing.unseal(other, BankAccount.objects.get().sealed, SEALED)

    def test_yucho_is_turned_into_branch_and_number(self, counter):
        person = counter.person()
        wanted = {"bank_code": "9900", "bank_name": "ゆうちょ銀行", "branch_code": "10120", "number": "12345671"}
        counter.receive(person, "account-set", **ACCOUNT | wanted)
        row = BankAccount.objects.get()
        assert (row.branch_code, row.kind, row.last_digits) == ("018", "1", "567")

    def test_one_a_purpose(self, counter):
        person = counter.person()
        counter.receive(person, "account-set", **ACCOUNT | {"day": "2026-04-01"})
        counter.receive(person, "account-set", **ACCOUNT | {"purpose": "refund"})
        counter.receive(person, "account-set", **ACCOUNT)
        assert BankAccount.objects.filter(purpose="benefit", ended_on=date(2026, 11, 23)).count() == 1
        assert BankAccount.objects.filter(ended_on=None).count() == 2

    @pytest.mark.parametrize(
        ("field", "value", "where"),
        [("number", "123456789", "number"), ("holder", "山田太郎", "holder"), ("bank_code", "1", "bank_code"),
         ("branch_code", "1234", "number")],
    )  # fmt: skip
    def test_what_no_bank_takes_is_refused_at_its_field(self, counter, field, value, where):
        form = counter.form(counter.person(), "account-set", **ACCOUNT | {field: value})
        assert where in form.errors


class TestOthers:
    def test_a_telephone_is_kept_with_its_digits(self, counter):
        counter.receive(
            counter.person(), "contact-set", name="山田　花子", relationship="03", phone="043-000-1111", order="1",
            emergency="on", day="2026-11-24", note="平日の昼",
        )  # fmt: skip
        row = ContactPoint.objects.get()
        assert (row.phone_key, row.emergency, row.may_tell, row.staff) == ("0430001111", True, False, counter.staff)

    def test_an_agent_ends(self, counter):
        person = counter.person()
        counter.receive(
            person,
            "agent-set",
            kind="guardian",
            name="後見　一郎",
            scope="すべて",
            document="登記事項証明書",
            day="2026-04-01",
        )
        counter.receive(person, "agent-end", one=Agent.objects.get(), day="2026-11-24")
        assert Agent.objects.get().ended_on == TODAY

    def test_an_end_before_the_beginning_is_refused(self, counter):
        person = counter.person()
        counter.receive(
            person,
            "agent-set",
            kind="guardian",
            name="後見　一郎",
            scope="すべて",
            document="登記事項証明書",
            day="2026-04-01",
        )
        form = counter.form(person, "agent-end", one=Agent.objects.get(), day="2026-03-31")
        assert "始まった日より前" in form.errors["day"][0]

    def test_one_visit_starts_several_acts(self, counter):
        """D15: the reception is entered once, and the acts follow it."""
        person = counter.person()
        visit = counter.reception(person)
        for key, typed in (("mailing-set", MAILING), ("account-set", ACCOUNT)):
            form = counter.values(person, key, **typed)
            person.refresh_from_db()
            receiving.receive(
                counter.actor, visit, person, act_of(key), form.cleaned_data, content=form.content(),
                version=person.row_version,
            )  # fmt: skip
        assert Reception.objects.count() == 1
        assert visit.notifications.count() == 2
