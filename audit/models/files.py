"""Stored files (保管ファイル) and the parameter sets that decisions cite."""

from django.db import models

from audit.models.base import AppendOnly, PublicId


class StoredFile(PublicId):
    """A file kept by content: encrypted at rest under a data key of its own, found again by its SHA-256."""

    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField("バイト数")
    name = models.CharField("ファイル名", max_length=120, help_text="個人情報を含まない名前")
    content_type = models.CharField("種類", max_length=60)
    location = models.CharField("保管場所", max_length=200)
    wrapped_key = models.BinaryField("包まれたデータ鍵")
    retention = models.CharField("保存規則", max_length=40)
    stored_at = models.DateTimeField("保管日時")

    class Meta:
        verbose_name = verbose_name_plural = "保管ファイル"

    def __str__(self) -> str:
        return self.name


class ParameterSet(AppendOnly):
    """規則値の集合: the immutable set of dated values that was in force for a decision, by its hash."""

    room = models.CharField("業務", max_length=20)
    day = models.DateField("基準日")
    sha256 = models.CharField("要約値", max_length=64, unique=True)
    values = models.JSONField("値と根拠")
    created_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = verbose_name_plural = "規則値の集合"

    def __str__(self) -> str:
        return f"{self.room} {self.day} {self.sha256[:12]}"
