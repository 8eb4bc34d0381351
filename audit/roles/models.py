"""Tables of roles: what a role is for, changes of its rights, requested assignments, what a section normally holds."""

from typing import Any

from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.db import models

from audit.history import tracked
from audit.models import AppendOnly, Office, PublicId, RoleAssignment, Staff


@tracked()
class Role(PublicId):
    """役割: what the group of rights is for, and whether it may still be assigned."""

    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="role", verbose_name="権限の組")
    description = models.CharField("説明", max_length=200, blank=True)
    retired_on = models.DateField("廃止日", null=True, blank=True)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "役割"
        ordering = ["group__name"]

    def __str__(self) -> str:
        return self.group.name


def describe_new_role(sender: type[Group], instance: Group, created: bool, **kwargs: Any) -> None:
    """post_save of a group: every group of rights has its row here."""
    if created and not kwargs.get("raw"):
        Role.objects.get_or_create(group=instance)


def note_description(sender: type[Group], role: Group, description: str, **kwargs: Any) -> None:
    """role_defined: the words of the first set-up."""
    Role.objects.filter(group=role).update(description=description)


class RoleChange(AppendOnly, PublicId):
    """役割の変更: what a role is to become, with what it was; in force by the decision (決裁) on it."""

    class Kind(models.TextChoices):
        NEW = "new", "新設"
        CHANGE = "change", "変更"
        RETIRE = "retire", "廃止"

    kind = models.CharField("区分", max_length=6, choices=Kind.choices)
    role = models.ForeignKey(
        Role, null=True, blank=True, on_delete=models.PROTECT, related_name="changes", verbose_name="役割"
    )
    name = models.CharField("名称", max_length=50)
    description = models.CharField("説明", max_length=200, blank=True)
    before = ArrayField(models.CharField(max_length=40), default=list, verbose_name="変更前の権限")
    after = ArrayField(models.CharField(max_length=40), default=list, verbose_name="変更後の権限")
    reason = models.CharField("理由", max_length=200)
    override = models.CharField("職務分離によらない理由", max_length=200, blank=True)
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="入力者")
    entered_at = models.DateTimeField("入力日時")

    class Meta:
        verbose_name = verbose_name_plural = "役割の変更"
        ordering = ["-entered_at", "-id"]

    def __str__(self) -> str:
        return self.name


@tracked()
class AssignmentRequest(PublicId):
    """役割の割当の申請: who is to hold which role where and how long; in force by the decision (決裁) on it."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="role_requests", verbose_name="職員")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="requests", verbose_name="役割")
    offices = models.ManyToManyField(Office, related_name="+", verbose_name="対象事務所")
    first_day = models.DateField("開始日")
    last_day = models.DateField("最終日", null=True, blank=True, help_text="空欄は期限なし")
    prolongs = models.ForeignKey(
        RoleAssignment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name="延長する割当"
    )
    reason = models.CharField("理由", max_length=200)
    override = models.CharField("職務分離によらない理由", max_length=200, blank=True)
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="入力者")
    entered_at = models.DateTimeField("入力日時")

    class Meta:
        verbose_name = verbose_name_plural = "役割の割当の申請"
        ordering = ["-entered_at", "-id"]

    def __str__(self) -> str:
        return f"{self.staff_id}:{self.role_id}"


@tracked()
class SectionTemplate(PublicId):
    """係の標準: the roles that a person of a section normally holds; the yearly review (棚卸し) compares with it."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="所属")
    section = models.CharField("係", max_length=40, blank=True, help_text="空欄は、その所属のすべての係")
    roles = models.ManyToManyField(Role, related_name="templates", verbose_name="標準の役割")
    reason = models.CharField("理由", max_length=200)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "係の標準"
        ordering = ["office__code", "section"]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "section"],
                name="template_once_a_section",
                violation_error_message="この所属と係の標準はすでにあります。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.office_id}{self.section}"
