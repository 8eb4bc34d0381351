from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Approval routes (決裁): who decides what, one or many at a time."""

    name = "audit.decisions"
    label = "decisions"
    verbose_name = "決裁"

    def ready(self) -> None:
        from audit import worklist
        from audit.decisions import jobs, kinds, laying, work
        from audit.jobs import approval

        kinds.register_family(jobs.PREFIX, jobs.members)
        kinds.register(laying.KIND)
        approval.provide(jobs.ByDecision())
        worklist.provide(work.waiting)
