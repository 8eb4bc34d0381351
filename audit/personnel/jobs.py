"""The take-in of a personnel file as a batch: preview, approval by a second person, and what waits for its day."""

from collections import Counter

from django.db import transaction
from django.urls import reverse

from audit.history import recorded
from audit.jobs import JobKind, Work, register
from audit.models import JobIssue, JobRun, Staff
from audit.personnel import applying, effects, standing
from audit.personnel.intake import KIND, issue
from audit.personnel.models import PersonnelOrder
from audit.personnel.rules import LABELS, Fault, Kind, Order, Person, judge, sequence
from audit.rights import File

State = PersonnelOrder.State
REFUSED_WHOLE = (
    "反映できる発令が1件もなかったため、承認を待たずに終わりました。何も反映していません。"
    "受け付けなかった行を確かめ、直したファイルを取り込んでください（同じファイルも、もう一度取り込めます）。"
)
NO_MANAGER = Fault(
    "unknown-manager", "所属長の職員番号", "所属長の職員番号の登録がありません。所属長は空欄になります。",
    "所属長の採用の発令を取り込むか、人事担当課に確かめてください。", refused=False,
)  # fmt: skip
TWICE = Fault("duplicate-row", "発令区分", "同じ職員の同じ発令が、このファイルに2回あります。")
SAME_PERSON = Fault(
    "same-person", "職員番号", "氏名カナと住所が同じ職員が、別の職員番号で在職しています（1人に1つの利用者ID）。",
    "同じ人でないことを人事担当課に確かめ、別の人であれば利用者ID申請で発行してください。",
)  # fmt: skip
LOGIN_TAKEN = Fault(
    "login-taken", "職員番号", "この職員番号と同じ利用者IDを、別の人が使っています。",
    "今の利用者IDを使う人に職員番号を登録するか、その利用者IDを停止してください。",
)  # fmt: skip
NO_TEMPLATE = Fault(
    "no-template", "係", "係の標準の役割がないため、役割は付きません。",
    "発令日の後に、職員の画面で役割を割り当ててください。", refused=False,
)  # fmt: skip


def preview(work: Work) -> None:
    """仮実行: judge every row against the register, waiting orders and the rows before it; say who gets and loses what.

    Repeating it gives the same: what an earlier try has written is cleared away first.
    """
    with transaction.atomic(), recorded(work.actor, "人事情報の仮実行"):
        rows = list(PersonnelOrder.objects.select_for_update().filter(job=work.job))
        JobIssue.objects.filter(job=work.job, line__in=[row.line for row in rows]).delete()
        JobIssue.objects.filter(job=work.job, line=None).delete()
        with work.stage("judge", "発令の確認", len(rows)) as stage:
            Judging(work, rows).run()
            stage.advance(len(rows))
        if work.job.parameters["full"]:
            _missing(work, {row.personnel_number for row in rows})
        work.save(counts=_counts(work.job))


class Judging:
    """One pass over the orders of a file, in the order in which they take effect."""

    def __init__(self, work: Work, rows: list[PersonnelOrder]) -> None:
        self.work = work
        self.rows = {row.line: row for row in rows}
        numbers = {row.personnel_number for row in rows}
        self.people: dict[str, Person] = standing.persons(numbers)
        self.staff = {row.personnel_number: row for row in Staff.objects.filter(personnel_number__in=numbers)}
        self.offices = standing.offices()
        self.managers = self._managers(rows)
        in_force = PersonnelOrder.objects.filter(personnel_number__in=numbers, state__in=standing.IN_FORCE)
        self.known = {standing.order_of(row).key for row in in_force}
        self.seen: set[tuple[object, ...]] = set()

    def run(self) -> None:
        """Judge all, then store states, effects and issues."""
        for order in sequence(standing.order_of(row) for row in self.rows.values()):
            self._one(order, self.rows[order.line])
        PersonnelOrder.objects.bulk_update(self.rows.values(), ["state", "staff", "gains", "losses"], batch_size=500)

    def _one(self, order: Order, row: PersonnelOrder) -> None:
        row.staff, row.gains, row.losses = self.staff.get(order.number), [], []
        if order.key in self.known:
            row.state = State.SAME
            return
        verdict = self._verdict(order)
        if isinstance(verdict, Fault):
            row.state = State.REFUSED
            self.work.issues([issue(order.line, order.number, verdict)])
            return
        self.seen.add(order.key)
        row.state = State.PLANNED
        row.gains, row.losses = effects.of(order, row.staff)
        self.people[order.number] = verdict
        self.work.issues(issue(order.line, order.number, doubt) for doubt in self._doubts(order, row))

    def _verdict(self, order: Order) -> Person | Fault:
        if order.key in self.seen:
            return TWICE
        verdict = judge(self.people.get(order.number), order, self.offices)
        if isinstance(verdict, Fault) or order.kind != Kind.HIRE:
            return verdict
        if standing.same_person(order):
            return SAME_PERSON
        if order.number not in self.staff and Staff.objects.filter(login=applying.login_of(order.number)).exists():
            return LOGIN_TAKEN
        return verdict

    def _doubts(self, order: Order, row: PersonnelOrder) -> list[Fault]:
        doubts = []
        if order.manager_number and order.manager_number not in self.managers - {order.number}:
            doubts.append(NO_MANAGER)
        if effects.wants_roles(order) and not effects.roles_for(order):
            doubts.append(NO_TEMPLATE)
        return doubts

    def _managers(self, rows: list[PersonnelOrder]) -> set[str]:
        named = {row.manager_number for row in rows if row.manager_number}
        hired = {row.personnel_number for row in rows if row.kind == Kind.HIRE}
        known = Staff.objects.filter(personnel_number__in=named).values_list("personnel_number", flat=True)
        return {number for number in known if number} | hired


