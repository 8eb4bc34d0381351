"""The scopes (利用できる機能) that an API client can be given; each room registers those of its own endpoints."""

import re
from dataclasses import dataclass

from audit.rights import Right

NAME = re.compile(r"[a-z_]+(\.[a-z_]+)*")


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing that a client may do: its name in the API, its words on screen, and the rights that it carries.

    The rights are held on the offices of the client's terms while a call is answered, and nothing else is.
    """

    name: str
    label: str
    rights: tuple[Right, ...] = ()
    help: str = ""


_SCOPES: dict[str, Scope] = {}


def register(scope: Scope) -> Scope:
    """Make a scope known. Raises ValueError for a bad name, or one that another scope has."""
    if not NAME.fullmatch(scope.name) or len(scope.name) > 60:
        raise ValueError(f"{scope.name!r} is no name of a scope")
    if _SCOPES.setdefault(scope.name, scope) != scope:
        raise ValueError(f"scope {scope.name} is registered twice")
    return scope


def scope_named(name: str) -> Scope:
    """The scope called `name`. Raises KeyError for an unknown one."""
    return _SCOPES[name]


def all_scopes() -> list[Scope]:
    """All scopes, by name."""
    return sorted(_SCOPES.values(), key=lambda scope: scope.name)


def known(names: list[str]) -> list[Scope]:
    """The scopes of these names that exist; those of a room that is switched off are left out."""
    return [_SCOPES[name] for name in sorted(names) if name in _SCOPES]


def labels(names: list[str]) -> str:
    """The scopes in words; one that a room no longer offers is named as it is."""
    return "、".join(_SCOPES[name].label if name in _SCOPES else name for name in sorted(names)) or "なし"


WHOAMI = register(Scope("whoami", "自分の登録の確認", help="接続の確認に使います。住民の情報は返しません"))
