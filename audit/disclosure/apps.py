from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    """Requests of the persons themselves (開示・訂正・利用停止), 公用照会 and the 個人情報ファイル簿."""

    name = "audit.disclosure"
    label = "disclosure"
    verbose_name = "開示等請求"

    def ready(self) -> None:
        from audit import worklist
        from audit.decisions import kinds
        from audit.disclosure import inquiries, requests, work

        kinds.register(requests.KIND)
        kinds.register(inquiries.KIND)
        worklist.provide(work.waiting)
