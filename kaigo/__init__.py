"""介護保険システム: the project that holds the rooms together."""

from kaigo.celery import app as celery_app

__all__ = ["celery_app"]
