"""Tables of watching (点検): examined days, findings and the log rows behind them, reviews, letters, reports."""

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from audit.history import tracked
from audit.models import AppendOnly, JobRun, Office, PublicId, Staff, StoredFile
from audit.watching.rules import Kind, Severity


class Examination(models.Model):
    """点検した日: a day of the access log that the detectors have gone through. No row: the day is a gap."""

    day = models.DateField("日", unique=True)
    rows = models.PositiveBigIntegerField("記録の件数", help_text="点検した時のその日の記録の件数")
    found = models.PositiveIntegerField("見つかった件数")
    thresholds = models.CharField("基準値の要約値", max_length=64)
    examined_at = models.DateTimeField("点検日時")
    job = models.ForeignKey(JobRun, null=True, blank=True, on_delete=models.SET_NULL, verbose_name="一括処理")

    class Meta:
        verbose_name = verbose_name_plural = "点検した日"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day}"


class DailyUse(models.Model):
    """1日の利用: what somebody did on an examined day; the days before make what is usual for a person and a role."""

    day = models.DateField("日")
    staff = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.CASCADE, verbose_name="職員")
    name = models.CharField("氏名", max_length=60, help_text="当時の氏名。API利用者はその名称")
    roles = ArrayField(models.CharField(max_length=60), default=list, verbose_name="役割")
    calls = models.PositiveIntegerField("記録の件数", default=0)
    persons = models.PositiveIntegerField("照会した人数", default=0)
    prints = models.PositiveIntegerField("印刷した人数", default=0)
    exports = models.PositiveIntegerField("出力した人数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "1日の利用"
        constraints = [
            models.UniqueConstraint(fields=["day", "staff", "name"], name="daily_use_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.day}"


@tracked()
class Finding(PublicId):
    """点検事項: something in the log that a person other than its subject must look at and judge.

    `key` names what was found, so that examining a day again finds the same and not another.
    """

    class State(models.TextChoices):
        OPEN = "open", "未点検"
        CHECKING = "checking", "確認中"
        REVIEWED = "reviewed", "点検済み"

    class Verdict(models.TextChoices):
        NECESSARY = "necessary", "業務上必要"
        UNCLEAR = "unclear", "要確認"
        IMPROPER = "improper", "不適切"

    LIVE = (State.OPEN, State.CHECKING)

    key = models.CharField("照合キー", max_length=120, unique=True, editable=False)
    kind = models.CharField("種類", max_length=16, choices=[(kind.value, kind.label) for kind in Kind])
    day = models.DateField("日")
    severity = models.PositiveSmallIntegerField("重要度", choices=[(s.value, s.label) for s in Severity])
    staff = models.ForeignKey(
        Staff,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="findings",
        verbose_name="職員",
        help_text="空欄はAPI利用者、登録のない利用者ID、又は台帳から削除した職員",
    )
    staff_name = models.CharField("氏名", max_length=60, help_text="当時の氏名。職員を削除しても残る")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="findings", verbose_name="所属")
    explanation = models.CharField("なぜ挙げたか", max_length=600)
    figures = models.JSONField("数値", default=dict, encoder=DjangoJSONEncoder)
    row_count = models.PositiveIntegerField("記録の件数", default=0)
    thresholds = models.CharField("基準値の要約値", max_length=64)
    found_at = models.DateTimeField("見つけた日時")
    due_on = models.DateField("点検の期限")
    state = models.CharField("状態", max_length=8, choices=State.choices, default=State.OPEN)
    verdict = models.CharField("判定", max_length=9, choices=Verdict.choices, blank=True)
    comment = models.CharField("点検の所見", max_length=400, blank=True)
    reviewer = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name="点検者"
    )
    reviewed_at = models.DateTimeField("点検日時", null=True, blank=True)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "点検事項"
        indexes = [
            # the work list and the list of what is open
            models.Index(fields=["office", "due_on"], name="finding_open", condition=~models.Q(state="reviewed")),
            models.Index(fields=["office", "-day"], name="finding_by_day"),  # the list and the monthly report
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", verdict="")
                | models.Q(state="checking", verdict="unclear")
                | models.Q(state="reviewed", verdict__in=["necessary", "improper"]),
                name="finding_state_and_verdict",
                violation_error_message="判定と状態が合いません。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"

    @property
    def is_harmless(self) -> bool:
        """Whether it may be ticked off together with others."""
        return self.severity < Severity.HIGH


class FindingRow(AppendOnly):
    """点検事項の記録: a row of the access log behind a finding, by reference (its id and time, without its content)."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="rows", verbose_name="点検事項")
    log_id = models.BigIntegerField("記録の番号")
    at = models.DateTimeField("記録の日時", help_text="月ごとに分かれた記録の中で見つけるため")

    class Meta:
        verbose_name = verbose_name_plural = "点検事項の記録"
        constraints = [models.UniqueConstraint(fields=["finding", "log_id"], name="finding_row_once")]

    def __str__(self) -> str:
        return f"{self.log_id}"


class Review(AppendOnly):
    """点検の経過: each judgement of a finding, corrections included. Only grows; the finding shows the latest."""

    class Act(models.TextChoices):
        REVIEW = "review", "点検"
        TICK = "tick", "一括点検"
        CORRECT = "correct", "判定の訂正"
        REOPEN = "reopen", "記録が加わったため再点検"

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="reviews", verbose_name="点検事項")
    act = models.CharField("行為", max_length=7, choices=Act.choices)
    verdict = models.CharField("判定", max_length=9, choices=Finding.Verdict.choices, blank=True)
    comment = models.CharField("所見", max_length=400, blank=True)
    staff = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, verbose_name="点検者")
    staff_name = models.CharField("点検者名", max_length=60)
    at = models.DateTimeField("日時")

    class Meta:
        verbose_name = verbose_name_plural = "点検の経過"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%Y-%m-%d %H:%M}"


@tracked()
class Letter(PublicId):
    """照会書: a letter that asks a section why its members were logged on for so long, and for what (E12)."""

    class State(models.TextChoices):
        SENT = "sent", "回答待ち"
        ANSWERED = "answered", "回答あり"
        CLOSED = "closed", "完結"

    number = models.CharField("文書番号", max_length=20, unique=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="watching_letters", verbose_name="照会先")
    addressee = models.ForeignKey(
        Staff,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="あて先の所属長",
        help_text="空欄は所属あて",
    )
    issued_on = models.DateField("照会日")
    issued_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="照会者")
    due_on = models.DateField("回答期限", help_text="督促した場合は督促の期限")
    state = models.CharField("状態", max_length=8, choices=State.choices, default=State.SENT)
    closed_on = models.DateField("完結日", null=True, blank=True)
    closed_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="完結者"
    )
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "長時間ログオンの照会書"
        ordering = ["-issued_on", "-id"]
        indexes = [
            # what is chased
            models.Index(fields=["office", "due_on"], name="letter_waiting", condition=models.Q(state="sent")),
        ]

    def __str__(self) -> str:
        return self.number


class LetterPaper(PublicId, AppendOnly):
    """発した文書: the PDF that went out, first (照会) or as a reminder (督促)."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="papers", verbose_name="照会書")
    reminder = models.PositiveSmallIntegerField("督促の回", default=0, help_text="0は最初の照会")
    issued_on = models.DateField("日付")
    due_on = models.DateField("回答期限")
    issued_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="発した職員")
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="保管ファイル")

    class Meta:
        verbose_name = verbose_name_plural = "発した文書"
        ordering = ["reminder"]
        constraints = [models.UniqueConstraint(fields=["letter", "reminder"], name="letter_paper_once")]

    def __str__(self) -> str:
        return f"{self.letter_id}-{self.reminder}"


