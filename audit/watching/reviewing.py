"""Who may review a finding (点検者): nobody their own, nobody their superior's."""

from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from guardian.models import UserObjectPermission

from audit.actor import Actor
from audit.models import Office, Staff
from audit.rights import Act, File, Right
from audit.watching.models import Finding

VIEW = Right(File.FINDINGS, Act.VIEW)
DECIDE = Right(File.FINDINGS, Act.DECIDE)
READS_LOG = Right(File.ACCESS_LOG, Act.VIEW)


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The person at the screen as a reviewer: superiors, and who else reviews on which office. Three SQL statements."""

    actor: Actor
    superiors: frozenset[int] = frozenset()
    deciders: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    @classmethod
    def of(cls, actor: Actor) -> "Reviewer":
        return cls(actor, superiors_of(actor.staff_id), _deciders())

    def obstacle(self, finding: Finding) -> str:
        """Why the person may not review the finding, in words; nothing when they may.

        The manager of the office reviews. What concerns somebody who reviews there is reviewed by another reviewer
        who is not below that person, or by the auditor (who reads the access log of the office).
        """
        if finding.staff_id and finding.staff_id == self.actor.staff_id:
            return "自分についての点検事項は点検できません。"
        if self._audits(finding):
            return ""
        if not self.actor.may(DECIDE, finding.office_id):
            return "この所属の点検事項を点検する権限がありません。"
        if finding.staff_id in self.superiors:
            return "上司についての点検事項は点検できません。その上司の所属長又は監査担当が点検します。"
        return ""

    def may(self, finding: Finding) -> bool:
        """Whether the person may review the finding."""
        return not self.obstacle(finding)

    def _audits(self, finding: Finding) -> bool:
        about_reviewer = (finding.staff_id, finding.office_id) in self.deciders
        auditor = self.actor.may(READS_LOG, finding.office_id) and self.actor.may(VIEW, finding.office_id)
        return about_reviewer and auditor


def superiors_of(staff_id: int | None) -> frozenset[int]:
    """Everybody above a person, however far; a circle in the data ends the search."""
    managers = dict(Staff.objects.filter(manager__isnull=False).values_list("id", "manager_id"))
    found: set[int] = set()
    above = managers.get(staff_id) if staff_id else None
    while above and above not in found and above != staff_id:
        found.add(above)
        above = managers.get(above)
    return frozenset(found)


def _deciders() -> frozenset[tuple[int, int]]:
    """Who holds the right to review on which office."""
    rows = UserObjectPermission.objects.filter(
        content_type=ContentType.objects.get_for_model(Office), permission__codename=DECIDE.codename
    ).values_list("user_id", "object_pk")
    return frozenset((user_id, int(office_id)) for user_id, office_id in rows)
