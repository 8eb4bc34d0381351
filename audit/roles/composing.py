"""Composing roles (役割の編成): entered by one person, in force by the decision of another."""

import unicodedata
from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from audit.actor import Actor
from audit.decisions import services as decisions
from audit.decisions.kinds import DecisionKind, Rows
from audit.decisions.models import Decision
from audit.history import recorded
from audit.models import Office
from audit.permissions import require, staff_id_of
from audit.rights import Act, File, Right
from audit.roles import queries
from audit.roles.models import Role, RoleChange
from audit.roles.separation import Rule, joined
from audit.services import define_role
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Refusal

Kind = RoleChange.Kind


def propose_change(
    actor: Actor,
    role: Role | None,
    *,
    name: str,
    description: str,
    rights: Collection[Right],
    reason: str,
    override: str = "",
) -> Decision:
    """Send a new role, or the new rights of one, round for decision.

    Raises Forbidden without staff.enter on the head office; Refusal when nothing changes, a name is taken, rights are
    joined that should be apart and no reason is given, or who enters it would get rights by it.
    """
    name = unicodedata.normalize("NFKC", name).strip()
    before = queries.rights_of(role.group) if role else frozenset()
    _check_name(role, name)
    if not rights:
        raise Refusal("no-rights", "権限を1つ以上選んでください。", field="rights")
    unchanged = role and (name, description.strip(), frozenset(rights)) == (role.group.name, role.description, before)
    if unchanged:
        raise Refusal("unchanged", "変わるところがありません。", field="rights")
    apart = conflicts(role, rights)
    if apart and not override.strip():
        raise Refusal(
            "joined-rights",
            f"一人の職員に合わせて持たせない権限が含まれています（{'／'.join(rule.words for rule in apart)}）。",
            field="override",
            ways=("どちらかの権限を外すか、やむを得ない理由を入れてください。決裁する人に示されます。",),
        )
    _check_not_own(actor, role, set(rights) - before)
    kind = Kind.CHANGE if role else Kind.NEW
    return _propose(actor, kind, role, name, description, before, rights, reason, override if apart else "")


def conflicts(role: Role | None, rights: Collection[Right]) -> list[Rule]:
    """The rules of separation that the role would not keep: by itself, and with what its holders hold beside it."""
    found = set(joined(rights))
    for others in queries.beside(role).values() if role else ():
        found |= set(joined(others | set(rights))) - set(joined(others))
    return sorted(found, key=lambda rule: rule.words)


def propose_retirement(actor: Actor, role: Role, *, reason: str) -> Decision:
    """廃止: send round that a role may not be assigned any more. Raises Conflict while somebody holds it."""
    if queries.holders(role).exists():
        raise Conflict(
            "role-held",
            "この役割を割り当てられている職員がいるため、廃止できません。",
            ways=("先に、割当てを終わらせてください。",),
        )
    before = queries.rights_of(role.group)
    return _propose(actor, Kind.RETIRE, role, role.group.name, role.description, before, before, reason, "")


def _propose(
    actor: Actor, kind: str, role: Role | None, name: str, description: str, before: Collection[Right],
    after: Collection[Right], reason: str, override: str,
) -> Decision:  # fmt: skip
    head = Office.objects.get(is_head=True)
    require(actor, File.STAFF, Act.ENTER, head.pk)
    if role is not None and _waiting(role):
        raise Conflict(
            "waiting", "この役割の変更は、すでに決裁を待っています。", ways=("決裁の一覧で確かめてください。",)
        )
    with transaction.atomic(), recorded(actor, f"役割の{Kind(kind).label}"):
        change = RoleChange.objects.create(
            kind=kind, role=role, name=name, description=description.strip(), before=_names(before),
            after=_names(after), reason=reason.strip(), override=override.strip(), entered_by_id=staff_id_of(actor),
            entered_at=clock.now(),
        )  # fmt: skip
        title = f"役割「{name}」の{Kind(kind).label}"
        return decisions.propose(actor, KIND.name, about=change.public_id, office=head, title=title, reason=reason)


