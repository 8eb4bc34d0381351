"""What of exports and media waits for a person (今日の仕事)."""

from django.urls import reverse

from audit.actor import Actor
from audit.media import limits, queries
from audit.worklist import Waiting


def waiting(actor: Actor) -> list[Waiting]:
    """Files to collect before they expire, and copies on media that should have been erased."""
    count, due = queries.to_collect(actor.staff_id)
    found = [Waiting("外部出力のファイルを受け取る", f"{reverse('media-exports')}?mine=on&state=ready", count, due)]
    offices = actor.offices(limits.COPY) | limits.duties(actor)
    if offices:
        late, day = queries.overdue(offices)
        words = "期限を過ぎた媒体の返却・消去を確かめる"
        found.append(Waiting(words, f"{reverse('media-uses')}?state=overdue", late, day))
    return found
