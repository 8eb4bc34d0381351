"""Every screen has a Japanese name in the log."""

import pytest

from audit.screen_names import screen_name, screen_names


@pytest.mark.parametrize("route", sorted(screen_names()))
def test_a_screen_is_named_in_japanese_and_shortly(route):
    name = screen_name(route)
    assert any("\u3040" <= character <= "\u9fff" for character in name), f"the docstring of {route} says no name"
    assert len(name) <= 30


def test_the_name_is_what_stands_first():
    assert screen_name("access-log") == "アクセス記録の一覧"
    assert screen_name("person-changes") == "変更履歴"


def test_a_screen_that_is_gone_is_called_by_its_route():
    assert screen_name("gone-long-ago") == "gone-long-ago"
