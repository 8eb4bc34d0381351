"""A register's entry on paper, and the list as a table file."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Count

from audit.registers import queries, rules
from audit.registers.catalogue import Register, label_of, shown
from audit.registers.models import CheckAnswer, SelfCheck, Training
from kaigo.common import clock
from kaigo.common.pdf import render_pdf
from kaigo.common.tables import csv_text


def paper(register: Register, row: Any) -> bytes:
    """The entry as PDF: report, ticket, or list of those who attended."""
    context = facts(register, row) | {"insurer": settings.INSURER_NAME, "today": clock.today()}
    return render_pdf(
        "registers/entry_pdf.html", context, document_id=row.public_id, stylesheets=("registers/documents.css",)
    )


def facts(register: Register, row: Any) -> dict[str, Any]:
    """What the page and the paper show of an entry."""
    return {
        "register": register,
        "row": row,
        "facts": [(label_of(register.model, name), shown(row, name)) for name in register.fields if name != "title"],
        "more": register.facts(row),
        "parts": [_part(register, row, part) for part in register.parts],
        "questions": _questions(row),
        "absent": list(queries.absent(row)) if isinstance(row, Training) else [],
        "figures": _figures(row),
    }


def table(register: Register, rows: Iterable[Any]) -> str:
    """The entries as CSV (UTF-8), every field of the register."""
    head = ["番号", *(label_of(register.model, name) for name in register.fields), "完結日"]
    lines = ([row.number, *(shown(row, n) for n in register.fields), shown(row, "closed_on")] for row in rows)
    return csv_text(head, lines)


def _part(register: Register, row: Any, part: Any) -> dict[str, Any]:
    lines = [(line, [shown(line, name) for name in part.columns]) for line in getattr(row, part.related).all()]
    return {"part": part, "heads": [label_of(part.model, name) for name in part.columns], "lines": lines}


def _questions(row: Any) -> list[tuple[rules.Item, Any, str]]:
    """The items of a self-check with this year's answer and last year's."""
    if not isinstance(row, SelfCheck):
        return []
    answers, before = {a.item: a for a in row.answers.all()}, queries.comparison(row)
    return [(item, answers.get(item.id), before.get(item.id, "")) for item in rules.items("self_check")]


def _figures(row: Any) -> list[tuple[str, int]]:
    if not isinstance(row, SelfCheck):
        return []
    found = dict(row.answers.values_list("answer").annotate(Count("id")))
    return [(str(choice.label), found.get(choice.value, 0)) for choice in CheckAnswer.Answer]
