from django.apps import AppConfig


class ScreenlockConfig(AppConfig):
    """Screen lock (画面ロック), sessions, drafts kept on the server, counter mode."""

    name = "audit.screenlock"
    label = "screenlock"
    verbose_name = "画面ロック"

    def ready(self) -> None:
        from audit.screenlock import sessions  # noqa: F401
