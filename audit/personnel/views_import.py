"""Screens of the personnel file: take-ins, their orders, and the letters for new ids."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import jobs, shown_once
from audit.identity.queries import MANAGE
from audit.models import Office
from audit.permissions import actor_of, discloses_nothing
from audit.personnel import applying, described, intake, letters, queries
from audit.personnel.forms import ImportForm, OrderFilter
from audit.personnel.layout import jinji
from audit.personnel.queries import DECIDE, ENTER, RUN, VIEW
from audit.personnel.rules import LABELS
from audit.queries import issue_codes
from audit.screens import listing, once
from kaigo.common.refusal import NotFound, Refusal

WHY = "members of staff and their ids, no insured person"
SECRETS = "personnel.letters"
IMPORT_COLUMNS = {
    "作成日": "period", "ファイル": None, "状態": "state", "受付": "requested_at", "依頼": None, "承認": None,
    "受け付けなかった行": "refused",
}  # fmt: skip
ORDER_COLUMNS = {
    "職員番号": "personnel_number", "氏名": "kana", "発令": "kind", "発令日": "effective_on", "所属": "office_code",
    "得るもの": None, "失うもの": None, "状態": "state",
}  # fmt: skip


@require_GET
@discloses_nothing(WHY, right=VIEW)
def import_list(request: HttpRequest) -> HttpResponse:
    """人事情報の取込みの一覧."""
    actor = actor_of(request)
    found = listing(request, queries.imports(actor), IMPORT_COLUMNS, order="-requested_at")
    context = {
        "listing": found,
        "may_run": actor.may(RUN),
        "failed": queries.failed_orders(actor).select_related("job", "staff"),
    }
    return render(request, "personnel/imports.html", context)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=RUN)
def import_new(request: HttpRequest) -> HttpResponse:
    """人事情報の取込みの依頼: choose the file; the preview that follows is the check."""
    form = ImportForm(request.POST or None, request.FILES or None)
    ways: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, lambda: _requested(request, form.cleaned_data["file"]))
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error("file" if refusal.field == "file" else None, refusal.message)
            ways = refusal.ways
    offices = Office.objects.order_by("code")
    context = {
        "form": form,
        "ways": ways,
        "layout": jinji(),
        "fields": described.columns(),
        "offices": offices,
        "before": queries.open_import(actor_of(request)),
        "example": described.example(offices[0].code if offices else ""),
    }
    return render(request, "personnel/import_new.html", context)


def _requested(request: HttpRequest, upload: "intake.Upload") -> str:
    job = intake.request_upload(actor_of(request), upload)
    return reverse("personnel-import", args=[job.public_id])


@require_GET
@discloses_nothing(WHY, right=VIEW)
def import_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """人事情報の取込み: who gets and loses what, what could not be used, and what became of it."""
    actor = actor_of(request)
    job = queries.import_of(actor, public_id)
    form = OrderFilter(request.GET)
    context = {
        "job": job,
        "form": form,
        "files": job.files.all(),
        "codes": issue_codes(job),
        "counts": _counts(job.counts),
        "listing": listing(request, queries.orders(job, form.asked()), ORDER_COLUMNS, order="effective_on"),
        "nothing_to_do": job.state == "done" and not job.approved_at,
        "may_cancel": actor.may(RUN, job.office_id) and job.state in ("waiting", "failed") and not job.approved_at,
        "may_retry": actor.may(RUN, job.office_id) and job.state == "failed",
        "may_drop": actor.may(ENTER, job.office_id),
        "may_decide": actor.may(DECIDE, job.office_id),
    }
    return render(request, "personnel/import.html", context)


def _counts(counts: dict[str, int]) -> str:
    """The counts in one line, in the order of a life in service."""
    order = ["発令", *LABELS.values(), "反映済みと同じ", "受け付けなかった行", "反映", "発令日待ち", "反映できず"]
    return "、".join(f"{name} {counts[name]:,}" for name in order if counts.get(name))


@require_POST
@discloses_nothing(WHY, right=RUN)
def import_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """取込みの取消し・もう一度実行."""
    job = queries.import_of(actor_of(request), public_id)
    acts = {"cancel": jobs.cancel_job, "retry": jobs.retry_job}
    if act not in acts:
        raise NotFound("no-act", "この操作はありません。", ways=("取込みの画面から選び直してください。",))
    version = request.POST.get("version", "")

    def carried_out() -> str:
        acts[act](actor_of(request), job, version=int(version) if version.isdigit() else 0)
        return reverse("personnel-import", args=[job.public_id])

    return once(request, carried_out)


@require_POST
@discloses_nothing(WHY, right=ENTER)
def order_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """発令の取消し: an order that waits for its day."""
    order = queries.order_of(actor_of(request), public_id)
    if act != "drop":
        raise NotFound("no-act", "この操作はありません。", ways=("取込みの画面から選び直してください。",))

    def carried_out() -> str:
        applying.drop(actor_of(request), order)
        messages.success(request, "発令を取り消しました。発令日が来ても反映しません。")
        return reverse("personnel-import", args=[order.job.public_id])

    return once(request, carried_out)


@require_http_methods(["GET", "POST"])
@discloses_nothing(WHY, right=ENTER)
def new_ids(request: HttpRequest) -> HttpResponse:
    """新しい利用者ID: who has none of a password yet, and the letters with initial ones."""
    refusal = None
    if request.method == "POST":
        try:
            return once(request, lambda: _issued(request))
        except Refusal as caught:
            if caught.status in (403, 404):
                raise
            refusal = caught
    rows = [
        (row, letters.obstacle(row)) for row in letters.waiting(actor_of(request)).order_by("office__code", "login")
    ]
    context = {
        "rows": rows,
        "refusal": refusal,
        "ready": bool(shown_once.look(request, SECRETS)),
        "gone": "gone" in request.GET,
        "may_issue_again": actor_of(request).may(MANAGE),
    }
    return render(request, "personnel/new_ids.html", context)


def _issued(request: HttpRequest) -> str:
    try:
        wanted = [UUID(text) for text in request.POST.getlist("staff")]
    except ValueError:
        wanted = []
    secrets = letters.issue(actor_of(request), wanted)
    earlier = shown_once.look(request, SECRETS) or []
    shown_once.keep(request, SECRETS, [*earlier, *(f"{secret.staff} {secret.password}" for secret in secrets)])
    messages.success(
        request, f"{len(secrets)}件の初期パスワードを発行しました。「通知を開く」から、今すぐ印刷してください。"
    )
    return reverse("personnel-new-ids")


@require_POST
@discloses_nothing("initial passwords for members of staff, shown once", right=ENTER)
def new_id_letters(request: HttpRequest) -> HttpResponse:
    """利用者ID発行通知: printed once; whoever loses it gets a new password."""
    gone = f"{reverse('personnel-new-ids')}?gone=1"
    made: list[bytes] = []

    def printed() -> str:
        kept = shown_once.look(request, SECRETS) or []
        if kept:
            secrets = [letters.Secret(UUID(line.split(" ", 1)[0]), line.split(" ", 1)[1]) for line in kept]
            made.append(letters.print_letters(secrets))
        return gone  # where the same form leads when it is sent again

    answer = once(request, printed)
    if not made:
        return answer
    shown_once.take(request, SECRETS)  # only now: a letter that cannot be printed stays
    headers = {"Content-Disposition": 'inline; filename="new-ids.pdf"'}
    return HttpResponse(made[0], content_type="application/pdf", headers=headers)
