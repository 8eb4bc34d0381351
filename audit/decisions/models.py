"""Tables of approval (決裁): routes, decisions with their steps, and what each person did."""

from django.contrib.auth.models import Group
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Coalesce

from audit.history import tracked
from audit.models import AppendOnly, Office, PublicId, Staff


class Who(models.TextChoices):
    """Who acts at a step (だれが)."""

    RIGHT = "right", "決定の権限を持つ職員"
    ROLE = "role", "役割を持つ職員"
    POSITION = "position", "職名の職員"
    PERSON = "person", "指定した職員"


class Action(models.TextChoices):
    """What is done at a step: consent (合議), or the decision itself (決裁)."""

    CONSULT = "consult", "合議"
    DECIDE = "decide", "決裁"


class StepFields(models.Model):
    """What a step of a route and a step of a decision have in common."""

    order = models.PositiveSmallIntegerField("順")
    action = models.CharField("区分", max_length=7, choices=Action.choices)
    who = models.CharField("処理する人", max_length=8, choices=Who.choices)
    role = models.ForeignKey(
        Group, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="役割"
    )
    position = models.CharField("職名", max_length=40, blank=True)
    person = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="職員"
    )
    office = models.ForeignKey(
        Office, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="所属",
        help_text="空欄は、伺書の所属",
    )  # fmt: skip
    deputy_position = models.CharField(
        "代決する職名", max_length=40, blank=True, help_text="空欄は、代決を認めない。不在のときに代わって決裁する人"
    )

    class Meta:
        abstract = True
        ordering = ["order"]

    @property
    def label(self) -> str:
        """Who acts here, in words: 課長（本庁）."""
        names = {
            Who.RIGHT: "決定の権限を持つ職員",
            Who.ROLE: f"{self.role}の職員" if self.role else "",
            Who.POSITION: self.position,
            Who.PERSON: self.person.name if self.person else "",
        }
        return names[Who(self.who)] + (f"（{self.office.name}）" if self.office else "")


