"""What is held on a person, table by table, for disclosure requests (E28): the tables that the story knows."""

from uuid import UUID

from audit import story
from audit.disclosure import holdings
from audit.disclosure.holdings import Holding
from audit.rights import File
from eligibility.models import Resident
from kaigo.common import clock

OF_OTHERS = "世帯"


def held(subject: UUID) -> list[Holding]:
    """Every row of the tables that the change history knows, with the values of now. Individual numbers stay sealed."""
    resident = Resident.objects.filter(public_id=subject).first()
    if resident is None:
        return []
    found = []
    for source in story.sources(list(File)):
        for version in story.known(source, resident.pk, clock.now()):
            rows = tuple((label, value) for label, value in story.facts(source, version.row, mask=False) if value)
            found.append(Holding(source.file, source.title, rows, OF_OTHERS in source.title))
    return found


holdings.provide(held)
