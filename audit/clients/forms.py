"""Forms of the API clients."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator

from audit.actor import Actor
from audit.clients import queries, rules, scopes
from audit.clients.models import Client, Terms
from audit.clients.services import Wanted
from audit.formfields import WarekiDateField
from audit.models import Office
from kaigo.common import clock

STATES = [
    ("", "すべて"),
    ("live", "利用中"),
    ("waiting", "承認待ち"),
    ("expiring", "トークンの期限が近い"),
    ("unused", "使われていないトークンがある"),
    ("review", "点検の時期"),
    ("ended", "廃止"),
]
OVERLAPS = [(0, "重ねない（今すぐ切り替える）"), (1, "1時間"), (24, "1日"), (72, "3日"), (168, "7日")]


class ClientFilter(forms.Form):
    """Which clients to show."""

    state = forms.ChoiceField(label="状態", choices=STATES, required=False)
    text = forms.CharField(label="名称・システム・運用者", max_length=40, required=False)

    def asked(self) -> dict[str, Any]:
        """What is asked for; what cannot be read is left out, and shown as an error."""
        self.is_valid()
        return self.cleaned_data


class FactsForm(forms.Form):
    """Who a client is and who answers for it."""

    system = forms.CharField(label="システム名", max_length=80)
    purpose = forms.CharField(label="利用目的", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    operator = forms.CharField(label="運用する課・事業者", max_length=80)
    is_contractor = forms.BooleanField(label="委託先が運用している", required=False)
    contact_name = forms.CharField(label="連絡先の担当者", max_length=60)
    contact_phone = forms.CharField(
        label="電話番号",
        max_length=20,
        validators=[RegexValidator(r"^[0-9+()-]+$", "数字とハイフンで入れてください。")],
    )
    contact_email = forms.EmailField(label="メールアドレス", required=False)

    def facts(self) -> dict[str, Any]:
        """The columns of Client that were entered."""
        return {name: self.cleaned_data[name] for name in FactsForm.base_fields}


class TermsForm(forms.Form):
    """What a client may do, for whom, from where and how often."""

    scopes = forms.MultipleChoiceField(label="利用できる機能", widget=forms.CheckboxSelectMultiple)
    offices = forms.ModelMultipleChoiceField(
        Office.objects.none(), label="対象事務所", widget=forms.CheckboxSelectMultiple, to_field_name="public_id",
        help_text="この事務所に属する住民の情報だけを扱えます",
    )  # fmt: skip
    networks = forms.CharField(
        label="接続元のアドレス", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="1行に1つ。例：10.0.1.5、10.0.1.0/24",
    )  # fmt: skip
    rate_per_minute = forms.IntegerField(label="1分間の回数の上限", min_value=1)
    reason = forms.CharField(label="理由", max_length=200, help_text="決裁する人が読みます")

    def __init__(self, *args: Any, actor: Actor, terms: Terms | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, [scope.name for scope in scopes.all_scopes()])
        field = self.fields["offices"]
        if isinstance(field, forms.ModelMultipleChoiceField):
            field.queryset = queries.offices_for(actor, terms)
        rate = self.fields["rate_per_minute"]
        rate.help_text = f"{settings.API_RATE_MAX:,}回まで"
        rate.widget.attrs["max"] = settings.API_RATE_MAX

    def clean_networks(self) -> list[str]:
        try:
            return rules.parse_networks(self.cleaned_data["networks"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def wanted(self) -> Wanted:
        """The terms that were entered."""
        names = ("scopes", "offices", "networks", "rate_per_minute", "reason")
        return Wanted(**{name: self.cleaned_data[name] for name in names})


class NewClientForm(TermsForm, FactsForm):
    """A client with its first terms."""

    name = forms.CharField(label="名称", max_length=50, help_text="アクセス記録に残る名前です。後から変えられません")
    office = forms.ModelChoiceField(Office.objects.none(), label="所管", to_field_name="public_id")
    field_order = ("name", "office", *FactsForm.base_fields, *TermsForm.base_fields)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        field = self.fields["office"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = queries.offices_for(actor)

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Client.objects.filter(name=name).exists():
            raise forms.ValidationError("この名称のAPI利用者はすでに登録されています。")
        return name

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"name": self.cleaned_data["name"], "office": self.cleaned_data["office"]}


class TokenForm(forms.Form):
    """A new token."""

    label = forms.CharField(label="用途", max_length=60, help_text="例：本番、検証環境")
    scopes = forms.MultipleChoiceField(label="利用できる機能", widget=forms.CheckboxSelectMultiple)
    valid_until = WarekiDateField(label="有効期限")

    def __init__(self, *args: Any, terms: Terms | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, terms.scopes if terms else [])
        _say_longest(self)


class RotateForm(forms.Form):
    """A token in the place of another."""

    valid_until = WarekiDateField(label="新しいトークンの有効期限")
    overlap_hours = forms.TypedChoiceField(
        label="いまのトークンを重ねて使える時間", coerce=int, widget=forms.RadioSelect,
        help_text="相手のシステムが切り替えるまでの間です。過ぎると、いまのトークンは使えなくなります",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["overlap_hours"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(hours, words) for hours, words in OVERLAPS if hours <= settings.API_OVERLAP_MAX_HOURS]
        _say_longest(self)


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = forms.CharField(label="理由", max_length=200)


class ReviewForm(forms.Form):
    """What was looked at."""

    comment = forms.CharField(
        label="所見",
        max_length=200,
        help_text="利用目的、利用条件、連絡先、トークンが今も要るかを確かめて入れてください",
    )


class CallFilter(forms.Form):
    """Which calls to show."""

    refused = forms.BooleanField(label="拒否した呼出しだけ", required=False)

    def asked(self) -> dict[str, Any]:
        """What is asked for."""
        self.is_valid()
        return self.cleaned_data


def _offer(form: forms.Form, names: list[str]) -> None:
    field = form.fields["scopes"]
    if isinstance(field, forms.ChoiceField):
        found = scopes.known(names)
        field.choices = [(s.name, f"{s.label}（{s.name}）" + (f"　{s.help}" if s.help else "")) for s in found]


def _say_longest(form: forms.Form) -> None:
    field = form.fields["valid_until"]
    field.help_text = f"{field.help_text}。{settings.API_TOKEN_MAX_DAYS}日先まで"
    field.initial = clock.today() + timedelta(days=min(365, settings.API_TOKEN_MAX_DAYS))
