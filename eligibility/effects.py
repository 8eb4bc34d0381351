"""What a notification wrote, kept with it, so that it can be shown, and taken back as long as nothing builds on it."""

import json
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from eligibility.models import Card, ContactSlip, Declaration, MedicalCover, Placement
from eligibility.models.contacts import DatedFact
from kaigo.common.refusal import Refusal

Fact = Card | ContactSlip | DatedFact | Declaration | MedicalCover | Placement


class Effects:
    """The rows that one act makes or changes: each change remembers what stood there before. `staff_id`: who acts."""

    def __init__(self, staff_id: int | None = None) -> None:
        self.staff_id = staff_id
        self.rows: list[dict[str, Any]] = []

    def create(self, model: type[Fact], **fields: Any) -> Fact:
        """Make a row. What the database refuses (two facilities on one day …) comes as IntegrityError."""
        made = model._default_manager.create(**fields)
        self._note(made, "create", {})
        return made

    def change(self, row: Fact, **fields: Any) -> Fact:
        """Change a row that is in force."""
        before = {name: getattr(row, name) for name in fields}
        for name, value in fields.items():
            setattr(row, name, value)
        row.row_version += 1
        row.save(update_fields=[*fields, "row_version"])
        self._note(row, "change", before)
        return row

    def _note(self, row: Fact, act: str, before: dict[str, Any]) -> None:
        self.rows.append(
            {"model": row._meta.model_name, "id": row.pk, "act": act, "version": row.row_version, "before": before}
        )

    def as_json(self) -> list[dict[str, Any]]:
        """The rows in plain JSON types."""
        plain: list[dict[str, Any]] = json.loads(json.dumps(self.rows, cls=DjangoJSONEncoder))
        return plain


def take_back(effects: Iterable[dict[str, Any]]) -> None:
    """Undo what a notification wrote, the last first, in the caller's transaction.

    Raises Refusal when a later notification has changed one of the rows: that one is to be taken back first.
    """
    for effect in reversed(list(effects)):
        model: type[models.Model] = apps.get_model("eligibility", effect["model"])
        row: Any = model._default_manager.select_for_update().get(pk=effect["id"])
        if row.row_version != effect["version"] or row.withdrawn:
            raise Refusal(
                "built-upon",
                "この届出の後に受け付けた届出が、同じ記録を変えています。",
                ways=("後の届出を先に取り消してから、この届出を取り消してください。",),
            )
        if effect["act"] == "create":
            row.withdrawn = True
        for name, value in effect["before"].items():
            setattr(row, name, row._meta.get_field(name).to_python(value))
        row.row_version += 1
        row.save()
