"""被保険者: insured persons, their insured periods, and the facts beside the register that decide them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models

from audit.history import tracked
from audit.models import PublicId
from eligibility.models.residents import Resident


@tracked()
class Insured(PublicId):
    """被保険者: a resident's insurance status under one insured number."""

    resident = models.OneToOneField(Resident, on_delete=models.PROTECT, related_name="insured", verbose_name="住民")
    insurer_number = models.CharField("保険者番号", max_length=6)
    insured_number = models.CharField("被保険者番号", max_length=10, unique=True)
    row_version = models.PositiveIntegerField("版", default=1, db_default=1)

    class Meta:
        verbose_name = verbose_name_plural = "被保険者"

    def __str__(self) -> str:
        return str(self.public_id)


@tracked()
class InsuredPeriod(models.Model):
    """資格期間: from the day of acquisition (資格取得日) to the day of loss (資格喪失日, not included)."""

    class Category(models.TextChoices):
        FIRST = "1", "第1号"
        SECOND = "2", "第2号"

    insured = models.ForeignKey(Insured, on_delete=models.PROTECT, related_name="periods", verbose_name="被保険者")
    category = models.CharField("区分", max_length=1, choices=Category.choices)
    period = DateRangeField("資格期間", help_text="半開区間。上端=喪失日")
    acquisition_reason = models.CharField("取得事由", max_length=20)
    loss_reason = models.CharField("喪失事由", max_length=20, blank=True)
    trace = models.JSONField("判定の経過", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "資格期間"
        constraints = [
            ExclusionConstraint(
                name="insured_period_no_overlap",
                expressions=[("insured", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                violation_error_message="資格期間が重なっています。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.insured_id} {self.period}"
