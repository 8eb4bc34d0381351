from django.apps import AppConfig


class AuthorityConfig(AppConfig):
    """Roles, temporary rights, substitution (代理), cross-office reading, emergency access."""

    name = "audit.authority"
    label = "authority"
    verbose_name = "権限"
