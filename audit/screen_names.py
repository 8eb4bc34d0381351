"""What the log calls a screen (画面): the Japanese words with which its view's docstring begins.

So every screen is named once, where it is written; `tests/audit/test_screen_names.py` demands it of each.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.urls import get_resolver

HEAD = re.compile(r"[^:.,(]*[\u3040-\u9fff][^:.,(]*")


@cache
def screen_names() -> dict[str, str]:
    """The names of all screens by the name of their route."""
    return {pattern.name: _head(pattern.callback) for pattern in _patterns(get_resolver().url_patterns) if pattern.name}


def screen_name(route: str) -> str:
    """The name of a screen; a route that is no longer there is called by its own."""
    return screen_names().get(route) or route


def _patterns(found: list[Any]) -> Iterator[Any]:
    for pattern in found:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def _head(view: Any) -> str:
    line = (view.__doc__ or "").strip().partition("\n")[0]
    match = HEAD.match(line)
    return match[0].strip() if match else ""
