from django.apps import AppConfig


class PersonnelConfig(AppConfig):
    """Personnel data (人事情報), ids of other people, and the yearly review (棚卸し)."""

    name = "audit.personnel"
    label = "personnel"
    verbose_name = "人事情報と棚卸し"

    def ready(self) -> None:
        from audit import usability, worklist
        from audit.personnel import attending, checks, gate, granting, jobs, signing, work  # noqa: F401

        usability.add_check(checks.contract)
        usability.add_check(gate.may_work)
        worklist.provide(work.waiting)
