from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    """資格: residents, households, insured periods."""

    name = "eligibility"
    verbose_name = "資格"

    def ready(self) -> None:
        from eligibility import casebook, holdings, jobs, story, subjects, tabs  # noqa: F401

        casebook.register()
