from django.apps import AppConfig


class MediaConfig(AppConfig):
    """Exports (外部出力), media (媒体) and the terminals they are made on."""

    name = "audit.media"
    label = "media"
    verbose_name = "媒体と外部出力"
