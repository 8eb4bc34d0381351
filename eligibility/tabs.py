"""The tab 資格 of the person page. Registered in AppConfig.ready."""

from typing import Any
from uuid import UUID

from audit.rights import File
from eligibility import presenters, queries, timeline
from eligibility.matching.queries import merge_of
from eligibility.models import Resident
from eligibility.registry import PersonTab, VisitorView, register_tab
from kaigo.common import clock

ITEMS = (
    "住所",
    "電話番号",
    "世帯員",
    "世帯の履歴",
    "住所の履歴",
    "資格期間",
    "取得事由",
    "喪失事由",
    "個人番号の登録の有無",
)


def context(resident: Resident) -> dict[str, Any]:
    """Insured periods with their reasons, address, households, and whether an individual number is registered."""
    periods = presenters.period_rows(resident)
    return {
        "address": presenters.address_lines(resident),
        "merge": merge_of(resident),
        "periods": periods,
        "why_not": [] if periods else presenters.why_not_insured(resident, clock.today()),
        "memberships": presenters.membership_rows(queries.memberships_of(resident)),
        "addresses": [] if resident.is_protected else queries.addresses_of(resident),
        "number_registered": queries.has_individual_number(resident),
    }


def others(context: dict[str, Any]) -> list[UUID]:
    """The household of today."""
    return [member.resident.public_id for member in context["header"].household]


def for_visitor(resident: Resident) -> dict[str, Any]:
    """Insured periods and the address; of a protected person (支援措置) no address, and nothing that says why."""
    return {
        "address": [] if resident.is_protected else presenters.address_lines(resident),
        "periods": presenters.period_rows(resident),
    }


register_tab(
    PersonTab(
        key="eligibility",
        label="資格",
        file=File.ELIGIBILITY,
        template="eligibility/tab.html",
        context=context,
        items=ITEMS,
        order=10,
        timeline=timeline.residence_timeline,
        others=others,
        visitor=VisitorView("eligibility/visitor_tab.html", for_visitor, ("住所", "資格期間", "取得事由", "喪失事由")),
    )
)
