"""What of personnel data waits for a person (今日の仕事)."""

from django.urls import reverse

from audit.actor import Actor
from audit.personnel import letters, queries
from audit.worklist import Waiting


def waiting(actor: Actor) -> list[Waiting]:
    """New ids without a password, orders that could not take effect."""
    if not actor.may(queries.ENTER):
        return []
    return [
        Waiting(
            "新しい利用者IDの初期パスワードを発行する", reverse("personnel-new-ids"), letters.waiting(actor).count()
        ),
        Waiting("反映できなかった発令を処理する", reverse("personnel-imports"), queries.failed_orders(actor).count()),
    ]
