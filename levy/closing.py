"""What of the levy is to be settled when somebody's insurance ends: the premiums in force of this year and later."""

from datetime import date

from django.urls import reverse

from eligibility import closing
from eligibility.closing import Open
from eligibility.models import Resident
from eligibility.presenters import insured_of
from kaigo.common.wareki import fiscal_year_of, format_year
from levy.queries import current_assessments


def lines(resident: Resident, day: date) -> list[Open]:
    """Each premium in force from the fiscal year of the day on: its months end with the insurance."""
    insured = insured_of(resident)
    if insured is None:
        return []
    path = reverse("person-tab", args=[resident.public_id, "levy"])
    return [
        Open(
            "保険料", f"{format_year(found.fiscal_year)}の保険料",
            f"{found.premium:,}円（{found.months}か月分）。月割りの更正と、納め過ぎ・未納を確かめる", False, path,
        )
        for found in current_assessments(insured.pk, fiscal_year_of(day))
    ]  # fmt: skip


closing.provide(lines)
