"""Notices (お知らせ) to members of staff, and submissions (送信) that have been carried out."""

import uuid

from django.db import models

from audit.models.staff import Staff


class Notice(models.Model):
    """お知らせ: something that a member of staff must learn at once, with the page to go to. No personal data."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="notices", verbose_name="あて先")
    text = models.CharField("内容", max_length=300)
    path = models.CharField("開く画面", max_length=200, blank=True)
    urgent = models.BooleanField("至急", default=False)
    created_at = models.DateTimeField("日時")
    read_at = models.DateTimeField("確認日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "お知らせ"
        ordering = ["-created_at", "-id"]
        indexes = [
            # the number in every page's header
            models.Index(fields=["staff"], name="notice_unread", condition=models.Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class Submission(models.Model):
    """送信: a form that was carried out, by the key it was shown with; the same key again answers with its result."""

    key = models.UUIDField("送信の識別子", primary_key=True, default=uuid.uuid4)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, verbose_name="職員")
    result = models.CharField("結果の画面", max_length=300, blank=True)
    at = models.DateTimeField("日時")

    class Meta:
        verbose_name = verbose_name_plural = "送信"
        indexes = [models.Index(fields=["at"], name="submission_by_age")]  # the nightly clearing

    def __str__(self) -> str:
        return str(self.key)


class NumberSeries(models.Model):
    """番号の系列: the last number given in a series of documents in a fiscal year (audit.numbering)."""

    series = models.CharField("系列", max_length=20)
    fiscal_year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("最後の番号")

    class Meta:
        verbose_name = verbose_name_plural = "番号の系列"
        constraints = [models.UniqueConstraint(fields=["series", "fiscal_year"], name="series_once_a_year")]

    def __str__(self) -> str:
        return f"{self.series}{self.fiscal_year}"
