from django.apps import AppConfig


class RecipientsConfig(AppConfig):
    """受給: the room is founded; its tables and acts come with its own issue."""

    name = "recipients"
    verbose_name = "受給"
