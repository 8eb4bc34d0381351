"""Celery entry points of the API clients."""

from celery import shared_task

from audit.clients.nightly import look


@shared_task(name="clients.nightly")
def nightly() -> None:
    """Tell the keepers of tokens that end soon or lie unused."""
    look()
