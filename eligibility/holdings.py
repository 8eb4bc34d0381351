"""What is held on a person, table by table, for disclosure requests (E28): the tables that the story knows."""

from uuid import UUID

from django.db.models import Model

from audit import story
from audit.disclosure import holdings
from audit.disclosure.holdings import Holding
from audit.rights import File
from audit.story import Source
from eligibility.models import Resident

OF_OTHERS = "世帯"


def held(subject: UUID) -> list[Holding]:
    """Every row of the tables that the change history knows, with the values of now. Individual numbers stay sealed."""
    resident = Resident.objects.filter(public_id=subject).first()
    if resident is None:
        return []
    found = []
    for source in story.sources(list(File)):
        if source.by_itself:
            continue
        for version in story.known(source, resident.pk):
            found.append(Holding(source.file, source.title, _rows(source, version.row), OF_OTHERS in source.title))
    return found


def _rows(source: Source, row: Model) -> tuple[tuple[str, str], ...]:
    """What the row holds; of what is sealed only that it is held."""
    if source.sealed:
        return (("登録", "あり（番号は、この資料に載せません）"),)
    return tuple((label, value) for label, value in story.facts(source, row, mask=False) if value != story.NOTHING)


holdings.provide(held)
