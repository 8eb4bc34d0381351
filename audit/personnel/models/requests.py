"""Ids of people who are not in the personnel file: requests (利用者ID申請) and pledges (誓約書) (E08, E15)."""

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q

from audit.history import tracked
from audit.models import Office, PublicId, Staff, StoredFile

OTHERS = [choice for choice in Staff.Employment.choices if choice[0] != Staff.Employment.REGULAR]


@tracked()
class IdRequest(PublicId):
    """利用者ID申請: a section asks for an id, for a longer contract, for the end of an id, or for its reopening."""

    class Kind(models.TextChoices):
        NEW = "new", "新規"
        EXTEND = "extend", "契約期間の延長"
        END = "end", "利用の終了"
        REOPEN = "reopen", "利用の再開"

    class State(models.TextChoices):
        OPEN = "open", "申請中"
        GRANTED = "granted", "承認済み"
        REJECTED = "rejected", "否決"
        WITHDRAWN = "withdrawn", "取下げ"

    number = models.CharField("申請番号", max_length=20, unique=True)
    kind = models.CharField("種類", max_length=6, choices=Kind.choices)
    state = models.CharField("状態", max_length=9, choices=State.choices, default=State.OPEN)
    staff = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="id_requests", verbose_name="職員",
        help_text="新規は承認されるまで空欄",
    )  # fmt: skip
    name = models.CharField("氏名", max_length=60)
    kana = models.CharField("氏名カナ", max_length=80)
    employment = models.CharField("任用区分", max_length=13, choices=Staff.Employment.choices)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="所属")
    section = models.CharField("係", max_length=40, blank=True)
    position = models.CharField("職名", max_length=40, blank=True)
    manager = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="所属長")
    reason = models.CharField("業務上の理由", max_length=300)
    starts_on = models.DateField("利用の始まり")
    contract_until = models.DateField(
        "契約の終わり", null=True, blank=True, help_text="この日まで使える。正規職員の利用の再開では空欄"
    )
    requested_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="申請者")
    requested_at = models.DateTimeField("申請日時")
    granted_at = models.DateTimeField("承認日時", null=True, blank=True)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "利用者ID申請"
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(contract_until__gte=F("starts_on"))
                | Q(kind="end", contract_until__isnull=False)
                | Q(kind="reopen", contract_until=None),
                name="id_request_days",
                violation_error_message="契約の終わりは、利用の始まり以後の日にしてください。",
            ),
            models.UniqueConstraint(
                fields=["staff", "kind"],
                condition=Q(state="open"),
                name="id_request_open_once",
                violation_error_message="この職員の同じ申請が、すでに出ています。",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class IdRequestRole(models.Model):
    """申請する役割: a role on an office that the request asks for."""

    request = models.ForeignKey(IdRequest, on_delete=models.CASCADE, related_name="roles", verbose_name="申請")
    role = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+", verbose_name="役割")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="対象事務所")

    class Meta:
        verbose_name = verbose_name_plural = "申請する役割"
        constraints = [models.UniqueConstraint(fields=["request", "role", "office"], name="id_request_role_once")]

    def __str__(self) -> str:
        return f"{self.role_id}@{self.office_id}"


@tracked()
class Pledge(PublicId):
    """誓約書: signed by somebody and received; without one that covers the day the id does not work (E15)."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="pledges", verbose_name="職員")
    text_version = models.CharField("誓約文の版", max_length=20)
    received_on = models.DateField("受領日")
    covers_until = models.DateField("対象の契約の終わり", help_text="受け取った時の契約の終わり")
    scan = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="写し")
    recorded_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="記録した職員")
    recorded_at = models.DateTimeField("記録日時")
    voided_at = models.DateTimeField("取消日時", null=True, blank=True)
    voided_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="取り消した職員"
    )
    void_reason = models.CharField("取消しの理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "誓約書"
        ordering = ["-received_on", "-id"]
        indexes = [
            # asked for on every request of a person who needs one
            models.Index(fields=["staff", "covers_until"], name="pledge_in_force", condition=Q(voided_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.received_on}"
