"""Forms of signing in."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from audit.identity.rules import LONGEST
from audit.models import Staff


def password_field(label: str, *, autocomplete: str = "current-password", help_text: str = "") -> forms.CharField:
    """A field for a password: never filled in again by the server, and not too long to hash."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=LONGEST,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": f"{label}を入れてください。"},
    )


class SignInForm(forms.Form):
    """ログイン: the person's own id and password."""

    username = forms.CharField(
        label="利用者ID",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
        error_messages={"required": "利用者IDを入れてください。"},
    )
    password = password_field("パスワード")


class CodeForm(forms.Form):
    """ワンタイムコード: the six digits of the authenticator, or a recovery code."""

    code = forms.CharField(
        label="コード",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
        error_messages={"required": "コードを入れてください。"},
    )


class ConfirmForm(forms.Form):
    """再認証: the password of the signed-in person."""

    password = password_field("パスワード")


class PasswordForm(forms.Form):
    """パスワードの変更: the present one, and the new one twice."""

    current = password_field("今のパスワード")
    new = password_field("新しいパスワード", autocomplete="new-password")
    again = password_field("新しいパスワード（確認）", autocomplete="new-password")

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff
        self.fields["new"].help_text = " ".join(password_validators_help_texts()[-1:])

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        validate_password(new, self.staff)
        return new

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("new") and cleaned.get("again") and cleaned["new"] != cleaned["again"]:
            self.add_error("again", ValidationError("新しいパスワードと同じものを入れてください。", code="differs"))
        return cleaned


class PasskeyNameForm(forms.Form):
    """パスキーの名前: words by which the person knows the device or key."""

    name = forms.CharField(
        label="名前",
        max_length=40,
        help_text="どの端末・鍵のものか分かる名前。例：窓口の端末3、青い鍵",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "名前を入れてください。"},
    )


class StateFilter(forms.Form):
    """Which ids to show."""

    STATES = (
        ("", "すべて"),
        ("locked", "ロック中"),
        ("initial", "仮のパスワード"),
        ("single", "パスワードだけ"),
        ("closed", "使えないID"),
    )
    words = forms.CharField(label="利用者ID・氏名", required=False, max_length=40)
    state = forms.ChoiceField(label="状態", choices=STATES, required=False)
