"""住民・宛名: residents, their stays and households, and the secrets kept of them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models

from audit.history import tracked
from audit.models import Office, PublicId


@tracked(exclude=("name_key", "kana_key"))
class Resident(PublicId):
    """住民・宛名: any person, as the resident register last told us.

    Names are kept as registered, variation selectors included; `name_key` and `kana_key` are folded for
    search (`kaigo.common.kana`). `row_version` rises with each change and is carried by every form.
    """

    class Status(models.TextChoices):
        RESIDENT = "1", "住民"
        MOVED_OUT = "2", "転出"
        DIED = "3", "死亡"
        REMOVED = "4", "職権消除"
        OUTSIDE = "5", "住登外"

    class NameInUse(models.TextChoices):
        OWN = "1", "本名"
        ALIAS = "2", "通称"

    class Sex(models.TextChoices):
        MALE = "1", "男"
        FEMALE = "2", "女"
        UNKNOWN = "9", "不明"

    addressee_number = models.CharField("宛名番号", max_length=15, unique=True)
    history_serial = models.PositiveIntegerField("住民記録の履歴番号", help_text="取り込んだ最後の履歴番号")
    status = models.CharField("住民状態", max_length=1, choices=Status.choices)
    name = models.CharField("氏名", max_length=80)
    kana = models.CharField("氏名（カナ）", max_length=120)
    alias = models.CharField("通称", max_length=80, blank=True)
    alias_kana = models.CharField("通称（カナ）", max_length=120, blank=True, default="", db_default="")
    name_in_use = models.CharField(
        "本名通称区分", max_length=1, choices=NameInUse.choices, blank=True, default="", db_default=""
    )
    latin_name = models.CharField("氏名（英字）", max_length=80, blank=True, default="", db_default="")
    joint_name = models.CharField("併記名", max_length=80, blank=True, default="", db_default="")
    name_key = models.CharField("氏名検索キー", max_length=255, help_text="一文字が数文字に開くことがある")
    kana_key = models.CharField("カナ検索キー", max_length=255)
    birth_date = models.DateField("生年月日")
    sex = models.CharField("性別", max_length=1, choices=Sex.choices)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, verbose_name="担当事務所")
    ward_code = models.CharField("区コード", max_length=5)
    postal_code = models.CharField("郵便番号", max_length=7)
    town = models.CharField("町名", max_length=80)
    lot = models.CharField("番地", max_length=40)
    building = models.CharField("方書", max_length=80, blank=True)
    town_code = models.CharField("町名コード", max_length=12, blank=True, default="", db_default="")
    district_code = models.CharField("行政区コード", max_length=6, blank=True, default="", db_default="")
    building_kana = models.CharField("方書（カナ）", max_length=120, blank=True, default="", db_default="")
    phone = models.CharField("電話番号", max_length=15, blank=True)
    resident_from = models.DateField("住民となった日")
    resident_until = models.DateField("住民でなくなった日", null=True, blank=True, help_text="転出日又は死亡日")
    previous_municipality = models.CharField("転入前市町村", max_length=60, blank=True)
    taken_over_on = models.DateField("転出先の転入日", null=True, blank=True, help_text="分かるときだけ")
    is_foreign = models.BooleanField("外国人", default=False)
    residence_status = models.CharField("在留資格コード", max_length=4, blank=True, default="", db_default="")
    residence_term = models.CharField("在留期間コード", max_length=4, blank=True, default="", db_default="")
    residence_from = models.DateField("在留開始年月日", null=True, blank=True)
    residence_until = models.DateField("在留終了年月日", null=True, blank=True)
    is_protected = models.BooleanField("支援措置", default=False, help_text="DV等支援措置対象者")
    insured_elsewhere = models.BooleanField(
        "他市町村の被保険者", default=False, help_text="住所地特例で他の保険者の被保険者である人"
    )
    elsewhere_insurer_number = models.CharField("特例保険者番号", max_length=6, blank=True)
    row_version = models.PositiveIntegerField("版", default=1, db_default=1)

    class Meta:
        verbose_name = verbose_name_plural = "住民"
        indexes = [
            models.Index(OpClass("kana_key", "varchar_pattern_ops"), name="resident_kana"),  # prefix search
            models.Index(OpClass("name_key", "varchar_pattern_ops"), name="resident_name"),
            GinIndex(OpClass("kana_key", "gin_trgm_ops"), name="resident_kana_trgm"),  # inner and fuzzy search
            models.Index(fields=["birth_date"], name="resident_birth"),
            models.Index(fields=["phone"], name="resident_phone", condition=~models.Q(phone="")),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class ResidentVersion(models.Model):
    """住民記録の履歴: one version of a person's entry as the register sent it; never changed, whenever it arrived.

    What the house knows of stays and households follows from all of them together, in the order of their serials.
    """

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="versions", verbose_name="住民")
    history_serial = models.PositiveIntegerField("履歴番号")
    event = models.CharField("異動事由コード", max_length=2)
    event_on = models.DateField("異動年月日")
    reported_on = models.DateField("届出年月日", null=True, blank=True)
    received_at = models.DateTimeField("受信日時")
    status = models.CharField("住民状態", max_length=1, choices=Resident.Status.choices)
    household_number = models.CharField("世帯番号", max_length=15)
    relationship = models.CharField("続柄コード", max_length=2)
    name = models.CharField("氏名", max_length=80)
    kana = models.CharField("氏名（カナ）", max_length=120)
    alias = models.CharField("通称", max_length=80, blank=True)
    ward_code = models.CharField("区コード", max_length=5)
    town = models.CharField("町名", max_length=80)
    lot = models.CharField("番地", max_length=40)
    building = models.CharField("方書", max_length=80, blank=True)
    resident_from = models.DateField("住民となった日")
    resident_until = models.DateField("住民でなくなった日", null=True, blank=True)
    taken_over_on = models.DateField("転出先の転入日", null=True, blank=True)
    previous_municipality = models.CharField("転入前市町村", max_length=60, blank=True)
    insured_elsewhere = models.BooleanField("他市町村の被保険者", default=False)
    elsewhere_insurer_number = models.CharField("特例保険者番号", max_length=6, blank=True)
    digest = models.BinaryField("内容の要約値", help_text="同じ履歴番号で違う内容が届いたことを見分ける")

    class Meta:
        verbose_name = verbose_name_plural = "住民記録の履歴"
        constraints = [
            models.UniqueConstraint(fields=["resident", "history_serial"], name="resident_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.history_serial}"


@tracked()
class Residence(models.Model):
    """住民であった期間: a stay, as the versions of the resident register give it."""

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="residences", verbose_name="住民")
    begun_on = models.DateField("住民となった日")
    begin = models.CharField("始まりの事由", max_length=10, default="move_in")
    ended_on = models.DateField("住民でなくなった日", null=True, blank=True)
    end = models.CharField("終わりの事由", max_length=10, blank=True)
    taken_over_on = models.DateField("転出先の転入日", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "住民であった期間"
        constraints = [
            models.UniqueConstraint(fields=["resident", "begun_on"], name="residence_one_a_day"),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True) | models.Q(ended_on__gte=models.F("begun_on")),
                name="residence_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.begun_on}"


@tracked()
class HouseholdMembership(models.Model):
    """世帯員の期間: the household that a resident belonged to, half-open by day."""

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="memberships", verbose_name="住民")
    household_number = models.CharField("世帯番号", max_length=15)
    relationship = models.CharField("続柄コード", max_length=2)
    period = DateRangeField("期間", help_text="半開区間。上端なしは現在まで")

    class Meta:
        verbose_name = verbose_name_plural = "世帯員"
        indexes = [models.Index(fields=["household_number"], name="membership_household")]
        constraints = [
            ExclusionConstraint(
                name="membership_one_household_a_day",
                expressions=[("resident", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                violation_error_message="同じ日に二つの世帯に属することはできません。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.period}"


class PersonKey(models.Model):
    """データ鍵: the person's data key, wrapped by the key ring. Destroying it erases the person's secrets."""

    resident = models.OneToOneField(
        Resident, primary_key=True, on_delete=models.PROTECT, related_name="key", verbose_name="住民"
    )
    wrapped = models.BinaryField("包まれたデータ鍵")

    class Meta:
        verbose_name = verbose_name_plural = "データ鍵"

    def __str__(self) -> str:
        return str(self.resident_id)


@tracked(exclude=("lookup",))
class IndividualNumber(models.Model):
    """個人番号: AES-256-GCM under the person's data key; found again by a keyed hash only.

    Its earlier versions are kept as they are: sealed under the same key, erased with it.
    """

    resident = models.OneToOneField(
        Resident, primary_key=True, on_delete=models.PROTECT, related_name="individual_number", verbose_name="住民"
    )
    sealed = models.BinaryField("暗号文")
    lookup = models.BinaryField("照合値", unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "個人番号"

    def __str__(self) -> str:
        return str(self.resident_id)


class ResidentCode(models.Model):
    """住民票コード: the code of the resident register network, sealed under the person's key; nobody searches it."""

    resident = models.OneToOneField(
        Resident, primary_key=True, on_delete=models.PROTECT, related_name="resident_code", verbose_name="住民"
    )
    sealed = models.BinaryField("暗号文")

    class Meta:
        verbose_name = verbose_name_plural = "住民票コード"

    def __str__(self) -> str:
        return str(self.resident_id)
