from django.apps import AppConfig


class LevyConfig(AppConfig):
    """賦課・収滞納: tax data, income tiers, assessments."""

    name = "levy"
    verbose_name = "賦課・収滞納"

    def ready(self) -> None:
        from levy import casebook, closing, exports, holdings, impacts, jobs, story, tabs  # noqa: F401

        casebook.register()
        exports.register()
