from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """Registers (台帳): accidents, contractors, training, self-check, internal audit, inquiries."""

    name = "audit.registers"
    label = "registers"
    verbose_name = "台帳"
