"""What was sent while the screen was locked: kept sealed on the server until its sender is back."""

from django.db import models

from audit.models import PublicId, Staff


class KeptSubmission(PublicId):
    """預かった入力: a form that was sent after the lock; the browser keeps nothing, so the server does (E10)."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", verbose_name="職員")
    path = models.CharField("送信先の画面", max_length=300)
    sealed = models.BinaryField("暗号化された入力")
    wrapped_key = models.BinaryField("包まれたデータ鍵")
    kept_at = models.DateTimeField("預かった日時")

    class Meta:
        verbose_name = verbose_name_plural = "預かった入力"
        ordering = ["-kept_at"]
        indexes = [models.Index(fields=["staff", "-kept_at"], name="kept_by_staff")]

    def __str__(self) -> str:
        return str(self.public_id)
