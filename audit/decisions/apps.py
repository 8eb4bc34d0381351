from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Approval routes (決裁) for everything that needs a second person."""

    name = "audit.decisions"
    label = "decisions"
    verbose_name = "決裁"
