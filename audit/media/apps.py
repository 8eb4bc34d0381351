from django.apps import AppConfig


class MediaConfig(AppConfig):
    """Exports and media (媒体・出力)."""

    name = "audit.media"
    label = "media"
    verbose_name = "媒体・出力"
