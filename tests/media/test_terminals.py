"""The register of terminals: who may make one that data leaves from (E14)."""

import pytest

from audit.actor import Actor
from audit.media import terminals
from audit.media.models import TerminalChange
from audit.models import Terminal
from kaigo.common.refusal import Conflict, Forbidden, NotFound, Refusal
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def terminal(house):
    return terminals.enter(Actor.of(house.hogo), name="賦課1", address="192.0.2.20", office=house.head)


def act(house, who, terminal, name, **more):
    values = {"reason": "賦課データの提出", "version": terminals.version_of(terminal)} | more
    return terminals.act_on(Actor.of(getattr(house, who)), terminal.public_id, name, **values)


def test_a_new_terminal_may_not_export(house, terminal):
    assert (terminal.may_export, terminal.is_active) == (False, True)
    change = TerminalChange.objects.get(terminal=terminal)
    assert (change.kind, change.staff) == ("registered", house.hogo)


@pytest.mark.parametrize("who", ["fuka", "midori", "plain"])
def test_is_registered_by_who_keeps_the_ledger(house, who):
    with pytest.raises(Forbidden):
        terminals.enter(Actor.of(getattr(house, who)), name="x", address="192.0.2.30", office=house.head)


@pytest.mark.parametrize(("fields", "field"), [({"name": "賦課1"}, "name"), ({"address": "192.0.2.20"}, "address")])
def test_names_and_addresses_are_taken_once(house, terminal, fields, field):
    values = {"name": "別", "address": "192.0.2.21", "office": house.head} | fields
    with pytest.raises(Conflict) as refused:
        terminals.enter(Actor.of(house.hogo), **values)
    assert refused.value.field == field


class TestAllowing:
    def test_is_for_who_may_decide(self, house, terminal):
        with pytest.raises(Forbidden):
            act(house, "hogo", terminal, "allow")
        assert act(house, "kacho", terminal, "allow").may_export
        change = TerminalChange.objects.filter(terminal=terminal).last()
        assert (change.kind, change.staff, change.note) == ("allowed", house.kacho, "賦課データの提出")

    def test_not_by_who_registered_it(self, house):
        own = terminals.enter(Actor.of(house.kacho), name="課長席", address="192.0.2.40", office=house.head)
        with pytest.raises(Refusal, match="登録や変更をした人"):
            act(house, "kacho", own, "allow")

    def test_needs_a_reason_and_what_was_seen(self, house, terminal):
        with pytest.raises(Refusal, match="理由"):
            act(house, "kacho", terminal, "allow", reason=" ")
        with pytest.raises(Conflict, match="別の職員"):
            act(house, "kacho", terminal, "allow", version=0)

    def test_not_twice_and_not_for_one_that_is_gone(self, house, terminal):
        act(house, "kacho", terminal, "allow")
        with pytest.raises(Conflict):
            act(house, "kacho", terminal, "allow")
        act(house, "hogo", terminal, "retire")
        with pytest.raises(Conflict):
            act(house, "kacho", terminal, "allow")


def test_withdrawing_retiring_and_restoring(house, terminal):
    act(house, "kacho", terminal, "allow")
    assert not act(house, "hogo", terminal, "withdraw").may_export
    act(house, "kacho", terminal, "allow")
    retired = act(house, "kacho", terminal, "retire")
    assert (retired.is_active, retired.may_export) == (False, False)
    restored = act(house, "hogo", terminal, "restore")
    assert (restored.is_active, restored.may_export) == (True, False)


class TestChanging:
    def change(self, house, terminal, **fields):
        values = {
            "name": terminal.name, "address": str(terminal.address), "office": house.head, "reason": "入替え",
            "version": terminals.version_of(terminal),
        }  # fmt: skip
        return terminals.change(Actor.of(house.hogo), terminal.public_id, **values | fields)

    def test_one_that_moves_may_no_longer_export(self, house, terminal):
        act(house, "kacho", terminal, "allow")
        assert self.change(house, terminal, name="賦課1号").may_export
        assert not self.change(house, terminal, address="192.0.2.25").may_export
        note = TerminalChange.objects.filter(terminal=terminal, kind="changed").last().note
        assert "192.0.2.20" in note
        assert "192.0.2.25" in note

    def test_to_another_office_needs_the_right_there(self, house, terminal):
        keeper = factories.staff("media.view", "media.enter", at=house.head)
        with pytest.raises(Forbidden):
            terminals.change(
                Actor.of(keeper), terminal.public_id, name="x", address="192.0.2.26", office=house.ward, reason="x",
                version=1,
            )  # fmt: skip

    def test_another_offices_terminal_is_not_found(self, house, terminal):
        with pytest.raises(NotFound):
            terminals.act_on(Actor.of(house.midori), terminal.public_id, "retire", reason="x", version=1)
        assert Terminal.objects.get(pk=terminal.pk).is_active
