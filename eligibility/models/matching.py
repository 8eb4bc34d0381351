"""突合: what comparisons found and what became of it, slips between municipalities, and merged entries."""

from django.db import models
from django.db.models import Q

from audit.history import tracked
from audit.models import JobRun, Office, PublicId, Staff
from eligibility.models.facts import Facility, Placement
from eligibility.models.residents import Resident


@tracked()
class ContactSlip(PublicId):
    """住所地特例の連絡票: sent to another municipality about somebody of ours, or received about somebody of theirs.

    A received one carries the person as the sender wrote it; `resident` is who it is found to be.
    """

    class Direction(models.TextChoices):
        SENT = "sent", "送付"
        RECEIVED = "received", "受領"

    class Event(models.TextChoices):
        BEGIN = "begin", "適用（入所）"
        CHANGE = "change", "変更"
        END = "end", "終了（退所）"

    direction = models.CharField("送付・受領", max_length=10, choices=Direction.choices)
    event = models.CharField("連絡の種類", max_length=10, choices=Event.choices)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="担当事務所")
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, null=True, blank=True, related_name="slips", verbose_name="住民"
    )
    placement = models.ForeignKey(
        Placement, on_delete=models.PROTECT, null=True, blank=True, related_name="slips", verbose_name="施設入所"
    )
    insurer_number = models.CharField("相手の保険者番号", max_length=6)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", verbose_name="施設")
    day = models.DateField("異動年月日", help_text="入所・変更・退所の日")
    exchanged_on = models.DateField("送付・受領した日")
    name = models.CharField("氏名", max_length=80)
    kana = models.CharField("氏名（カナ）", max_length=120)
    birth_date = models.DateField("生年月日")
    sex = models.CharField("性別", max_length=1, choices=Resident.Sex.choices)
    insured_number = models.CharField("相手の被保険者番号", max_length=10, blank=True)
    note = models.CharField("備考", max_length=120, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="入力者")
    created_at = models.DateTimeField("入力日時")
    withdrawn = models.BooleanField("取消", default=False)
    row_version = models.PositiveIntegerField("版", default=1, db_default=1)

    class Meta:
        verbose_name = verbose_name_plural = "住所地特例の連絡票"
        indexes = [models.Index(fields=["office", "-exchanged_on"], name="slip_office")]
        constraints = [
            models.UniqueConstraint(
                fields=["placement", "event"],
                condition=Q(direction="sent", withdrawn=False),
                name="slip_sent_once",
                violation_error_message="この連絡票は、もう送付を記録しています。",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Finding(PublicId):
    """突合の結果: one difference, as the last comparison saw it, and what was done about it.

    `key` names the difference among those of its kind, so that the next comparison knows it again; `digest` is of what
    it says. `about` points to the row that a correction changes, `effects` keeps what the correction wrote.
    """

    class Kind(models.TextChoices):
        REGISTER = "register", "住民記録と資格"
        SLIPS = "slips", "特例・適用除外と連絡票"
        IDENTITY = "identity", "連絡票の4情報と住民記録"
        TWICE = "twice", "二重の登録"

    class State(models.TextChoices):
        OPEN = "open", "未処理"
        DONE = "done", "訂正した"
        LEFT = "left", "訂正しない"
        GONE = "gone", "解消した"

    kind = models.CharField("突合の種類", max_length=10, choices=Kind.choices)
    code = models.CharField("違いの種類", max_length=30)
    key = models.CharField("違いの見出し", max_length=80)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="担当事務所")
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, null=True, related_name="findings", verbose_name="住民"
    )
    other = models.ForeignKey(Resident, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="もう一人")
    facts = models.JSONField("違いの内容", default=list)
    proposal = models.CharField("訂正の案", max_length=20, blank=True)
    about = models.JSONField("対象の記録", default=dict)
    digest = models.CharField("内容の要約値", max_length=64)
    job = models.ForeignKey(JobRun, on_delete=models.PROTECT, related_name="findings", verbose_name="突合")
    found_at = models.DateTimeField("見つけた日時")
    state = models.CharField("状態", max_length=10, choices=State.choices, default=State.OPEN)
    decided_at = models.DateTimeField("処理日時", null=True)
    decided_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="処理した職員"
    )
    note = models.CharField("理由", max_length=120, blank=True)
    effects = models.JSONField("書き込んだもの", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "突合の結果"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(state__in=["open", "left"]), name="finding_once"
            )
        ]
        indexes = [models.Index(fields=["office", "state", "kind"], name="finding_office")]

    def __str__(self) -> str:
        return str(self.public_id)


@tracked()
class Merge(PublicId):
    """名寄せ: two entries of the register are one person. `kept` goes on, `dropped` leads to it; it can be undone.

    `moved` lists what was put from the one to the other, as [table, row].
    """

    kept = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="merged", verbose_name="残す人")
    dropped = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="merges", verbose_name="統合した人")
    reason = models.CharField("理由", max_length=120)
    moved = models.JSONField("移したもの", default=list)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="職員")
    created_at = models.DateTimeField("統合日時")
    undone_at = models.DateTimeField("元に戻した日時", null=True)
    undone_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="元に戻した職員"
    )
    undone_reason = models.CharField("元に戻した理由", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "名寄せ"
        constraints = [
            models.UniqueConstraint(fields=["dropped"], condition=Q(undone_at=None), name="merge_once"),
            models.CheckConstraint(condition=~Q(kept=models.F("dropped")), name="merge_of_two"),
        ]
        indexes = [models.Index(fields=["kept"], name="merge_kept", condition=Q(undone_at=None))]

    def __str__(self) -> str:
        return str(self.public_id)
