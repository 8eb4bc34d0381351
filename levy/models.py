"""Tables of the levy file (賦課・収滞納ファイル): what decides a premium, and the premiums."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from audit.history import tracked
from audit.models import AppendOnly, JobRun, ParameterSet, PublicId
from eligibility.models import Insured, Resident


class TaxRecord(AppendOnly):
    """税情報: one version of a person's resident-tax data for a fiscal year, as a weekly file brought it.

    Rows are never changed: a correction is a new row with a later `received_on`; the current one is the
    latest by (`received_on`, `id`). Amounts are yen.
    """

    class Status(models.TextChoices):
        TAXED = "1", "課税"
        PER_CAPITA_ONLY = "2", "均等割のみ課税"
        EXEMPT = "3", "非課税"
        UNDECLARED = "4", "未申告"

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="tax_records", verbose_name="住民")
    fiscal_year = models.PositiveSmallIntegerField("課税年度")
    received_on = models.DateField("提供日", help_text="この情報を運んだ税ファイルの作成日")
    history_serial = models.PositiveIntegerField("履歴番号")
    changed_on = models.DateField("異動年月日")
    status = models.CharField("課税区分", max_length=1, choices=Status.choices)
    per_capita_levy = models.PositiveIntegerField("均等割額")
    income_levy = models.PositiveBigIntegerField("所得割額")
    total_income = models.PositiveBigIntegerField("合計所得金額")
    salary_revenue = models.PositiveBigIntegerField("給与収入額")
    salary_income = models.PositiveBigIntegerField("給与所得額")
    pension_revenue = models.PositiveBigIntegerField("公的年金等収入額")
    pension_income = models.PositiveBigIntegerField("公的年金等所得額")
    other_income = models.PositiveBigIntegerField("その他所得額")
    long_term_special_deduction = models.PositiveBigIntegerField("長期譲渡特別控除額")
    short_term_special_deduction = models.PositiveBigIntegerField("短期譲渡特別控除額")
    dependents = models.PositiveSmallIntegerField("扶養親族数")
    exempt_category = models.BooleanField("障害者等")
    job = models.ForeignKey(JobRun, on_delete=models.PROTECT, related_name="+", verbose_name="取込処理")

    class Meta:
        verbose_name = verbose_name_plural = "税情報"
        constraints = [
            # also the index that finds a person's latest record of a year
            models.UniqueConstraint(fields=["fiscal_year", "resident", "received_on"], name="tax_once_a_file"),
        ]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.fiscal_year} {self.received_on}"


@tracked()
class AssistancePeriod(models.Model):
    """生活保護等の期間: public assistance, support for returnees from China, or a border case (境界層)."""

    class Kind(models.TextChoices):
        PUBLIC_ASSISTANCE = "1", "生活保護"
        RETURNEE_SUPPORT = "2", "中国残留邦人等支援給付"
        BORDER_CASE = "3", "境界層該当"

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="assistance", verbose_name="住民")
    kind = models.CharField("種別", max_length=1, choices=Kind.choices)
    period = DateRangeField("期間", help_text="半開区間。上端=廃止日の翌日")
    border_tier = models.PositiveSmallIntegerField("境界層適用段階", null=True, blank=True)
    case_number = models.CharField("ケース番号", max_length=10)

    class Meta:
        verbose_name = verbose_name_plural = "生活保護等"
        constraints = [
            ExclusionConstraint(
                name="assistance_no_overlap",
                expressions=[
                    ("resident", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                violation_error_message="同じ種別の期間が重なっています。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.kind}"


@tracked(exclude=("basic_pension_number", "basic_pension_lookup"))
class PensionRecord(models.Model):
    """年金情報: the pension that a premium can be withheld from (特別徴収). Amounts are yen.

    The basic pension number (基礎年金番号) is sealed under the person's data key.
    """

    class WithholdingState(models.TextChoices):
        NONE = "0", "対象外"
        CONTINUING = "1", "継続"
        OCTOBER_START = "2", "今年度10月開始"
        STOPPED = "3", "停止"

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="pensions", verbose_name="住民")
    fiscal_year = models.PositiveSmallIntegerField("年度")
    basic_pension_number = models.BinaryField("基礎年金番号（暗号文）")
    basic_pension_lookup = models.BinaryField("基礎年金番号の照合値", db_index=True)
    pension_code = models.CharField("年金コード", max_length=4)
    old_age_welfare_pension = models.BooleanField("老齢福祉年金")
    yearly_amount = models.PositiveIntegerField("年金年額")
    obligor_code = models.CharField("特別徴収義務者コード", max_length=3)
    withholding_state = models.CharField("特別徴収状態", max_length=1, choices=WithholdingState.choices)
    withholding_from = models.CharField("特別徴収開始年月", max_length=6, blank=True)
    last_february_amount = models.PositiveIntegerField("前年度2月の特別徴収額")
    received_on = models.DateField("提供日")

    class Meta:
        verbose_name = verbose_name_plural = "年金情報"
        constraints = [models.UniqueConstraint(fields=["fiscal_year", "resident"], name="pension_once_a_year")]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.fiscal_year}"


class LevyRun(PublicId):
    """賦課処理: one levy over many persons. Its assessments count only once it is committed.

    The preview writes the assessments; approving changes the state of this one row, so that what is
    committed is exactly what was shown.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "仮"
        COMMITTED = "committed", "確定"
        DISCARDED = "discarded", "取消し"

    class Kind(models.TextChoices):
        YEARLY = "yearly", "本算定"

    job = models.OneToOneField(JobRun, on_delete=models.PROTECT, related_name="levy_run", verbose_name="一括処理")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    fiscal_year = models.PositiveSmallIntegerField("賦課年度")
    levied_on = models.DateField("賦課年月日")
    state = models.CharField("状態", max_length=10, choices=State.choices, default=State.DRAFT)
    parameter_set = models.ForeignKey(ParameterSet, on_delete=models.PROTECT, verbose_name="規則値")
    inputs = models.JSONField(
        "入力の版", default=dict, help_text="仮実行が見た入力の要約。確定のとき変わっていれば断る"
    )
    committed_at = models.DateTimeField("確定日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "賦課処理"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "fiscal_year"],
                condition=~Q(state="discarded"),
                name="levy_run_one_live",
                violation_error_message="この年度の本算定は、すでに実行中か確定済みです。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.fiscal_year}"


PROTECT_COMMITTED = """
IF EXISTS (SELECT 1 FROM levy_levyrun WHERE id = OLD.run_id AND state = 'committed') THEN
    RAISE EXCEPTION 'an assessment in force is never changed';
END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
"""


class Assessment(models.Model):
    """賦課決定: tier, yearly premium and schedule of one insured person for one year, with its trace.

    Never overwritten: a reassessment is a row of a later run. Amounts are yen; `inputs` names the versions
    of the records that it came from.
    """

    run = models.ForeignKey(LevyRun, on_delete=models.PROTECT, related_name="assessments", verbose_name="賦課処理")
    insured = models.ForeignKey(Insured, on_delete=models.PROTECT, related_name="assessments", verbose_name="被保険者")
    fiscal_year = models.PositiveSmallIntegerField("賦課年度")
    base_date = models.DateField("賦課期日")
    tier = models.PositiveSmallIntegerField("所得段階")
    yearly_premium = models.PositiveIntegerField("年額")
    months = models.PositiveSmallIntegerField("月数")
    premium = models.PositiveIntegerField("保険料額")
    overpaid = models.PositiveIntegerField("納め過ぎ見込額", default=0)
    estimated = models.BooleanField("推定による判定", default=False, help_text="所得が分からない人がいるまま判定した")
    flags = ArrayField(models.CharField(max_length=40), default=list, verbose_name="注記")
    inputs = models.JSONField("入力の版", default=dict)
    trace = models.JSONField("判定の経過", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "賦課決定"
        constraints = [models.UniqueConstraint(fields=["run", "insured"], name="assessment_once_a_run")]
        indexes = [models.Index(fields=["insured", "fiscal_year"], name="assessment_by_person")]
        triggers = [
            pgtrigger.Trigger(
                name="protect_committed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=PROTECT_COMMITTED,
            )
        ]

    def __str__(self) -> str:
        return f"{self.insured_id} {self.fiscal_year}"


PROTECT_INSTALMENTS = """
IF EXISTS (
    SELECT 1 FROM old_rows o JOIN levy_assessment a ON a.id = o.assessment_id JOIN levy_levyrun r ON r.id = a.run_id
    WHERE r.state = 'committed'
) THEN
    RAISE EXCEPTION 'an instalment in force is never changed';
END IF;
RETURN NULL;
"""


def _instalment_trigger(name: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    """Statement level: giving up a preview deletes millions of rows at once."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(old="old_rows"),
        func=PROTECT_INSTALMENTS,
    )


class Instalment(models.Model):
    """期別: one withholding or one ordinary period of an assessment."""

    class Method(models.TextChoices):
        WITHHOLDING = "1", "特別徴収"
        ORDINARY = "2", "普通徴収"

    assessment = models.ForeignKey(
        Assessment, on_delete=models.CASCADE, related_name="instalments", verbose_name="賦課決定"
    )
    method = models.CharField("徴収方法", max_length=1, choices=Method.choices)
    number = models.PositiveSmallIntegerField("期", help_text="特別徴収は支払回(1=4月)、普通徴収は期")
    due_date = models.DateField("納期限", help_text="特別徴収は年金支払月の15日")
    amount = models.PositiveIntegerField("金額")
    provisional = models.BooleanField("仮徴収", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "期別"
        ordering = ["due_date", "method"]
        constraints = [models.UniqueConstraint(fields=["assessment", "method", "number"], name="instalment_once")]
        triggers = [
            _instalment_trigger("protect_committed_update", pgtrigger.Update),
            _instalment_trigger("protect_committed_delete", pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.method}-{self.number}"
