"""研修, 自己点検, 監査 and 受付票 (E26, E27, E29)."""

from django.db import models

from audit.models import Staff
from audit.registers.models.base import Entry, Line, tracked


@tracked()
class Training(Entry):
    """研修: one session."""

    SERIES = "研修"

    class Kind(models.TextChoices):
        FIRST = "first", "初任者研修（利用開始前）"
        YEARLY = "yearly", "定期研修"
        OTHER = "other", "その他"

    kind = models.CharField("種類", max_length=6, choices=Kind.choices)
    held_on = models.DateField("実施日")
    content = models.CharField("内容", max_length=400)
    audience = models.CharField("対象", max_length=200)
    passing = models.PositiveSmallIntegerField("合格点", null=True, blank=True, help_text="効果測定をしないときは空欄")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "研修"


@tracked()
class Attendance(Line):
    """受講."""

    entry = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="attendances", verbose_name="研修")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="trainings", verbose_name="職員")
    attended_on = models.DateField("受講日")
    score = models.PositiveSmallIntegerField("得点", null=True, blank=True)

    class Meta(Line.Meta):
        verbose_name = verbose_name_plural = "受講"
        ordering = ["staff__login"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "staff"], name="attendance_once",
                violation_error_message="この職員の受講は、すでに記録されています。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.staff.name


@tracked()
class SelfCheck(Entry):
    """自己点検: an office's yearly check against the statement."""

    SERIES = "点検"

    fiscal_year = models.PositiveSmallIntegerField("年度")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "自己点検"
        constraints = [
            models.UniqueConstraint(
                fields=["office", "fiscal_year"], name="self_check_once_a_year",
                violation_error_message="この所属のこの年度の自己点検は、すでにあります。",
            )
        ]  # fmt: skip


@tracked()
class CheckAnswer(Line):
    """点検項目の回答."""

    class Answer(models.TextChoices):
        YES = "yes", "できている"
        NO = "no", "できていない"
        NOT_APPLICABLE = "na", "該当しない"

    entry = models.ForeignKey(SelfCheck, on_delete=models.PROTECT, related_name="answers", verbose_name="自己点検")
    item = models.CharField("項目", max_length=10)
    answer = models.CharField("回答", max_length=3, choices=Answer.choices)
    evidence = models.CharField("確かめたこと・理由", max_length=400, blank=True)
    remedy = models.CharField("改善すること", max_length=400, blank=True)
    due_on = models.DateField("改善期限", null=True, blank=True)
    done_on = models.DateField("改善した日", null=True, blank=True)

    class Meta(Line.Meta):
        verbose_name = verbose_name_plural = "回答"
        ordering = ["item"]
        constraints = [models.UniqueConstraint(fields=["entry", "item"], name="answer_once_an_item")]

    def __str__(self) -> str:
        return self.item


@tracked()
class InternalAudit(Entry):
    """監査: of an office, by people of other offices."""

    SERIES = "監査"

    planned_on = models.DateField("予定日")
    held_on = models.DateField("実施日", null=True, blank=True)
    auditors = models.ManyToManyField(Staff, related_name="+", verbose_name="監査する職員")
    scope = models.CharField("範囲", max_length=400)
    conclusion = models.TextField("総評", max_length=4000, blank=True)

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "監査"


@tracked()
class AuditFinding(Line):
    """監査の指摘."""

    class Severity(models.TextChoices):
        HIGH = "3", "重大"
        MIDDLE = "2", "改善を要する"
        LOW = "1", "注意"

    entry = models.ForeignKey(InternalAudit, on_delete=models.PROTECT, related_name="findings", verbose_name="監査")
    severity = models.CharField("重さ", max_length=1, choices=Severity.choices)
    content = models.CharField("指摘", max_length=400)
    reply = models.CharField("所属の回答", max_length=400, blank=True)
    measure = models.CharField("改善の措置", max_length=400, blank=True)
    due_on = models.DateField("改善期限")
    done_on = models.DateField("改善を確かめた日", null=True, blank=True)

    class Meta(Line.Meta):
        verbose_name = verbose_name_plural = "指摘"
        ordering = ["-severity", "entered_at"]

    def __str__(self) -> str:
        return self.content


@tracked()
class Inquiry(Entry):
    """受付票: an inquiry or complaint about the handling of personal information (E29)."""

    SERIES = "受付"

    class Channel(models.TextChoices):
        COUNTER = "counter", "窓口"
        PHONE = "phone", "電話"
        LETTER = "letter", "文書"
        MAIL = "mail", "電子メール・フォーム"

    received_on = models.DateField("受付日")
    channel = models.CharField("受付の方法", max_length=7, choices=Channel.choices)
    from_whom = models.CharField("申出人", max_length=60, blank=True, help_text="匿名のときは空欄")
    content = models.TextField("内容", max_length=4000)
    due_on = models.DateField("回答期限")
    answer = models.TextField("回答", max_length=4000, blank=True)
    answered_on = models.DateField("回答日", null=True, blank=True)
    related = models.CharField("関連する番号", max_length=60, blank=True, help_text="事案・開示請求等の番号")

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "問合せ・苦情"
