"""受付・届出: who came with what, how the identity was checked, and what became of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from audit.history import tracked
from audit.models import Office, PublicId, Staff
from eligibility.models.facts import Placement
from eligibility.models.residents import Resident


@tracked()
class Reception(PublicId):
    """受付: one visit (or letter), with whoever came and how the identity was checked (番号法16条). Entered once.

    Every notification of the visit refers to it, so that nothing is asked twice.
    """

    class Channel(models.TextChoices):
        COUNTER = "counter", "窓口"
        POST = "post", "郵送"
        ONLINE = "online", "電子申請"
        OTHER = "other", "他機関からの通知"

    class Visitor(models.TextChoices):
        SELF = "self", "本人"
        HOUSEHOLD = "household", "同じ世帯の人"
        LEGAL = "legal", "法定代理人"
        AGENT = "agent", "任意代理人"
        CARRIER = "carrier", "提出の代行（事業者・施設）"
        AUTHORITY = "authority", "他市町村・施設からの通知"

    class NumberCheck(models.TextChoices):
        MATCHED = "matched", "記載あり・登録と一致"
        COMPLETED = "completed", "記載なし・職員が補った"
        NONE = "none", "番号を要しない届出"

    number = models.CharField("受付番号", max_length=20, unique=True)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="receptions", verbose_name="住民")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, verbose_name="受付事務所")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, verbose_name="受付者")
    channel = models.CharField("受付の方法", max_length=10, choices=Channel.choices)
    received_on = models.DateField("受付日")
    created_at = models.DateTimeField("登録日時")
    visitor = models.CharField("届出者", max_length=10, choices=Visitor.choices)
    visitor_name = models.CharField("届出者氏名", max_length=80)
    relationship = models.CharField("届出者関係", max_length=20, blank=True)
    visitor_phone = models.CharField("届出者電話番号", max_length=15, blank=True)
    number_check = models.CharField("番号確認", max_length=10, choices=NumberCheck.choices)
    number_document = models.CharField("番号確認の書類", max_length=20, blank=True)
    number_reason = models.CharField("番号を補った理由", max_length=120, blank=True)
    identity_documents = ArrayField(models.CharField(max_length=20), verbose_name="身元確認の書類", default=list)
    identity_note = models.CharField("聞き取りの内容", max_length=120, blank=True)
    agent_documents = ArrayField(models.CharField(max_length=20), verbose_name="代理権確認の書類", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "受付"
        indexes = [
            models.Index(fields=["office", "-received_on"], name="reception_office"),
            models.Index(fields=["resident", "-received_on"], name="reception_resident"),
        ]

    def __str__(self) -> str:
        return self.number


@tracked()
class Notification(PublicId):
    """届出: one act of a reception, what was entered, and what it changed.

    `content` are the words of the check page; `effects` what was written, so that it can be taken back; `before` and
    `after` the insured periods, as (区分, 取得日, 喪失日, 取得事由, 喪失事由).
    """

    reception = models.ForeignKey(
        Reception, on_delete=models.PROTECT, related_name="notifications", verbose_name="受付"
    )
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="notifications", verbose_name="住民")
    act = models.CharField("届出の種類", max_length=30)
    event_on = models.DateField("異動年月日", null=True, blank=True)
    notified_on = models.DateField("届出年月日")
    content = models.JSONField("届出の内容", default=list)
    effects = models.JSONField("書き込んだもの", default=list)
    before = models.JSONField("前の資格期間", default=list)
    after = models.JSONField("後の資格期間", default=list)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, verbose_name="入力者")
    created_at = models.DateTimeField("入力日時")
    withdrawn_at = models.DateTimeField("取消日時", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="取消した職員"
    )
    withdrawn_reason = models.CharField("取消の理由", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "届出"
        indexes = [models.Index(fields=["resident", "-created_at"], name="notification_resident")]

    def __str__(self) -> str:
        return str(self.public_id)


@tracked()
class Confirmation(PublicId):
    """現況の確認 (D23): that somebody still lives in the facility, how it was confirmed, and when to look again."""

    class Result(models.TextChoices):
        CONTINUES = "continues", "引き続き入所している"
        ENDED = "ended", "退所・死亡していた（届出を受ける）"

    placement = models.ForeignKey(
        Placement, on_delete=models.PROTECT, related_name="confirmations", verbose_name="施設入所"
    )
    confirmed_on = models.DateField("確認日")
    result = models.CharField("確認の結果", max_length=10, choices=Result.choices)
    ground = models.CharField("確認の方法", max_length=20)
    note = models.CharField("確認の内容", max_length=120, blank=True)
    next_on = models.DateField("次に確認する日", null=True, blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, verbose_name="確認した職員")
    created_at = models.DateTimeField("入力日時")

    class Meta:
        verbose_name = verbose_name_plural = "現況の確認"
        indexes = [models.Index(fields=["placement", "-confirmed_on"], name="confirmation_placement")]

    def __str__(self) -> str:
        return str(self.public_id)
