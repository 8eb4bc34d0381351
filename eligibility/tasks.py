"""Celery entry points of the eligibility room."""

from celery import shared_task

from eligibility.jobs import request_acquisition
from eligibility.matching.jobs import request_weekly


@shared_task(name="eligibility.acquire_by_age")
def acquire_by_age() -> None:
    """Queue today's acquisition by age."""
    request_acquisition()


@shared_task(name="eligibility.match_register")
def match_register() -> None:
    """Queue the comparisons of the week (突合)."""
    request_weekly()
