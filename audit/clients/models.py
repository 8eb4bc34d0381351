"""Tables of the API clients (API利用者): who they are, on which terms, their tokens, their calls, their reviews."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from audit.history import tracked
from audit.models import AppendOnly, Office, PublicId, Staff


@tracked()
class Client(PublicId):
    """API利用者: another system that calls this one, with who answers for it. Its name stands in the access log."""

    name = models.CharField(
        "名称", max_length=50, unique=True, help_text="アクセス記録に残る名前。後から変えられません"
    )
    system = models.CharField("システム名", max_length=80)
    purpose = models.CharField("利用目的", max_length=200)
    operator = models.CharField("運用する課・事業者", max_length=80)
    is_contractor = models.BooleanField("委託先が運用", default=False)
    contact_name = models.CharField("連絡先の担当者", max_length=60)
    contact_phone = models.CharField("電話番号", max_length=20)
    contact_email = models.EmailField("メールアドレス", blank=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="所管")
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="登録者")
    entered_at = models.DateTimeField("登録日時")
    ended_at = models.DateTimeField("廃止日時", null=True, blank=True)
    ended_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="廃止した職員"
    )
    ended_reason = models.CharField("廃止の理由", max_length=200, blank=True)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "API利用者"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class Terms(PublicId):
    """利用条件: what a client may do, for which offices, from where and how often. A change is a new row.

    Terms that allow more than those in force wait for another person's decision (決裁).
    """

    class State(models.TextChoices):
        PENDING = "pending", "承認待ち"
        IN_FORCE = "in_force", "適用中"
        REPLACED = "replaced", "変更前"
        REFUSED = "refused", "不承認"

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="terms", verbose_name="API利用者")
    scopes = ArrayField(models.CharField(max_length=60), verbose_name="利用できる機能")
    offices = models.ManyToManyField(Office, related_name="+", verbose_name="対象事務所")
    networks = ArrayField(models.CharField(max_length=43), verbose_name="接続元のアドレス")
    rate_per_minute = models.PositiveIntegerField("1分間の回数の上限")
    reason = models.CharField("理由", max_length=200)
    state = models.CharField("状態", max_length=8, choices=State.choices, default=State.PENDING)
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="入力者")
    entered_at = models.DateTimeField("入力日時")
    settled_at = models.DateTimeField("決定日時", null=True, blank=True)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "API利用条件"
        ordering = ["-entered_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client"],
                condition=models.Q(state="in_force"),
                name="terms_one_in_force",
                violation_error_message="適用中の利用条件は1つだけです。",
            ),
            models.UniqueConstraint(
                fields=["client"],
                condition=models.Q(state="pending"),
                name="terms_one_pending",
                violation_error_message="承認を待っている利用条件がすでにあります。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.state}"


@tracked(exclude=("digest",))
class Token(PublicId):
    """トークン: the secret of a client, kept only as a keyed hash. `prefix` tells tokens apart and is no secret."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="tokens", verbose_name="API利用者")
    prefix = models.CharField("識別子", max_length=11, unique=True)
    digest = models.BinaryField("鍵付き要約値", unique=True)
    label = models.CharField("用途", max_length=60)
    scopes = ArrayField(models.CharField(max_length=60), verbose_name="利用できる機能")
    valid_until = models.DateField("有効期限", help_text="この日まで使えます")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by", verbose_name="交換前"
    )
    ends_at = models.DateTimeField("終了日時", null=True, blank=True, help_text="交換後に重ねて使える期間の終わり")
    revoked_at = models.DateTimeField("失効日時", null=True, blank=True)
    revoked_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="失効させた職員"
    )
    revoked_reason = models.CharField("失効の理由", max_length=200, blank=True)
    issued_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="発行者")
    issued_at = models.DateTimeField("発行日時")
    told = ArrayField(models.CharField(max_length=12), default=list, verbose_name="知らせた事項")
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "APIトークン"
        ordering = ["-issued_at", "-id"]
        indexes = [
            # those that can still be used: the list, the work list, the nightly look
            models.Index(fields=["client", "valid_until"], name="token_live", condition=models.Q(revoked_at=None)),
        ]

    def __str__(self) -> str:
        return self.prefix


class Call(AppendOnly):
    """呼出し: one call of a known client, answered or refused. Only grows.

    Of calls over the limit one a minute is kept. What a call disclosed stands in the access log, by `request_id`.
    """

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="calls", verbose_name="API利用者", db_index=False
    )
    token = models.ForeignKey(
        Token, on_delete=models.PROTECT, related_name="calls", verbose_name="トークン", db_index=False
    )
    at = models.DateTimeField("日時")
    route = models.CharField("機能", max_length=80, help_text="URLの名前。個人情報を含まない")
    method = models.CharField("方法", max_length=8)
    status = models.PositiveSmallIntegerField("応答")
    code = models.CharField("拒否の種類", max_length=40, blank=True)
    address = models.GenericIPAddressField("接続元", null=True, blank=True)
    request_id = models.UUIDField("要求番号", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "API呼出し"
        indexes = [
            models.Index(fields=["client", "-at"], name="call_by_client"),
            models.Index(fields=["token", "-at"], name="call_by_token"),  # last used
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status}"


class Window(models.Model):
    """回数の窓: the moments of the calls of the last minute, of a client or of an address that fails."""

    key = models.CharField("対象", max_length=60, unique=True)
    calls = ArrayField(models.BigIntegerField(), default=list, verbose_name="呼出しの時刻（マイクロ秒）")

    class Meta:
        verbose_name = verbose_name_plural = "回数の窓"

    def __str__(self) -> str:
        return self.key


class ClientReview(AppendOnly):
    """API利用者の点検: somebody has looked at a client with its terms and tokens, and says that it is still needed."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="reviews", verbose_name="API利用者")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="点検者")
    staff_name = models.CharField("点検者名", max_length=60)
    at = models.DateTimeField("日時")
    tokens = models.PositiveIntegerField("使えるトークン")
    unused = models.PositiveIntegerField("うち長く使われていないもの")
    comment = models.CharField("所見", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "API利用者の点検"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.client_id} {self.at:%Y-%m-%d}"
