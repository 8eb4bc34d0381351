"""The access log (アクセス記録): who, when, from where, whose, which file, which act, which items, why (E11)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from audit.models.base import AppendOnly
from audit.models.staff import Staff
from audit.rights import ACT_LABELS, FILE_LABELS


class AccessLog(AppendOnly):
    """One disclosure, one refused attempt, or one sign-in. Only grows.

    In the database the table is partitioned by month, and each row carries the transaction that wrote it (`xid`) and
    the epoch, by default values: audit.sealing reads them, nothing else does.
    """

    class Outcome(models.TextChoices):
        ALLOWED = "allowed", "許可"
        REFUSED = "refused", "拒否"

    class Ground(models.TextChoices):
        """On what an access rests that the person's own duty does not cover; blank is one's own duty."""

        CROSS_OFFICE = "cross_office", "他所属の照会"
        EMERGENCY = "emergency", "緊急アクセス"

    at = models.DateTimeField("日時")
    staff = models.ForeignKey(
        Staff,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,  # access_by_staff begins with it
        verbose_name="職員",
        help_text="空欄は未ログイン又は一括処理",
    )
    staff_name = models.CharField("職員名", max_length=60, help_text="当時の氏名。職員を削除しても残る")
    office_name = models.CharField("所属", max_length=40, blank=True)
    roles = ArrayField(models.CharField(max_length=60), default=list, verbose_name="役割")
    address = models.GenericIPAddressField("端末アドレス", null=True, blank=True)
    terminal = models.CharField("端末", max_length=40, blank=True, help_text="端末台帳の名称。台帳にない端末は空欄")
    session = models.CharField("セッション", max_length=16, blank=True, help_text="セッション識別子の要約値")
    request_id = models.UUIDField("要求番号", null=True, blank=True)
    route = models.CharField("画面", max_length=80, blank=True, help_text="URLの名前。個人情報を含まない")
    file = models.CharField(
        "ファイル", max_length=20, blank=True, choices=[(f.value, n) for f, n in FILE_LABELS.items()]
    )
    act = models.CharField(
        "行為",
        max_length=20,
        choices=[*((a.value, n) for a, n in ACT_LABELS.items()), ("login", "ログイン"), ("logout", "ログアウト")],
    )
    subjects = ArrayField(models.UUIDField(), default=list, verbose_name="対象者", help_text="住民の公開識別子")
    subject_count = models.PositiveIntegerField("対象人数", default=1)
    items = ArrayField(models.CharField(max_length=40), default=list, verbose_name="項目")
    number_shown = models.BooleanField("個人番号の表示", default=False)
    reason = models.CharField("理由", max_length=200, blank=True)
    ground = models.CharField("閲覧の根拠", max_length=12, blank=True, choices=Ground.choices)
    outcome = models.CharField("結果", max_length=8, choices=Outcome.choices, default=Outcome.ALLOWED)
    job = models.ForeignKey("audit.JobRun", null=True, blank=True, on_delete=models.PROTECT, verbose_name="一括処理")

    class Meta:
        verbose_name = verbose_name_plural = "アクセス記録"
        indexes = [
            models.Index(fields=["-at", "-id"], name="access_recent"),  # the review list
            GinIndex(fields=["subjects"], name="access_by_subject"),  # "who has seen this person"
            models.Index(fields=["staff", "-at"], name="access_by_staff"),
            # the rare rows that a reviewer asks for, out of tens of millions
            models.Index(fields=["-at", "-id"], name="access_refused", condition=models.Q(outcome="refused")),
            models.Index(fields=["-at", "-id"], name="access_exceptional", condition=~models.Q(ground="")),
            models.Index(fields=["-at", "-id"], name="access_number", condition=models.Q(number_shown=True)),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.act}"


class AccessLogSeal(AppendOnly):
    """封印: a signed head of the hash chain over the access log up to a row (E11).

    `rows` holds, for each row in order, its id and the first bytes of its digest (16 bytes together).
    """

    number = models.PositiveBigIntegerField("番号", unique=True)
    form = models.PositiveSmallIntegerField("形式", help_text="封印した列の並び（audit.sealing.rows.FORMS）")
    epoch = models.PositiveIntegerField("時期", help_text="別のサーバーへの復元ごとに一つ進む")
    from_epoch = models.PositiveIntegerField("始まりの時期")
    from_xid = models.PositiveBigIntegerField("始まりの取引番号", help_text="この行は含まない")
    from_id = models.PositiveBigIntegerField("始まりの行")
    to_xid = models.PositiveBigIntegerField("終わりの取引番号", help_text="この行を含む")
    to_id = models.PositiveBigIntegerField("終わりの行")
    row_count = models.PositiveIntegerField("行数")
    rows = models.BinaryField("行の一覧")
    chain = models.BinaryField("連鎖の値")
    previous = models.BinaryField("前の封印の要約値")
    key_id = models.CharField("署名鍵", max_length=20)
    signature = models.BinaryField("署名")
    made_at = models.DateTimeField("封印日時")

    class Meta:
        verbose_name = verbose_name_plural = "封印"
        ordering = ["number"]

    def __str__(self) -> str:
        return str(self.number)
