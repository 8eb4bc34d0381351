"""Tables of the eligibility file (資格ファイル)."""

from eligibility.models.cards import Card, CardProposal
from eligibility.models.contacts import (
    Agent,
    BankAccount,
    ContactPoint,
    Hold,
    MailingAddress,
    Remark,
    StickyNote,
    Talk,
)
from eligibility.models.facts import Declaration, ElsewherePeriod, Facility, MedicalCover, Placement
from eligibility.models.insured import Insured, InsuredPeriod
from eligibility.models.matching import ContactSlip, Finding, Merge
from eligibility.models.notifications import Confirmation, Notification, Reception
from eligibility.models.residents import (
    HouseholdMembership,
    IndividualNumber,
    PersonKey,
    Residence,
    Resident,
    ResidentCode,
    ResidentVersion,
)
from eligibility.models.search import SearchKey

__all__ = [
    "Agent", "BankAccount", "Card", "CardProposal", "Confirmation", "ContactPoint", "ContactSlip", "Declaration",
    "ElsewherePeriod", "Facility", "Finding", "Hold", "HouseholdMembership", "IndividualNumber", "Insured",
    "InsuredPeriod", "MailingAddress", "MedicalCover", "Merge", "Notification", "PersonKey", "Placement", "Reception",
    "Remark", "Residence", "Resident", "ResidentCode", "ResidentVersion", "SearchKey", "StickyNote", "Talk",
]  # fmt: skip
