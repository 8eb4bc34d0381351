"""Celery application: two queues, JSON only, the `JobRun` row is the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaigo.settings")

app = Celery("kaigo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
