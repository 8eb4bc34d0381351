from django.apps import AppConfig


class WatchingConfig(AppConfig):
    """Watching (点検): findings in the access log that a manager reviews."""

    name = "audit.watching"
    label = "watching"
    verbose_name = "点検"

    def ready(self) -> None:
        from audit import worklist
        from audit.watching import jobs, work  # noqa: F401

        worklist.provide(work.waiting)