def words(change: RoleChange) -> Rows:
    """A change in words: what is added and removed, whom it concerns."""
    before, after = _rights(change.before), _rights(change.after)
    affected = len(queries.holder_ids(change.role)) if change.role else 0
    rows = [
        ("区分", Kind(change.kind).label),
        ("名称", change.name if not change.role else _renamed(change)),
        ("説明", change.description),
        ("加わる権限", _listed(after - before)),
        ("なくなる権限", _listed(before - after)),
        ("いま割り当てられている職員", f"{affected}人"),
        ("職務分離", "／".join(rule.words for rule in conflicts(change.role, after))),
        ("職務分離によらない理由", change.override),
        ("理由", change.reason),
    ]
    return [(label, value) for label, value in rows if value]


def _renamed(change: RoleChange) -> str:
    old = change.role.group.name if change.role else ""
    return change.name if old == change.name else f"{old} → {change.name}"


def _apply(actor: Actor, decision: Decision) -> None:
    change = RoleChange.objects.select_related("role__group").get(public_id=decision.about)
    if change.kind == Kind.RETIRE:
        if change.role and queries.holders(change.role).exists():
            raise Conflict("role-held", "この間に役割が割り当てられたため、廃止できません。差し戻してください。")
        Role.objects.filter(changes=change).update(retired_on=clock.today(), version=F("version") + 1)
        return
    _check_name(change.role, change.name)
    if change.role:
        Group.objects.filter(role=change.role).update(name=change.name)
    group = define_role(change.name, _rights(change.after))
    Role.objects.filter(group=group).update(description=change.description, version=F("version") + 1)


def _check_name(role: Role | None, name: str) -> None:
    if not name:
        raise Refusal("no-name", "名称を入れてください。", field="name")
    same = Group.objects.filter(name=name)
    if (same.exclude(pk=role.group_id) if role else same).exists():
        raise Refusal("name-taken", "同じ名称の役割がすでにあります。", field="name")


def _check_not_own(actor: Actor, role: Role | None, added: Collection[Right]) -> None:
    if role and added and actor.staff_id in queries.holder_ids(role):
        raise Refusal(
            "own-rights",
            "自分が持っている役割に権限を加えることはできません。",
            field="rights",
            ways=("別のシステム管理者に入力を依頼してください。",),
        )


def _barred(about: UUID) -> set[int]:
    change = RoleChange.objects.select_related("role").get(public_id=about)
    gains = set(change.after) - set(change.before)
    return queries.holder_ids(change.role) if change.role and gains else set()


def _fingerprint(about: UUID) -> str:
    change = RoleChange.objects.select_related("role__group").get(public_id=about)
    now = _names(queries.rights_of(change.role.group)) if change.role else []
    apart = [rule.words for rule in conflicts(change.role, _rights(change.after))]
    return f"{about}:{change.role.group.name if change.role else ''}:{now}:{apart}"


def _waiting(role: Role) -> bool:
    abouts = role.changes.values("public_id")
    return Decision.objects.filter(kind=KIND.name, about__in=abouts, state__in=Decision.OPEN).exists()


def _names(rights: Collection[Right]) -> list[str]:
    return sorted(queries.name_of(right) for right in rights)


def _rights(names: Collection[str]) -> set[Right]:
    return {Right.named(name) for name in names}


def _listed(rights: Collection[Right]) -> str:
    return "、".join(right.label for right in sorted(rights))


def _path(about: UUID) -> str:
    change = RoleChange.objects.select_related("role").get(public_id=about)
    return reverse("role", args=[change.role.public_id]) if change.role else reverse("roles")


KIND = DecisionKind(
    name="roles.change",
    label="役割の編成",
    file=File.STAFF,
    apply=_apply,
    rows=lambda about: words(RoleChange.objects.select_related("role__group").get(public_id=about)),
    path=_path,
    fingerprint=_fingerprint,
    barred=_barred,
)
