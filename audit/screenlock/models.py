"""Sessions as the ledger knows them, and what was sent while the screen was locked."""

from django.db import models

from audit.models import PublicId, Staff


class KeptSubmission(PublicId):
    """預かった入力: a form that was sent after the lock; the browser keeps nothing, so the server does (E10)."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", verbose_name="職員")
    path = models.CharField("送信先の画面", max_length=300)
    sealed = models.BinaryField("暗号化された入力")
    wrapped_key = models.BinaryField("包まれたデータ鍵")
    kept_at = models.DateTimeField("預かった日時")

    class Meta:
        verbose_name = verbose_name_plural = "預かった入力"
        ordering = ["-kept_at"]
        indexes = [models.Index(fields=["staff", "-kept_at"], name="kept_by_staff")]

    def __str__(self) -> str:
        return str(self.public_id)


class Draft(PublicId):
    """下書き: what a person has typed into a form so far, kept while they type, sealed for that person (E10)."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", verbose_name="職員")
    key = models.CharField("画面", max_length=100, help_text="画面の名前と、対象の公開識別子。個人情報を含まない")
    sealed = models.BinaryField("暗号化された入力")
    wrapped_key = models.BinaryField("包まれたデータ鍵")
    saved_at = models.DateTimeField("保存日時")

    class Meta:
        verbose_name = verbose_name_plural = "下書き"
        ordering = ["-saved_at"]
        constraints = [models.UniqueConstraint(fields=["staff", "key"], name="draft_one_a_form")]

    def __str__(self) -> str:
        return str(self.public_id)


class SignedInSession(PublicId):
    """ログイン中の記録: one session from its sign-in to its end, however it ended (E10, E12)."""

    class End(models.TextChoices):
        SIGNED_OFF = "signed_off", "ログアウト・自動ログオフ"
        BY_OWNER = "by_owner", "本人が別の画面から終了"
        BY_ADMINISTRATOR = "by_admin", "管理者が終了"

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", verbose_name="職員")
    session_key = models.CharField("セッション鍵", max_length=40, unique=True)
    started_at = models.DateTimeField("ログイン日時")
    last_activity_at = models.DateTimeField("最後の操作")
    ended_at = models.DateTimeField("終了日時", null=True, blank=True)
    end_kind = models.CharField("終わり方", max_length=10, blank=True, choices=End.choices)
    terminal = models.CharField("端末", max_length=40, blank=True)
    address = models.GenericIPAddressField("端末アドレス", null=True, blank=True)
    browser = models.CharField("ブラウザー", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "ログイン中の記録"
        ordering = ["-started_at"]
        indexes = [
            # those that go on: asked for at each sign-in and on the sessions page
            models.Index(fields=["staff", "-last_activity_at"], name="session_open", condition=models.Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
