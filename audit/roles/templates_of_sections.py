"""What a section normally holds (係の標準): laid down by staff.enter; it gives no rights to anybody."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import F

from audit.actor import Actor
from audit.history import recorded
from audit.models import Office
from audit.permissions import require
from audit.rights import Act, File
from audit.roles.models import Role, SectionTemplate
from audit.screens import require_version
from kaigo.common.refusal import Conflict


def lay_down(
    actor: Actor,
    template: SectionTemplate | None,
    *,
    office: Office,
    section: str,
    roles: Sequence[Role],
    reason: str,
    version: object = None,
) -> SectionTemplate:
    """Lay down or correct the roles that a section normally holds.

    Raises Forbidden without staff.enter on the office, Conflict for a second one of the same section or a moved row.
    """
    require(actor, File.STAFF, Act.ENTER, office.pk)
    values = {"office": office, "section": section.strip(), "reason": reason.strip()}
    try:
        with transaction.atomic(), recorded(actor, f"係の標準：{reason.strip()}"):
            if template is None:
                row = SectionTemplate.objects.create(**values)
            else:
                row = SectionTemplate.objects.select_for_update().get(pk=template.pk)
                require_version(row, version)
                SectionTemplate.objects.filter(pk=row.pk).update(version=F("version") + 1, **values)
            row.roles.set(roles)
            return row
    except IntegrityError as error:
        raise Conflict("template-exists", "この所属と係の標準はすでにあります。", field="section") from error


def remove(actor: Actor, template: SectionTemplate, *, version: object) -> None:
    """Take a section's template away; its history stays."""
    require(actor, File.STAFF, Act.ENTER, template.office_id)
    with transaction.atomic(), recorded(actor, "係の標準の削除"):
        row = SectionTemplate.objects.select_for_update().get(pk=template.pk)
        require_version(row, version)
        row.delete()
