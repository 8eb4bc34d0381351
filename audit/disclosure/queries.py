"""Reading requests and inquiries within the offices of the reader, and the 個人情報ファイル簿."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.db.models import JSONField, Model, Q, QuerySet, UUIDField
from pghistory.models import Event

from audit.actor import Actor
from audit.disclosure import rules
from audit.disclosure.models import OfficialInquiry, Request
from audit.models import AccessLog
from audit.rights import Act, File, Right
from kaigo.common import clock
from kaigo.common.refusal import NotFound

VIEW, ENTER, DECIDE, PRINT = (Right(File.DISCLOSURE, act) for act in (Act.VIEW, Act.ENTER, Act.DECIDE, Act.PRINT))
FILES = (File.ELIGIBILITY, File.CERTIFICATION, File.RECIPIENTS, File.BENEFITS, File.LEVY)
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One personal-information file as the register of files states it."""

    file: File
    about: dict[str, str]
    tables: list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Look:
    """Who has seen a person, as the package says it: when, which office and role, what for."""

    at: Any
    office: str
    roles: str
    file: str
    act: str
    items: str
    name: str


def requests(actor: Actor, *, state: str = "", kind: str = "", text: str = "") -> QuerySet[Request]:
    """The requests of the offices that the person may view."""
    rows = Request.objects.filter(office_id__in=actor.offices(VIEW)).select_related("office", "entered_by")
    return _filtered(rows, Request, state, text, Q(number__icontains=text)).filter(**({"kind": kind} if kind else {}))


def inquiries(actor: Actor, *, state: str = "", text: str = "") -> QuerySet[OfficialInquiry]:
    """The official inquiries of the offices that the person may view."""
    rows = OfficialInquiry.objects.filter(office_id__in=actor.offices(VIEW)).select_related("office", "entered_by")
    return _filtered(rows, OfficialInquiry, state, text, Q(number__icontains=text) | Q(inquirer__icontains=text))


def one(rows: QuerySet[Row], public_id: UUID) -> Row:
    """One row of those. Raises NotFound."""
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-row", "見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",))
    return found


def looks(subject: UUID, *, names: bool) -> list[Look]:
    """Who has seen a person, the newest first; refused attempts are left out. `names` says whether staff is named."""
    rows = AccessLog.objects.filter(subjects__contains=[subject], outcome=AccessLog.Outcome.ALLOWED).order_by(
        "-at", "-id"
    )
    return [
        Look(
            row.at, row.office_name or "本庁", "、".join(row.roles), File(row.file).label if row.file else "",
            Act(row.act).label, "、".join(row.items), row.staff_name if names else "",
        )
        for row in rows
    ]  # fmt: skip


def statistics(actor: Actor) -> list[tuple[str, str, int]]:
    """Official inquiries answered this fiscal year, by authority and ground."""
    year = clock.today().year - (clock.today().month < 4)
    rows = inquiries(actor).filter(state=OfficialInquiry.State.ANSWERED, number__contains=f"{year}-")
    names = {ground.code: ground for ground in rules.grounds()}
    counted = Counter(rows.values_list("ground", flat=True))
    return [(names[code].inquirer, names[code].name, count) for code, count in sorted(counted.items()) if code in names]


WORKING_COLUMNS = frozenset({"id", "row_version", "version", "history_serial"})


def file_book() -> list[FileEntry]:
    """個人情報ファイル簿: what each of the five files holds, from the tables themselves, and what they cannot say."""
    about = rules.table()["files"]
    entries = [FileEntry(file, about[file.value], list(_tables(file.value))) for file in FILES]
    return [entry for entry in entries if entry.tables]


def _tables(label: str) -> Iterator[tuple[str, list[str]]]:
    if not apps.is_installed(label):
        return
    for model in apps.get_app_config(label).get_models():
        if issubclass(model, Event):
            continue
        columns = [_item(model, field) for field in model._meta.concrete_fields if _is_item(field)]
        if columns:
            yield str(model._meta.verbose_name), columns


def _is_item(field: Any) -> bool:
    """Whether a column is a record item (記録項目): no id, relation, key for searching or mark of versions."""
    if field.name in WORKING_COLUMNS or field.name.endswith(("lookup", "wrapped", "_key")):
        return False
    return not (field.auto_created or field.is_relation or isinstance(field, (UUIDField, JSONField)))


def _item(model: Any, field: Any) -> str:
    """The item's name; what is kept sealed is called by what it is."""
    return str(model._meta.verbose_name if field.name == "sealed" else field.verbose_name).removesuffix("（暗号文）")


def _filtered(rows: QuerySet[Any], model: Any, state: str, text: str, wanted: Q) -> QuerySet[Any]:
    if state == "open":
        rows = rows.filter(state__in=model.OPEN)
    elif state == "overdue":
        rows = rows.filter(state__in=model.OPEN, due_on__lt=clock.today())
    elif state:
        rows = rows.filter(state=state)
    return rows.filter(wanted) if text else rows
