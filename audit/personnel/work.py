"""What of personnel data waits for a person (今日の仕事)."""

from django.db.models import Min
from django.urls import reverse

from audit.actor import Actor
from audit.models import Staff
from audit.personnel import letters, queries
from audit.worklist import Waiting


def waiting(actor: Actor) -> list[Waiting]:
    """Pledges and contracts, new ids without a password, reviews, attendance, orders that could not take effect."""
    own = [Waiting("委託先の作業に立ち会う", reverse("personnel-attendance"), queries.to_attend(actor).count())]
    if not actor.may(queries.ENTER):
        return own
    mine = actor.offices(queries.ENTER)
    unpledged = queries.listed(actor, {"state": "no_pledge"}).filter(office_id__in=mine)
    ending = queries.listed(actor, {"state": "ending"}).filter(office_id__in=mine)
    ending = ending.exclude(employment=Staff.Employment.REGULAR)
    open_reviews = queries.reviews(actor).filter(state="open", office_id__in=mine)
    register = reverse("personnel-staff-list")
    return [
        *own,
        Waiting("誓約書を受け取る", f"{register}?state=no_pledge", unpledged.count()),
        Waiting(
            "契約の終わる利用者IDを延ばすか終える",
            f"{register}?state=ending",
            ending.count(),
            ending.order_by().aggregate(due=Min("valid_until"))["due"],
        ),
        Waiting(
            "新しい利用者IDの初期パスワードを発行する", reverse("personnel-new-ids"), letters.waiting(actor).count()
        ),
        Waiting(
            "利用者IDと権限の棚卸しを進める",
            reverse("personnel-reviews"),
            open_reviews.count(),
            open_reviews.order_by("due_on").values_list("due_on", flat=True).first(),
        ),
        Waiting("今年度の利用者IDの棚卸しを始める", reverse("personnel-reviews"), queries.not_reviewed(actor).count()),
        Waiting("反映できなかった発令を処理する", reverse("personnel-imports"), queries.failed_orders(actor).count()),
    ]
