"""納入通知書の見本: which notices a file of samples holds, and the file itself."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import connection
from django.db.models import QuerySet

from audit import access
from audit.files import store_file
from audit.jobs import Issue, Work
from audit.models import JobFile
from audit.rights import Act, File
from eligibility.models import Resident
from kaigo.common.refusal import Refusal
from levy.documents import premium_notices, require_printable
from levy.models import Assessment, LevyRun

RETENTION = "sample-document"
BUNDLE = 5  # notices laid out at a time: memory grows with the number of pages
EACH = 200  # candidates looked at for each tier and method
ITEMS = ("氏名", "住所", "被保険者番号", "所得段階", "保険料額", "期別")


def make_samples(work: Work) -> None:
    """見本の作成: notices spread over tiers and methods, as PDF files kept with the job.

    Protected persons (支援措置) are left out and counted: their letters need a second person's check of the address.
    A notice that cannot be printed becomes an issue, and the next person takes its place.
    """
    run = LevyRun.objects.get(public_id=work.job.parameters["run"])
    wanted = int(work.job.parameters["count"])
    work.job.issues.all().delete()
    with work.stage("notices", "通知書の作成", total=wanted) as stage:
        printed = list(islice(_printable(work, chosen(run)), wanted))
        for number, start in enumerate(range(0, len(printed), BUNDLE), 1):
            bundle = printed[start : start + BUNDLE]
            _keep(work, run, number, bundle)
            stage.advance(len(bundle))
    left_out = _in_force(run).filter(insured__resident__is_protected=True).count()
    work.save(counts={"通知書": len(printed), "支援措置のため除いた人": left_out})
    people = [assessment.insured.resident.public_id for assessment in printed]
    access.write_many(work.actor, File.LEVY, Act.PRINT, people, items=ITEMS, reason="納入通知書の見本")


CHOSEN = """
    SELECT id FROM (
        SELECT *, row_number() OVER (PARTITION BY tier, withheld, ordinary ORDER BY insured_number) AS place
        FROM (
            SELECT a.id, a.tier, i.insured_number,
                EXISTS (SELECT 1 FROM levy_instalment WHERE assessment_id = a.id AND method = '1') AS withheld,
                EXISTS (SELECT 1 FROM levy_instalment WHERE assessment_id = a.id AND method = '2') AS ordinary
            FROM levy_assessment a
            JOIN eligibility_insured i ON i.id = a.insured_id JOIN eligibility_resident r ON r.id = i.resident_id
            WHERE a.run_id = %s AND r.status = %s AND NOT r.is_protected
        ) decisions
    ) ranked
    WHERE place <= %s ORDER BY place, withheld AND ordinary DESC, withheld, tier
"""


def chosen(run: LevyRun) -> Iterator[Assessment]:
    """The decisions to sample: of each tier and way of collection the first, then the second …, by insured number."""
    with connection.cursor() as cursor:
        cursor.execute(CHOSEN, [run.pk, Resident.Status.RESIDENT, EACH])
        found = [row[0] for row in cursor.fetchall()]
    for pk in found:
        yield Assessment.objects.select_related("run__parameter_set", "insured__resident__office").get(pk=pk)


def _in_force(run: LevyRun) -> QuerySet[Assessment]:
    return Assessment.objects.filter(run=run, run__state=LevyRun.State.COMMITTED)


def _printable(work: Work, assessments: Iterable[Assessment]) -> Iterator[Assessment]:
    """Those whose letter can be made; the others are listed."""
    for assessment in assessments:
        try:
            require_printable(assessment)
        except Refusal as refusal:
            key = assessment.insured.insured_number
            work.issues([Issue(None, key, refusal.field, refusal.code, refusal.message, "".join(refusal.ways))])
        else:
            yield assessment


def _keep(work: Work, run: LevyRun, number: int, bundle: list[Assessment]) -> None:
    name = f"notices_{run.fiscal_year}_{number:03}.pdf"
    content = premium_notices(bundle)
    stored = store_file(content, name, "application/pdf", RETENTION)
    work.file(JobFile.Direction.OUT, name=name, sha256=stored.sha256, size=stored.size, rows=len(bundle), stored=stored)
