"""Which files have been taken in already: the same file twice and an older file after a newer one are refused."""

from django.db import connection
from django.db.models import QuerySet

from audit.models import JobFile
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_wareki
from linkage.layouts import IncomingFile

LOCK_CLASS = 0x6B63  # one take-in of a layout at a time


def previous_imports(layout_id: str) -> QuerySet[JobFile]:
    """The files of a layout that were taken in to the end, the newest by their own date first.

    The row of an incoming file is written in the transaction that stores its rows: it alone says that they are in.
    """
    return (
        JobFile.objects.filter(layout=layout_id, direction=JobFile.Direction.IN)
        .select_related("job")
        .order_by("-created_on", "-serial")
    )


def refuse_repeats(file: IncomingFile) -> None:
    """Raises Refusal for a file that was taken in already, or that is not newer than the last one."""
    done = previous_imports(file.layout.id)
    same = done.filter(sha256=file.sha256).first()
    if same:
        raise Refusal(
            "file-again",
            f"同じファイルは処理番号{same.job_id}（{format_wareki(same.job.requested_at.date())}依頼）で取込済みです。",
            ways=("取込済みの処理の結果を、一括処理の一覧で確かめてください。",),
        )
    last = done.first()
    if last and last.created_on and (last.created_on, last.serial) >= (file.created_on, file.serial):
        raise Refusal(
            "file-older",
            f"{format_wareki(last.created_on)}作成・通番{last.serial}のファイルを取り込んだ後に、それより新しくない"
            f"（{format_wareki(file.created_on)}作成・通番{file.serial}）ファイルは取り込めません。",
            ways=("ファイルの順番を確かめ、足りないものがあれば提供元に新しい全件ファイルを求めてください。",),
        )


def alone(layout_id: str) -> None:
    """Wait, inside the storing transaction, until nobody else stores a file of this layout."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_CLASS, layout_id])
