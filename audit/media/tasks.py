"""Celery entry points of exports and media."""

from celery import shared_task

from audit.media import services


@shared_task(name="media.expire")
def expire() -> None:
    """Erase the exports whose last day has passed."""
    services.expire()
