from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """The registers (台帳) of accidents, contractors, training, checks, audits and inquiries."""

    name = "audit.registers"
    label = "registers"
    verbose_name = "台帳"

    def ready(self) -> None:
        from audit import usability, worklist
        from audit.decisions import kinds
        from audit.registers import beginning, consents, work

        kinds.register(consents.KIND)
        worklist.provide(work.waiting)
        usability.add_check(beginning.untrained)
