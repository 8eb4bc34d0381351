from django.apps import AppConfig


class WatchingConfig(AppConfig):
    """Watching (点検): findings in the access log that a manager reviews."""

    name = "audit.watching"
    label = "watching"
    verbose_name = "点検"
