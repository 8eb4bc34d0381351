"""What of the requests waits for a person (今日の仕事)."""

from django.db.models import Count, Min
from django.urls import reverse

from audit.actor import Actor
from audit.disclosure import queries
from audit.worklist import Waiting


def waiting(actor: Actor) -> list[Waiting]:
    """Open requests and inquiries with the earliest day by which they are to be decided."""
    if not actor.may(queries.ENTER):
        return []
    asked = queries.requests(actor, state="open").aggregate(count=Count("id"), due=Min("due_on"))
    official = queries.inquiries(actor, state="open").aggregate(count=Count("id"), due=Min("due_on"))
    return [
        Waiting("開示等の請求を決定する", f"{reverse('requests')}?state=open", asked["count"], asked["due"]),
        Waiting(
            "公用照会に回答する", f"{reverse('official-inquiries')}?state=open", official["count"], official["due"]
        ),
    ]
