"""Screens of the accountability room: home, the job ledger, who has seen a person."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import access, jobs, navigation, notices, queries, subjects, worklist
from audit.actor import Actor
from audit.models import JobRun, Notice
from audit.permissions import actor_of, discloses, discloses_by_case, discloses_nothing, require, staff_of
from audit.rights import Act, File, Right
from kaigo.common import clock
from kaigo.common.refusal import NotFound, Refusal

PAGE = 50


@require_GET
@discloses_nothing("counts and links only")
def home(request: HttpRequest) -> HttpResponse:
    """今日の仕事: what waits for this person."""
    actor = actor_of(request)
    context = {
        "tasks": worklist.waiting_for(actor),
        "today": clock.today(),
        "waiting": _labelled(actor, queries.waiting_for(actor)),
        "recent": _labelled(actor, queries.visible_jobs(actor)[:5]),
    }
    return render(request, "audit/home.html", context)


@require_GET
@discloses_nothing("links to the ledgers that the person may open")
def ledgers(request: HttpRequest) -> HttpResponse:
    """権限・記録・台帳: the way to every ledger of accountability."""
    return render(request, "audit/ledgers.html", {"groups": navigation.grouped_for(actor_of(request))})


@require_http_methods(["GET", "POST"])
@discloses_nothing("the person's own notices, which name no insured person")
def notice_list(request: HttpRequest) -> HttpResponse:
    """お知らせ: what this person must learn, and confirming it."""
    staff_id = staff_of(request)
    if request.method == "POST":
        notice = request.POST.get("notice", "")
        if notice.isdigit():
            notices.confirm(staff_id, int(notice))
        return redirect("notices")
    page = Paginator(Notice.objects.filter(staff_id=staff_id), PAGE).get_page(request.GET.get("page"))
    return render(request, "audit/notices.html", {"page": page})


@require_GET
@discloses_nothing("batches by kind and period, without persons")
def job_list(request: HttpRequest) -> HttpResponse:
    """一括処理の一覧."""
    state = request.GET.get("state", "")
    rows = queries.visible_jobs(actor_of(request))
    if state in JobRun.State.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": _labelled(actor_of(request), page.object_list),
        "states": JobRun.State.choices,
        "state": state,
    }
    return render(request, "audit/jobs.html", context)


@require_GET
@discloses_nothing("progress and counts, without persons")
def job_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """一括処理の画面: stages, counts, files, and how many issues of which kind."""
    job = _job(request, public_id)
    context = {
        "job": job,
        "label": queries.job_label(job),
        "stages": queries.stages_of(job),
        "codes": queries.issue_codes(job),
        "files": job.files.all(),
        "levy_run": getattr(job, "levy_run", None),
    }
    template = "audit/job_part.html" if request.htmx else "audit/job.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_GET
@discloses_by_case("the refused rows of a job: the right to view the file of its kind")
def job_issues(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """問題の一覧: each refused or doubtful row, with the reason and how to mend it."""
    job = _job(request, public_id)
    kind = jobs.kind_of(job.kind)
    code = request.GET.get("code", "")
    require(actor_of(request), kind.file, Act.VIEW, job.office_id)
    page = Paginator(queries.issues_of(job, code=code), PAGE).get_page(request.GET.get("page"))
    access.record(request, kind.file, Act.VIEW, count=len(page.object_list), items=("宛名番号", "受け付けなかった理由"))
    context = {"job": job, "label": kind.label, "page": page, "code": code, "codes": queries.issue_codes(job)}
    return render(request, "audit/job_issues.html", context)


@require_POST
@discloses_nothing("starts work, shows nothing")
def job_act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """承認・取消・再実行: one act on a job, with the version that the person saw."""
    job = _job(request, public_id)
    acts = {"approve": jobs.approve_job, "cancel": jobs.cancel_job, "retry": jobs.retry_job}
    if act not in acts:
        raise NotFound("no-act", "この操作はありません。", ways=("一括処理の画面から選び直してください。",))
    if act == "approve" and not request.POST.get("confirmed"):
        raise Refusal(
            "not-confirmed",
            "「仮実行の結果を確認しました」に印がありません。",
            field="confirmed",
            ways=("前の画面に戻り、結果を確かめて印を付けてから承認してください。",),
        )
    acts[act](actor_of(request), job, version=_version(request))
    return redirect(queries.job_address(job))


@require_GET
@discloses(File.ACCESS_LOG, Act.VIEW)
def seen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """この人を見た人: every access to one resident's records. The name is for who may view the register."""
    actor = actor_of(request)
    subject = subjects.describe([public_id]).get(public_id)
    if subject is None:
        raise NotFound("no-person", "この住民は見つかりません。", ways=("アクセス記録から選び直してください。",))
    require(actor, File.ACCESS_LOG, Act.VIEW, subject.office_id, subjects=[public_id])
    page = Paginator(queries.seen(public_id), PAGE).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)  # before this look itself is among them
    access.record(request, File.ACCESS_LOG, Act.VIEW, subjects=[public_id], items=("閲覧の記録",))
    named = actor.may(Right(File.ELIGIBILITY, Act.VIEW), subject.office_id)
    return render(request, "audit/seen.html", {"page": page, "subject": subject, "named": named})


def _job(request: HttpRequest, public_id: UUID) -> JobRun:
    job = queries.visible_jobs(actor_of(request)).filter(public_id=public_id).first()
    if job is None:
        raise NotFound(
            "no-job", "この一括処理は見つからないか、見る権限がありません。", ways=("一覧から選び直してください。",)
        )
    return job


def _version(request: HttpRequest) -> int:
    try:
        return int(request.POST["version"])
    except (KeyError, ValueError) as error:
        raise Refusal("bad-version", "画面の情報が足りません。", ways=("画面を再読込みしてください。",)) from error


def _labelled(actor: Actor, rows: Iterable[JobRun]) -> list[dict[str, Any]]:
    """Rows of jobs: with the kind's own screen and the issues for who may view its file, else with the ledger's."""
    return [_row(actor, job) for job in rows]


def _row(actor: Actor, job: JobRun) -> dict[str, Any]:
    may_view = actor.may(Right(jobs.kind_of(job.kind).file, Act.VIEW), job.office_id)
    address = queries.job_address(job) if may_view else reverse("job", args=[job.public_id])
    return {"job": job, "label": queries.job_label(job), "address": address, "may_view": may_view}
