"""Which route (決裁経路) a decision takes: by kind, office and amount, as it is in force on the day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from audit.decisions.models import Action, Route, StepFields, Who
from audit.models import Office

FIELDS = ("order", "action", "who", "role_id", "position", "person_id", "office_id", "deputy_position")


@dataclass(frozen=True, slots=True)
class Planned:
    """One step of the way that a decision will go."""

    order: int
    action: str
    who: str
    role_id: int | None = None
    position: str = ""
    person_id: int | None = None
    office_id: int | None = None
    deputy_position: str = ""

    @classmethod
    def of(cls, step: StepFields) -> "Planned":
        """The step of a stored route."""
        return cls(**{name: getattr(step, name) for name in FIELDS})

    def values(self) -> dict[str, object]:
        """The step as fields of a table."""
        return {name: getattr(self, name) for name in FIELDS}


DEFAULT = (Planned(1, Action.DECIDE, Who.RIGHT),)


def in_force(kind: str, office: Office, amount: int | None, day: date) -> Route | None:
    """The route in force for a decision: the office's own before the general one, the lowest limit that suffices.

    None: nothing was laid down. An amount that nobody named has only routes without a limit.
    """
    rows = Route.objects.filter(kind=kind, in_force=True, period__contains=day).filter(
        Q(office=office) | Q(office=None)
    )
    fitting = [r for r in rows if r.amount_up_to is None or (amount is not None and amount <= r.amount_up_to)]
    limitless = 1 << 62
    return min(
        fitting,
        key=lambda r: (r.office_id is None, limitless if r.amount_up_to is None else r.amount_up_to),
        default=None,
    )


def steps_of(route: Route | None) -> Sequence[Planned]:
    """The steps to go: those of the route, or one other person with the right to decide."""
    found = [Planned.of(step) for step in route.steps.order_by("order")] if route else []
    return found or DEFAULT


def faults(steps: Iterable[Planned]) -> list[str]:
    """What is wrong with a route as it was typed in, in Japanese; nothing when it can be used."""
    rows = list(steps)
    found = []
    if rows and rows[-1].action != Action.DECIDE:
        found.append("最後の段階は「決裁」にしてください。")
    if sum(row.action == Action.DECIDE for row in rows) > 1:
        found.append("「決裁」は最後の1段階だけにしてください。その前の段階は「合議」にします。")
    for row in rows:
        found += _incomplete(row)
    return found


def _incomplete(row: Planned) -> list[str]:
    missing = {
        Who.ROLE: (row.role_id, "役割"),
        Who.POSITION: (row.position, "職名"),
        Who.PERSON: (row.person_id, "職員"),
    }.get(Who(row.who))
    return [f"{row.order}段目の{missing[1]}を選んでください。"] if missing and not missing[0] else []
