"""The job ledger (一括処理台帳): every batch, its stages, issues and files."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from audit.models.base import AppendOnly, PublicId
from audit.models.files import StoredFile
from audit.models.staff import Office, Staff


class JobRun(PublicId):
    """一括処理: what, for which period, asked for by whom, approved by whom, how far, with what outcome.

    This row is the truth; the broker only carries its id. `watermark` is committed together with the
    rows of each chunk, so that an interrupted job goes on where it was and ends as if it had run once.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", "受付"
        PREVIEWING = "previewing", "仮実行中"
        WAITING = "waiting", "承認待ち"
        RUNNING = "running", "実行中"
        DONE = "done", "完了"
        FAILED = "failed", "失敗"
        CANCELLED = "cancelled", "取消し"

    ENDED = (State.DONE, State.FAILED, State.CANCELLED)
    WORKING = (State.REQUESTED, State.PREVIEWING, State.RUNNING)

    kind = models.CharField("処理の種類", max_length=40)
    period = models.CharField("対象期間", max_length=40, blank=True, help_text="年度、週など")
    parameters = models.JSONField("指定", default=dict, encoder=DjangoJSONEncoder)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, verbose_name="事務所")
    requested_by = models.ForeignKey(
        Staff,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="依頼者",
        help_text="空欄は定時処理",
    )
    approved_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="承認者"
    )
    state = models.CharField("状態", max_length=12, choices=State.choices, default=State.REQUESTED)
    watermark = models.JSONField("到達点", default=dict, encoder=DjangoJSONEncoder)
    counts = models.JSONField("件数", default=dict, encoder=DjangoJSONEncoder)
    result = models.JSONField("結果", default=dict, encoder=DjangoJSONEncoder)
    failure = models.CharField("失敗の理由", max_length=400, blank=True)
    attempts = models.PositiveSmallIntegerField("試行回数", default=0)
    idempotency_key = models.CharField("重複防止キー", max_length=80, null=True, blank=True, unique=True)
    requested_at = models.DateTimeField("受付日時")
    approved_at = models.DateTimeField("承認日時", null=True, blank=True)
    started_at = models.DateTimeField("開始日時", null=True, blank=True)
    finished_at = models.DateTimeField("終了日時", null=True, blank=True)
    heartbeat_at = models.DateTimeField("最終更新日時", null=True, blank=True)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "一括処理"
        ordering = ["-requested_at", "-id"]
        indexes = [
            models.Index(fields=["kind", "-requested_at"], name="job_by_kind"),
            # the sweeper looks for work that nobody carries on
            models.Index(
                fields=["heartbeat_at"],
                name="job_working",
                condition=models.Q(state__in=["requested", "previewing", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period}"

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING


class JobStage(models.Model):
    """段階: one step of a job, with its progress, which can be watched while the job's transaction is open."""

    job = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="stages", verbose_name="一括処理")
    name = models.CharField("段階", max_length=40)
    label = models.CharField("名称", max_length=40)
    done = models.PositiveBigIntegerField("済", default=0)
    total = models.PositiveBigIntegerField("全体", default=0)
    started_at = models.DateTimeField("開始日時")
    finished_at = models.DateTimeField("終了日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "段階"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="stage_once_per_job")]

    def __str__(self) -> str:
        return self.label


class JobIssue(models.Model):
    """問題: a row that could not be used: where, what, why, and how to mend it."""

    job = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="issues", verbose_name="一括処理")
    line = models.PositiveBigIntegerField("行", null=True, blank=True)
    key = models.CharField("宛名番号等", max_length=40, blank=True)
    field = models.CharField("項目", max_length=40, blank=True)
    code = models.CharField("区分", max_length=40)
    message = models.CharField("理由", max_length=400)
    remedy = models.CharField("直し方", max_length=400, blank=True)
    refused = models.BooleanField("行を受け付けなかった", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "問題"
        ordering = ["line", "id"]
        indexes = [models.Index(fields=["job", "code"], name="issue_by_code")]

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"


class JobFile(AppendOnly):
    """処理ファイル: a file that came into or went out of a job, by its digest."""

    class Direction(models.TextChoices):
        IN = "in", "取込"
        OUT = "out", "作成"

    job = models.ForeignKey(JobRun, on_delete=models.PROTECT, related_name="files", verbose_name="一括処理")
    direction = models.CharField("方向", max_length=3, choices=Direction.choices)
    layout = models.CharField("レコード仕様", max_length=20, blank=True)
    name = models.CharField("ファイル名", max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField("バイト数")
    rows = models.PositiveBigIntegerField("データ行数", default=0)
    created_on = models.DateField("作成日", null=True, blank=True)
    serial = models.PositiveIntegerField("通番", default=0)
    stored = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, verbose_name="保管ファイル")

    class Meta:
        verbose_name = verbose_name_plural = "処理ファイル"

    def __str__(self) -> str:
        return self.name
