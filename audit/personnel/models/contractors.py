"""Contractors' operator ids: permissions to work and attendance (E16)."""

from django.db import models
from django.db.models import F, Q

from audit.history import tracked
from audit.models import PublicId, Staff


@tracked()
class WorkPermission(PublicId):
    """作業許可: a contractor's operator may work within these hours of these days, attended, for this purpose."""

    class State(models.TextChoices):
        ASKED = "asked", "申請中"
        ALLOWED = "allowed", "許可"
        REFUSED = "refused", "不許可"
        REVOKED = "revoked", "取消し"

    number = models.CharField("許可番号", max_length=20, unique=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="work_permissions", verbose_name="作業者")
    contract = models.CharField("契約", max_length=100, help_text="契約名と契約番号")
    purpose = models.CharField("作業の目的", max_length=300)
    systems = models.CharField("対象のシステムと作業の範囲", max_length=300)
    first_day = models.DateField("最初の日")
    last_day = models.DateField("最後の日")
    from_time = models.TimeField("開始時刻")
    to_time = models.TimeField("終了時刻", help_text="開始時刻より前のときは、翌日の時刻")
    attendant = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="立会者")
    state = models.CharField("状態", max_length=7, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="申請者")
    asked_at = models.DateTimeField("申請日時")
    allowed_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="許可した職員"
    )
    allowed_at = models.DateTimeField("許可日時", null=True, blank=True)
    revoked_reason = models.CharField("取り消した理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "作業許可"
        ordering = ["-first_day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="permission_days"),
            models.CheckConstraint(condition=~Q(from_time=F("to_time")), name="permission_hours"),
            models.CheckConstraint(
                condition=~Q(attendant=F("staff")),
                name="permission_attended_by_another",
                violation_error_message="作業者は、自分の作業に立ち会えません。",
            ),
        ]
        indexes = [
            # asked for on every request of a contractor
            models.Index(fields=["staff", "last_day"], name="permission_allowed", condition=Q(state="allowed")),
        ]

    def __str__(self) -> str:
        return self.number


@tracked()
class Attendance(PublicId):
    """立会い: the attendant is beside the operator from `began_at`; with `ended_at` the id stops working."""

    permission = models.ForeignKey(
        WorkPermission, on_delete=models.PROTECT, related_name="attendances", verbose_name="作業許可"
    )
    attendant = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="立会者")
    began_at = models.DateTimeField("立会いの始まり")
    ended_at = models.DateTimeField("立会いの終わり", null=True, blank=True)
    ended_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="終えた職員"
    )
    result = models.CharField("作業の結果", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "立会い"
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["permission"],
                condition=Q(ended_at=None),
                name="attendance_open_once",
                violation_error_message="この作業の立会いは、すでに始まっています。",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="attendance_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.permission_id} {self.began_at:%Y-%m-%d %H:%M}"
