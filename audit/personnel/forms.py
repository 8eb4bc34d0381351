"""Forms of personnel data."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from audit.actor import Actor
from audit.formfields import StaffChoiceField, UploadField, WarekiDateField
from audit.models import Office, Staff
from audit.personnel import ids, pledges
from audit.personnel.marks import LABELS as LABELS_OF_MARKS
from audit.personnel.marks import Mark
from audit.personnel.models import IdRequest, PersonnelOrder, WorkPermission
from audit.personnel.models.requests import OTHERS
from audit.personnel.rules import LABELS, Kind
from audit.rights import Act, File, Right
from audit.uploads import Kind as FileKind
from kaigo.common import kana

ANY = ("", "すべて")
STATES = [
    ("usable", "使える"),
    ("closed", "停止"),
    ("expired", "期限切れ"),
    ("absent", "休職等"),
    ("no_pledge", "誓約書を待っている"),
    ("ending", "30日以内に契約が終わる"),
    ("no_manager", "所属長が未登録"),
]


class AskedForm(forms.Form):
    """A filter in the address; what cannot be read is left out, and shown as an error."""

    def asked(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


class ImportForm(forms.Form):
    """人事情報ファイル to take in."""

    file = UploadField(
        kinds=(FileKind.CSV,),
        label="人事情報ファイル",
        help_text="人事担当課から受け取ったCSVファイル（UTF-8）。ファイルそのものは保管しません。",
        error_messages={"required": "ファイルを選んでください。"},
    )


class OrderFilter(AskedForm):
    """Which orders of a take-in to show."""

    state = forms.ChoiceField(label="状態", choices=[ANY, *PersonnelOrder.State.choices], required=False)
    kind = forms.ChoiceField(label="発令区分", choices=[ANY, *((k.value, LABELS[k]) for k in Kind)], required=False)


class StaffFilter(AskedForm):
    """Which members of staff to show. Nothing that is typed stays in the address but words of one's own."""

    words = forms.CharField(label="氏名・カナ・利用者ID・職員番号", max_length=40, required=False)
    office = forms.ModelChoiceField(
        label="所属", queryset=Office.objects.none(), to_field_name="public_id", required=False, empty_label="すべて"
    )
    employment = forms.ChoiceField(label="任用区分", choices=[ANY, *Staff.Employment.choices], required=False)
    state = forms.ChoiceField(label="状態", choices=[ANY, *STATES], required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = actor.offices(Right(File.STAFF, Act.VIEW))
        _choices(self, "office", Office.objects.filter(pk__in=offices))


class RequestFilter(AskedForm):
    """Which requests for ids to show."""

    state = forms.ChoiceField(label="状態", choices=[ANY, *IdRequest.State.choices], required=False)
    kind = forms.ChoiceField(label="種類", choices=[ANY, *IdRequest.Kind.choices], required=False)


class RequestForm(forms.Form):
    """利用者IDの新規申請."""

    name = forms.CharField(label="氏名", max_length=60, help_text="姓と名の間を1字空けます。")
    kana = forms.CharField(label="氏名カナ", max_length=80)
    employment = forms.ChoiceField(label="任用区分", choices=OTHERS)
    office = forms.ModelChoiceField(label="所属", queryset=Office.objects.none(), to_field_name="public_id")
    section = forms.CharField(label="係", max_length=40, required=False)
    position = forms.CharField(label="職名", max_length=40, required=False)
    manager = StaffChoiceField(label="所属長")
    roles = forms.ModelMultipleChoiceField(
        label="役割", queryset=Group.objects.none(), to_field_name="name",
        widget=forms.CheckboxSelectMultiple, help_text="業務に必要なものだけを選びます。",
    )  # fmt: skip
    offices = forms.ModelMultipleChoiceField(
        label="対象事務所", queryset=Office.objects.none(), to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple, help_text="役割を使う事務所",
    )  # fmt: skip
    starts_on = WarekiDateField(label="利用の始まり")
    contract_until = WarekiDateField(label="契約の終わり", help_text="この日まで利用者IDが使えます。")
    reason = forms.CharField(label="業務上の理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = Office.objects.filter(pk__in=actor.offices(Right(File.STAFF, Act.ENTER)))
        managers = Staff.objects.filter(employment=Staff.Employment.REGULAR, is_active=True, office__in=offices)
        _choices(self, "office", offices)
        _choices(self, "offices", offices)
        _choices(self, "roles", ids.assignable())
        _choices(self, "manager", managers)

    def clean_kana(self) -> str:
        text = kana.normalise(self.cleaned_data["kana"])
        if not kana.is_kana(text):
            raise forms.ValidationError("カナで入れてください。")
        return text

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class ExtensionForm(forms.Form):
    """契約期間の延長の申請."""

    contract_until = WarekiDateField(label="新しい契約の終わり", help_text="この日まで利用者IDが使えます。")
    reason = forms.CharField(label="業務上の理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class ReopenForm(forms.Form):
    """利用の再開の申請."""

    reason = forms.CharField(label="再開の理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class EndForm(forms.Form):
    """利用の終了."""

    last_day = WarekiDateField(
        label="最後に使う日", help_text="この日が過ぎると使えません。昨日にすると、すぐに止まります。"
    )
    reason = forms.CharField(label="終了の理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class PledgeForm(forms.Form):
    """誓約書の受領."""

    received_on = WarekiDateField(label="受領日")
    version = forms.ChoiceField(label="誓約文の版")
    scan = UploadField(
        kinds=(FileKind.PDF, FileKind.PNG, FileKind.JPEG), largest=10 << 20,
        label="署名した誓約書の写し", help_text="PDF、PNG、JPEG。10MiBまで",
        error_messages={"required": "写しを選んでください。"},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["version"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(text.version, text.version) for text in reversed(pledges.texts())]


class VoidForm(forms.Form):
    """誓約書の記録の取消し."""

    reason = forms.CharField(label="取り消す理由", max_length=200)


def _choices(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = rows
        if field.required and field.empty_label:
            field.empty_label = "選んでください"


class ReviewStartForm(forms.Form):
    """棚卸しを始める."""

    office = forms.ModelChoiceField(label="所属", queryset=Office.objects.none(), to_field_name="public_id")
    due_on = WarekiDateField(label="期限")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "office", Office.objects.filter(pk__in=actor.offices(Right(File.STAFF, Act.ENTER))))


class ReviewFilter(AskedForm):
    """Which rows of a review to show."""

    show = forms.ChoiceField(
        label="表示",
        choices=[("", "すべて"), ("left", "判断していない行"), ("marked", "印のある行"), ("removed", "削除した行")],
        required=False,
    )
    mark = forms.ChoiceField(
        label="印", choices=[ANY, *((mark.value, LABELS_OF_MARKS[mark]) for mark in Mark)], required=False
    )


class HandInForm(forms.Form):
    """棚卸しの結果の提出."""

    comment = forms.CharField(
        label="所見", max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="継続した理由の傾向、改めることなど。確認者が読み、PDFに残ります。",
    )  # fmt: skip


class PermissionFilter(AskedForm):
    """Which permissions to show."""

    state = forms.ChoiceField(label="状態", choices=[ANY, *WorkPermission.State.choices], required=False)


class PermissionForm(forms.Form):
    """作業許可の申請."""

    staff = StaffChoiceField(label="作業者")
    contract = forms.CharField(label="契約", max_length=100, help_text="契約名と契約番号")
    purpose = forms.CharField(label="作業の目的", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    systems = forms.CharField(
        label="対象のシステムと作業の範囲", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    first_day = WarekiDateField(label="最初の日")
    last_day = WarekiDateField(label="最後の日")
    from_time = forms.TimeField(label="開始時刻", help_text="例：9:00", widget=forms.TimeInput(format="%H:%M"))
    to_time = forms.TimeField(
        label="終了時刻", help_text="例：17:00。開始時刻より前の時刻は、翌日になります。",
        widget=forms.TimeInput(format="%H:%M"),
    )  # fmt: skip
    attendant = StaffChoiceField(label="立会者")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Staff.objects.filter(is_active=True, office_id__in=actor.offices(Right(File.STAFF, Act.ENTER)))
        _choices(self, "staff", people.filter(employment=Staff.Employment.CONTRACTOR))
        _choices(self, "attendant", people.filter(employment=Staff.Employment.REGULAR))


class RevokeForm(forms.Form):
    """作業許可の取消し."""

    reason = forms.CharField(label="取り消す理由", max_length=200)


class FinishForm(forms.Form):
    """立会いの終了."""

    result = forms.CharField(
        label="作業の結果", max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="した作業、持ち出したもの、異常の有無",
    )  # fmt: skip
