"""Orders of the personnel file (発令) and what became of an id (利用者IDの経過)."""

from django.db import models

from audit.history import tracked
from audit.models import AppendOnly, JobRun, Office, PublicId, Staff
from audit.personnel.rules import LABELS, Kind


@tracked()
class PersonnelOrder(PublicId):
    """発令: one row of a personnel file, what it will do or did, and where it stands.

    The address of the file is never stored: only its keyed digest is.
    """

    class State(models.TextChoices):
        READ = "read", "読込み済み"
        PLANNED = "planned", "承認待ち"
        REFUSED = "refused", "受け付けず"
        SAME = "same", "反映済みと同じ"
        WAITING = "waiting", "発令日待ち"
        DONE = "done", "反映済み"
        FAILED = "failed", "反映できず"
        DROPPED = "dropped", "取消し"

    job = models.ForeignKey(JobRun, on_delete=models.PROTECT, related_name="orders", verbose_name="一括処理")
    line = models.PositiveIntegerField("行")
    personnel_number = models.CharField("職員番号", max_length=20)
    name = models.CharField("氏名", max_length=60)
    kana = models.CharField("氏名カナ", max_length=80)
    kind = models.CharField("発令区分", max_length=10, choices=[(kind.value, LABELS[kind]) for kind in Kind])
    effective_on = models.DateField("発令日")
    office_code = models.CharField("所属コード", max_length=10, blank=True)
    section = models.CharField("係", max_length=40, blank=True)
    position = models.CharField("職名", max_length=40, blank=True)
    manager_number = models.CharField("所属長の職員番号", max_length=20, blank=True)
    appointment = models.CharField("任用区分", max_length=12, blank=True)
    address_key = models.BinaryField("住所の照合キー", blank=True, default=bytes)
    state = models.CharField("状態", max_length=8, choices=State.choices, default=State.READ)
    staff = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="orders", verbose_name="職員"
    )
    gains = models.JSONField("得るもの", default=list)
    losses = models.JSONField("失うもの", default=list)
    before = models.JSONField("前の値", default=dict, help_text="発令日を待つ間に変えた値。取り消すと戻す")
    failure = models.CharField("反映できない理由", max_length=200, blank=True)
    applied_at = models.DateTimeField("反映日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "発令"
        ordering = ["effective_on", "job", "line"]
        constraints = [models.UniqueConstraint(fields=["job", "line"], name="order_once_per_line")]
        indexes = [
            # what the nightly job puts in force, and what earlier files left open
            models.Index(fields=["effective_on"], name="order_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["personnel_number"], name="order_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.effective_on}"


class IdEvent(AppendOnly):
    """利用者IDの経過: what happened to an id, when, by whom and why; only grows."""

    class Kind(models.TextChoices):
        ORDER = "order", "人事発令"
        REQUEST = "request", "申請"
        PLEDGE = "pledge", "誓約書"
        LETTER = "letter", "初期パスワードの発行"
        PERMISSION = "permission", "作業許可"
        ATTENDANCE = "attendance", "立会い"
        REVIEW = "review", "棚卸し"
        CLOSE = "close", "利用者IDの停止"

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="id_events", verbose_name="職員")
    at = models.DateTimeField("日時")
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    words = models.CharField("内容", max_length=300)
    by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="行った職員"
    )
    by_name = models.CharField("行った職員名", max_length=60)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="当時の所属")

    class Meta:
        verbose_name = verbose_name_plural = "利用者IDの経過"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["staff", "-at"], name="id_event_by_staff")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"
