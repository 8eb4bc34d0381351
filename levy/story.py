"""What the levy file tells in the change history, and how it stood as of two dates (design §5)."""

from collections.abc import Iterator
from datetime import date, datetime, time

from django.db.models import QuerySet

from audit import story
from audit.rights import File
from audit.story import INSERT, UPDATE, Source, Version, tracked_versions
from eligibility.models import Resident
from eligibility.story import Section, Standing, holding, register_standing
from kaigo.common import clock
from kaigo.common.wareki import format_short, format_year
from levy.models import Assessment, AssistancePeriod, LevyRun, PensionRecord, TaxRecord
from levy.presenters import fiscal_year_of


def _tax_versions(resident_id: int) -> Iterator[Version]:
    """Tax records only grow: each row is the next version of its year, known since its import."""
    rows = TaxRecord.objects.filter(resident_id=resident_id).select_related("job__requested_by").order_by("id")
    seen: set[int] = set()
    for row in rows:
        moment = row.job.finished_at or datetime.combine(row.received_on, time(), tzinfo=clock.TOKYO)
        who = row.job.requested_by.name if row.job.requested_by else "定時処理"
        act = UPDATE if row.fiscal_year in seen else INSERT
        seen.add(row.fiscal_year)
        said = {"staff_name": who, "job": row.job_id, "reason": "税情報の取込"}
        yield Version(moment, row.fiscal_year, act, row, f"job:{row.job_id}", said)


def _decisions(resident_id: int) -> QuerySet[Assessment]:
    """The decisions in force and those before them, in the order in which they came into force."""
    rows = Assessment.objects.filter(insured__resident_id=resident_id, run__state=LevyRun.State.COMMITTED)
    return rows.select_related("run__job__requested_by", "run__job__approved_by").order_by("run__committed_at", "id")


def _decision_versions(resident_id: int) -> Iterator[Version]:
    """A decision of a later run is the next version of its year."""
    seen: set[int] = set()
    for row in _decisions(resident_id):
        job = row.run.job
        who = job.requested_by.name if job.requested_by else "定時処理"
        reason = f"賦課決定（承認 {job.approved_by.name}）" if job.approved_by else "賦課決定"
        act = UPDATE if row.fiscal_year in seen else INSERT
        seen.add(row.fiscal_year)
        said = {"staff_name": who, "job": job.pk, "reason": reason}
        yield Version(row.run.committed_at or clock.now(), row.fiscal_year, act, row, f"levy:{row.run_id}", said)


def _month(text: str) -> str:
    """A month (yyyymm) in wareki."""
    return format_short(date(int(text[:4]), int(text[4:]), 1)).rpartition(".")[0]


YEAR = {"fiscal_year": format_year}
TAX = Source(TaxRecord, File.LEVY, _tax_versions, hidden=("resident", "job"), formats=YEAR)
DECISION = Source(
    Assessment, File.LEVY, _decision_versions, hidden=("run", "insured", "flags", "inputs", "trace"), formats=YEAR,
    by_itself=True,
)  # fmt: skip
ASSISTANCE = Source(
    AssistancePeriod, File.LEVY, tracked_versions(AssistancePeriod, "resident_id"), hidden=("resident",)
)
PENSION = Source(
    PensionRecord,
    File.LEVY,
    tracked_versions(PensionRecord, "resident_id"),
    hidden=("resident", "basic_pension_number", "basic_pension_lookup"),
    formats=YEAR | {"withholding_from": _month},
)


def _sections(resident: Resident, day: date, moment: datetime, mask: bool) -> list[Section]:
    year = fiscal_year_of(day)
    found = [*_decision(resident, year, moment)]
    for source in (TAX, PENSION):
        rows = (version.row for version in story.known(source, resident.pk, moment))
        found += [Section(source.title, story.facts(source, r, mask=mask)) for r in rows if r.fiscal_year == year]  # type: ignore[attr-defined]
    return [*found, *holding(ASSISTANCE, resident, day, moment, mask=mask)]


def _decision(resident: Resident, year: int, moment: datetime) -> Iterator[Section]:
    """The decision in force at the moment for the year of the day."""
    made = _decisions(resident.pk).filter(fiscal_year=year, run__committed_at__lte=moment)
    row = made.last()
    if row:
        rows = story.facts(DECISION, row, mask=False)
        yield Section("賦課決定", [*rows, ("確定日時", story.say(row.run.committed_at))])


for _source in (DECISION, TAX, ASSISTANCE, PENSION):
    story.register(_source)
register_standing(Standing(File.LEVY, ("賦課決定", "税情報", "年金情報", "生活保護等"), _sections))
