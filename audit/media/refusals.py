"""What is refused here and must stay in the access log also when its transaction is rolled back."""

from collections.abc import Sequence

from audit import access
from audit.actor import Actor
from audit.permissions import Refused
from audit.rights import Right


class Barred(Refused):
    """An act that the person's right alone does not allow: the terminal, the duty or the content forbids it."""

    title = "この操作はできません"  # the person has the right: it is not that which is missing

    def __init__(self, actor: Actor, right: Right, code: str, message: str, *, ways: Sequence[str] = ()) -> None:
        super().__init__(actor, right, (), access.record_refusal(actor, right))
        self.code, self.message, self.ways = code, f"{message}この操作の試みは記録されました。", tuple(ways)
        self.args = (f"{code}: {self.message}",)
