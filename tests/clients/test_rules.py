"""Token states, what counts as allowing more, address ranges, and the wait until there is room."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.clients.rules import Allowed, TokenState, allows_more, parse_networks, token_state, wait_for_room, within
from audit.clients.scopes import Scope, all_scopes, known, labels, register, scope_named
from kaigo.common.clock import TOKYO

NOON = datetime(2026, 11, 24, 12, tzinfo=TOKYO)
LAST = date(2026, 11, 24)
BASE = Allowed(frozenset({"whoami"}), frozenset({1, 2}), frozenset({"10.0.0.0/16"}), 60)
MICRO = 1_000_000


class TestStates:
    @pytest.mark.parametrize(
        ("fields", "state"),
        [
            ({}, TokenState.LIVE),
            ({"valid_until": LAST - timedelta(days=1)}, TokenState.EXPIRED),
            ({"ends_at": NOON + timedelta(seconds=1)}, TokenState.CLOSING),
            ({"ends_at": NOON}, TokenState.REPLACED),
            ({"ends_at": NOON, "valid_until": date(2026, 1, 1)}, TokenState.REPLACED),
            ({"revoked_at": NOON}, TokenState.REVOKED),
            ({"revoked_at": NOON, "ends_at": NOON, "valid_until": date(2026, 1, 1)}, TokenState.REVOKED),
        ],
    )
    def test_what_ended_a_token_first_is_its_state(self, fields, state):
        values = {"valid_until": LAST, "ends_at": None, "revoked_at": None}
        assert token_state(NOON, **values | fields) is state

    def test_the_last_day_is_still_one_of_them_until_midnight(self):
        fields = {"valid_until": LAST, "ends_at": None, "revoked_at": None}
        assert token_state(NOON.replace(hour=23, minute=59, second=59), **fields).usable
        assert not token_state(NOON.replace(hour=0) + timedelta(days=1), **fields).usable

    def test_every_state_has_words_and_only_two_can_be_used(self):
        assert all(state.label for state in TokenState)
        assert {state for state in TokenState if state.usable} == {TokenState.LIVE, TokenState.CLOSING}


class TestAllowingMore:
    @pytest.mark.parametrize(
        "new",
        [
            Allowed(frozenset({"whoami", "eligibility.read"}), BASE.offices, BASE.networks, 60),
            Allowed(BASE.scopes, frozenset({1, 2, 3}), BASE.networks, 60),
            Allowed(BASE.scopes, BASE.offices, frozenset({"10.0.0.0/15"}), 60),
            Allowed(BASE.scopes, BASE.offices, frozenset({"10.0.0.0/16", "fd00::/64"}), 60),
            Allowed(BASE.scopes, BASE.offices, BASE.networks, 61),
        ],
        ids=["scope", "office", "wider range", "another range", "rate"],
    )
    def test_more_of_anything_is_more(self, new):
        assert allows_more(new, BASE)

    @pytest.mark.parametrize(
        "new",
        [
            BASE,
            Allowed(frozenset(), BASE.offices, BASE.networks, 60),
            Allowed(BASE.scopes, frozenset({1}), BASE.networks, 60),
            Allowed(BASE.scopes, BASE.offices, frozenset({"10.0.1.0/24", "10.0.2.7/32"}), 60),
            Allowed(BASE.scopes, BASE.offices, BASE.networks, 1),
        ],
        ids=["same", "no scope", "one office", "parts of the range", "rate"],
    )
    def test_less_of_everything_is_not_more(self, new):
        assert not allows_more(new, BASE)

    def test_the_first_terms_always_need_a_decision(self):
        assert allows_more(Allowed(frozenset(), frozenset(), frozenset(), 1), None)


class TestAddresses:
    def test_ranges_are_read_line_by_line_without_doubles(self):
        assert parse_networks("10.0.1.5\n10.0.1.0/24, fd00::/64、10.0.1.5/32") == [
            "10.0.1.5/32",
            "10.0.1.0/24",
            "fd00::/64",
        ]

    @pytest.mark.parametrize(
        "text", ["", " \n", "10.0.1.999", "本庁", "10.0.1.5/24", "0.0.0.0/0", "::/0", "10.0.0.0/7"]
    )
    def test_what_names_no_caller_is_refused_in_words(self, text):
        with pytest.raises(ValueError, match="。$"):
            parse_networks(text)

    @pytest.mark.parametrize(
        ("address", "inside"),
        [
            ("10.0.1.5", True),
            ("10.0.2.5", False),
            ("::ffff:10.0.1.5", True),
            ("fd00::1", True),
            ("fe80::1", False),
            (None, False),
            ("", False),
        ],
    )
    def test_an_address_is_inside_or_not(self, address, inside):
        assert within(address, ["10.0.1.0/24", "fd00::/64"]) is inside


class TestWaiting:
    def test_room_comes_when_the_oldest_call_of_a_full_minute_is_a_minute_old(self):
        calls = [0, 10 * MICRO, 20 * MICRO]
        assert wait_for_room(calls, 20 * MICRO, 4) == 0
        assert wait_for_room(calls, 20 * MICRO, 3) == 40
        assert wait_for_room(calls, 59 * MICRO, 3) == 1
        assert wait_for_room(calls, 60 * MICRO, 3) == 0

    def test_a_limit_that_was_lowered_waits_for_enough_of_them(self):
        assert wait_for_room([0, 10 * MICRO, 20 * MICRO], 20 * MICRO, 1) == 60

    @given(st.lists(st.integers(0, 120 * MICRO), max_size=30), st.integers(0, 120 * MICRO), st.integers(1, 10))
    def test_after_the_wait_one_more_call_fits(self, calls, now, limit):
        calls = [moment for moment in calls if moment <= now]
        wait = wait_for_room(calls, now, limit)
        assert 0 <= wait <= 60
        assert wait_for_room(calls, now + wait * MICRO, limit) == 0


class TestScopes:
    def test_a_name_is_taken_once_and_written_plainly(self, reading):
        with pytest.raises(ValueError, match="registered twice"):
            register(Scope(reading.name, "別の機能"))
        for name in ("", "Upper", "a..b", "a b", "x" * 61, "日本語"):
            with pytest.raises(ValueError, match="no name"):
                register(Scope(name, "x"))

    def test_registering_the_same_again_changes_nothing(self, reading):
        assert register(reading) is reading
        assert all_scopes().count(reading) == 1

    def test_a_scope_of_a_room_that_is_switched_off_is_named_and_gives_nothing(self, reading):
        assert labels([reading.name, "benefits.read"]) == "benefits.read、資格の照会"
        assert known([reading.name, "benefits.read"]) == [reading]
        with pytest.raises(KeyError):
            scope_named("benefits.read")
        assert labels([]) == "なし"
