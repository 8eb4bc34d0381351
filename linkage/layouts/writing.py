"""The one writer: any layout, streaming, whole or not at all."""

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_era7
from linkage.layouts.table import Layout


def write(
    path: Path,
    layout: Layout,
    rows: Iterable[Sequence[Any]],
    *,
    count: int,
    created_on: date,
    serial: int,
    kind: str,
    allow_unverified: bool = False,
) -> None:
    """Write `count` rows under a layout; the file appears whole or not at all.

    Raises Refusal for a layout whose official text was not seen (`verified: false`), unless allowed on
    purpose, and ValueError when the number of rows is not what was announced.
    """
    if not layout.verified and not allow_unverified:
        raise Refusal(
            "layout-unverified",
            f"{layout.name}（{layout.id}）のレコード仕様は、正式な仕様書と照合されていないため送り出せません。",
            ways=("仕様書と照合し、レコード仕様の verified を改めてください。",),
        )
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf8", newline="") as target:
            out = csv.writer(target, lineterminator="\r\n")
            out.writerow(["H", layout.id, layout.version, f"{created_on:%Y%m%d}", serial, kind, count])
            out.writerow(layout.columns)
            written = 0
            for row in rows:
                out.writerow(["D", *(_text(item.type, value) for item, value in zip(layout.fields, row, strict=True))])
                written += 1
            if written != count:
                raise ValueError(f"{written} rows were written, {count} announced")
            out.writerow(["T", count])
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _text(kind: str, value: Any) -> str:
    if value is None:
        return ""
    if kind == "birth":
        return format_era7(value)
    return f"{value:%Y%m%d}" if isinstance(value, date) else str(value)
