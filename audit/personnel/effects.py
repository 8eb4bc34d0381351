"""What an order gives and takes, in words: what the second person reads before approving."""

from django.contrib.auth.models import Group

from audit.models import Office, Staff
from audit.personnel.ids import roles_held, template_roles
from audit.personnel.rules import PLACED, Kind, Order

ID = "利用者ID"
USE = "利用者IDの使用"


def of(order: Order, staff: Staff | None) -> tuple[list[str], list[str]]:
    """What the person gets, and what they lose."""
    held = roles_held(staff) if staff else []
    office = Office.objects.filter(code=order.office).first()
    given = [f"{role.name}（{office.name}）" for role in roles_for(order)] if office else []
    match order.kind:
        case Kind.HIRE:
            return [ID, *given], []
        case Kind.TRANSFER:
            return given, held
        case Kind.LEAVE:
            return [], [USE]
        case Kind.RETURN:
            return [USE], []
        case Kind.RETIRE:
            return [], [ID, *held]
        case Kind.RENAME:
            return ["新しい氏名"], []
        case _:
            return given, []


def wants_roles(order: Order) -> bool:
    """Whether the order brings the person to a section whose roles they need."""
    return order.kind in PLACED


def roles_for(order: Order) -> list[Group]:
    """The roles of the template of the section that the order names."""
    office = Office.objects.filter(code=order.office).first() if order.kind in PLACED else None
    return template_roles(office, order.section) if office else []
