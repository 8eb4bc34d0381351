"""The yearly review of ids and rights (利用者IDと権限の棚卸し, E09)."""

from django.contrib.auth.models import Group
from django.db import models

from audit.history import tracked
from audit.models import Office, PublicId, Staff, StoredFile
from audit.personnel.marks import Mark


@tracked()
class ReviewCampaign(PublicId):
    """棚卸し: all ids of one office in one fiscal year, each kept or removed, signed off by a second person."""

    class State(models.TextChoices):
        OPEN = "open", "確認中"
        PROPOSED = "proposed", "決裁待ち"
        SIGNED = "signed", "完了"

    LIVE = (State.OPEN, State.PROPOSED)

    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveSmallIntegerField("回", default=1)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="id_reviews", verbose_name="所属")
    state = models.CharField("状態", max_length=8, choices=State.choices, default=State.OPEN)
    due_on = models.DateField("期限")
    unused_days = models.PositiveSmallIntegerField("未使用とする日数")
    started_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="始めた職員")
    started_at = models.DateTimeField("開始日時")
    comment = models.CharField("所見", max_length=400, blank=True)
    signed_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="確認者"
    )
    signed_name = models.CharField("確認者名", max_length=60, blank=True)
    signed_at = models.DateTimeField("確認日時", null=True, blank=True)
    stored = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="保管ファイル"
    )
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "棚卸し"
        ordering = ["-year", "office__code", "-serial"]
        constraints = [
            models.UniqueConstraint(fields=["office", "year", "serial"], name="review_serial_once"),
            models.UniqueConstraint(
                fields=["office"],
                condition=~models.Q(state="signed"),
                name="review_one_open",
                violation_error_message="この所属の棚卸しが、まだ終わっていません。",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="signed") | models.Q(signed_at__isnull=False, stored__isnull=False),
                name="review_signed_with_paper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.serial}"


@tracked()
class ReviewItem(PublicId):
    """棚卸しの行: one id (no role), or one role of it on its offices, as found when the review began."""

    class Verdict(models.TextChoices):
        KEEP = "keep", "継続"
        REMOVE = "remove", "削除"

    campaign = models.ForeignKey(ReviewCampaign, on_delete=models.PROTECT, related_name="items", verbose_name="棚卸し")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="review_items", verbose_name="職員")
    staff_name = models.CharField("氏名", max_length=60, help_text="当時の氏名")
    role = models.ForeignKey(
        Group, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="役割",
        help_text="空欄は利用者IDそのもの",
    )  # fmt: skip
    offices = models.JSONField("対象事務所", default=list)
    marks = models.JSONField("印", default=list, help_text=f"{'、'.join(mark.value for mark in Mark)}")
    last_sign_in = models.DateTimeField("最終ログイン", null=True, blank=True)
    verdict = models.CharField("判断", max_length=6, choices=Verdict.choices, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    decided_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="判断した職員"
    )
    decided_at = models.DateTimeField("判断日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "棚卸しの行"
        ordering = ["staff__login", "staff", models.F("role__name").asc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "staff", "role"], name="review_item_once", nulls_distinct=False)
        ]
        indexes = [
            models.Index(fields=["campaign"], name="review_undecided", condition=models.Q(verdict="")),  # progress
        ]

    def __str__(self) -> str:
        return f"{self.staff_id}:{self.role_id or ''}"

    @property
    def mark_labels(self) -> list[str]:
        """The marks in words."""
        return [Mark(mark).label for mark in self.marks]
