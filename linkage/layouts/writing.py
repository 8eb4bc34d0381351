"""The one writer: any layout, streaming, whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import IO, Any

from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_era7
from linkage.layouts.frame import FIRST_DATA_LINE
from linkage.layouts.reading import RowIssue, RowReader
from linkage.layouts.table import Field, Layout

END = "\r\n"


def write(
    path: Path,
    layout: Layout,
    rows: Iterable[Sequence[Any]],
    *,
    created_on: date,
    serial: int,
    kind: str,
    allow_unverified: bool = False,
) -> int:
    """Write rows of values (in the order of the layout) as a file that appears whole or not at all.

    `kind` is "1" for 全件, "2" for 異動分. Gives the number of rows written. The rows are streamed.
    Raises Refusal (`layout-unverified`) for a layout whose official text was not seen (`verified: false`)
    unless that is allowed on purpose, and ValueError for a row that the reader would refuse.
    """
    if not (layout.verified or allow_unverified):
        raise Refusal(
            "layout-unverified",
            f"{layout.name}（{layout.id}）のレコード仕様は、正式な仕様書と照合されていないため送り出せません。",
            ways=("仕様書と照合し、レコード仕様の verified を改めてください。",),
        )
    # The control line states the number of rows, so the rows wait in a file without a name.
    with tempfile.TemporaryFile("w+b", dir=path.parent) as body:
        count = _write_rows(body, layout, rows, created_on)
        body.seek(0)
        control = f"H,{layout.id},{layout.version},{created_on:%Y%m%d},{serial},{kind},{count}"
        head = control + END + ",".join(layout.columns) + END
        _assemble(path, head.encode(layout.encoding), body, f"T,{count}{END}".encode(layout.encoding))
    return count


def file_name(layout: Layout, created_on: date, serial: int) -> str:
    """The agreed name of a file: layout, day and serial of three digits."""
    return f"{layout.id}_{created_on:%Y%m%d}_{serial:03}.csv"


def _write_rows(body: IO[bytes], layout: Layout, rows: Iterable[Sequence[Any]], today: date) -> int:
    read = RowReader(layout, today).read
    count = 0
    for count, row in enumerate(rows, 1):
        line = _line(layout, row)
        result = read(count + FIRST_DATA_LINE - 1, line)
        if isinstance(result, RowIssue):
            raise ValueError(f"row {count} of {layout.id}: {result.field} {result.code}")
        body.write((line + END).encode(layout.encoding))
    return count


def _line(layout: Layout, row: Sequence[Any]) -> str:
    return ",".join(["D", *(_text(item, value) for item, value in zip(layout.fields, row, strict=True))])


def _text(item: Field, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return format_era7(value) if item.type == "birth" else f"{value:%Y%m%d}"
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def _assemble(path: Path, head: bytes, body: IO[bytes], trailer: bytes) -> None:
    handle, part = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(head)
            shutil.copyfileobj(body, target)
            target.write(trailer)
            target.flush()
            os.fsync(target.fileno())
        os.replace(part, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise
