"""Rights beyond the roles held: reading another office's resident, emergency access, substitution (代理)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from audit.history import tracked
from audit.models import Office, PublicId, RoleAssignment, Staff


@tracked()
class CrossOfficeReading(PublicId):
    """他所属の照会: one resident of another office may be read for a while, for a stated reason (E06)."""

    class Category(models.TextChoices):
        VISIT = "visit", "他区の住民が窓口に来た"
        PHONE = "phone", "他区の住民から電話があった"
        MOVE = "move", "転居に伴う引継ぎ"
        HELP = "help", "ほかの区からの応援依頼"
        OTHER = "other", "その他"

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="職員")
    subject = models.UUIDField("対象者", help_text="住民の公開識別子")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="対象者の担当事務所")
    category = models.CharField("理由の区分", max_length=10, choices=Category.choices)
    reason = models.CharField("理由", max_length=200)
    needs_approval = models.BooleanField("承認が必要", default=False, help_text="支援措置の対象者")
    approved_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="承認者"
    )
    asked_at = models.DateTimeField("依頼日時")
    begins_at = models.DateTimeField("開始日時", null=True, blank=True)
    until = models.DateTimeField("終了予定", null=True, blank=True)
    ended_at = models.DateTimeField("終了日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "他所属の照会"
        ordering = ["-asked_at"]
        indexes = [
            # asked for on every request of the person
            models.Index(fields=["staff", "until"], name="reading_open", condition=Q(ended_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(approved_by=F("staff")),
                name="reading_not_by_oneself",
                violation_error_message="自分の照会を自分で承認することはできません。",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


@tracked()
class EmergencyAccess(PublicId):
    """緊急アクセス: the rights of the emergency role on more offices, for some minutes, for a stated reason (E06)."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="職員")
    offices = models.ManyToManyField(Office, related_name="+", verbose_name="対象事務所")
    reason = models.CharField("理由", max_length=200)
    begins_at = models.DateTimeField("開始日時")
    until = models.DateTimeField("終了予定")
    ended_at = models.DateTimeField("終了日時", null=True, blank=True)
    told = models.ManyToManyField(Staff, related_name="+", verbose_name="知らせた人")

    class Meta:
        verbose_name = verbose_name_plural = "緊急アクセス"
        ordering = ["-begins_at"]
        indexes = [models.Index(fields=["staff", "until"], name="emergency_open", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return str(self.public_id)


@tracked()
class Substitution(PublicId):
    """代理: somebody holds another person's roles while that person is away."""

    absent = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="不在の職員")
    substitute = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="代理する職員")
    period = DateRangeField("期間", help_text="半開区間")
    reason = models.CharField("理由", max_length=200)
    granted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="指定した職員")
    granted_at = models.DateTimeField("指定日時")
    ended_at = models.DateTimeField("取りやめ日時", null=True, blank=True)
    assignments = models.ManyToManyField(RoleAssignment, related_name="+", verbose_name="割り当てた役割")

    class Meta:
        verbose_name = verbose_name_plural = "代理"
        ordering = ["-granted_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(absent=F("substitute")),
                name="substitution_by_another",
                violation_error_message="本人を代理に指定することはできません。",
            ),
            ExclusionConstraint(
                name="substitution_once",
                expressions=[
                    ("absent", RangeOperators.EQUAL),
                    ("substitute", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(ended_at=None),
                violation_error_message="この期間の代理は、すでに指定されています。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