def _missing(work: Work, numbers: set[str]) -> None:
    """A full file leaves somebody out who has an id here: told as a doubt, decided in the review (E09)."""
    left = Staff.objects.filter(employment=Staff.Employment.REGULAR, is_active=True, personnel_number__isnull=False)
    fault = Fault(
        "not-in-file", "職員番号", "全件の人事情報にいない職員の利用者IDが有効です。",
        "退職していれば退職の発令を取り込み、そうでなければ人事担当課に確かめてください。", refused=False,
    )  # fmt: skip
    absent = left.exclude(personnel_number__in=numbers).order_by("personnel_number")
    work.issues(issue(None, row.personnel_number or "", fault) for row in absent)


def _counts(job: JobRun) -> dict[str, int]:
    rows = PersonnelOrder.objects.filter(job=job).values_list("kind", "state")
    planned = Counter(kind for kind, state in rows if state not in (State.SAME, State.REFUSED))
    states = Counter(state for _kind, state in rows)
    refused = JobIssue.objects.filter(job=job, refused=True).values("line").distinct().count()
    return {
        "発令": sum(planned.values()),
        **{LABELS[kind]: planned[kind] for kind in Kind if planned[kind]},
        "反映済みと同じ": states[State.SAME],
        "受け付けなかった行": refused,
    }


def settled(job: JobRun) -> tuple[str, str] | None:
    """A file without an order to put in force waits for nobody.

    With rows that were refused it counts as never taken in, so that the same file may come again; without any it is
    done.
    """
    if PersonnelOrder.objects.filter(job=job, state=State.PLANNED).exists():
        return None
    if JobIssue.objects.filter(job=job, refused=True).exists():
        return JobRun.State.CANCELLED, REFUSED_WHOLE
    return JobRun.State.DONE, ""


def commit(work: Work) -> None:
    """確定: what is due takes effect now, the rest on its day. One transaction: done whole or not at all."""
    with transaction.atomic(), recorded(work.actor, "人事情報の反映"):
        rows = PersonnelOrder.objects.select_for_update().filter(job=work.job, state=State.PLANNED)
        planned = {row.line: row for row in rows}
        with work.stage("apply", "発令の反映", len(planned)) as stage:
            for order in _in_order(planned):
                applying.put_in_force(work.actor, planned[order.line])
                stage.advance()
        applying.name_managers(planned.values())
        states = Counter(PersonnelOrder.objects.filter(job=work.job).values_list("state", flat=True))
        done = {"反映": states[State.DONE], "発令日待ち": states[State.WAITING], "反映できず": states[State.FAILED]}
        work.save(counts={**work.job.counts, **done})


def _in_order(rows: dict[int, PersonnelOrder]) -> list[Order]:
    return sequence(standing.order_of(row) for row in rows.values())


def discard(work: Work) -> None:
    """取消し: a preview that nobody wants leaves its rows as dropped."""
    rows = PersonnelOrder.objects.filter(job=work.job, state__in=(State.READ, State.PLANNED))
    with recorded(work.actor, "人事情報の取込みの取消し"):
        rows.update(state=State.DROPPED)


register(
    JobKind(
        KIND, "人事情報の取込み", File.STAFF, run=preview, commit=commit, discard=discard, settled=settled,
        queue="interactive",
        page=lambda job: reverse("personnel-import", args=[job.public_id]),
    )
)  # fmt: skip
