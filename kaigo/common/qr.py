"""QR codes, and the mark that says which sheet of which document a paper is."""

import base64
import io
import re
from typing import NamedTuple
from uuid import UUID

import segno

from kaigo.common import crypto
from kaigo.common.refusal import Refusal

# Upper-case letters, digits and dots only: QR's compact alphanumeric mode.
_MARK = re.compile(
    r"K1\.(?P<document>[0-9A-F]{32})\.(?P<page>[1-9]\d{0,3})\.(?P<pages>[1-9]\d{0,3})\.(?P<check>[A-Z2-7]{8})"
)


class SheetMark(NamedTuple):
    """One sheet: the public id of its document, and page n of m."""

    document_id: UUID
    page: int
    pages: int


def qr_svg(data: str, *, size: int = 16) -> str:
    """A QR code as an SVG image in a data URI, `size` mm wide with its quiet zone, error correction M.

    Raises ValueError for data that no QR code holds.
    """
    code = segno.make_qr(data, error="m", boost_error=False)
    target = io.BytesIO()
    code.save(target, kind="svg", unit="mm", scale=size / code.symbol_size()[0], xmldecl=False, svgns=True, nl=False)
    return "data:image/svg+xml;base64," + base64.b64encode(target.getvalue()).decode()


def sheet_mark(document_id: UUID, page: int, pages: int) -> str:
    """The text of a sheet's QR code: document, page n of m, and a check value keyed to this installation.

    The check value tells a sheet of this house from any other code a scanner meets. Raises ValueError for a page
    that is not one of the pages, or more than 9,999 of them.
    """
    if not 1 <= page <= pages <= 9_999:
        raise ValueError("a sheet is one of 1 to 9,999 pages")
    body = f"K1.{document_id.hex.upper()}.{page}.{pages}"
    return f"{body}.{_check(body)}"


def read_sheet_mark(text: str) -> SheetMark:
    """The sheet that a scanned code names. Raises Refusal when it is no mark of this house or was misread."""
    match = _MARK.fullmatch(text)
    if match is None or _check(text.rpartition(".")[0]) != match["check"]:
        raise Refusal(
            "sheet-unknown",
            "このシステムで印刷した文書の二次元コードではありません。",
            ways=("汚れや折れがないか確かめて、もう一度読み取ってください。", "文書番号で探してください。"),
        )
    return SheetMark(UUID(match["document"]), int(match["page"]), int(match["pages"]))


def _check(body: str) -> str:
    return base64.b32encode(crypto.ring().lookup(body, "sheet-mark")[:5]).decode()
