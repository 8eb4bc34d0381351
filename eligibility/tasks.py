"""Celery entry points of the eligibility room."""

from celery import shared_task

from eligibility.jobs import request_acquisition


@shared_task(name="eligibility.acquire_by_age")
def acquire_by_age() -> None:
    """Queue today's acquisition by age."""
    request_acquisition()
