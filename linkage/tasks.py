"""Celery entry points of the connections."""

from celery import shared_task

from linkage.weekly import import_tax_files


@shared_task(name="linkage.import_tax_files")
def import_tax() -> None:
    """Take in the week's tax files."""
    import_tax_files()
