"""Celery entry points of watching."""

from celery import shared_task

from audit.watching.jobs import run_nightly


@shared_task(name="watching.nightly")
def nightly() -> None:
    """Examine yesterday's access log and what is still a gap."""
    run_nightly()
