"""Tables of requests of the persons themselves (開示等請求) and of official inquiries (公用照会)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from audit.history import tracked
from audit.models import Office, PublicId, Staff


@tracked()
class Request(PublicId):
    """開示・訂正・利用停止の請求."""

    class Kind(models.TextChoices):
        DISCLOSURE = "disclosure", "開示請求"
        CORRECTION = "correction", "訂正請求"
        SUSPENSION = "suspension", "利用停止請求"

    class By(models.TextChoices):
        SELF = "self", "本人"
        LEGAL = "legal", "法定代理人"
        AGENT = "agent", "任意代理人"

    class Channel(models.TextChoices):
        COUNTER = "counter", "窓口"
        POST = "post", "送付"
        ONLINE = "online", "電子申請"

    class Method(models.TextChoices):
        LOOK = "look", "閲覧"
        COPY = "copy", "写しの交付（窓口）"
        POST = "post", "写しの送付"

    class Decision(models.TextChoices):
        WHOLE = "whole", "全部開示"
        PART = "part", "部分開示"
        NONE = "none", "不開示"
        NOT_HELD = "not_held", "不存在"
        SILENT = "silent", "存否応答拒否"
        GRANTED = "granted", "請求のとおり行う"
        PARTLY = "partly", "一部を行う"
        REFUSED = "refused", "行わない"

    class State(models.TextChoices):
        RECEIVED = "received", "受付・検討中"
        PROPOSED = "proposed", "決裁待ち"
        DECIDED = "decided", "決定済み"
        DONE = "done", "完結"
        WITHDRAWN = "withdrawn", "取下げ"

    OPEN = (State.RECEIVED, State.PROPOSED)

    number = models.CharField("番号", max_length=20, unique=True)
    kind = models.CharField("請求の種類", max_length=10, choices=Kind.choices)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="担当")
    subject = models.UUIDField("対象者", db_index=True, help_text="住民の公開識別子")
    by = models.CharField("請求者", max_length=6, choices=By.choices)
    requester = models.CharField("請求者の氏名", max_length=60)
    relation = models.CharField("本人との関係・資格の確認", max_length=100, blank=True)
    postal_code = models.CharField("郵便番号", max_length=7)
    address = models.CharField("住所", max_length=100)
    documents = ArrayField(models.CharField(max_length=2), verbose_name="本人確認書類")
    checked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="確認した職員")
    channel = models.CharField("受付の方法", max_length=7, choices=Channel.choices)
    method = models.CharField("開示の方法", max_length=4, choices=Method.choices, blank=True)
    received_on = models.DateField("請求のあった日")
    asked = models.TextField("請求の内容", max_length=2000)
    suspended_days = models.PositiveSmallIntegerField("補正に要した日数", default=0)
    due_on = models.DateField("決定の期限")
    extended_on = models.DateField("延長を決めた日", null=True, blank=True)
    extension_reason = models.CharField("延長の理由", max_length=400, blank=True)
    decision = models.CharField("決定", max_length=8, choices=Decision.choices, blank=True)
    grounds = models.TextField("開示しない部分と理由・決定の理由", max_length=2000, blank=True)
    decided_on = models.DateField("決定日", null=True, blank=True)
    pages = models.PositiveSmallIntegerField("写しの面数", null=True, blank=True)
    fee = models.PositiveIntegerField("写しの費用（円）", null=True, blank=True)
    delivered_on = models.DateField("実施日", null=True, blank=True)
    delivered_how = models.CharField("実施の方法・受取人の確認", max_length=200, blank=True)
    state = models.CharField("状態", max_length=9, choices=State.choices, default=State.RECEIVED)
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="受付者")
    entered_at = models.DateTimeField("入力日時")
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "開示等請求"
        ordering = ["-number"]
        indexes = [models.Index(fields=["office", "state"], name="request_by_office")]

    def __str__(self) -> str:
        return self.number


@tracked()
class Redaction(PublicId):
    """開示しない項目: a line of the package that is left out, with the reason."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="redactions", verbose_name="請求")
    key = models.CharField("項目", max_length=24)
    title = models.CharField("区分", max_length=60)
    label = models.CharField("項目名", max_length=60)
    reason = models.CharField("開示しない理由", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "開示しない項目"
        constraints = [models.UniqueConstraint(fields=["request", "key"], name="redaction_once")]

    def __str__(self) -> str:
        return self.label


@tracked()
class OfficialInquiry(PublicId):
    """公用照会: an authority asks about persons on a legal ground."""

    class State(models.TextChoices):
        RECEIVED = "received", "受付・検討中"
        PROPOSED = "proposed", "決裁待ち"
        ANSWERED = "answered", "回答済み"
        WITHDRAWN = "withdrawn", "取下げ"

    OPEN = (State.RECEIVED, State.PROPOSED)

    number = models.CharField("番号", max_length=20, unique=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="担当")
    inquirer = models.CharField("照会者", max_length=100)
    person_in_charge = models.CharField("照会の担当者", max_length=60, blank=True)
    postal_code = models.CharField("郵便番号", max_length=7)
    address = models.CharField("所在地", max_length=100)
    document_number = models.CharField("照会の文書番号", max_length=40, blank=True)
    document_on = models.DateField("照会の日付")
    received_on = models.DateField("受付日")
    ground = models.CharField("根拠", max_length=2)
    authority_check = models.CharField("照会者の確認の方法", max_length=100, help_text="公印、折返しの電話など")
    items = models.CharField("照会事項", max_length=400)
    wants_number = models.BooleanField("個人番号を求めている", default=False)
    due_on = models.DateField("回答期限", null=True, blank=True)
    note = models.CharField("備考", max_length=400, blank=True)
    state = models.CharField("状態", max_length=9, choices=State.choices, default=State.RECEIVED)
    answered_on = models.DateField("回答日", null=True, blank=True)
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="受付者")
    entered_at = models.DateTimeField("入力日時")
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "公用照会"
        ordering = ["-number"]
        indexes = [models.Index(fields=["office", "state"], name="inquiry_by_office")]

    def __str__(self) -> str:
        return self.number


@tracked()
class InquirySubject(PublicId):
    """照会の対象者: what is answered about a person."""

    class Answer(models.TextChoices):
        GIVEN = "given", "提供する"
        REFUSED = "refused", "提供しない"
        NOT_FOUND = "not_found", "該当なし"

    inquiry = models.ForeignKey(
        OfficialInquiry, on_delete=models.PROTECT, related_name="subjects", verbose_name="公用照会"
    )
    subject = models.UUIDField("対象者", null=True, blank=True, help_text="住民の公開識別子。該当なしは空欄")
    named = models.CharField("照会書に書かれた氏名等", max_length=100)
    answer = models.CharField("回答", max_length=9, choices=Answer.choices)
    content = models.TextField("回答する内容", max_length=2000, blank=True)
    reason = models.CharField("提供しない理由", max_length=200, blank=True)
    protected_checked_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="支援措置の確認者"
    )
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "照会の対象者"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.named
