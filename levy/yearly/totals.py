"""集計: what a run comes to, counted from the rows that it wrote.

The table statistics never know a run that has just been written (the planner expects one row of it), so the
statements are of a form that is fast whatever the planner expects.
"""

from collections import defaultdict
from typing import Any

from django.db import connection
from django.db.models import Count, F, Sum

from audit.models import Office
from eligibility.models import Insured
from kaigo.common.refusal import Conflict
from levy.models import Assessment, Instalment, LevyRun

METHODS = {(True, True): "combined", (True, False): "withholding", (False, True): "ordinary", (False, False): "none"}
CELLS = """
    SELECT a.tier, r.ward_code, count(*), sum(a.premium),
        EXISTS (SELECT 1 FROM levy_instalment WHERE assessment_id = a.id AND method = '1') AS withheld,
        EXISTS (SELECT 1 FROM levy_instalment WHERE assessment_id = a.id AND method = '2') AS ordinary
    FROM levy_assessment a
    JOIN eligibility_insured i ON i.id = a.insured_id JOIN eligibility_resident r ON r.id = i.resident_id
    WHERE a.run_id = %s GROUP BY a.tier, r.ward_code, withheld, ordinary ORDER BY 1, 2
"""
ENDS = """
    SELECT ends.tier, ends.premium, r.public_id, ends.from_first = 1
    FROM (
        SELECT a.tier, a.premium, i.resident_id, i.insured_number,
            row_number() OVER (PARTITION BY a.tier ORDER BY i.insured_number) AS from_first,
            row_number() OVER (PARTITION BY a.tier ORDER BY i.insured_number DESC) AS from_last
        FROM levy_assessment a JOIN eligibility_insured i ON i.id = a.insured_id WHERE a.run_id = %s OFFSET 0
    ) ends
    JOIN eligibility_resident r ON r.id = ends.resident_id
    WHERE ends.from_first = 1 OR ends.from_last = 1 ORDER BY ends.tier, ends.insured_number
"""


def summary(run: LevyRun, near: int, near_insured: list[int], issues: int) -> dict[str, Any]:
    """The result that is stored with the job: no names and no numbers of persons, only public ids.

    Amounts are yen. Raises Conflict `totals-differ` when the instalments do not add up to the premiums.
    """
    found = _sums(run)
    _balanced(found)
    before = _previous(run)
    cells = _cells(run)
    return {
        **found,
        "issues": issues,
        "near": near,
        "tiers": _tiers(cells, before),
        "wards": _wards(cells),
        "cells": cells,
        "samples": [*_ends(run), *_near(run, near_insured)],
        "previous_year": before.fiscal_year if before else None,
        "premium_before": _sums(before)["premium"] if before else None,
    }


def check(run: LevyRun, stored: dict[str, Any]) -> None:
    """Refuse to put in force what is no longer what was shown. Raises Conflict `totals-differ`."""
    if any(stored.get(key) != value for key, value in _sums(run).items()):
        raise Conflict(
            "totals-differ", "仮実行の集計と明細が一致しません。", ways=("仮実行を取り消して、やり直してください。",)
        )


def _sums(run: LevyRun) -> dict[str, int]:
    rows = Assessment.objects.filter(run=run)
    found = rows.aggregate(persons=Count("id"), premium=Sum("premium"), overpaid=Sum("overpaid"))
    found["instalments"] = Instalment.objects.filter(assessment__run=run).aggregate(total=Sum("amount"))["total"]
    found["estimated"] = rows.filter(estimated=True).count()
    return {key: value or 0 for key, value in found.items()}


def _balanced(found: dict[str, int]) -> None:
    if found["instalments"] != found["premium"] + found["overpaid"]:
        raise Conflict(
            "totals-differ", "期別の合計が保険料の合計と一致しません。", ways=("システム管理者に連絡してください。",)
        )


def _cells(run: LevyRun) -> list[dict[str, Any]]:
    """Persons and yen by tier, ward and method."""
    with connection.cursor() as cursor:
        cursor.execute(CELLS, [run.pk])
        return [
            {
                "tier": tier,
                "ward_code": ward,
                "method": METHODS[withheld, ordinary],
                "persons": persons,
                "premium": int(premium),
            }
            for tier, ward, persons, premium, withheld, ordinary in cursor.fetchall()
        ]


def _previous(run: LevyRun) -> LevyRun | None:
    """The last run in force of an earlier fiscal year."""
    found = LevyRun.objects.filter(state=LevyRun.State.COMMITTED, fiscal_year__lt=run.fiscal_year)
    return found.order_by("-fiscal_year", "-committed_at").first()


def _tiers(cells: list[dict[str, Any]], before: LevyRun | None) -> list[dict[str, Any]]:
    counts_before = dict(
        Assessment.objects.filter(run=before).values_list("tier").annotate(Count("id")) if before else ()
    )
    table: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("persons", "premium", *METHODS.values()), 0))
    for cell in cells:
        row = table[cell["tier"]]
        row["persons"] += cell["persons"]
        row["premium"] += cell["premium"]
        row[cell["method"]] += cell["persons"]
    return [
        {"tier": tier, **table[tier], "persons_before": counts_before.get(tier, 0) if before else None}
        for tier in sorted({*table, *counts_before})
    ]


def _wards(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = dict(Office.objects.exclude(ward_code="").values_list("ward_code", "name"))
    table: dict[str, dict[str, int]] = defaultdict(lambda: {"persons": 0, "premium": 0})
    for cell in cells:
        table[cell["ward_code"]]["persons"] += cell["persons"]
        table[cell["ward_code"]]["premium"] += cell["premium"]
    return [{"ward_code": code, "ward": names.get(code, ""), **table[code]} for code in sorted(table)]


def _ends(run: LevyRun) -> list[dict[str, Any]]:
    """The first and the last person of each tier by insured number."""
    with connection.cursor() as cursor:
        cursor.execute(ENDS, [run.pk])
        return [
            {
                "public_id": str(public_id),
                "tier": tier,
                "premium": premium,
                "kind": "first" if first else "last",
                "detail": "",
            }
            for tier, premium, public_id, first in cursor.fetchall()
        ]


def _near(run: LevyRun, insured_ids: list[int]) -> list[dict[str, Any]]:
    """Persons whose amount lies next to a limit of the tiers, with the amount and the limit."""
    rows = (
        Insured.objects.filter(pk__in=insured_ids, assessments__run=run)
        .order_by("insured_number")
        .values_list("resident__public_id", F("assessments__tier"), F("assessments__premium"), F("assessments__trace"))
    )
    return [
        {"public_id": str(public_id), "tier": tier, "premium": premium, "kind": "near", "detail": _measure(trace)}
        for public_id, tier, premium, trace in rows
    ]


def _measure(trace: list[list[Any]]) -> str:
    for _, inputs, _ in trace:
        if "measure" in inputs:
            limits = [limit for limit in (inputs.get("from"), inputs.get("limit")) if limit is not None]
            nearest = min(limits, key=lambda limit: abs(limit - inputs["measure"]))
            return f"判定額 {inputs['measure']:,}円（境 {nearest:,}円）"
    return ""
