"""Tables of accountability: staff, offices, access log, job ledger, stored files, parameter sets."""

from audit.models.access import AccessLog
from audit.models.base import AppendOnly, PublicId
from audit.models.files import ParameterSet, StoredFile
from audit.models.jobs import JobFile, JobIssue, JobRun, JobStage
from audit.models.staff import Office, RoleAssignment, Staff

__all__ = [
    "AccessLog",
    "AppendOnly",
    "JobFile",
    "JobIssue",
    "JobRun",
    "JobStage",
    "Office",
    "ParameterSet",
    "PublicId",
    "RoleAssignment",
    "Staff",
    "StoredFile",
]
