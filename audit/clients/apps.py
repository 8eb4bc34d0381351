from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """API clients (API利用者): tokens, scopes, expiry, rate limits."""

    name = "audit.clients"
    label = "clients"
    verbose_name = "API利用者"
