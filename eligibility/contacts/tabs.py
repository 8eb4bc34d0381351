"""The tabs 連絡・送付先 and 応対記録 of the person page, and what they warn of. Registered in AppConfig.ready."""

from datetime import date
from typing import Any

from audit.rights import File
from eligibility import holds
from eligibility.contacts import queries
from eligibility.models import Hold, Resident, Talk
from eligibility.practice import word
from eligibility.registry import Badge, PersonTab, VisitorView, register_tab
from kaigo.common import clock

TONES = {"caution": "danger", "message": "warning", "care": "info"}


def context(resident: Resident) -> dict[str, Any]:
    """Every kind, with its codes in words."""
    today = clock.today()
    found = queries.everything(resident, today)
    for row in found["mailing"]:
        row.words = word("mailing_reasons", row.reason, row.begun_on)
        row.relation = word("relationships", row.relationship, row.begun_on)
    for row in found["contact_points"]:
        row.relation = word("relationships", row.relationship, row.begun_on)
    for row in found["agents"]:
        row.words = word("agent_kinds", row.kind, row.begun_on)
    return found


def badges(resident: Resident) -> list[Badge]:
    """抑止 and 付箋: what must be seen before anything else."""
    today = clock.today()
    held = [Badge(f"抑止：{row.get_what_display()}", "danger") for row in queries.holding(Hold, resident, today)]
    return held + [
        Badge(f"{row.get_kind_display()}：{row.text}", TONES[row.kind]) for row in queries.notes(resident, today)
    ]


def for_visitor(resident: Resident) -> dict[str, Any]:
    """Where letters go, and the accounts by their last digits."""
    today = clock.today()
    found = queries.everything(resident, today)
    return {"destination": found["destination"], "accounts": found["accounts"].filter(withdrawn=False, ended_on=None)}


def talks(resident: Resident) -> dict[str, Any]:
    """応対記録, the newest first, and the notes that stand."""
    rows = list(
        Talk.objects.filter(resident=resident).select_related("staff", "handed_to", "closed_by").order_by("-at")
    )
    for row in rows:
        row.speaker_words = word(  # type: ignore[attr-defined]
            "relationships", row.speaker, _day(row)
        )
    return {"talks": rows, "notes": queries.notes(resident, clock.today())}


def _day(row: Talk) -> date:
    return row.at.date()


register_tab(
    PersonTab(
        key="contacts",
        label="連絡・送付先",
        file=File.ELIGIBILITY,
        template="contacts/tab.html",
        context=context,
        items=("送付先", "連絡先", "代理人", "口座", "抑止", "備考"),
        order=14,
        badges=badges,
        visitor=VisitorView("contacts/visitor_tab.html", for_visitor, ("送付先", "口座")),
    )
)
register_tab(
    PersonTab(
        key="talks",
        label="応対記録",
        file=File.ELIGIBILITY,
        template="contacts/talks_tab.html",
        context=talks,
        items=("応対記録", "付箋"),
        order=90,
    )
)
holds.provide(queries.held)
