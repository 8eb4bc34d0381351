"""連絡・送付先: where letters go, whom to call, who acts for somebody, which account, what is held, and every talk."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from audit.history import tracked
from audit.models import PublicId, Staff
from eligibility.models.residents import Resident


class DaysFrom(Func):
    """The days from `begun_on` to `ended_on` (both included) as a range, for a constraint."""

    function = "daterange"
    output_field = models.Field()

    def __init__(self) -> None:
        super().__init__(F("begun_on"), F("ended_on"), Value("[]"))


class DatedFact(PublicId):
    """Something that holds of a resident from a day until a day (both included; no last day: still)."""

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="+", verbose_name="住民")
    begun_on = models.DateField("開始日")
    ended_on = models.DateField("終了日", null=True, blank=True)
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="入力者"
    )
    created_at = models.DateTimeField("入力日時")
    withdrawn = models.BooleanField("取消", default=False)
    row_version = models.PositiveIntegerField("版", default=1, db_default=1)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.public_id)


@tracked()
class MailingAddress(DatedFact):
    """送付先: where letters go instead of the registered address. Counts once a second person has confirmed it (F2)."""

    recipient = models.CharField("宛名", max_length=80)
    relationship = models.CharField("本人との関係", max_length=20)
    postal_code = models.CharField("郵便番号", max_length=7)
    address = models.CharField("住所", max_length=120)
    building = models.CharField("方書", max_length=80, blank=True)
    reason = models.CharField("理由", max_length=20)
    note = models.CharField("確かめた書類・経緯", max_length=120, blank=True)
    confirmed_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="確認した職員"
    )
    confirmed_at = models.DateTimeField("確認日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "送付先"
        constraints = [
            ExclusionConstraint(
                name="mailing_address_one_at_a_time",
                expressions=[("resident", RangeOperators.EQUAL), (DaysFrom(), RangeOperators.OVERLAPS)],
                condition=Q(withdrawn=False),
                violation_error_message="送付先の期間が重なっています。",
            )
        ]


@tracked()
class ContactPoint(DatedFact):
    """連絡先: whom to call, in which order, and whether that person may be told anything."""

    name = models.CharField("氏名", max_length=80)
    relationship = models.CharField("本人との関係", max_length=20)
    phone = models.CharField("電話番号", max_length=15)
    phone_key = models.CharField("電話番号の数字", max_length=15, db_index=True)
    order = models.PositiveSmallIntegerField("連絡する順", default=1)
    emergency = models.BooleanField("緊急連絡先", default=False)
    may_tell = models.BooleanField("内容を伝えてよい", default=False)
    note = models.CharField("補足", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "連絡先"


@tracked()
class Agent(DatedFact):
    """代理人: who acts for somebody, by law or by mandate, and by which document."""

    kind = models.CharField("区分", max_length=20)
    name = models.CharField("氏名・名称", max_length=80)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    address = models.CharField("住所", max_length=160, blank=True)
    phone = models.CharField("電話番号", max_length=15, blank=True)
    scope = models.CharField("代理の範囲", max_length=120)
    document = models.CharField("確かめた書類", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "代理人"


@tracked()
class BankAccount(DatedFact):
    """口座: bank, branch and kind in plain, number and holder sealed under the person's key."""

    class Purpose(models.TextChoices):
        BENEFIT = "benefit", "給付の振込"
        REFUND = "refund", "保険料の還付"

    class Kind(models.TextChoices):
        ORDINARY = "1", "普通"
        CURRENT = "2", "当座"
        SAVINGS = "4", "貯蓄"

    purpose = models.CharField("使いみち", max_length=10, choices=Purpose.choices)
    bank_code = models.CharField("金融機関コード", max_length=4)
    bank_name = models.CharField("金融機関名", max_length=40)
    branch_code = models.CharField("店番", max_length=3)
    branch_name = models.CharField("支店名", max_length=40)
    kind = models.CharField("預金種目", max_length=1, choices=Kind.choices)
    sealed = models.BinaryField("口座番号と名義（封印）")
    last_digits = models.CharField("口座番号の下3桁", max_length=3)

    class Meta:
        verbose_name = verbose_name_plural = "口座"
        constraints = [
            ExclusionConstraint(
                name="bank_account_one_at_a_time",
                expressions=[
                    ("resident", RangeOperators.EQUAL),
                    ("purpose", RangeOperators.EQUAL),
                    (DaysFrom(), RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn=False),
                violation_error_message="同じ使いみちの口座の期間が重なっています。",
            )
        ]


@tracked()
class Hold(DatedFact):
    """抑止: what must not be issued to somebody now, and why."""

    class What(models.TextChoices):
        CARD = "card", "被保険者証などの交付"
        LETTER = "letter", "通知の発送"
        ALL = "all", "交付と発送のすべて"

    what = models.CharField("抑止するもの", max_length=10, choices=What.choices)
    reason = models.CharField("理由", max_length=120)
    ended_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="解除した職員"
    )
    end_reason = models.CharField("解除の理由", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "抑止"


@tracked()
class Remark(DatedFact):
    """備考: one of the three lines of remarks that a person's record has (記載1〜3備考)."""

    line = models.PositiveSmallIntegerField("行", choices=[(1, "記載1"), (2, "記載2"), (3, "記載3")])
    text = models.CharField("備考", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "備考"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "line"], condition=Q(ended_on=None, withdrawn=False), name="remark_one_a_line"
            )
        ]


@tracked()
class StickyNote(DatedFact):
    """付箋: a warning on every page of a person, until a day."""

    class Kind(models.TextChoices):
        CAUTION = "caution", "注意"
        MESSAGE = "message", "伝達"
        CARE = "care", "配慮"

    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    text = models.CharField("内容", max_length=80)

    class Meta:
        verbose_name = verbose_name_plural = "付箋"


@tracked()
class Talk(PublicId):
    """応対記録: one call or visit, what was said, what is next, and who takes it on."""

    class Channel(models.TextChoices):
        COUNTER = "counter", "来庁"
        PHONE = "phone", "電話"
        VISIT = "visit", "訪問"
        POST = "post", "郵便・メール"
        OTHER = "other", "その他"

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="talks", verbose_name="住民")
    at = models.DateTimeField("応対した日時")
    channel = models.CharField("方法", max_length=10, choices=Channel.choices)
    speaker = models.CharField("相手", max_length=20)
    speaker_name = models.CharField("相手の氏名", max_length=80, blank=True)
    text = models.TextField("内容", max_length=2000)
    next_on = models.DateField("次回予定日", null=True, blank=True)
    handed_to = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="引継ぎ先"
    )
    closed_at = models.DateTimeField("完了日時", null=True, blank=True)
    closed_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="完了した職員"
    )
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="応対した職員")
    created_at = models.DateTimeField("入力日時")
    row_version = models.PositiveIntegerField("版", default=1, db_default=1)

    class Meta:
        verbose_name = verbose_name_plural = "応対記録"
        indexes = [
            models.Index(fields=["resident", "-at"], name="talk_resident"),
            models.Index(fields=["next_on"], condition=Q(closed_at=None), name="talk_open"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
