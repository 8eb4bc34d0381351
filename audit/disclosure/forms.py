"""Forms of requests of the persons themselves and of official inquiries."""

from typing import Any

from django import forms

from audit.actor import Actor
from audit.disclosure import queries, rules
from audit.disclosure.models import InquirySubject, OfficialInquiry, Request
from audit.disclosure.requests import DECISIONS
from audit.formfields import WarekiDateField
from audit.models import Office
from kaigo.common import clock

ANY = ("", "すべて")
OPEN = [ANY, ("open", "未決定"), ("overdue", "期限を過ぎた")]
POSTAL = forms.RegexField.default_error_messages | {"invalid": "郵便番号は、数字7桁で入れてください。"}


class RequestFilter(forms.Form):
    """Which requests to show."""

    state = forms.ChoiceField(label="状態", choices=[*OPEN, *Request.State.choices], required=False)
    kind = forms.ChoiceField(label="種類", choices=[ANY, *Request.Kind.choices], required=False)
    text = forms.CharField(label="番号", max_length=20, required=False)


class SubjectForm(forms.Form):
    """Whose record: exactly one person."""

    insured_number = forms.CharField(label="被保険者番号", max_length=10, required=False, help_text="10桁")
    reading = forms.CharField(
        label="氏名カナ", max_length=80, required=False, help_text="番号が分からないときは、姓と名をすべて"
    )
    birth = WarekiDateField(label="生年月日", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("insured_number") and not (cleaned.get("reading") and cleaned.get("birth")):
            self.add_error("insured_number", "被保険者番号か、氏名カナと生年月日の両方を入れてください。")
        return cleaned


class PostalField(forms.RegexField):
    """郵便番号, kept without its hyphen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(regex=r"^\d{3}-?\d{4}$", **kwargs)

    def clean(self, value: Any) -> str:
        return str(super().clean(value)).replace("-", "")


class WithOffice(forms.Form):
    """An office for which the person may enter."""

    office = forms.ModelChoiceField(Office.objects.none(), label="担当", to_field_name="public_id")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["office"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Office.objects.filter(pk__in=actor.offices(queries.ENTER))
            if len(field.queryset) == 1:
                self.initial.setdefault("office", field.queryset[0].public_id)
        self.initial.setdefault("received_on", clock.today())


class RequestForm(WithOffice):
    """受付: who asks for what, and how that was checked."""

    kind = forms.ChoiceField(label="請求の種類", choices=Request.Kind.choices)
    received_on = WarekiDateField(label="請求のあった日")
    channel = forms.ChoiceField(label="受付の方法", choices=Request.Channel.choices)
    by = forms.ChoiceField(label="請求者", choices=Request.By.choices)
    requester = forms.CharField(label="請求者の氏名", max_length=60)
    relation = forms.CharField(
        label="本人との関係・資格の確認", max_length=100, required=False, help_text="代理人のとき。戸籍謄本、委任状など"
    )
    postal_code = PostalField(
        label="郵便番号", error_messages=POSTAL, help_text="7桁（ハイフンはあってもなくてもよい）"
    )
    address = forms.CharField(label="住所", max_length=100, help_text="決定通知書の送り先")
    documents = forms.MultipleChoiceField(
        label="本人確認書類", choices=[(d["code"], d["name"]) for d in rules.table()["identity_documents"]],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    asked = forms.CharField(
        label="請求の内容", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="訂正請求のときは誤っている内容と正しい内容を、利用停止請求のときはその理由を書きます",
    )  # fmt: skip
    method = forms.ChoiceField(
        label="開示の方法", choices=[("", "－"), *Request.Method.choices], required=False, help_text="開示請求のとき"
    )


class SuspendForm(forms.Form):
    """補正に要した日数."""

    days = forms.IntegerField(label="補正に要した日数", min_value=0, max_value=365)


class ReasonForm(forms.Form):
    """理由."""

    reason = forms.CharField(label="理由", max_length=400)


class DecideForm(forms.Form):
    """決定の起案."""

    decision = forms.ChoiceField(label="決定")
    grounds = forms.CharField(
        label="理由", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="開示しない部分とその理由（該当する条項）、または行わない理由。通知書に記載されます",
    )  # fmt: skip

    def __init__(self, *args: Any, row: Request, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["decision"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(d.value, d.label) for d in DECISIONS[Request.Kind(row.kind)]]


class DeliverForm(forms.Form):
    """実施."""

    delivered_on = WarekiDateField(label="実施日")
    how = forms.CharField(label="実施の方法・受取人の確認", max_length=200)
    pages = forms.IntegerField(label="写しの面数", min_value=0, max_value=9_999, required=False)


class InquiryFilter(forms.Form):
    """Which official inquiries to show."""

    state = forms.ChoiceField(label="状態", choices=[*OPEN, *OfficialInquiry.State.choices], required=False)
    text = forms.CharField(label="番号・照会者", max_length=40, required=False)


class InquiryForm(WithOffice):
    """公用照会の受付."""

    inquirer = forms.CharField(label="照会者", max_length=100, help_text="機関の名称")
    person_in_charge = forms.CharField(label="照会の担当者", max_length=60, required=False)
    postal_code = PostalField(
        label="郵便番号", error_messages=POSTAL, help_text="7桁（ハイフンはあってもなくてもよい）"
    )
    address = forms.CharField(label="所在地", max_length=100)
    document_number = forms.CharField(label="照会の文書番号", max_length=40, required=False)
    document_on = WarekiDateField(label="照会の日付")
    received_on = WarekiDateField(label="受付日")
    ground = forms.ChoiceField(label="根拠", choices=[(g.code, f"{g.inquirer}　{g.name}") for g in rules.grounds()])
    authority_check = forms.CharField(
        label="照会者の確認の方法", max_length=100, help_text="公印の確認、代表番号への折返しの電話など"
    )
    items = forms.CharField(label="照会事項", max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    wants_number = forms.BooleanField(label="個人番号を求めている", required=False)
    due_on = WarekiDateField(label="回答期限", required=False)
    note = forms.CharField(label="備考", max_length=400, required=False)


class AnswerForm(SubjectForm):
    """What is answered about one person."""

    named = forms.CharField(label="照会書に書かれた氏名等", max_length=100)
    answer = forms.ChoiceField(label="回答", choices=InquirySubject.Answer.choices)
    content = forms.CharField(
        label="回答する内容", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    reason = forms.CharField(label="提供しない理由", max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        if self.data.get("answer") == InquirySubject.Answer.NOT_FOUND:
            return self.cleaned_data
        return super().clean()
