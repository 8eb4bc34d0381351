from django.apps import AppConfig


class BenefitsConfig(AppConfig):
    """給付: the room is founded; its tables and acts come with its own issue."""

    name = "benefits"
    verbose_name = "給付"
