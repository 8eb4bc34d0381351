"""What every register has in common."""

from typing import ClassVar

from django.db import models

from audit.history import tracked
from audit.models import AppendOnly, Office, PublicId, Staff, StoredFile


class Entry(PublicId):
    """An entry of a register: numbered in its fiscal year, of an office, open until it is closed with a reason."""

    SERIES: ClassVar[str] = ""

    number = models.CharField("番号", max_length=20, unique=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="所属")
    title = models.CharField("件名", max_length=100, help_text="個人の氏名や番号は書かないでください")
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="入力者")
    entered_at = models.DateTimeField("入力日時")
    closed_on = models.DateField("完結日", null=True, blank=True)
    closed_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="完結した職員"
    )
    closing = models.CharField("完結・再開の理由", max_length=200, blank=True)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        abstract = True
        ordering = ["-number"]

    def __str__(self) -> str:
        return self.number


class Line(PublicId):
    """A line under an entry: a step, a measure, a finding."""

    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="入力者")
    entered_at = models.DateTimeField("入力日時")
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        abstract = True
        ordering = ["entered_at", "id"]

    @property
    def is_fixed(self) -> bool:
        """Whether the line is no longer corrected, though its entry is open."""
        return False


class Attachment(AppendOnly, PublicId):
    """添付: a file kept with an entry of any register."""

    entry = models.UUIDField("台帳の記録", db_index=True)
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="ファイル")
    title = models.CharField("表題", max_length=60)
    added_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="添付した職員")
    added_at = models.DateTimeField("添付日時")

    class Meta:
        verbose_name = verbose_name_plural = "添付"
        ordering = ["added_at", "id"]

    def __str__(self) -> str:
        return self.title


__all__ = ["Attachment", "Entry", "Line", "tracked"]
