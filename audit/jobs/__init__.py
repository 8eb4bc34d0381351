"""Batches: what kinds there are, how one is asked for, approved, carried out, and found again after a crash."""

from audit.jobs.kinds import JobKind, kind_of, kinds, register
from audit.jobs.running import execute, sweep
from audit.jobs.services import approve_job, cancel_job, request_job, retry_job
from audit.jobs.work import Issue, Stage, Work

__all__ = [
    "Issue",
    "JobKind",
    "Stage",
    "Work",
    "approve_job",
    "cancel_job",
    "execute",
    "kind_of",
    "kinds",
    "register",
    "request_job",
    "retry_job",
    "sweep",
]
