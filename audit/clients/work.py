"""What of the API clients waits for a person (今日の仕事)."""

from django.db.models import Count, Min
from django.urls import reverse

from audit.actor import Actor
from audit.clients import queries
from audit.clients.models import Token
from audit.worklist import Waiting


def waiting(actor: Actor) -> list[Waiting]:
    """Tokens that end soon or lie unused, for who keeps them; clients to review, for who decides on them."""
    page = reverse("clients")
    found: list[Waiting] = []
    if offices := actor.offices(queries.ENTER):
        mine = Token.objects.filter(client__office_id__in=offices, client__ended_at=None)
        near = queries.expiring(mine).aggregate(count=Count("pk"), due=Min("valid_until"))
        idle = queries.unused(queries.usable(mine)).count()
        found.append(Waiting("期限の近いAPIトークンを交換する", f"{page}?state=expiring", near["count"], near["due"]))
        found.append(Waiting("使われていないAPIトークンを見直す", f"{page}?state=unused", idle))
    if offices := actor.offices(queries.DECIDE):
        count = queries.to_review().filter(office_id__in=offices).count()
        found.append(Waiting("API利用者を点検する", f"{page}?state=review", count))
    return found
