"""Staff (職員), offices (事務所) and who holds which role where."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models

from audit.history import tracked
from audit.models.base import PublicId
from audit.rights import ALL_RIGHTS


class Office(PublicId):
    """事務所: the head office or a ward office; the object that rights are held on.

    A right held on an office covers the residents that belong to it.
    """

    code = models.CharField("事務所コード", max_length=10, unique=True)
    name = models.CharField("名称", max_length=40)
    ward_code = models.CharField("区コード", max_length=5, blank=True, help_text="JIS X0402。本庁は空欄")
    is_head = models.BooleanField("本庁", default=False)
    postal_code = models.CharField("郵便番号", max_length=7)
    address = models.CharField("所在地", max_length=100)
    section = models.CharField("担当課", max_length=60)
    phone = models.CharField("電話番号", max_length=20)

    class Meta:
        verbose_name = verbose_name_plural = "事務所"
        ordering = ["code"]
        default_permissions = ()
        permissions = [(right.codename, right.label) for right in ALL_RIGHTS]
        constraints = [
            models.UniqueConstraint(
                fields=["ward_code"],
                condition=~models.Q(ward_code=""),
                name="office_one_per_ward",
                violation_error_message="この区の区役所はすでに登録されています。",
            ),
            models.UniqueConstraint(
                fields=["is_head"],
                condition=models.Q(is_head=True),
                name="office_one_head",
                violation_error_message="本庁はすでに登録されています。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StaffManager(BaseUserManager["Staff"]):
    def create_staff(self, login: str, password: str, **fields: Any) -> "Staff":
        """A new staff account with a usable password."""
        staff = self.model(login=login, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


class Staff(PublicId, AbstractBaseUser, PermissionsMixin):
    """職員: one person, one id (E07). Nobody is a superuser: rights come from roles only."""

    class Employment(models.TextChoices):
        REGULAR = "regular", "正規職員"
        NON_REGULAR = "non_regular", "会計年度任用職員等"
        OTHER_SECTION = "other_section", "他部署の職員"
        CONTRACTOR = "contractor", "委託先の従業者"

    login = models.CharField("利用者ID", max_length=40, unique=True)
    name = models.CharField("氏名", max_length=60)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, verbose_name="所属")
    section = models.CharField("係", max_length=40, blank=True)
    is_active = models.BooleanField("有効", default=True)
    valid_until = models.DateField("有効期限", null=True, blank=True, help_text="この日まで使えます。空欄は期限なし")
    kana = models.CharField("氏名カナ", max_length=80, blank=True)
    personnel_number = models.CharField(
        "職員番号", max_length=20, null=True, blank=True, unique=True, help_text="人事情報の番号。ない人は空欄"
    )
    employment = models.CharField("任用区分", max_length=13, choices=Employment.choices, default=Employment.REGULAR)
    position = models.CharField("職名", max_length=40, blank=True)
    manager = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="subordinates",
        verbose_name="所属長",
        help_text="この人の緊急アクセスなどの知らせを受ける人",
    )
    absence = DateRangeField("休職等の期間", null=True, blank=True, help_text="半開区間。この間は利用者IDを使えません")
    surname_key = models.CharField(
        "姓の照合キー", max_length=40, blank=True, help_text="同姓の住民の照会を点検するための、検索用に整えた姓"
    )
    address_key = models.BinaryField(
        "住所の照合キー", blank=True, default=bytes, help_text="同住所の住民の照会を点検するための、住所の鍵付き要約値"
    )

    objects = StaffManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "職員"
        ordering = ["login"]

    def __str__(self) -> str:
        return self.name


@tracked()
class RoleAssignment(PublicId):
    """役割の割当: a role (Django group of rights) held on an office for a period.

    `audit.services.assign_role` keeps the guardian object permissions in step with these rows.
    """

    class Kind(models.TextChoices):
        STANDING = "standing", "通常"
        TEMPORARY = "temporary", "期限付き"
        SUBSTITUTION = "substitution", "代理"

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="assignments", verbose_name="職員")
    role = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="assignments", verbose_name="役割")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="assignments", verbose_name="対象事務所")
    period = DateRangeField("期間", help_text="半開区間。上端なしは継続中")
    kind = models.CharField("割当の種類", max_length=12, choices=Kind.choices, default=Kind.STANDING)
    stands_in_for = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="代理される職員"
    )
    granted_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="割り当てた職員"
    )
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "役割の割当"
        constraints = [
            ExclusionConstraint(
                name="assignment_no_overlap",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("office", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                violation_error_message="同じ役割がこの期間にすでに割り当てられています。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role_id}@{self.office_id}"


class Terminal(PublicId):
    """端末: a workstation that the office has registered, by its address (E14)."""

    name = models.CharField("端末名", max_length=40, unique=True)
    address = models.GenericIPAddressField("端末アドレス", unique=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="terminals", verbose_name="設置場所")
    may_export = models.BooleanField("外部媒体への出力を許可", default=False)
    is_active = models.BooleanField("使用中", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "端末"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
