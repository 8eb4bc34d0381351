"""The export of this room's own ledger: the access log as a file (アクセス記録の出力)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from audit.formfields import WarekiDateField
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


class PeriodForm(forms.Form):
    """The days of the log."""

    day_from = WarekiDateField(label="開始日")
    day_to = WarekiDateField(label="終了日")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("day_from"), cleaned.get("day_to")
        if first and last:
            if last < first:
                self.add_error("day_to", "終了日は開始日以後の日にしてください。")
            elif (last - first).days >= LONGEST:
                self.add_error("day_to", f"1度に出力できるのは{LONGEST}日までです。期間を分けてください。")
            elif last > clock.today():
                self.add_error("day_to", "終了日は今日までの日にしてください。")
        return {name: value.isoformat() for name, value in cleaned.items() if isinstance(value, date)}


def _rows(asked: Asked) -> QuerySet[AccessLog]:
    first, last = (date.fromisoformat(asked.parameters[name]) for name in ("day_from", "day_to"))
    rows = AccessLog.objects.filter(at__gte=_midnight(first), at__lt=_midnight(last + timedelta(days=1))).order_by(
        "at", "id"
    )
    if Office.objects.exclude(pk__in=asked.offices).exists():  # not the whole house: the office's own people
        rows = rows.filter(staff__office_id__in=asked.offices)
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=clock.TOKYO)


def lines(asked: Asked) -> Iterator[list[object]]:
    """The rows as they are read in a spreadsheet; residents by their random ids only."""
    for row in _rows(asked).iterator(chunk_size=2_000):
        yield [
            f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}", row.staff_name, row.office_name, "、".join(row.roles),
            row.terminal, row.address or "", row.session, row.route, row.get_file_display(), row.get_act_display(),
            " ".join(str(subject) for subject in row.subjects), row.subject_count, "、".join(row.items),
            "あり" if row.number_shown else "", row.reason, row.get_ground_display(), row.get_outcome_display(),
        ]  # fmt: skip


def _words(parameters: Mapping[str, Any]) -> str:
    first, last = (format_wareki(date.fromisoformat(parameters[name])) for name in ("day_from", "day_to"))
    return f"{first}から{last}まで"


ACCESS_LOG = ExportKind(
    name="access-log",
    label="アクセス記録",
    file=File.ACCESS_LOG,
    items=("アクセス記録",),
    columns=COLUMNS,
    rows=lines,
    count=lambda asked: _rows(asked).count(),
    form=PeriodForm,
    words=_words,
    help="だれが、いつ、どの端末で、何をしたか。住民は識別子だけで、氏名や番号は入らない",
)