@tracked()
class Route(PublicId):
    """決裁経路: the steps that a kind of decision goes through, up to an amount (専決), from a day on.

    Where no route is in force, one other person with the right to decide is the whole route. A route without steps
    brings that back.
    """

    kind = models.CharField("決裁の種類", max_length=60)
    office = models.ForeignKey(
        Office, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="所属",
        help_text="空欄は、すべての所属",
    )  # fmt: skip
    amount_up_to = models.BigIntegerField(
        "専決できる金額の上限（円）", null=True, blank=True, help_text="この金額以下のとき。空欄は、金額を問わない"
    )
    period = DateRangeField("適用期間", help_text="半開区間。上端なしは継続中")
    in_force = models.BooleanField("決裁済み", default=False)
    reason = models.CharField("理由・根拠", max_length=200)
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="入力者")

    class Meta:
        verbose_name = verbose_name_plural = "決裁経路"
        ordering = ["kind", "office__code", "amount_up_to", "-period"]
        constraints = [
            ExclusionConstraint(
                name="route_no_overlap",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    (Coalesce("office_id", 0), RangeOperators.EQUAL),
                    (Coalesce("amount_up_to", -1), RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(in_force=True),
                violation_error_message="この期間には、ほかの決裁経路がすでにあります。",
            ),
            models.CheckConstraint(condition=models.Q(amount_up_to__gte=0), name="route_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return self.kind


class RouteStep(AppendOnly, StepFields):
    """経路の段階."""

    route = models.ForeignKey(Route, on_delete=models.PROTECT, related_name="steps", verbose_name="決裁経路")

    class Meta(StepFields.Meta):
        verbose_name = verbose_name_plural = "経路の段階"
        constraints = [models.UniqueConstraint(fields=["route", "order"], name="route_step_order")]

    def __str__(self) -> str:
        return f"{self.order}"


@tracked()
class Batch(PublicId):
    """一括伺書: one cover over several decisions of a kind and office, decided together with a list."""

    number = models.CharField("番号", max_length=20, unique=True)
    kind = models.CharField("決裁の種類", max_length=60)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="所属")
    title = models.CharField("件名", max_length=100)
    reason = models.CharField("理由", max_length=400, blank=True)
    made_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="起案者")
    made_at = models.DateTimeField("起案日時")

    class Meta:
        verbose_name = verbose_name_plural = "一括伺書"
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.number


@tracked()
class Decision(PublicId):
    """伺書: something that another person than its proposer decides before it takes effect.

    `rows` is what the deciders read, `fingerprint` stands for the content that it was proposed with: what is
    decided is what is put in force. The title carries no personal data.
    """

    class State(models.TextChoices):
        CIRCULATING = "circulating", "回付中"
        RETURNED = "returned", "差戻し"
        APPROVED = "approved", "決裁済"
        REJECTED = "rejected", "否決"
        WITHDRAWN = "withdrawn", "取下げ"

    OPEN = (State.CIRCULATING, State.RETURNED)

    number = models.CharField("番号", max_length=20, unique=True)
    kind = models.CharField("決裁の種類", max_length=60)
    title = models.CharField("件名", max_length=100)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name="所属")
    about = models.UUIDField("対象", db_index=True)
    amount = models.BigIntegerField("金額（円）", null=True, blank=True)
    reason = models.CharField("理由", max_length=400, blank=True)
    rows = models.JSONField("内容", default=list, encoder=DjangoJSONEncoder)
    fingerprint = models.CharField("内容の要約値", max_length=64)
    state = models.CharField("状態", max_length=11, choices=State.choices, default=State.CIRCULATING)
    round = models.PositiveSmallIntegerField("回付の回", default=1)
    current = models.ForeignKey(
        "DecisionStep", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="今の段階"
    )
    route = models.ForeignKey(
        Route, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="決裁経路"
    )
    batch = models.ForeignKey(
        Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions", verbose_name="一括伺書"
    )
    proposed_by = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="起案者",
        help_text="空欄は定時処理",
    )  # fmt: skip
    proposed_at = models.DateTimeField("起案日時")
    closed_at = models.DateTimeField("完結日時", null=True, blank=True)
    version = models.PositiveIntegerField("版", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "伺書"
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about"],
                condition=models.Q(state__in=["circulating", "returned"]),
                name="decision_one_open",
                violation_error_message="この件の伺書は、すでに回付しています。",
            )
        ]
        indexes = [models.Index(fields=["office", "state"], name="decision_by_office")]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class DecisionStep(AppendOnly, StepFields):
    """伺書の段階: the route as it was when the decision was sent round, step by step; a new round has new ones."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="steps", verbose_name="伺書")
    round = models.PositiveSmallIntegerField("回付の回")

    class Meta(StepFields.Meta):
        verbose_name = verbose_name_plural = "伺書の段階"
        constraints = [models.UniqueConstraint(fields=["decision", "round", "order"], name="decision_step_order")]

    def __str__(self) -> str:
        return f"{self.round}-{self.order}"


class DecisionAct(AppendOnly, PublicId):
    """決裁の経過: what somebody did with a decision, when, for whom, with what remark."""

    class Kind(models.TextChoices):
        PROPOSE = "propose", "起案"
        AGREE = "agree", "合議"
        DECIDE = "decide", "決裁"
        RETURN = "return", "差戻し"
        REJECT = "reject", "否決"
        WITHDRAW = "withdraw", "取下げ"
        RESEND = "resend", "再回付"
        REVIEW = "review", "後閲"

    class Mark(models.TextChoices):
        NONE = "", ""
        SUBSTITUTE = "substitute", "代理"
        DEPUTY = "deputy", "代決"

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="acts", verbose_name="伺書")
    step = models.ForeignKey(
        DecisionStep, null=True, blank=True, on_delete=models.PROTECT, related_name="acts", verbose_name="段階"
    )
    round = models.PositiveSmallIntegerField("回付の回")
    kind = models.CharField("行為", max_length=8, choices=Kind.choices)
    mark = models.CharField("代決・代理", max_length=10, choices=Mark.choices, blank=True)
    staff = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="職員")
    staff_name = models.CharField("氏名", max_length=60)
    position = models.CharField("職名", max_length=40, blank=True)
    comment = models.CharField("意見・理由", max_length=400, blank=True)
    at = models.DateTimeField("日時")

    class Meta:
        verbose_name = verbose_name_plural = "決裁の経過"
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["step"],
                condition=models.Q(kind__in=["agree", "decide"]),
                name="decision_step_once",
                violation_error_message="この段階は、すでに処理されています。",
            )
        ]

    def __str__(self) -> str:
        return self.kind
