"""The monthly report of an office (点検の月次報告): figures, signing off, the signed PDF with its hash."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Min, QuerySet
from django.db.models.functions import TruncMonth

from audit.actor import Actor
from audit.files import store_file
from audit.models import Office
from audit.permissions import require, staff_id_of
from audit.rights import Act, File, Right
from audit.watching import coverage, documents
from audit.watching.models import Finding, Letter, MonthlyReport
from audit.watching.rules import Kind
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal
from kaigo.common.wareki import format_wareki

VIEW = Right(File.FINDINGS, Act.VIEW)
RETENTION = "watching-reports"
MONTHS = 12
LOCK = 0x7763  # one signature of an office at a time
Verdict, State = Finding.Verdict, Finding.State


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of findings in a month: how many, how far reviewed, how judged; `oldest`: longest open, in days."""

    label: str
    found: int
    reviewed: int
    live: int
    necessary: int
    unclear: int
    improper: int
    oldest: int | None


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month of the trend: findings, and those of them that are still not reviewed."""

    month: str
    found: int
    live: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What a report says about an office and month, as of a day."""

    office: str
    month: str
    as_of: str
    total: KindLine
    kinds: list[KindLine]
    trend: list[MonthLine]
    days: int
    gaps: list[str]
    letters: dict[str, int]
    seal: dict[str, str]


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """An office in the overview of a month."""

    office: Office
    total: KindLine
    signed: MonthlyReport | None


def overview(actor: Actor, month: date) -> list[OfficeLine]:
    """Every office of the person with its figures of the month and the latest signature. Three SQL statements."""
    offices = list(Office.objects.filter(pk__in=actor.offices(VIEW)))
    rows = _counts(Finding.objects.filter(office__in=offices, **_within(month)), "office_id")
    signed: dict[int, MonthlyReport] = {}
    for report in MonthlyReport.objects.filter(office__in=offices, month=month).order_by("serial"):
        signed[report.office_id] = report
    return [
        OfficeLine(office, _line(office.name, rows.get(office.pk, [])), signed.get(office.pk)) for office in offices
    ]


def figures(office: Office, month: date) -> Figures:
    """The figures of an office and month as they are now. A bounded number of SQL statements."""
    found = Finding.objects.filter(office=office, **_within(month))
    by_kind = _counts(found, "kind")
    kinds = [_line(kind.label, by_kind[kind.value]) for kind in Kind if kind.value in by_kind]
    days = [day for day in coverage.month(month) if day.due]
    return Figures(
        office=office.name,
        month=f"{month:%Y-%m}",
        as_of=clock.now().isoformat(timespec="minutes"),
        total=_line("計", [row for rows in by_kind.values() for row in rows]),
        kinds=kinds,
        trend=_trend(office, month),
        days=len(days),
        gaps=[day.day.isoformat() for day in days if day.gap],
        letters=_letters(office, month),
        seal=newest_seal(),
    )


def office_of(actor: Actor, public_id: UUID) -> Office:
    """An office whose findings the person may view. Raises NotFound."""
    office = Office.objects.filter(pk__in=actor.offices(VIEW), public_id=public_id).first()
    if office is None:
        raise NotFound("no-office", "この所属の報告は見られません。", ways=("一覧から選び直してください。",))
    return office


def signed_reports(office: Office, month: date) -> QuerySet[MonthlyReport]:
    """The signatures of a report, the latest first."""
    return MonthlyReport.objects.filter(office=office, month=month).select_related("stored").order_by("-serial")


def signed_report(actor: Actor, public_id: UUID) -> MonthlyReport:
    """One signed report of an office that the person may view. Raises NotFound."""
    rows = MonthlyReport.objects.filter(office_id__in=actor.offices(VIEW)).select_related("stored")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-report", "この報告は見つからないか、見る権限がありません。")
    return found


def sign(actor: Actor, office_id: UUID, month: date, *, comment: str) -> MonthlyReport:
    """月次報告の確認: freeze the figures as they are now and keep the PDF; signing again makes the next version.

    Raises Forbidden without findings.decide on the office, Refusal while the month is not over or a day of it has
    not been examined.
    """
    office = office_of(actor, office_id)
    require(actor, File.FINDINGS, Act.DECIDE, office.pk)
    found = figures(office, month)
    _require_complete(found, month)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, office.pk])
        latest = signed_reports(office, month).first()
        report = MonthlyReport(
            office=office,
            month=month,
            serial=latest.serial + 1 if latest else 1,
            figures=asdict(found),
            comment=comment.strip(),
            signed_by_id=staff_id_of(actor),
            signed_name=actor.name,
            signed_at=clock.now(),
        )
        content = documents.report(context(found, month, report), report.public_id)
        name = f"watching-report-{month:%Y-%m}-{report.public_id}.pdf"
        report.stored = store_file(content, name, "application/pdf", RETENTION)
        report.save()
        return report


def draft(office: Office, month: date) -> bytes:
    """The report as it stands, as PDF, marked as not signed."""
    return documents.report(context(figures(office, month), month, None), uuid4())


