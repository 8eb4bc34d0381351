"""下書き: what a person is typing, kept on the server while they type, sealed, for the same person only (E10).

A browser that crashes, or a session that ends, loses a few seconds and not the form; the browser itself keeps nothing.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from audit.permissions import staff_of
from audit.screenlock.models import Draft
from kaigo.common import clock, crypto
from kaigo.common.refusal import Refusal

Fields = dict[str, list[str]]
LARGEST = 200_000  # bytes of a draft
MOST = 30  # drafts of one person
# Never kept: secrets, and what belongs to one showing of a form only.
NEVER = {"csrfmiddlewaretoken", "submission", "version", "idempotency_key", "draft", "credential"}


def save(staff_id: int, key: str, sent: Mapping[str, Sequence[str]]) -> Draft:
    """Keep what was typed into the form called `key` so far, in the place of what was kept before.

    Raises Refusal for more than fits.
    """
    fields = {name: list(values) for name, values in sent.items() if _is_kept(name)}
    raw = json.dumps(fields, ensure_ascii=False).encode()
    if len(raw) > LARGEST:
        raise Refusal("draft-large", "入力が長いため、下書きを保存できません。", ways=("送信して保存してください。",))
    with transaction.atomic():
        row, _ = Draft.objects.select_for_update().get_or_create(
            staff_id=staff_id, key=key, defaults={"saved_at": clock.now(), "sealed": b"", "wrapped_key": b""}
        )
        data_key, context = crypto.new_data_key(), _context(row)
        row.sealed = crypto.seal(data_key, raw, context)
        row.wrapped_key = crypto.ring().wrap(data_key, context)
        row.saved_at = clock.now()
        row.save()
        _forget_oldest(staff_id)
    return row


def find(staff_id: int, key: str) -> Draft | None:
    """The person's own draft of a form, unless it is too old."""
    return Draft.objects.filter(staff_id=staff_id, key=key, saved_at__gte=_oldest()).first()


def content_of(row: Draft) -> Fields:
    """What was typed, field by field. Raises CryptoError for a draft that was moved or changed."""
    context = _context(row)
    key = crypto.ring().unwrap(bytes(row.wrapped_key), context)
    fields: Fields = json.loads(crypto.unseal(key, bytes(row.sealed), context))
    return fields


def discard(staff_id: int, key: str) -> None:
    """Throw the person's own draft of a form away."""
    Draft.objects.filter(staff_id=staff_id, key=key).delete()


def used(request: HttpRequest) -> None:
    """A form was carried out (audit.screens): its draft has done its work."""
    if request.POST.get("draft"):
        request.draft_used = True  # type: ignore[attr-defined]
        discard(staff_of(request), request.POST["draft"][:100])


def follow(request: HttpRequest, response: HttpResponse) -> None:
    """Keep what was sent when the answer is another page of the same form (to check it, or with errors in it).

    The page itself keeps nothing once it is sent: its last save could come after the form was carried out.
    """
    key = request.POST.get("draft") if request.method == "POST" and response.status_code == 200 else ""
    if key and not getattr(request, "draft_used", False):
        with suppress(Refusal):  # too long to be kept: the page itself has it
            save(staff_of(request), key[:100], dict(request.POST.lists()))


def clear() -> int:
    """Nightly: drafts that nobody came back for. Says how many."""
    return Draft.objects.filter(saved_at__lt=_oldest()).delete()[0]


def _is_kept(name: str) -> bool:
    return name not in NEVER and "password" not in name


def _oldest() -> datetime:
    return clock.now() - timedelta(hours=settings.DRAFT_HOURS)


def _forget_oldest(staff_id: int) -> None:
    kept = Draft.objects.filter(staff_id=staff_id).order_by("-saved_at").values_list("pk", flat=True)[:MOST]
    Draft.objects.filter(staff_id=staff_id).exclude(pk__in=list(kept)).delete()


def _context(row: Draft) -> str:
    """Binds a draft to its row, its person and its form."""
    return f"draft:{row.public_id}:{row.staff_id}:{row.key}"
