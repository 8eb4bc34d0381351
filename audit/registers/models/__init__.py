"""Tables of the registers (台帳)."""

from audit.registers.models.accidents import Accident, AccidentMeasure, AccidentReport
from audit.registers.models.base import Attachment, Entry, Line
from audit.registers.models.contracts import Contract, ContractorId, Inspection, SecurityReport, SubContract
from audit.registers.models.duties import (
    Attendance,
    AuditFinding,
    CheckAnswer,
    Inquiry,
    InternalAudit,
    SelfCheck,
    Training,
)

__all__ = [
    "Accident",
    "AccidentMeasure",
    "AccidentReport",
    "Attachment",
    "Attendance",
    "AuditFinding",
    "CheckAnswer",
    "Contract",
    "ContractorId",
    "Entry",
    "Inquiry",
    "Inspection",
    "InternalAudit",
    "Line",
    "SecurityReport",
    "SelfCheck",
    "SubContract",
    "Training",
]
