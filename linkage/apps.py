from django.apps import AppConfig


class LinkageConfig(AppConfig):
    """連携: every connection to another system."""

    name = "linkage"
    verbose_name = "連携"

    def ready(self) -> None:
        from linkage import jobs  # noqa: F401
