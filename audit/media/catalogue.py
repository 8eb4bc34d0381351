"""The export of this room's own ledger: the access log as a file (アクセス記録の出力)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from audit import logbook
from audit.forms import AccessLogFilter
from audit.media.kinds import Asked, ExportKind
from audit.models import AccessLog, Office
from audit.rights import File
from kaigo.common import clock
from kaigo.common.wareki import format_wareki

COLUMNS = (
    "日時", "職員", "所属", "役割", "端末", "端末アドレス", "セッション", "画面", "ファイル", "行為", "対象者の識別子",
    "対象人数", "項目", "個人番号の表示", "理由", "根拠", "結果",
)  # fmt: skip
LONGEST = 92  # days that one file may hold


class LogForm(AccessLogFilter):
    """The part of the log that the list shows, as what JSON can hold."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned["day_from"], cleaned["day_to"]
        if (last - first).days >= LONGEST:
            self.add_error("day_to", f"1度に出力できるのは{LONGEST}日までです。期間を分けてください。")
        if last > clock.today():
            self.add_error("day_to", "終了日は今日までの日にしてください。")
        return {
            name: str(value) if isinstance(value, (date, UUID)) else value for name, value in cleaned.items() if value
        }


def _rows(asked: Asked) -> QuerySet[AccessLog]:
    days = {name: date.fromisoformat(asked.parameters[name]) for name in ("day_from", "day_to")}
    rows = logbook.rows({**asked.parameters, **days})
    if Office.objects.exclude(pk__in=asked.offices).exists():  # not the whole house: the office's own people
        rows = rows.filter(staff__office_id__in=asked.offices)
    return rows


def lines(asked: Asked) -> Iterator[list[object]]:
    """The rows as they are read in a spreadsheet, the oldest first; residents by their random ids only."""
    for row in _rows(asked).order_by("at", "id").iterator(chunk_size=2_000):
        yield [
            f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}", row.staff_name, row.office_name, "、".join(row.roles),
            row.terminal, row.address or "", row.session, row.route, row.get_file_display(), row.get_act_display(),
            " ".join(str(subject) for subject in row.subjects), row.subject_count, "、".join(row.items),
            "あり" if row.number_shown else "", row.reason, row.get_ground_display(), row.get_outcome_display(),
        ]  # fmt: skip


def _words(parameters: Mapping[str, Any]) -> str:
    first, last = (format_wareki(date.fromisoformat(parameters[name])) for name in ("day_from", "day_to"))
    more = "（条件あり）" if set(parameters) - {"day_from", "day_to"} else ""
    return f"{first}から{last}まで{more}"


ACCESS_LOG = ExportKind(
    name="access-log",
    label="アクセス記録",
    file=File.ACCESS_LOG,
    items=("アクセス記録",),
    columns=COLUMNS,
    rows=lines,
    count=lambda asked: _rows(asked).count(),
    form=LogForm,
    words=_words,
    help="だれが、いつ、どの端末で、何をしたか。住民は識別子だけで、氏名や番号は入らない",
)
