"""委託先 (E16): contracts, security reports, inspections, sub-contracting, the operators' ids, the end."""

from django.db import models

from audit.models import Staff
from audit.registers.models.base import Entry, Line, tracked


@tracked()
class Contract(Entry):
    """委託契約."""

    SERIES = "委託"

    class End(models.TextChoices):
        RETURNED = "returned", "返還"
        DESTROYED = "destroyed", "破棄"
        ERASED = "erased", "消去"

    contractor = models.CharField("委託先", max_length=100)
    first_day = models.DateField("契約開始日")
    last_day = models.DateField("契約終了日")
    scope = models.CharField("委託する業務", max_length=400)
    systems = models.CharField("扱うシステム・情報", max_length=400)
    responsible = models.CharField("個人情報管理責任者", max_length=60)
    iso_number = models.CharField("ISO/IEC 27001 登録番号", max_length=40, blank=True)
    iso_until = models.DateField("ISO/IEC 27001 有効期限", null=True, blank=True)
    pmark_number = models.CharField("プライバシーマーク 登録番号", max_length=40, blank=True)
    pmark_until = models.DateField("プライバシーマーク 有効期限", null=True, blank=True)
    end_method = models.CharField("終了時の扱い", max_length=9, choices=End.choices, blank=True)
    end_done_on = models.DateField("返還・破棄・消去した日", null=True, blank=True)
    end_reported_on = models.DateField("報告書を受けた日", null=True, blank=True)
    end_note = models.CharField("方法・媒体・立会者", max_length=400, blank=True)

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "委託契約"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="contract_days",
                violation_error_message="契約終了日は、契約開始日以後の日にしてください。",
            )
        ]  # fmt: skip


@tracked()
class SecurityReport(Line):
    """定期の安全管理の報告."""

    entry = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="security_reports", verbose_name="委託")
    due_on = models.DateField("提出期限")
    received_on = models.DateField("受領日", null=True, blank=True)
    content = models.CharField("内容・指摘", max_length=400, blank=True)

    class Meta(Line.Meta):
        verbose_name = verbose_name_plural = "定期報告"
        ordering = ["due_on"]

    def __str__(self) -> str:
        return f"{self.due_on}"


@tracked()
class Inspection(Line):
    """立入検査・書面検査."""

    class Kind(models.TextChoices):
        ON_SITE = "site", "立入検査"
        PAPER = "paper", "書面検査"

    entry = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="inspections", verbose_name="委託")
    kind = models.CharField("方法", max_length=5, choices=Kind.choices)
    inspected_on = models.DateField("検査日")
    inspector = models.CharField("検査した職員", max_length=60)
    findings = models.CharField("指摘事項", max_length=400, blank=True, help_text="なければ空欄")
    due_on = models.DateField("改善期限", null=True, blank=True)
    done_on = models.DateField("改善を確かめた日", null=True, blank=True)

    class Meta(Line.Meta):
        verbose_name = verbose_name_plural = "検査"
        ordering = ["inspected_on"]

    def __str__(self) -> str:
        return self.get_kind_display()


@tracked()
class SubContract(Line):
    """再委託承諾: asked for by the contractor, consented to by a second person with the checklist answered."""

    class State(models.TextChoices):
        ENTERED = "entered", "確認中"
        PROPOSED = "proposed", "決裁待ち"
        CONSENTED = "consented", "承諾"
        REFUSED = "refused", "不承諾"
        WITHDRAWN = "withdrawn", "取下げ"

    entry = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="sub_contracts", verbose_name="委託")
    party = models.CharField("再委託先", max_length=100)
    reason = models.CharField("再委託する理由", max_length=400)
    content = models.CharField("再委託する業務", max_length=400)
    information = models.CharField("扱う情報", max_length=400)
    supervision = models.CharField("監督の方法", max_length=400)
    answers = models.JSONField("外部委託時のチェックリスト", default=dict)
    state = models.CharField("状態", max_length=9, choices=State.choices, default=State.ENTERED)
    decided_on = models.DateField("決まった日", null=True, blank=True)
    ending = models.CharField("不承諾・取下げの理由", max_length=400, blank=True)

    class Meta(Line.Meta):
        verbose_name = verbose_name_plural = "再委託"

    def __str__(self) -> str:
        return self.party

    @property
    def is_fixed(self) -> bool:
        """Sent round or decided on: what was consented to stays as it was."""
        return self.state != self.State.ENTERED


@tracked()
class ContractorId(Line):
    """委託先の従業者の利用者ID: ends with the contract."""

    entry = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="ids", verbose_name="委託")
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="contracts", verbose_name="利用者ID",
        limit_choices_to={"employment": Staff.Employment.CONTRACTOR},
    )  # fmt: skip

    class Meta(Line.Meta):
        verbose_name = verbose_name_plural = "利用者ID"
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "staff"], name="contractor_id_once",
                violation_error_message="この利用者IDは、すでにこの契約に結び付いています。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.staff.login
