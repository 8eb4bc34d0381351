"""What of the levy depends on insured periods: the decisions of the years that a change reaches."""

from datetime import date

from eligibility.acts import Impact, provide_impacts
from eligibility.models import Resident
from eligibility.presenters import insured_of
from kaigo.common.wareki import fiscal_year_of, format_year
from levy.queries import current_assessments


def impacts(resident: Resident, day: date) -> list[Impact]:
    """The premiums in force of the fiscal year of the day and of later ones: their months have to be counted again."""
    insured = insured_of(resident)
    if insured is None:
        return []
    return [
        Impact(
            f"{format_year(found.fiscal_year)}の保険料",
            f"決定済みの{found.premium:,}円は、月数の計算し直し（更正）が要るか確かめてください。",
        )
        for found in current_assessments(insured.pk, fiscal_year_of(day))
    ]


provide_impacts(impacts)
