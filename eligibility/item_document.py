"""docs/record-items.md, made from record_items.yaml: `python -m eligibility.item_document`."""

import importlib
from pathlib import Path

import django
from django.apps import apps

PAGE = Path(__file__).parents[1] / "docs" / "record-items.md"
HEAD = """# Record items

Every record item (記録項目) of the assessment statement and where it is kept. Made from the rooms'
`record_items.yaml` by `python -m eligibility.item_document`; a test compares.
What other rooms keep follows with their work.

## 資格ファイル (eligibility)
| no. | record item | kept in | column |
|---|---|---|---|
"""


def column(field: str) -> str:
    """The Japanese name of a column given as `Table.column`. Raises LookupError for one that is not there."""
    table, name = field.split(".")
    return str(apps.get_model("eligibility", table)._meta.get_field(name).verbose_name)


def text() -> str:
    """The page. Raises LookupError or AttributeError for a column or function that does not exist."""
    items = importlib.import_module("eligibility.items")
    lines = []
    for item in items.items():
        kept = (
            f"`{item.field}`" if item.field else f"`{item.derived}` from " + ", ".join(f"`{s}`" for s in item.sources)
        )
        if item.derived:
            getattr(items, item.derived.rsplit(".", 1)[1])
        names = "、".join(column(source) for source in ([item.field] if item.field else item.sources))
        lines.append(f"| {item.no} | {item.item} | {kept} | {names} |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    django.setup()
    PAGE.write_text(text(), encoding="utf-8")
