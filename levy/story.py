"""What the levy file tells in the change history, and how it stood as of two dates (design §5)."""

from collections.abc import Iterator
from datetime import date, datetime, time

from audit import story
from audit.rights import File
from audit.story import INSERT, UPDATE, Source, Version, tracked_versions
from eligibility.models import Resident
from eligibility.story import Section, Standing, holding, register_standing
from kaigo.common import clock
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


TAX = Source(TaxRecord, File.LEVY, _tax_versions, hidden=("resident", "job"))
ASSISTANCE = Source(
    AssistancePeriod, File.LEVY, tracked_versions(AssistancePeriod, "resident_id"), hidden=("resident",)
)
PENSION = Source(
    PensionRecord,
    File.LEVY,
    tracked_versions(PensionRecord, "resident_id"),
    hidden=("resident", "basic_pension_number", "basic_pension_lookup"),
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
    row = (
        Assessment.objects.filter(
            insured__resident=resident,
            fiscal_year=year,
            run__state=LevyRun.State.COMMITTED,
            run__committed_at__lte=moment,
        )
        .select_related("run")
        .order_by("-run__committed_at")
        .first()
    )
    if row:
        names = ("fiscal_year", "base_date", "tier", "yearly_premium", "months", "premium", "estimated")
        columns = [Assessment._meta.get_field(name) for name in names]
        rows = [(str(c.verbose_name), story.say(getattr(row, c.name))) for c in columns]  # type: ignore[union-attr]
        yield Section("賦課決定", [*rows, ("確定日時", story.say(row.run.committed_at))])


for _source in (TAX, ASSISTANCE, PENSION):
    story.register(_source)
register_standing(Standing(File.LEVY, ("賦課決定", "税情報", "年金情報", "生活保護等"), _sections))
