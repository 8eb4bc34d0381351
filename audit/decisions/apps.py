from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Approval routes (決裁): who decides what, one or many at a time."""

    name = "audit.decisions"
    label = "decisions"
    verbose_name = "決裁"
