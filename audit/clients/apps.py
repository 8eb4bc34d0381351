from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """API clients (連携クライアント): other systems that call this one."""

    name = "audit.clients"
    label = "clients"
    verbose_name = "連携クライアント"
