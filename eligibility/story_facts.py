"""What the facts beside the register tell in the change history and in disclosure requests. Registered when ready."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from audit import story
from audit.rights import File
from audit.story import Source, tracked_versions
from eligibility.acts import act_of
from eligibility.models import (
    Agent,
    BankAccount,
    Card,
    Confirmation,
    ContactPoint,
    ContactSlip,
    Declaration,
    Hold,
    MailingAddress,
    MedicalCover,
    Merge,
    Notification,
    Placement,
    Reception,
    Remark,
    StickyNote,
    Talk,
)
from eligibility.practice import word
from eligibility.story import also
from kaigo.common import clock

ADDRESS = ("postal_code", "address", "building")


class Codes(Mapping[str, str]):
    """The words of a dated code table, as a mapping that the history reads."""

    def __init__(self, table: str) -> None:
        self.table = table

    def __getitem__(self, code: str) -> str:
        return word(self.table, code, clock.today())

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 1  # a mapping that counts as empty would be passed over


def _source(model: type[models.Model], *names: str, owner: str = "resident_id", **more: Any) -> Source:
    hidden = ("resident", "withdrawn_by", *more.pop("hidden", ()))
    return Source(model, File.ELIGIBILITY, tracked_versions(model, owner, *names), hidden=hidden, **more)


def _lines(content: list[list[str]]) -> str:
    return "、".join(f"{label} {words}" for label, words in content)


def _act(key: str) -> str:
    kind = act_of(key)
    return kind.label if kind else key


def _documents(codes: list[str]) -> str:
    return "、".join(word("identity_documents", code, clock.today()) for code in codes)


PLACEMENT = _source(Placement, "facility", words={"ground": Codes("grounds")}, address=("former_address",))

MAILING = _source(
    MailingAddress, "staff", "confirmed_by", address=ADDRESS,
    words={"reason": Codes("mailing_reasons"), "relationship": Codes("relationships")},
)  # fmt: skip
SOURCES = (
    PLACEMENT,
    _source(
        Confirmation, "staff", owner="placement__resident_id", hidden=("placement",),
        words={"ground": Codes("grounds")},
    ),
    _source(MedicalCover),
    _source(Declaration),
    _source(
        Reception, "office", "staff",
        formats={"identity_documents": _documents, "agent_documents": _documents},
        words={"relationship": Codes("relationships"), "number_document": Codes("identity_documents")},
    ),
    _source(
        Notification, "staff", hidden=("reception", "effects", "before", "after"),
        formats={"content": _lines, "act": _act},
    ),
    _source(
        Card, "office", "staff", owner="insured__resident_id", hidden=("insured", "content", "replaces", "job"),
        words={"reason": Codes("card_reasons"), "returned_how": Codes("card_returns")},
    ),
    MAILING,
    _source(ContactPoint, "staff", hidden=("phone_key",), words={"relationship": Codes("relationships")}),
    _source(Agent, "staff", words={"kind": Codes("agent_kinds")}),
    _source(BankAccount, "staff", hidden=("sealed",)),
    _source(Hold, "staff", "ended_by"),
    _source(ContactSlip, "office", "facility", "staff", hidden=("placement",)),
    _source(Merge, "staff", "undone_by", owner="kept_id", hidden=("kept", "dropped", "moved")),
    _source(Remark, "staff"),
    _source(StickyNote, "staff"),
    _source(Talk, "staff", "handed_to", "closed_by", words={"speaker": Codes("relationships")}),
)  # fmt: skip

for _one in SOURCES:
    story.register(_one)
also(PLACEMENT, MAILING)
