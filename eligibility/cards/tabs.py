"""The tab 被保険者証 of the person page. Registered in AppConfig.ready."""

from typing import Any

from audit.rights import File
from eligibility.cards import documents, queries
from eligibility.models import Resident
from eligibility.registry import Badge, PersonTab, TimelineEntry, VisitorView, register_tab


def context(resident: Resident) -> dict[str, Any]:
    """All cards of the person, the newest first, with where each is."""
    rows = list(queries.of_person(resident))
    return {"cards": [(row, documents.reason_words(row), queries.state_of(row)) for row in rows]}


def for_visitor(resident: Resident) -> dict[str, Any]:
    """When cards were issued, without who issued them."""
    rows = queries.of_person(resident).filter(withdrawn=False)
    return {"cards": [(row, documents.reason_words(row), queries.state_of(row)) for row in rows]}


def badges(resident: Resident) -> list[Badge]:
    """A card that the house wants back."""
    wanted = queries.of_person(resident).filter(recover=True, returned_on=None, withdrawn=False).exists()
    return [Badge("被保険者証 未返還", "warning")] if wanted else []


def timeline(resident: Resident) -> list[TimelineEntry]:
    """Each issue and each return."""
    rows = list(queries.of_person(resident).filter(withdrawn=False))
    issued = [
        TimelineEntry(row.issued_on, "被保険者証", "被保険者証の交付", documents.reason_words(row)) for row in rows
    ]
    back = [
        TimelineEntry(row.returned_on, "被保険者証", "被保険者証の返還", f"第{row.serial}回")
        for row in rows
        if row.returned_on
    ]
    return [*issued, *back]


register_tab(
    PersonTab(
        key="cards",
        label="被保険者証",
        file=File.ELIGIBILITY,
        template="cards/tab.html",
        context=context,
        items=("被保険者証の交付", "被保険者証の回収"),
        order=12,
        timeline=timeline,
        badges=badges,
        visitor=VisitorView("cards/visitor_tab.html", for_visitor, ("被保険者証の交付",)),
    )
)
