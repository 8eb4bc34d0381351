from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    """Disclosure requests (開示請求) and official inquiries (公用照会)."""

    name = "audit.disclosure"
    label = "disclosure"
    verbose_name = "開示請求"
