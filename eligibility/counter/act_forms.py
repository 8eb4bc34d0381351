"""The forms of the notifications of 資格: each asks only what the house does not know already."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings

from audit.formfields import WarekiDateField
from eligibility import rules
from eligibility.counter.forms import EMPTY, ActForm, FacilityField
from eligibility.models import Declaration, Facility, MedicalCover, Placement, Resident
from eligibility.practice import choices, number
from kaigo.common import checkdigits, clock
from kaigo.common.days import add_months

NEXT_HELP = "空欄のときは、市の取扱いの月数の後の日になります"


def next_confirmation(day: date) -> date:
    """The day by which somebody's stay in a facility is looked at again, from a day on (D23)."""
    return add_months(day, number("confirm_months", day))


def open_placement(resident: Resident, *kinds: str) -> Placement | None:
    """The facility in which a person lives now, of the kinds named."""
    rows = resident.placements.filter(withdrawn=False, ended_on=None, kind__in=kinds)
    return rows.select_related("facility").first()


class EntryForm(ActForm):
    """入所: which facility, from when, by which document, and when to confirm it again (D23)."""

    facility = FacilityField(label="施設", error_messages={"required": "施設を選んでください。"})
    day = WarekiDateField(label="入所日")
    ground = forms.ChoiceField(label="根拠の書類")
    ground_on = WarekiDateField(label="書類の日付")
    ground_note = forms.CharField(label="根拠の補足", max_length=120, required=False)
    confirm_by = WarekiDateField(label="次に確認する日", required=False, help_text=NEXT_HELP)

    def __init__(self, *args: Any, resident: Resident, **kwargs: Any) -> None:
        super().__init__(*args, resident=resident, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["facility"].queryset = self.facilities()
        fields["ground"].choices = [EMPTY, *choices("grounds", clock.today())]

    def facilities(self) -> Any:
        """The facilities that can be chosen, by place and name."""
        return Facility.objects.order_by("municipality", "kana", "name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day, facility = cleaned.get("day"), cleaned.get("facility")
        if day and day < self.resident.birth_date:
            self.add_error("day", "生年月日より前の日です。")
        if day and facility:
            if facility.open_from and day < facility.open_from:
                self.add_error("day", "この施設が開設される前の日です。施設と日付を確かめてください。")
            if facility.open_until and day > facility.open_until:
                self.add_error("day", "この施設が廃止された後の日です。施設と日付を確かめてください。")
        if not self.errors and not cleaned.get("confirm_by"):
            cleaned["confirm_by"] = next_confirmation(max(cleaned["day"], clock.today()))
        return cleaned


class ExemptForm(EntryForm):
    """適用除外施設への入所."""

    def facilities(self) -> Any:
        kinds = [row.code for row in choices("facility_kinds", clock.today(), exempt=True)]
        return super().facilities().filter(kind__in=kinds)


class DomicileForm(EntryForm):
    """住所地特例の適用: our insured person in a facility of another municipality."""

    former_address = forms.CharField(
        label="入所前の住所", max_length=160, required=False, help_text="空欄のときは、住民記録の住所になります"
    )

    def facilities(self) -> Any:
        kinds = [row.code for row in choices("facility_kinds", clock.today(), domicile=True)]
        return super().facilities().filter(kind__in=kinds).exclude(insurer_number=settings.INSURER_NUMBER)


class TheirsForm(EntryForm):
    """他市町村の住所地特例: another municipality's insured person in a facility here."""

    insurer_number = forms.CharField(
        label="保険者番号（6桁）", max_length=6, help_text="この人の保険者である市町村の番号"
    )
    former_address = forms.CharField(label="入所前の住所", max_length=160, required=False)

    def facilities(self) -> Any:
        kinds = [row.code for row in choices("facility_kinds", clock.today(), domicile=True)]
        return super().facilities().filter(kind__in=kinds, insurer_number=settings.INSURER_NUMBER)

    def clean_insurer_number(self) -> str:
        given: str = self.cleaned_data["insurer_number"]
        if not checkdigits.is_insurer_number(given):
            raise forms.ValidationError("保険者番号の検査数字が合いません。連絡票の番号を読み直してください。")
        if given == settings.INSURER_NUMBER:
            raise forms.ValidationError("この市の保険者番号です。他の市町村の番号を入れてください。")
        return given


class LeaveForm(ActForm):
    """退所: the day of leaving and where to."""

    day = WarekiDateField(label="退所日")
    end = forms.ChoiceField(label="退所した先・事由", choices=[EMPTY, *Placement.End.choices])
    taken_over_on = WarekiDateField(
        label="転出先の転入日", required=False, help_text="他市町村へ移った日。分かるときだけ"
    )

    kinds: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        here = open_placement(self.resident, *self.kinds)
        if here is None:
            self.add_error(None, "今、入所している施設がありません。届出の一覧を確かめてください。")
        elif cleaned.get("day") and cleaned["day"] < here.begun_on:
            self.add_error("day", f"{here.facility.name}に入所した日より前の日です。")
        if cleaned.get("day") and cleaned["day"] > clock.today():
            self.add_error("day", "まだ来ていない日です。退所した後に届け出てください。")
        return cleaned


class LeaveExemptForm(LeaveForm):
    """適用除外施設からの退所."""

    kinds = (Placement.Kind.EXEMPT,)


class LeaveDomicileForm(LeaveForm):
    """住所地特例の終了."""

    kinds = (Placement.Kind.OURS,)


class LeaveTheirsForm(LeaveForm):
    """他市町村の住所地特例の終了."""

    kinds = (Placement.Kind.THEIRS,)


class MoveForm(DomicileForm):
    """住所地特例の変更: from facility to facility; the municipality before the first goes on insuring (法13条)."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        here = open_placement(self.resident, Placement.Kind.OURS)
        if here is None:
            self.add_error(None, "住所地特例で入所している施設がありません。適用の届出を受けてください。")
        elif cleaned.get("day") and cleaned["day"] < here.begun_on:
            self.add_error("day", f"{here.facility.name}に入所した日より前の日です。")
        elif cleaned.get("facility") == here.facility:
            self.add_error("facility", "今と同じ施設です。移った先の施設を選んでください。")
        return cleaned


class SecondForm(ActForm):
    """第2号被保険者証の交付申請: the medical insurance and the day of the application."""

    insurer_code = forms.CharField(label="医療保険者番号（8桁、国保は6桁）", max_length=8)
    insurer_name = forms.CharField(label="医療保険者名", max_length=80)
    symbol = forms.CharField(label="記号・番号", max_length=40, required=False)
    begun_on = WarekiDateField(label="医療保険に加入した日")
    day = WarekiDateField(label="申請日")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].initial = clock.today()

    def clean_insurer_code(self) -> str:
        code: str = self.cleaned_data["insurer_code"]
        if not code.isdigit() or len(code) not in (6, 8):
            raise forms.ValidationError("医療保険者番号は、6桁か8桁の数字で入れてください。")
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day: date | None = cleaned.get("day")
        if day and day > clock.today():
            self.add_error("day", "申請日は今日までの日にしてください。")
        if day and day >= rules.attained_on(self.resident.birth_date):
            self.add_error("day", "申請日には65歳に達しています。65歳に達すると、申請がなくても第1号被保険者です。")
        if day and day < rules.attained_on(self.resident.birth_date, rules.SECOND_CATEGORY_AGE):
            self.add_error("day", "申請日にはまだ40歳に達していないため、被保険者になれません。")
        if day and cleaned.get("begun_on") and cleaned["begun_on"] > day:
            self.add_error("begun_on", "申請日より後の日です。加入してから申請を受けてください。")
        return cleaned


class LeaveCoverForm(ActForm):
    """医療保険の脱退: that same day is not insured any more (法11条2項)."""

    day = WarekiDateField(label="医療保険の加入者でなくなった日", help_text="この日から被保険者ではありません")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cover = open_cover(self.resident)
        if cover is None:
            self.add_error(None, "医療保険の加入の登録がありません。届出の一覧を確かめてください。")
        elif cleaned.get("day") and cleaned["day"] < cover.begun_on:
            self.add_error("day", "加入した日より前の日です。")
        return cleaned


class DeathForm(ActForm):
    """死亡の届出, ahead of the resident register."""

    day = WarekiDateField(label="死亡日")

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > clock.today():
            raise forms.ValidationError("まだ来ていない日です。")
        if day < self.resident.birth_date:
            raise forms.ValidationError("生年月日より前の日です。")
        return day


class DepartureForm(DeathForm):
    """転出の届出, ahead of the resident register."""

    day = WarekiDateField(label="転出日")
    taken_over_on = WarekiDateField(
        label="転出先の転入日", required=False, help_text="転出先で転入した日。分かるときだけ"
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day, taken = cleaned.get("day"), cleaned.get("taken_over_on")
        if day and taken and taken < day:
            self.add_error("taken_over_on", "転出日より前の日です。")
        return cleaned


class OfficialForm(ActForm):
    """職権による取得・喪失: what the office knows without a notification, with its reason."""

    day = WarekiDateField(label="異動年月日")
    reason = forms.CharField(label="職権で行う理由", max_length=120)


def open_cover(resident: Resident) -> MedicalCover | None:
    """The medical insurance in which a person is now."""
    return resident.covers.filter(withdrawn=False, ended_on=None).first()


def is_declared(resident: Resident, *kinds: str) -> bool:
    """Whether such an event was declared and stands."""
    return Declaration.objects.filter(resident=resident, kind__in=kinds, withdrawn=False).exists()
