"""Which files have been taken in already: the same file twice and an older file after a newer one are refused."""

from django.db.models import QuerySet

from audit.models import JobFile, JobRun
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_wareki
from linkage.layouts import IncomingFile


def previous_imports(layout_id: str) -> QuerySet[JobFile]:
    """The files of a layout that were taken in to the end, the newest by their own date first."""
    return (
        JobFile.objects.filter(layout=layout_id, direction=JobFile.Direction.IN, job__state=JobRun.State.DONE)
        .select_related("job")
        .order_by("-created_on", "-serial")
    )


def refuse_repeats(file: IncomingFile) -> None:
    """Raises Refusal for a file that was taken in already, or that is older than the last one."""
    done = previous_imports(file.layout.id)
    same = done.filter(sha256=file.sha256).first()
    if same:
        raise Refusal(
            "file-again",
            f"同じ内容のファイルは、{format_wareki(same.job.finished_at.date())}に取り込み済みです。",
            ways=("取り込み済みの処理の結果を、一括処理の一覧で確かめてください。",),
        )
    last = done.first()
    if last and (last.created_on, last.serial) >= (file.created_on, file.serial):
        raise Refusal(
            "file-older",
            f"{format_wareki(last.created_on)}作成・通番{last.serial}のファイルを取り込んだ後に、"
            f"それより古い（{format_wareki(file.created_on)}作成・通番{file.serial}）ファイルは取り込めません。",
            ways=("ファイルの順番を確かめ、足りないものがあれば提供元に新しい全件ファイルを求めてください。",),
        )
