"""Tables of accountability: staff, offices, access log, job ledger, stored files, parameter sets."""

from audit.models.access import AccessLog, AccessLogSeal
from audit.models.base import AppendOnly, PublicId
from audit.models.files import ParameterSet, StoredFile
from audit.models.jobs import JobFile, JobIssue, JobRun, JobStage
from audit.models.notices import Notice, NumberSeries, Submission
from audit.models.staff import Office, RoleAssignment, Staff, Terminal

__all__ = [
    "AccessLog",
    "AccessLogSeal",
    "AppendOnly",
    "JobFile",
    "JobIssue",
    "JobRun",
    "JobStage",
    "Notice",
    "NumberSeries",
    "Office",
    "ParameterSet",
    "PublicId",
    "RoleAssignment",
    "Staff",
    "StoredFile",
    "Submission",
    "Terminal",
]
