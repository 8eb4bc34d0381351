"""What a scenario does inside an installation, each as a process of its own: `python -m tests.scenarios.levy_hand …`."""

import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "kaigo.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from audit import jobs  # noqa: E402
from audit.actor import Actor  # noqa: E402
from audit.jobs.running import ABANDONED_AFTER  # noqa: E402
from audit.models import JobRun, Office, Staff  # noqa: E402
from audit.services import bootstrap  # noqa: E402
from kaigo.common import clock  # noqa: E402
from levy import services  # noqa: E402
from levy.yearly import deciding, engine  # noqa: E402
from tests.bench import data  # noqa: E402


def person(login):
    return Actor.of(Staff.objects.get(login=login))


def build(insured):
    """A city that is ready to be levied."""
    bootstrap()
    with transaction.atomic():
        data.build(int(insured))


def ask(enqueue="queue"):
    """Ask for the levy; the broker hands it to a worker."""
    head = Office.objects.get(is_head=True)
    day = date(data.YEAR, 6, 12)
    return services.request_yearly_levy(
        person("fuka"), fiscal_year=data.YEAR, levied_on=day, office=head, enqueue=enqueue == "queue"
    )


def go_on():
    """What the calendar and the staff do after a disturbance: queue lost work, repeat failed work."""
    job = JobRun.objects.get(kind=services.YEARLY)
    if job.state == "failed":
        jobs.retry_job(person("fuka"), job, version=job.version)
    with clock.at(clock.now() + ABANDONED_AFTER + timedelta(seconds=30)):
        jobs.sweep()


def finish(path):
    """Approve, commit and write the ledger out."""
    job = JobRun.objects.get(kind=services.YEARLY)
    jobs.approve_job(person("kacho"), job, version=job.version, enqueue=False)
    jobs.execute(str(job.public_id))
    call_command("levy_export", year=data.YEAR, output=Path(path))


def undisturbed(path):
    """The whole levy at one go."""
    jobs.execute(str(ask("here").public_id))
    finish(path)


def work(chunk, pause):
    """A worker that takes small chunks and rests `pause` seconds after each, so that it can be met in the middle."""
    from kaigo.celery import app

    write = engine._write

    def slowly(*arguments):
        write(*arguments)
        time.sleep(float(pause))

    deciding.CHUNK, engine._write = int(chunk), slowly
    app.worker_main(["worker", "--pool", "solo", "--queues", "batch", "--loglevel", "WARNING", "--without-mingle"])


if __name__ == "__main__":
    {"build": build, "ask": ask, "go-on": go_on, "finish": finish, "undisturbed": undisturbed, "work": work}[
        sys.argv[1]
    ](*sys.argv[2:])
