"""Tables of exports and media (外部出力・媒体): what left the system as a file, on which medium, where it is now."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models

from audit.history import tracked
from audit.media.kinds import kind_of
from audit.models import AppendOnly, JobRun, Office, PublicId, Staff, Terminal
from audit.rights import FILE_LABELS


class Way(models.TextChoices):
    """How what was on a medium, or the medium itself, was made unreadable (消去の方法)."""

    SOFTWARE = "software", "専用のデータ削除ソフトウェアによる消去"
    PHYSICAL = "physical", "物理的な破壊（破砕・穿孔など）"
    DEGAUSS = "degauss", "磁気による消去"
    RECIPIENT = "recipient", "渡し先で消去し、消去の報告を受けた"


@tracked()
class MediaOfficer(PublicId):
    """媒体取扱担当者（定められた担当者）: who alone works with media of an office, from when to when (E04)."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="media_duties", verbose_name="職員")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="事務所")
    period = DateRangeField("期間", help_text="半開区間。上端なしは継続中")
    reason = models.CharField("指名の理由", max_length=200)
    appointed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="指名した職員")

    class Meta:
        verbose_name = verbose_name_plural = "媒体取扱担当者"
        ordering = ["office__code", "-period"]
        constraints = [
            ExclusionConstraint(
                name="media_officer_no_overlap",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    ("office", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                violation_error_message="この職員は、この期間にすでに指名されています。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.staff_id}@{self.office_id}"


@tracked()
class Medium(PublicId):
    """媒体: one USB memory, disc or drive that the office owns, by the number on its label."""

    class Kind(models.TextChoices):
        USB = "usb", "USBメモリ"
        OPTICAL = "optical", "CD・DVD・BD"
        DRIVE = "drive", "外付けディスク"
        TAPE = "tape", "磁気テープ"

    number = models.CharField("管理番号", max_length=20, unique=True)
    kind = models.CharField("種類", max_length=7, choices=Kind.choices)
    serial = models.CharField("製造番号", max_length=60, blank=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="事務所")
    place = models.CharField("保管場所", max_length=60, help_text="施錠できる場所")
    registered_on = models.DateField("登録日")
    registered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="登録者")
    disposed_on = models.DateField("廃棄日", null=True, blank=True)
    disposed_how = models.CharField("廃棄の方法", max_length=9, choices=Way.choices, blank=True)
    disposed_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="廃棄した職員"
    )
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "媒体"
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number


@tracked()
class Export(PublicId):
    """外部出力: data of insured persons that leaves the system as an encrypted file (E13, E14, F3).

    The file is kept as it leaves, under its own password; once the password was shown, nobody here can open it.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "承認待ち"
        MAKING = "making", "作成中"
        READY = "ready", "受取りできる"
        ERASED = "erased", "消去済み"
        REJECTED = "rejected", "承認されなかった"
        FAILED = "failed", "作成できなかった"

    class Carrier(models.TextChoices):
        TERMINAL = "terminal", "庁内の端末で使う（媒体に写さない）"
        MEDIUM = "medium", "登録した媒体に写す"

    LIVE = (State.PROPOSED, State.MAKING, State.READY)

    number = models.CharField("番号", max_length=20, unique=True)
    kind = models.SlugField("種類", max_length=50)
    label = models.CharField("出力するもの", max_length=60)
    file = models.CharField("ファイル", max_length=20, choices=[(f.value, name) for f, name in FILE_LABELS.items()])
    items = ArrayField(models.CharField(max_length=40), verbose_name="項目")
    parameters = models.JSONField("条件", default=dict, help_text="個人情報を含まない")
    words = models.CharField("条件の説明", max_length=200, blank=True)
    offices = ArrayField(models.BigIntegerField(), verbose_name="対象の事務所")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="所属")
    purpose = models.CharField("利用目的", max_length=150)
    recipient = models.CharField("提供先・利用者", max_length=100)
    carrier = models.CharField("持ち出し方", max_length=8, choices=Carrier.choices)
    medium = models.ForeignKey(
        Medium, null=True, blank=True, on_delete=models.PROTECT, related_name="exports", verbose_name="媒体"
    )
    erase_by = models.DateField("消去の期限", help_text="受け取ったファイルと媒体の内容を、この日までに消去する")
    count = models.PositiveIntegerField("人数")
    is_bulk = models.BooleanField("大量出力", default=False)
    state = models.CharField("状態", max_length=8, choices=State.choices)
    failure = models.CharField("作成できなかった理由", max_length=300, blank=True)
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="+", verbose_name="申請した端末")
    requested_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="申請者")
    requested_at = models.DateTimeField("申請日時")
    job = models.ForeignKey(
        JobRun, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="一括処理"
    )
    made_at = models.DateTimeField("作成日時", null=True, blank=True)
    location = models.CharField("保管場所", max_length=200, blank=True)
    size = models.PositiveBigIntegerField("バイト数", null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, help_text="暗号化したファイルの要約値")
    expires_on = models.DateField("受取りの期限", null=True, blank=True, help_text="この日を過ぎると消去する")
    collected = models.PositiveSmallIntegerField("受取りの回数", default=0)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "外部出力"
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="export_medium_named",
                condition=models.Q(carrier="terminal", medium=None) | models.Q(carrier="medium", medium__isnull=False),
                violation_error_message="媒体に写すときは、媒体を選んでください。",
            )
        ]
        indexes = [
            models.Index(fields=["office", "-requested_at"], name="export_by_office"),
            # what the nightly erasure looks for
            models.Index(fields=["expires_on"], name="export_to_expire", condition=models.Q(state="ready")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def unit(self) -> str:
        """What is counted: 人, or 件 for a log."""
        kind = kind_of(self.kind)
        return kind.unit if kind else "件"


class ExportSecret(models.Model):
    """出力のパスワード: sealed until it is shown to the asker, then deleted. Not in the change history."""

    export = models.OneToOneField(Export, on_delete=models.CASCADE, related_name="secret", verbose_name="外部出力")
    sealed = models.BinaryField("封をしたパスワード")

    class Meta:
        verbose_name = verbose_name_plural = "出力のパスワード"

    def __str__(self) -> str:
        return str(self.export_id)


class ExportStep(AppendOnly):
    """出力台帳: every step of an export, by whom, when, at which terminal. Only grows."""

    class Kind(models.TextChoices):
        REQUESTED = "requested", "申請"
        APPROVED = "approved", "承認"
        REJECTED = "rejected", "不承認・取下げ"
        MADE = "made", "作成"
        FAILED = "failed", "作成できず"
        PASSWORD = "password", "パスワードの表示"
        COLLECTED = "collected", "受取り"
        CANCELLED = "cancelled", "取消し・消去"
        EXPIRED = "expired", "期限による消去"

    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="steps", verbose_name="外部出力")
    kind = models.CharField("行為", max_length=9, choices=Kind.choices)
    at = models.DateTimeField("日時")
    staff = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="職員"
    )
    staff_name = models.CharField("職員名", max_length=60)
    terminal = models.CharField("端末", max_length=40, blank=True)
    address = models.GenericIPAddressField("端末アドレス", null=True, blank=True)
    note = models.CharField("内容", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "出力台帳"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.kind


@tracked()
class MediumUse(PublicId):
    """媒体管理簿の一行 (E04): what was copied to which medium, where and by whom, handed to whom, erased when."""

    number = models.CharField("番号", max_length=20, unique=True)
    medium = models.ForeignKey(Medium, on_delete=models.PROTECT, related_name="uses", verbose_name="媒体")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="事務所")
    export = models.ForeignKey(
        Export, null=True, blank=True, on_delete=models.PROTECT, related_name="uses", verbose_name="外部出力"
    )
    content = models.CharField("写した内容", max_length=200)
    count = models.PositiveIntegerField("人数", null=True, blank=True)
    purpose = models.CharField("利用目的", max_length=150)
    recipient = models.CharField("渡し先", max_length=100, blank=True, help_text="渡さないときは空欄")
    copied_at = models.DateTimeField("写した日時")
    copied_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="写した職員")
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="+", verbose_name="端末")
    due_on = models.DateField("返却・消去の期限")
    handed_on = models.DateField("渡した日", null=True, blank=True)
    handed_to = models.CharField("受け取った人", max_length=100, blank=True)
    handed_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="渡した職員"
    )
    returned_on = models.DateField("戻った日", null=True, blank=True)
    returned_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="受け取った職員"
    )
    erased_on = models.DateField("消去した日", null=True, blank=True)
    erased_how = models.CharField("消去の方法", max_length=9, choices=Way.choices, blank=True)
    erased_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="消去した職員"
    )
    voided_at = models.DateTimeField("取消日時", null=True, blank=True)
    voided_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="取り消した職員"
    )
    void_reason = models.CharField("取消しの理由", max_length=200, blank=True)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = "媒体管理簿"
        verbose_name_plural = "媒体管理簿"
        ordering = ["-copied_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="use_erased_how",
                condition=models.Q(erased_on=None, erased_how="")
                | (models.Q(erased_on__isnull=False) & ~models.Q(erased_how="")),
                violation_error_message="消去の方法を選んでください。",
            )
        ]
        indexes = [
            # what is still out, for the overdue list
            models.Index(
                fields=["office", "due_on"],
                name="use_still_out",
                condition=models.Q(erased_on=None, voided_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def stage(self) -> tuple[str, str]:
        """Where it is now: a key for the look, and the words."""
        if self.voided_at:
            return "voided", "取消し"
        if self.erased_on:
            return "done", "消去済み"
        if self.returned_on:
            return "waiting", "消去待ち"
        return ("running", "渡している") if self.handed_on else ("waiting", "手元にある")


class TerminalChange(AppendOnly):
    """端末台帳の変更: what somebody changed in the register of terminals, and why. Only grows."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", "登録"
        CHANGED = "changed", "変更"
        ALLOWED = "allowed", "出力の許可"
        WITHDRAWN = "withdrawn", "許可の取消し"
        RETIRED = "retired", "使用の終了"
        RESTORED = "restored", "使用の再開"

    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="changes", verbose_name="端末")
    kind = models.CharField("変更", max_length=10, choices=Kind.choices)
    at = models.DateTimeField("日時")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="職員")
    note = models.CharField("内容・理由", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "端末台帳の変更"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.kind
