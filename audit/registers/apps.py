from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """The registers (台帳) of accidents, contractors, training, checks, audits and inquiries."""

    name = "audit.registers"
    label = "registers"
    verbose_name = "台帳"
