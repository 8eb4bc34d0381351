"""Celery entry points of personnel data."""

from celery import shared_task

from audit.personnel import applying, requesting


@shared_task(name="personnel.orders_due")
def orders_due() -> None:
    """Orders (発令) whose day has come take effect."""
    applying.run_due()


@shared_task(name="personnel.close_expired")
def close_expired() -> None:
    """Ids whose contract has ended are closed."""
    requesting.close_expired()