@tracked()
class LetterItem(PublicId):
    """照会事項: one long log-on in a letter, and what the section reports about it (利用目的)."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="items", verbose_name="照会書")
    finding = models.OneToOneField(
        Finding, on_delete=models.PROTECT, related_name="letter_item", verbose_name="点検事項"
    )
    purpose = models.CharField("利用目的", max_length=400, blank=True)
    reason = models.CharField("長時間となった理由", max_length=400, blank=True)
    replied_on = models.DateField("回答日", null=True, blank=True)
    replied_by = models.CharField("回答者", max_length=60, blank=True)
    recorded_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="記録した職員"
    )
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "照会事項"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.letter_id}/{self.finding_id}"


class MonthlyReport(PublicId, AppendOnly):
    """点検の月次報告: the figures of an office and month as a manager signed them off, with the PDF and its hash.

    Signed again after corrections, it gets the next `serial`; the earlier one stays.
    """

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="watching_reports", verbose_name="所属")
    month = models.DateField("月", help_text="その月の1日")
    serial = models.PositiveSmallIntegerField("版", default=1)
    figures = models.JSONField("数値", encoder=DjangoJSONEncoder)
    comment = models.CharField("所見", max_length=400, blank=True)
    signed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="確認者")
    signed_name = models.CharField("確認者名", max_length=60)
    signed_at = models.DateTimeField("確認日時")
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="保管ファイル")

    class Meta:
        verbose_name = verbose_name_plural = "点検の月次報告"
        ordering = ["-month", "office", "-serial"]
        constraints = [
            models.UniqueConstraint(fields=["office", "month", "serial"], name="monthly_report_once"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="monthly_report_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
