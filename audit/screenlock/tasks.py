"""Celery entry points of the screen lock."""

from celery import shared_task

from audit.screenlock.services import clear


@shared_task(name="audit.clear_kept")
def clear_kept() -> None:
    """Throw away what nobody came back for."""
    clear()