def context(found: Figures, month: date, report: MonthlyReport | None) -> dict[str, Any]:
    """What screen and paper show of a report."""
    return {
        "figures": found,
        "month": month,
        "month_words": format_wareki(month).removesuffix("1日"),
        "as_of": datetime.fromisoformat(found.as_of),
        "sealed_at": datetime.fromisoformat(found.seal["made_at"]) if found.seal else None,
        "report": report,
        "bars": bars(found.trend),
        "insurer": settings.INSURER_NAME,
        "gaps": [date.fromisoformat(day) for day in found.gaps],
    }


def bars(trend: list[MonthLine]) -> list[dict[str, Any]]:
    """The trend as bars of a drawing 720 wide and 160 high, with 130 for the highest month."""
    highest = max([line.found for line in trend] + [1])
    step = 720 // MONTHS
    drawn = []
    for place, line in enumerate(trend):
        tall, live = (count * 130 // highest for count in (line.found, line.live))
        drawn.append(
            {
                "line": line,
                "label": f"{int(line.month[5:])}月",
                "x": place * step + 8,
                "middle": place * step + step // 2,
                "width": step - 16,
                "y": 140 - tall,
                "height": tall,
                "live_y": 140 - live,
                "live_height": live,
                "above": 136 - tall,
            }
        )
    return drawn


def unsigned(actor: Actor, month: date) -> int:
    """How many offices of the person still lack a signature of the month."""
    offices = actor.offices(Right(File.FINDINGS, Act.DECIDE))
    if (since := coverage.first_day()) is None or since > _end(month):
        return 0
    signed = MonthlyReport.objects.filter(office_id__in=offices, month=month).values("office").distinct()
    return len(offices) - signed.count()


def newest_seal() -> dict[str, str]:
    """The newest seal of the log: its number, moment and fingerprint; empty before the first."""
    from audit.sealing import seals

    seal = seals.newest()
    if seal is None:
        return {}
    made = seal.made_at.astimezone(clock.TOKYO).isoformat(timespec="minutes")
    return {"number": str(seal.number), "made_at": made, "fingerprint": seals.fingerprint(seal).hex()}


def _within(month: date) -> dict[str, Any]:
    return {"day__range": (month, _end(month))}


def _end(month: date) -> date:
    return coverage.month_bounds(month)[1].date() - timedelta(days=1)


def _counts(rows: QuerySet[Finding], by: str) -> dict[Any, list[tuple[str, str, int, date]]]:
    """(state, verdict, count, earliest day) of findings by a field."""
    found: dict[Any, list[tuple[str, str, int, date]]] = {}
    grouped = rows.order_by().values_list(by, "state", "verdict").annotate(n=Count("id"), first=Min("day"))
    for key, state, verdict, count, first in grouped:
        found.setdefault(key, []).append((state, verdict, count, first))
    return found


def _line(label: str, rows: list[tuple[str, str, int, date]]) -> KindLine:
    by_verdict, by_state = Counter[str](), Counter[str]()
    for state, verdict, count, _ in rows:
        by_verdict[verdict] += count
        by_state[state] += count
    live = [first for state, _, _, first in rows if state in Finding.LIVE]
    return KindLine(
        label=label,
        found=sum(by_state.values()),
        reviewed=by_state[State.REVIEWED],
        live=by_state[State.OPEN] + by_state[State.CHECKING],
        necessary=by_verdict[Verdict.NECESSARY],
        unclear=by_verdict[Verdict.UNCLEAR],
        improper=by_verdict[Verdict.IMPROPER],
        oldest=(clock.today() - min(live)).days if live else None,
    )


def _trend(office: Office, month: date) -> list[MonthLine]:
    """The twelve months that end with this one."""
    first = date(month.year - 1, month.month, 1)
    rows = Finding.objects.filter(office=office, day__range=(first, _end(month))).order_by()
    found: dict[str, Counter[str]] = {}
    grouped = rows.annotate(start=TruncMonth("day")).values_list("start", "state").annotate(n=Count("id"))
    for start, state, count in grouped:
        found.setdefault(f"{start:%Y-%m}", Counter())[state] += count
    lines = []
    for back in range(MONTHS - 1, -1, -1):
        number = month.year * 12 + month.month - 1 - back
        name = f"{number // 12}-{number % 12 + 1:02d}"
        counts = found.get(name, Counter())
        lines.append(MonthLine(name, sum(counts.values()), counts[State.OPEN] + counts[State.CHECKING]))
    return lines


def _letters(office: Office, month: date) -> dict[str, int]:
    rows = Letter.objects.filter(office=office, issued_on__range=(month, _end(month)))
    counts = Counter(rows.values_list("state", flat=True))
    late = rows.filter(state=Letter.State.SENT, due_on__lt=clock.today()).count()
    return {label: counts[state] for state, label in Letter.State.choices} | {"期限を過ぎたもの": late}


def _require_complete(found: Figures, month: date) -> None:
    if _end(month) >= clock.today():
        raise Refusal("month-open", "その月が終わってから確認してください。")
    if found.gaps:
        raise Refusal(
            "gaps",
            f"点検していない日が{len(found.gaps)}日あるため、確認できません。",
            ways=("「点検した日」の画面から、その日を点検してください。",),
        )
