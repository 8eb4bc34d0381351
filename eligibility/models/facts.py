"""資格を決める事実: what notifications say beside the resident register. Each row is a fact of its own with its days.

A row that turns out wrong is withdrawn (取消), never deleted: the insured periods follow from the rows in force.
"""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models

from audit.history import tracked
from audit.models import PublicId
from eligibility.models.residents import Resident

IN_FORCE = models.Q(withdrawn=False)


class DateRange(models.Func):
    """daterange(from, until): half-open; without an upper end it is open."""

    function = "DATERANGE"
    output_field: Any = models.Field()


class Facility(PublicId):
    """施設: where a person may live under 住所地特例 (法13条) or 適用除外 (施行法11条), here or elsewhere."""

    number = models.CharField("施設番号", max_length=10, unique=True, help_text="事業所番号、又は市が付けた番号")
    kind = models.CharField("施設の種類", max_length=20, help_text="施設の種類コード")
    name = models.CharField("施設名", max_length=120)
    kana = models.CharField("施設名（カナ）", max_length=160, blank=True)
    insurer_number = models.CharField("所在地の保険者番号", max_length=6)
    municipality = models.CharField("所在地の市町村", max_length=60)
    postal_code = models.CharField("郵便番号", max_length=7)
    address = models.CharField("所在地", max_length=160)
    phone = models.CharField("電話番号", max_length=15, blank=True)
    open_from = models.DateField("開設日", null=True, blank=True)
    open_until = models.DateField("廃止日", null=True, blank=True, help_text="最後の日")
    row_version = models.PositiveIntegerField("版", default=1, db_default=1)

    class Meta:
        verbose_name = verbose_name_plural = "施設"
        indexes = [models.Index(fields=["kind", "kana"], name="facility_kind")]

    def __str__(self) -> str:
        return self.name


@tracked()
class Placement(PublicId):
    """施設入所: a person's stay in a facility that decides who insures the person.

    `ended_on` is the day of leaving. A move from facility to facility is two rows of which the second begins on the
    day on which the first ends: the municipality before the first facility goes on insuring (法13条).
    """

    class Kind(models.TextChoices):
        OURS = "ours", "住所地特例（自市町村の被保険者）"
        THEIRS = "theirs", "住所地特例（他市町村の被保険者）"
        EXEMPT = "exempt", "適用除外"

    class End(models.TextChoices):
        MOVED = "move_out", "施設を出て他市町村へ"
        RETURNED = "returned", "施設を出て市内へ"
        DIED = "death", "死亡"
        NEXT = "next", "別の施設へ"
        LEFT = "left", "その他の終了"

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="placements", verbose_name="住民")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="placements", verbose_name="施設")
    kind = models.CharField("区分", max_length=10, choices=Kind.choices)
    begun_on = models.DateField("入所日")
    ended_on = models.DateField("退所日", null=True, blank=True)
    end = models.CharField("終了の事由", max_length=10, choices=End.choices, blank=True)
    taken_over_on = models.DateField("転出先の転入日", null=True, blank=True)
    insurer_number = models.CharField("保険者番号", max_length=6, help_text="この期間の保険者")
    former_address = models.CharField("入所前の住所", max_length=160, blank=True)
    ground = models.CharField("根拠の書類", max_length=20, help_text="根拠の書類コード")
    ground_on = models.DateField("根拠の書類の日付")
    ground_note = models.CharField("根拠の補足", max_length=120, blank=True)
    confirm_by = models.DateField("次に確認する日", null=True, blank=True)
    withdrawn = models.BooleanField("取消", default=False)
    row_version = models.PositiveIntegerField("版", default=1, db_default=1)

    class Meta:
        verbose_name = verbose_name_plural = "施設入所"
        constraints = [
            ExclusionConstraint(
                name="placement_one_at_a_time",
                expressions=[
                    ("resident", RangeOperators.EQUAL),
                    (DateRange("begun_on", "ended_on"), RangeOperators.OVERLAPS),
                ],
                condition=IN_FORCE,
                violation_error_message="同じ日に二つの施設に入所していることになります。",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True) | models.Q(ended_on__gte=models.F("begun_on")),
                name="placement_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True, end="")
                | (models.Q(ended_on__isnull=False) & ~models.Q(end="")),
                name="placement_end_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["confirm_by"],
                name="placement_confirm",
                condition=IN_FORCE & models.Q(ended_on__isnull=True),
            ),
            models.Index(fields=["facility", "begun_on"], name="placement_facility"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


@tracked()
class MedicalCover(PublicId):
    """医療保険の加入: of somebody of 40 to 64 who asked for the card or for certification (第2号被保険者)."""

    class Ground(models.TextChoices):
        CARD = "card", "被保険者証の交付申請"
        CERTIFICATION = "certification", "要介護・要支援認定の申請"

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="covers", verbose_name="住民")
    insurer_code = models.CharField("医療保険者番号", max_length=8)
    insurer_name = models.CharField("医療保険者名", max_length=80)
    symbol = models.CharField("記号・番号", max_length=40, blank=True)
    begun_on = models.DateField("加入日")
    ended_on = models.DateField("加入者でなくなった日", null=True, blank=True, help_text="この日から被保険者でない")
    applied_on = models.DateField("申請日")
    ground = models.CharField("申請の種類", max_length=15, choices=Ground.choices)
    withdrawn = models.BooleanField("取消", default=False)
    row_version = models.PositiveIntegerField("版", default=1, db_default=1)

    class Meta:
        verbose_name = verbose_name_plural = "医療保険の加入"
        constraints = [
            ExclusionConstraint(
                name="cover_one_at_a_time",
                expressions=[
                    ("resident", RangeOperators.EQUAL),
                    (DateRange("begun_on", "ended_on"), RangeOperators.OVERLAPS),
                ],
                condition=IN_FORCE,
                violation_error_message="同じ日に二つの医療保険に加入していることになります。",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True) | models.Q(ended_on__gte=models.F("begun_on")),
                name="cover_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


@tracked()
class Declaration(PublicId):
    """届出で先に分かった異動: what the counter was told before the resident register says so.

    The register's own word about the same stay takes its place as soon as it arrives.
    """

    class Kind(models.TextChoices):
        BEGIN = "begin", "職権による取得"
        MOVE_OUT = "move_out", "転出"
        DEATH = "death", "死亡"
        REMOVED = "removed", "職権による喪失"

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="declarations", verbose_name="住民")
    kind = models.CharField("異動の種類", max_length=10, choices=Kind.choices)
    day = models.DateField("異動日")
    taken_over_on = models.DateField("転出先の転入日", null=True, blank=True)
    withdrawn = models.BooleanField("取消", default=False)
    row_version = models.PositiveIntegerField("版", default=1, db_default=1)

    class Meta:
        verbose_name = verbose_name_plural = "届出による異動"
        constraints = [
            models.UniqueConstraint(fields=["resident", "kind", "day"], condition=IN_FORCE, name="declaration_once"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


@tracked()
class ElsewherePeriod(models.Model):
    """他市町村の被保険者であった期間, as the versions of the resident register give it (住所地特例区分)."""

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="elsewhere", verbose_name="住民")
    begun_on = models.DateField("始まりの日")
    until = models.DateField("終わりの翌日", null=True, blank=True)
    insurer_number = models.CharField("特例保険者番号", max_length=6)

    class Meta:
        verbose_name = verbose_name_plural = "他市町村の被保険者であった期間"
        constraints = [
            models.UniqueConstraint(fields=["resident", "begun_on"], name="elsewhere_one_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.begun_on}"
