from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Signing in (ログイン): passkeys, passwords, second factor, common sign-on."""

    name = "audit.identity"
    label = "identity"
    verbose_name = "本人認証"
