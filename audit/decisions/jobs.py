"""The approval of previewed batches (一括処理) goes through the approval routes."""

from uuid import UUID

from audit.actor import Actor
from audit.decisions import services
from audit.decisions.kinds import DecisionKind, Rows
from audit.decisions.models import Decision
from audit.jobs.kinds import JobKind
from audit.jobs.kinds import kinds as job_kinds
from audit.jobs.services import approved, rejected
from audit.models import JobRun
from audit.queries import job_address
from audit.templatetags.ledger import counts, period_words

PREFIX = "job."


class ByDecision:
    """Sends waiting jobs round and takes approvals (audit.jobs.approval.Approval)."""

    def asked(self, job: JobRun) -> None:
        """Propose the previewed job in the name of whoever asked for it; the calendar's have no proposer."""
        if _open(job) is None:
            _propose(job)

    def approve(self, actor: Actor, job: JobRun) -> None:
        """One approval at the current step."""
        decision = _open(job) or _propose(job)  # a job that waited before there were routes
        services.approve(actor, decision, version=decision.version)

    def ended(self, actor: Actor, job: JobRun) -> None:
        """A cancelled job leaves nothing to decide."""
        decision = _open(job)
        if decision is not None:
            services.end(actor, decision, None, "処理の取消し")


def members() -> list[DecisionKind]:
    """A kind of decision for each kind of batch that needs approval."""
    return [_kind(kind) for kind in job_kinds() if kind.needs_approval]


def _kind(kind: JobKind) -> DecisionKind:
    return DecisionKind(
        name=PREFIX + kind.name,
        label=f"一括処理：{kind.label}",
        file=kind.file,
        apply=lambda actor, decision: approved(actor, _job(decision.about)),
        rows=_rows,
        path=lambda about: job_address(_job(about)),
        fingerprint=lambda about: f"{about}:{_job(about).version}",
        closed=_closed,
    )


def _rows(about: UUID) -> Rows:
    job = _job(about)
    rows = [("対象期間", period_words(job.period)), ("依頼", job.requested_by.name if job.requested_by else "定時処理")]
    return [(label, value) for label, value in rows if value] + [
        (name, str(value)) for name, value in counts(job.counts)
    ]


def _closed(actor: Actor, decision: Decision) -> None:
    if decision.state == Decision.State.REJECTED:
        rejected(_job(decision.about))


def _propose(job: JobRun) -> Decision:
    kind = _kind_name(job)
    title = f"{_label(job)}{f'（{period_words(job.period)}）' if job.period else ''}の確定"
    return services.propose(Actor.of_job(job), kind, about=job.public_id, office=job.office, title=title)


def _open(job: JobRun) -> Decision | None:
    return Decision.objects.filter(kind=_kind_name(job), about=job.public_id, state__in=Decision.OPEN).first()


def _kind_name(job: JobRun) -> str:
    return PREFIX + job.kind


def _label(job: JobRun) -> str:
    return next(kind.label for kind in job_kinds() if kind.name == job.kind)


def _job(about: UUID) -> JobRun:
    return JobRun.objects.select_related("requested_by", "office").get(public_id=about)
