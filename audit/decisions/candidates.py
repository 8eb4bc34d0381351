"""Who may act at the step that a decision has come to: one set of conditions for the inbox and for the act itself."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from audit.actor import Actor
from audit.decisions.kinds import kind_of, kinds
from audit.decisions.models import Action, Decision, DecisionAct, Who
from audit.models import RoleAssignment, Staff
from audit.permissions import staff_id_of
from kaigo.common import clock

State, Mark = Decision.State, DecisionAct.Mark


def may_decide(actor: Actor) -> Q:
    """Decisions on whose office the person holds the right to decide on the kind's file."""
    allowed = Q(pk__in=[])
    for kind in kinds():
        if offices := actor.offices(kind.right):
            allowed |= Q(kind=kind.name, office_id__in=offices)
    return allowed


def designated(actor: Actor) -> Q:
    """Decisions whose current step names the person: by right, role, position, by name or as a substitute (代理)."""
    me = _staff(actor)
    return Q(current__who=Who.RIGHT) | _by_role(me) | _by_position(me, "position") | Q(
        current__who=Who.PERSON, current__person_id__in=[me.pk, *_stands_in_for(me)]
    )  # fmt: skip


def deputies(actor: Actor) -> Q:
    """Decisions whose current step lets the person act for somebody absent (代決)."""
    return ~Q(current__deputy_position="") & _by_position(_staff(actor), "deputy_position")


def inbox(actor: Actor) -> Q:
    """Decisions that wait for the person (決裁待ち); those that only a deputy could take are not among them."""
    return _actable(actor) & designated(actor)


def actable(actor: Actor) -> Q:
    """Decisions on which the person may act now, also as a deputy."""
    return _actable(actor) & (designated(actor) | deputies(actor))


def mark_of(actor: Actor, decision: Decision) -> str:
    """How the person's act is marked: 代決 for a deputy, 代理 for a substitute, nothing for whom it was meant.

    `decision` must be one on which the person may act.
    """
    if not Decision.objects.filter(pk=decision.pk).filter(designated(actor)).exists():
        return Mark.DEPUTY
    return Mark.SUBSTITUTE if _only_for_another(actor, decision) else Mark.NONE


def stands_in_for_proposer(actor: Actor, decision: Decision) -> bool:
    """Whether the person would decide only in the place of the one who proposed it: that is deciding on one's own."""
    if decision.proposed_by_id is None or not _only_for_another(actor, decision):
        return False
    return _substitutions(staff_id_of(actor)).filter(stands_in_for_id=decision.proposed_by_id).exists()


def to_review(actor: Actor) -> QuerySet[Decision]:
    """Decisions that a deputy took in the person's place and that the person has not seen since (後閲)."""
    me = _staff(actor)
    meant = Q(step__who=Who.PERSON, step__person=me)
    if me.position:
        here = Q(step__office=me.office_id) | Q(step__office=None, decision__office=me.office_id)
        meant |= Q(step__who=Who.POSITION, step__position=me.position) & here
    acts = DecisionAct.objects.filter(meant, decision=OuterRef("pk"), mark=Mark.DEPUTY).exclude(staff=me)
    seen = DecisionAct.objects.filter(decision=OuterRef("pk"), kind=DecisionAct.Kind.REVIEW, staff=me)
    return Decision.objects.filter(Exists(acts), ~Exists(seen))


def _actable(actor: Actor) -> Q:
    acted = DecisionAct.objects.filter(decision=OuterRef("pk"), round=OuterRef("round"), staff_id=staff_id_of(actor))
    return (
        Q(state=State.CIRCULATING)
        & ~Q(proposed_by_id=actor.staff_id)
        & ~Exists(acted)
        & (may_decide(actor) | (Q(current__action=Action.CONSULT) & ~Q(current__who=Who.RIGHT)))
    )


def _by_role(me: Staff) -> Q:
    held = RoleAssignment.objects.filter(staff=me, period__contains=clock.today())
    found = Q(pk__in=[])
    for role_id, office_id in held.values_list("role_id", "office_id"):
        found |= Q(current__role_id=role_id) & (
            Q(current__office_id=office_id) | Q(current__office=None, office_id=office_id)
        )
    return Q(current__who=Who.ROLE) & found


def _by_position(me: Staff, field: str) -> Q:
    if not me.position:
        return Q(pk__in=[])
    here = Q(current__office_id=me.office_id) | Q(current__office=None, office_id=me.office_id)
    named = Q(**{f"current__{field}": me.position}) & here
    return named & Q(current__who=Who.POSITION) if field == "position" else named


def _only_for_another(actor: Actor, decision: Decision) -> bool:
    """Whether all that lets the person act is held in somebody else's place."""
    step = decision.current
    if step is not None and step.who == Who.PERSON:
        return step.person_id != actor.staff_id
    if step is not None and step.who == Who.POSITION:
        return False
    held = RoleAssignment.objects.filter(staff_id=staff_id_of(actor), office_id=decision.office_id)
    giving = held.filter(period__contains=clock.today())
    if step is not None and step.who == Who.ROLE:
        giving = giving.filter(role_id=step.role_id)
    else:
        giving = giving.filter(role__permissions__codename=kind_of(decision.kind).right.codename)
    found = set(giving.values_list("kind", flat=True))
    return found == {RoleAssignment.Kind.SUBSTITUTION}


def _substitutions(staff_id: int) -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.filter(
        staff_id=staff_id, kind=RoleAssignment.Kind.SUBSTITUTION, period__contains=clock.today()
    )


def _stands_in_for(me: Staff) -> list[int]:
    return [pk for pk in _substitutions(me.pk).values_list("stands_in_for_id", flat=True).distinct() if pk]


def _staff(actor: Actor) -> Staff:
    return Staff.objects.get(pk=staff_id_of(actor))
