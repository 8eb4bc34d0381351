from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    """アカウンタビリティ: staff, rights, logs, jobs."""

    name = "audit"
    verbose_name = "監査・権限"

    def ready(self) -> None:
        from audit import selfcheck, signals  # noqa: F401
        from audit.grants import grant_after_migrate
        from audit.sealing import jobs  # noqa: F401

        post_migrate.connect(grant_after_migrate, dispatch_uid="audit.grants")
