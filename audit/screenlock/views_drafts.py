"""What a page asks for by itself while somebody fills in a form: keeping, finding and discarding the draft."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST

from audit.permissions import discloses_nothing, staff_of
from audit.screenlock import drafts
from audit.templatetags.ledger import wareki_time
from kaigo.common.refusal import Refusal

OWN = "the person's own typing, sealed for that person"


@require_http_methods(["GET", "POST"])
@discloses_nothing(OWN)
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """下書き: POST keeps what was typed so far, GET gives it back (204: there is none)."""
    if request.method == "POST":
        try:
            drafts.save(staff_of(request), key[:100], dict(request.POST.lists()))
        except Refusal as refusal:
            return JsonResponse({"message": refusal.message}, status=refusal.status)
        return HttpResponse(status=204)
    row = drafts.find(staff_of(request), key[:100])
    if row is None:
        return HttpResponse(status=204)
    return JsonResponse({"saved_at": wareki_time(row.saved_at), "fields": drafts.content_of(row)})


@require_POST
@discloses_nothing(OWN)
def draft_discard(request: HttpRequest, key: str) -> HttpResponse:
    """下書きの破棄."""
    drafts.discard(staff_of(request), key[:100])
    return HttpResponse(status=204)
