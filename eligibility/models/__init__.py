"""Tables of the eligibility file (資格ファイル)."""

from eligibility.models.facts import Declaration, ElsewherePeriod, Facility, MedicalCover, Placement
from eligibility.models.insured import Insured, InsuredPeriod
from eligibility.models.residents import (
    HouseholdMembership,
    IndividualNumber,
    PersonKey,
    Residence,
    Resident,
    ResidentVersion,
)

__all__ = [
    "Declaration", "ElsewherePeriod", "Facility", "HouseholdMembership", "IndividualNumber", "Insured",
    "InsuredPeriod", "MedicalCover", "PersonKey", "Placement", "Residence", "Resident", "ResidentVersion",
]  # fmt: skip
