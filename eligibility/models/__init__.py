"""Tables of the eligibility file (資格ファイル)."""

from eligibility.models.facts import Declaration, ElsewherePeriod, Facility, MedicalCover, Placement
from eligibility.models.insured import Insured, InsuredPeriod
from eligibility.models.notifications import Confirmation, Notification, Reception
from eligibility.models.residents import (
    HouseholdMembership,
    IndividualNumber,
    PersonKey,
    Residence,
    Resident,
    ResidentVersion,
)
from eligibility.models.search import SearchKey

__all__ = [
    "Confirmation", "Declaration", "ElsewherePeriod", "Facility", "HouseholdMembership", "IndividualNumber",
    "Insured", "InsuredPeriod", "MedicalCover", "Notification", "PersonKey", "Placement", "Reception", "Residence",
    "Resident", "ResidentVersion", "SearchKey",
]  # fmt: skip
