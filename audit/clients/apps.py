from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """API clients (連携クライアント): other systems that call this one."""

    name = "audit.clients"
    label = "clients"
    verbose_name = "連携クライアント"

    def ready(self) -> None:
        from audit import worklist
        from audit.clients import deciding, work
        from audit.decisions import kinds

        kinds.register(deciding.KIND)
        worklist.provide(work.waiting)
