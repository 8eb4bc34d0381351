"""被保険者証: every card that was issued, what was printed on it, and where it is now."""

from django.db import models
from django.db.models import Q

from audit.history import tracked
from audit.models import JobRun, Office, PublicId, Staff
from eligibility.models.insured import Insured
from eligibility.models.residents import Resident


@tracked()
class Card(PublicId):
    """被保険者証: one issued card (規則26条). An insured person has at most one that is in force.

    `content` is what is printed on the first panel, so that a print of an old card says what the card says.
    `recover` says that the house wants it back; it stays so until `returned_on` is known.
    """

    class End(models.TextChoices):
        REPLACED = "replaced", "差替"
        LOST = "lost", "紛失"
        DISQUALIFIED = "disqualified", "資格喪失"
        RETURNED = "returned", "返還"

    class Handed(models.TextChoices):
        COUNTER = "counter", "窓口で渡す"
        POST = "post", "郵送する"

    insured = models.ForeignKey(Insured, on_delete=models.PROTECT, related_name="cards", verbose_name="被保険者")
    serial = models.PositiveSmallIntegerField("発行回数")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, verbose_name="交付事務所")
    reason = models.CharField("交付事由", max_length=20)
    issued_on = models.DateField("交付年月日")
    valid_until = models.DateField("有効期限", null=True, blank=True)
    handed = models.CharField("渡し方", max_length=10, choices=Handed.choices)
    content = models.JSONField("記載内容", default=dict)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name="差替前の証"
    )
    ended_on = models.DateField("効力を失った日", null=True, blank=True)
    end = models.CharField("効力を失った事由", max_length=12, choices=End.choices, blank=True)
    recover = models.BooleanField("回収を要する", default=False)
    returned_on = models.DateField("回収日", null=True, blank=True)
    returned_how = models.CharField("回収の方法", max_length=20, blank=True)
    reminded_on = models.DateField("返還を求めた日", null=True, blank=True)
    job = models.ForeignKey(JobRun, on_delete=models.PROTECT, null=True, blank=True, verbose_name="一斉交付の処理")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, verbose_name="交付した職員")
    created_at = models.DateTimeField("登録日時")
    withdrawn = models.BooleanField("取消", default=False)
    row_version = models.PositiveIntegerField("版", default=1, db_default=1)

    class Meta:
        verbose_name = verbose_name_plural = "被保険者証"
        constraints = [
            models.UniqueConstraint(fields=["insured", "serial"], name="card_serial"),
            models.UniqueConstraint(
                fields=["insured"], condition=Q(ended_on=None, withdrawn=False), name="card_one_in_force"
            ),
        ]
        indexes = [
            models.Index(fields=["office", "-issued_on"], name="card_office"),
            models.Index(
                fields=["ended_on"], condition=Q(recover=True, returned_on=None, withdrawn=False), name="card_wanted"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class CardProposal(models.Model):
    """一斉交付の仮実行: who would be given a card by a run, and why somebody of the month is left out."""

    job = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="card_proposals", verbose_name="処理")
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, verbose_name="住民")
    reason = models.CharField("交付事由", max_length=20)
    due_on = models.DateField("資格取得日")
    left_out = models.CharField("除いた理由", max_length=160, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "一斉交付の対象"
        constraints = [models.UniqueConstraint(fields=["job", "resident"], name="card_proposal_once")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.resident_id}"
