from django.apps import AppConfig


class MediaConfig(AppConfig):
    """Exports (外部出力), media (媒体) and the terminals they are made on."""

    name = "audit.media"
    label = "media"
    verbose_name = "媒体と外部出力"

    def ready(self) -> None:
        from audit import jobs as batches
        from audit import worklist
        from audit.decisions import kinds as decisions
        from audit.media import catalogue, jobs, kinds, work

        batches.register(jobs.KIND)
        decisions.register(jobs.DECISION)
        kinds.register(catalogue.ACCESS_LOG)
        worklist.provide(work.waiting)
