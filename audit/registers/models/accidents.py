"""漏えい等事案 (E20): accidents with personal information, reports to the commission, measures."""

from django.db import models

from audit.registers.models.base import Entry, Line, tracked


@tracked()
class Accident(Entry):
    """漏えい等事案."""

    SERIES = "事案"

    class Category(models.TextChoices):
        LOST_ON_THE_WAY = "F1", "所属間の受渡しでの書類の紛失"
        WRONG_ADDRESS = "F2", "送付先の誤り（元の家族等の住所）"
        CONTRACTOR = "F3", "委託先への不正アクセス等"
        WRONG_CONTENT = "F4", "別人の書類の封入"
        LOST_AT_PARTNER = "F5", "関係機関での原本の紛失"
        SWAPPED = "F6", "2件の書類の取違え"
        LOOKED_UP = "look", "業務外の閲覧"
        OTHER = "other", "その他"

    category = models.CharField("区分", max_length=5, choices=Category.choices)
    occurred_on = models.DateField("発生日", null=True, blank=True, help_text="分からないときは空欄")
    known_on = models.DateField("知った日", help_text="報告期限は、この日から数えます")
    facts = models.TextField("事実の経過", max_length=4000)
    persons = models.PositiveIntegerField("本人の数（おそれを含む）")
    information = models.CharField("個人情報の項目", max_length=400)
    number_involved = models.BooleanField("個人番号・特定個人情報を含む", default=False)
    from_system = models.BooleanField(
        "個人番号を扱う事務の情報システムで管理する情報",
        default=False,
        help_text="システムから漏れた、または失われたとき",
    )
    is_encrypted = models.BooleanField(
        "高度な暗号化等の措置がある", default=False, help_text="権利利益を守る措置があり、報告の対象から除かれるとき"
    )
    is_sensitive = models.BooleanField("要配慮個人情報を含む", default=False)
    is_property = models.BooleanField("財産的被害のおそれ", default=False)
    is_improper = models.BooleanField("不正の目的によるおそれ", default=False)
    is_public = models.BooleanField("不特定多数の者に閲覧され得た", default=False)
    cause = models.TextField("原因", max_length=4000, blank=True)
    containment = models.TextField("応急の措置", max_length=4000, blank=True)
    notified_on = models.DateField("本人に通知した日", null=True, blank=True)
    not_notified = models.CharField("通知しない理由・代わりの措置", max_length=400, blank=True)
    published_on = models.DateField("公表した日", null=True, blank=True)

    class Meta(Entry.Meta):
        verbose_name = verbose_name_plural = "漏えい等事案"


@tracked()
class AccidentReport(Line):
    """個人情報保護委員会への報告."""

    class Kind(models.TextChoices):
        PRELIMINARY = "preliminary", "速報"
        FINAL = "final", "確報"
        CORRECTION = "correction", "続報・訂正"

    entry = models.ForeignKey(Accident, on_delete=models.PROTECT, related_name="reports", verbose_name="事案")
    kind = models.CharField("区分", max_length=11, choices=Kind.choices)
    reported_on = models.DateField("報告日")
    reference = models.CharField("受付番号", max_length=40, blank=True)
    content = models.TextField("報告した内容", max_length=4000, blank=True)

    class Meta(Line.Meta):
        verbose_name = verbose_name_plural = "委員会への報告"

    def __str__(self) -> str:
        return self.get_kind_display()


@tracked()
class AccidentMeasure(Line):
    """再発防止策."""

    entry = models.ForeignKey(Accident, on_delete=models.PROTECT, related_name="measures", verbose_name="事案")
    content = models.CharField("対策", max_length=400)
    owner = models.CharField("担当", max_length=60)
    due_on = models.DateField("期限")
    done_on = models.DateField("実施日", null=True, blank=True)

    class Meta(Line.Meta):
        verbose_name = verbose_name_plural = "再発防止策"

    def __str__(self) -> str:
        return self.content
