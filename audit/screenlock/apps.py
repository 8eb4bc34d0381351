from django.apps import AppConfig


class ScreenlockConfig(AppConfig):
    """Screen lock (画面ロック), sessions, drafts kept on the server, counter mode."""

    name = "audit.screenlock"
    label = "screenlock"
    verbose_name = "画面ロック"

    def ready(self) -> None:
        from audit import screens
        from audit.screenlock import drafts, sessions  # noqa: F401

        screens.when_carried_out(drafts.used)
