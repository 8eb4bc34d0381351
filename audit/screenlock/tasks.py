"""Celery entry points of the screen lock."""

from celery import shared_task

from audit.screenlock import drafts, services


@shared_task(name="audit.clear_kept")
def clear_kept() -> None:
    """Throw away what nobody came back for."""
    services.clear()
    drafts.clear()
