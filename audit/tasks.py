"""Celery entry points of the job ledger."""

from celery import shared_task

from audit.jobs import execute, sweep
from audit.sealing import jobs as sealing_jobs
from audit.sealing.partitions import ensure_partitions
from audit.sealing.seals import seal_log
from audit.selfcheck import run_nightly
from audit.services import synchronise_all


@shared_task(name="audit.run_job")
def run_job(public_id: str) -> None:
    """Carry out the job with this public id."""
    execute(public_id)


@shared_task(name="audit.sweep")
def sweep_jobs() -> None:
    """Queue again what the broker lost."""
    sweep()


@shared_task(name="audit.synchronise_roles")
def synchronise_roles() -> None:
    """Let role periods that began or ended today take effect."""
    synchronise_all()


@shared_task(name="audit.check_cases")
def check_cases() -> None:
    """Run the shipped cases of every rule."""
    run_nightly()


@shared_task(name="audit.seal_log")
def seal() -> None:
    """Seal the access log's rows that are final."""
    seal_log()


@shared_task(name="audit.verify_log")
def verify_log() -> None:
    """Prove the access log."""
    sealing_jobs.run_nightly()


@shared_task(name="audit.partitions")
def partitions() -> None:
    """Make the access log's partitions of the next months."""
    ensure_partitions()
