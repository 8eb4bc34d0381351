"""Telling a member of staff something at once (お知らせ)."""

from audit.models import Notice, Staff
from kaigo.common import clock


def tell(staff: Staff, text: str, *, path: str = "", urgent: bool = False) -> Notice:
    """Put a notice on the person's home page and into the count in every page's header.

    `text` is a Japanese sentence without personal data of insured persons, `path` the address of the page to open.
    """
    return Notice.objects.create(staff=staff, text=text, path=path, urgent=urgent, created_at=clock.now())


def unread_count(staff_id: int) -> int:
    """How many notices the person has not confirmed yet."""
    return Notice.objects.filter(staff_id=staff_id, read_at=None).count()


def confirm(staff_id: int, notice_id: int) -> None:
    """The person has read the notice; somebody else's notice stays as it is."""
    Notice.objects.filter(pk=notice_id, staff_id=staff_id, read_at=None).update(read_at=clock.now())
