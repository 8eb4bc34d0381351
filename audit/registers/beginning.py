"""初任者研修 before the first use (E27): a municipality may demand it before an id works."""

from django.conf import settings

from audit.models import Staff
from audit.registers.models import Attendance, Training


def untrained(staff: Staff) -> str | None:
    """Why an id may not be used yet; nothing where the training is not demanded (`REQUIRE_FIRST_TRAINING`)."""
    if not settings.REQUIRE_FIRST_TRAINING:
        return None
    held = Attendance.objects.filter(staff=staff, entry__kind=Training.Kind.FIRST).exists()
    return None if held else "初任者研修を受けた記録がないため、まだ使えません。"
