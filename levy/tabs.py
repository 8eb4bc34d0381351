"""The tab 賦課 of the person page. Registered in AppConfig.ready."""

from typing import Any
from uuid import UUID

from audit.rights import File
from eligibility.models import Resident
from eligibility.presenters import insured_of
from eligibility.registry import PersonTab, VisitorView, register_tab
from kaigo.common import clock
from levy import presenters, queries

ITEMS = (
    "所得段階", "保険料額", "期別", "判定の経過", "税情報", "世帯員の課税区分", "年金情報", "生活保護等",
)  # fmt: skip


def context(resident: Resident) -> dict[str, Any]:
    """The decision in force with its reasons and the records behind it, and the earlier decisions."""
    insured = insured_of(resident)
    decisions = queries.assessments_of(insured.pk) if insured else []
    year = presenters.fiscal_year_of(clock.today())
    latest = _newest(decisions, year)
    return {
        "year": year,
        "current": latest,
        "flags": presenters.flag_names(latest.assessment) if latest else [],
        "basis": presenters.basis_of(latest.assessment) if latest else None,
        "earlier": [view for view in decisions if view is not latest],
        "tax_records": queries.tax_records_of(resident.pk),
        "assistance": queries.assistance_of(resident.pk),
    }


def others(context: dict[str, Any]) -> list[UUID]:
    """The members of the household whose tax counted."""
    return [member.resident.public_id for member in context["basis"].household] if context["basis"] else []


def for_visitor(resident: Resident) -> dict[str, Any]:
    """The decision in force, without what it rests on: that speaks of the household as well."""
    insured = insured_of(resident)
    decisions = queries.assessments_of(insured.pk) if insured else []
    return {"current": _newest(decisions, presenters.fiscal_year_of(clock.today()))}


def _newest(decisions: list[queries.AssessmentView], year: int) -> queries.AssessmentView | None:
    return next((view for view in decisions if view.fiscal_year <= year), decisions[0] if decisions else None)


register_tab(
    PersonTab(
        key="levy",
        label="賦課",
        file=File.LEVY,
        template="levy/tab.html",
        context=context,
        items=ITEMS,
        order=20,
        timeline=presenters.timeline,
        badges=presenters.badges,
        others=others,
        visitor=VisitorView("levy/visitor_tab.html", for_visitor, ("所得段階", "保険料額", "期別")),
    )
)
