"""資格取得者への一斉交付: the monthly run of those whose day of acquisition comes. Registered when ready."""

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.urls import reverse

from audit import access
from audit.actor import Actor
from audit.files import store_file
from audit.history import recorded
from audit.jobs import Issue, JobKind, Work, register, request_job
from audit.models import JobFile, JobRun, Office
from audit.rights import Act, File
from eligibility.cards import documents, queries, services
from eligibility.insurance import number_ahead
from eligibility.models import Card, CardProposal, Insured
from kaigo.common import glyphs
from kaigo.common.refusal import Refusal

KIND = "cards-monthly"
BUNDLE = 20  # cards laid out at a time: memory grows with the number of pages
RETENTION = "card-print"
ITEMS = ("氏名", "住所", "生年月日", "性別", "被保険者番号", "交付年月日")


def request_monthly(actor: Actor, first: date, office: Office, key: str, *, enqueue: bool = True) -> JobRun:
    """Ask for the cards of the month that begins on `first`, of an office (the head office: everybody).

    Asking again with the same key answers with the first job. Raises Forbidden without the right.
    """
    return request_job(
        actor, KIND, office=office, period=f"{first:%Y-%m}", parameters={"first": first.isoformat()},
        idempotency_key=f"{KIND}-{key}", enqueue=enqueue,
    )  # fmt: skip


def preview(work: Work) -> None:
    """仮実行: who would be given a card. Nothing is issued, and nobody gets a number."""
    with work.stage("list", "対象者の抽出"), transaction.atomic():
        found = queries.coming(_first(work.job), _offices(work.job))
        work.job.card_proposals.all().delete()
        work.job.issues.all().delete()
        CardProposal.objects.bulk_create(
            [CardProposal(job=work.job, resident=row.resident, reason=row.reason, due_on=row.due_on,
                          left_out=row.left_out[:160]) for row in found],
            batch_size=1000,
        )  # fmt: skip
        left_out = [row for row in found if row.left_out]
        work.issues(_held(row) for row in left_out)
        work.save(counts={"交付する人": len(found) - len(left_out), "抑止のため除いた人": len(left_out)})


def _held(row: queries.Coming) -> Issue:
    return Issue(None, row.resident.addressee_number, "", "held", row.left_out, "抑止を解除してから窓口で交付する")


def settled(job: JobRun) -> tuple[str, str] | None:
    """With nobody to give a card to there is nothing to approve."""
    return None if job.card_proposals.filter(left_out="").exists() else (JobRun.State.DONE, "交付する人はいません。")


def commit(work: Work) -> None:
    """交付: exactly the previewed people get a number, where they have none, and a card; then the print files.

    Who was given a card at the counter since the preview keeps that one. After a crash it goes on where it stopped.
    """
    with transaction.atomic(), recorded(work.actor, "被保険者証の一斉交付"):
        if not Card.objects.filter(job=work.job).exists():
            _make(work)
    _print(work)


PROPOSED = "SELECT resident_id FROM eligibility_cardproposal WHERE job_id = {job} AND left_out = ''"


def _make(work: Work) -> None:
    wanted = work.job.card_proposals.filter(left_out="")
    number_ahead(PROPOSED.format(job=int(work.job.pk)))
    holding = Card.objects.filter(ended_on=None, withdrawn=False).values("insured")
    insured = services.countable().filter(resident__in=wanted.values("resident")).exclude(pk__in=holding)
    proposals = {row.resident_id: row for row in wanted}
    services.make_many(work.actor, _given(insured.iterator(1000), proposals), work.job)


def _given(insured: Iterator[Insured], proposals: dict[int, CardProposal]) -> Iterator[tuple[Insured, str, date]]:
    for row in insured:
        proposal = proposals[row.resident_id]
        yield row, proposal.reason, proposal.due_on


def _print(work: Work) -> None:
    """The cards in postal order, as files that can be printed again one by one after a paper jam."""
    made = Card.objects.filter(job=work.job).select_related("insured__resident__office")
    rows = list(made.order_by("office__code", "insured__resident__postal_code", "insured__resident__kana_key", "pk"))
    work.job.issues.exclude(code="held").delete()
    with work.stage("print", "証の作成", total=len(rows)) as stage:
        good = list(_printable(work, rows))
        for number, start in enumerate(range(0, len(good), BUNDLE), 1):
            bundle = good[start : start + BUNDLE]
            name = f"cards_{work.job.period}_{number:03}.pdf"
            if not work.job.files.filter(name=name).exists():
                stored = store_file(documents.cards(bundle), name, "application/pdf", RETENTION)
                work.file(JobFile.Direction.OUT, name=name, sha256=stored.sha256, size=stored.size, rows=len(bundle),
                          stored=stored)  # fmt: skip
            stage.advance(len(bundle))
    work.save(counts={**work.job.counts, "交付した人": len(rows), "印刷した証": len(good)})
    people = [row.insured.resident.public_id for row in good]
    access.write_many(work.actor, File.ELIGIBILITY, Act.PRINT, people, items=ITEMS, reason="被保険者証の一斉交付")


def _printable(work: Work, rows: list[Card]) -> Iterator[Card]:
    """Those whose card can be printed; the others are listed, with the character."""
    for row in rows:
        try:
            glyphs.require_glyphs("".join([row.content["name"], row.content["kana"], *row.content["address"]]))
        except Refusal as refusal:
            key = row.content["number"]
            work.issues([Issue(None, key, refusal.field, refusal.code, refusal.message, "".join(refusal.ways))])
        else:
            yield row


def discard(work: Work) -> None:
    """取消: nothing of the preview is left."""
    work.job.card_proposals.all().delete()


def _first(job: JobRun) -> date:
    return date.fromisoformat(job.parameters["first"])


def _offices(job: JobRun) -> list[int] | None:
    return None if job.office.is_head else [job.office_id]


def _page(job: JobRun) -> str:
    return reverse("card-run", args=[job.public_id])


register(
    JobKind(
        KIND, "被保険者証の一斉交付", File.ELIGIBILITY, run=preview, commit=commit, discard=discard, settled=settled,
        page=_page,
    )
)  # fmt: skip
