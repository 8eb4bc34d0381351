"""The premium decisions held on a person, with their instalments, for disclosure requests (E28)."""

from uuid import UUID

from audit.disclosure import holdings
from audit.disclosure.holdings import Holding
from audit.rights import File
from kaigo.common.wareki import format_wareki, format_year
from levy.models import Assessment, LevyRun


def held(subject: UUID) -> list[Holding]:
    """Each decision in force with its instalments, the newest year first."""
    rows = Assessment.objects.filter(insured__resident__public_id=subject, run__state=LevyRun.State.COMMITTED)
    return [_decision(row) for row in rows.select_related("run").order_by("-fiscal_year", "-run__committed_at")]


def _decision(row: Assessment) -> Holding:
    facts = [
        ("所得段階", f"第{row.tier}段階"), ("年額", f"{row.yearly_premium:,}円"), ("月数", f"{row.months}か月"),
        ("保険料額", f"{row.premium:,}円"), ("所得の推定", "あり" if row.estimated else "なし"),
        ("決定日", format_wareki(row.run.levied_on)),
    ]  # fmt: skip
    facts += [
        (f"{part.get_method_display()} 第{part.number}期", f"{part.amount:,}円（{format_wareki(part.due_date)}）")
        for part in row.instalments.order_by("due_date", "method", "number")
    ]
    return Holding(File.LEVY, f"{format_year(row.fiscal_year)}の保険料の賦課決定", tuple(facts))


holdings.provide(held)
