"""What signing in needs beside the member of staff: the state of the password, past passwords, passkeys.

The secrets of passkeys, one-time codes and recovery codes are rows of django-allauth (`mfa.Authenticator`).
"""

from allauth.mfa.models import Authenticator
from django.db import models

from audit.models import Staff
from audit.models.base import PublicId


class PasswordState(models.Model):
    """パスワードの状態: since when it stands, and whether it must be changed before anything else."""

    staff = models.OneToOneField(
        Staff, primary_key=True, on_delete=models.CASCADE, related_name="password_state", verbose_name="職員"
    )
    changed_at = models.DateTimeField("変更日時")
    must_change = models.BooleanField(
        "変更が必要", default=False, help_text="管理者が発行したパスワードは、本人が変えるまで仮のもの"
    )

    class Meta:
        verbose_name = verbose_name_plural = "パスワードの状態"

    def __str__(self) -> str:
        return f"{self.staff_id}"


class PastPassword(models.Model):
    """過去のパスワード: its hash, so that it is not used again. Only as many as the rule asks for are kept."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="past_passwords", verbose_name="職員")
    password = models.CharField("要約値", max_length=128)
    set_at = models.DateTimeField("設定日時")

    class Meta:
        verbose_name = verbose_name_plural = "過去のパスワード"
        ordering = ["-set_at", "-id"]

    def __str__(self) -> str:
        return f"{self.staff_id}"


class Passkey(PublicId):
    """パスキー: one credential of one person. The platform's fingerprint or face guards it (E07)."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="passkeys", verbose_name="職員")
    authenticator = models.OneToOneField(
        Authenticator, on_delete=models.CASCADE, related_name="passkey", verbose_name="認証器"
    )
    credential_id = models.BinaryField("資格情報の識別子", unique=True, help_text="一つのパスキーは一人だけのもの")
    name = models.CharField("名前", max_length=40, help_text="どの端末・鍵のものか、自分で分かる名前")
    sign_count = models.PositiveBigIntegerField("署名の回数", default=0, help_text="減ったときは複製の疑い")
    created_at = models.DateTimeField("登録日時")
    last_used_at = models.DateTimeField("最終使用日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "パスキー"
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "name"],
                name="passkey_name_once",
                violation_error_message="同じ名前のパスキーがあります。別の名前にしてください。",
            )
        ]

    def __str__(self) -> str:
        return self.name
