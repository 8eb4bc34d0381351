from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    """資格: residents, households, insured periods."""

    name = "eligibility"
    verbose_name = "資格"

    def ready(self) -> None:
        from audit import worklist
        from eligibility import casebook, holdings, jobs, places, search_keys, story, subjects, tabs  # noqa: F401
        from eligibility.counter import kinds  # noqa: F401

        casebook.register()
        worklist.provide(places.waiting)
