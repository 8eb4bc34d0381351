from django.apps import AppConfig

from audit.actor import Actor


class AuthorityConfig(AppConfig):
    """権限: cross-office reading, emergency access, substitution (代理)."""

    name = "audit.authority"
    label = "authority"
    verbose_name = "権限"

    def ready(self) -> None:
        from django.urls import reverse

        from audit import exceptions, worklist
        from audit.authority import queries

        def waiting(actor: Actor) -> list[worklist.Waiting]:
            if not actor.may(queries.REVIEW):
                return []
            count = queries.waiting_for_approval(actor).count()
            return [worklist.Waiting("支援措置の対象者の、他所属の照会の承認", reverse("cross-office"), count)]

        exceptions.provide(queries.exceptions_of)
        worklist.provide(waiting)
