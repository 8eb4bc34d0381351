"""Django's hook for the municipal password rules (settings `KAIGO_PASSWORD_…`)."""

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError

from audit.identity.models import PastPassword
from audit.identity.rules import CLASSES, PasswordRules, password_faults
from audit.models import Staff


class MunicipalRules:
    """Length, kinds of characters, nothing of the person's own, and none of the last passwords again."""

    def validate(self, password: str, user: Staff | None = None) -> None:
        """Raise ValidationError with everything that is wrong."""
        own = (user.login, user.personnel_number or "", *_names(user)) if user else ()
        faults = password_faults(password, rules(), own=own)
        if user and user.pk and _used_before(user, password):
            faults.append(f"今のものを含め、最近の{settings.PASSWORD_HISTORY}回に使ったパスワードは使えません。")
        if faults:
            raise ValidationError([ValidationError(fault, code="password-rule") for fault in faults])

    def get_help_text(self) -> str:
        wanted = rules()
        kinds = f"{'、'.join(CLASSES)}のうち{wanted.classes}種類以上。" if wanted.classes > 1 else ""
        past = f"最近の{settings.PASSWORD_HISTORY}回と違うもの。" if settings.PASSWORD_HISTORY else ""
        return f"{wanted.min_length}文字以上。{kinds}{past}利用者ID、職員番号、氏名を含めない。"


def rules() -> PasswordRules:
    """The rules of this installation."""
    return PasswordRules(settings.PASSWORD_MIN_LENGTH, settings.PASSWORD_CLASSES)


def _names(user: Staff) -> list[str]:
    """The name and its reading, whole and in parts."""
    return [word for text in (user.name, user.kana) for word in ("".join(text.split()), *text.split())]


def _used_before(user: Staff, password: str) -> bool:
    if not settings.PASSWORD_HISTORY:
        return False
    past = PastPassword.objects.filter(staff=user)[: settings.PASSWORD_HISTORY - 1]
    return any(check_password(password, old) for old in (user.password, *(row.password for row in past)))
