from django.apps import AppConfig


class CertificationConfig(AppConfig):
    """認定: the room is founded; its tables and acts come with its own issue."""

    name = "certification"
    verbose_name = "認定"
