"""Printed documents: a Django template and the house's style sheet become a PDF, offline and the same every time."""

import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.conf import settings
from django.template.loader import get_template
from weasyprint import CSS, HTML
from weasyprint.document import Document
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from kaigo.common import glyphs
from kaigo.common.qr import qr_svg, sheet_mark
from kaigo.common.refusal import Refusal

BASE = "documents/base.css"
QR_SIZE = 17  # mm, quiet zone included
# The part of a 長3 window that always shows, and the letter sizes tried for an address (base.css has the same).
WINDOW_WIDTH, WINDOW_HEIGHT = 184.0, 71.0  # points: 65 × 25 mm
SIZES = {"address-large": 11.0, "address-medium": 9.5, "address-small": 8.0}

_TAG = re.compile(r"(<(?:style|title)\b.*?</(?:style|title)>|<!--.*?-->|<[^>]*>)", re.DOTALL | re.IGNORECASE)


class PdfError(Exception):
    """A document cannot be made as its template is: a defect of the template, never of what was typed in."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a letter goes to, as it shows in the window: postal code (7 digits), at most three lines of address."""

    postal_code: str
    address: Sequence[str]
    name: str
    honorific: str = "様"

    @property
    def size(self) -> str:
        """The largest of three letter sizes in which the address fits the window: a class of the base style sheet.

        Raises Refusal when it fits in none: part of it would stay hidden behind the paper of the envelope.
        """
        for name, points in SIZES.items():
            if self._height(points) <= WINDOW_HEIGHT:
                return name
        raise Refusal(
            "address-too-long",
            "宛名が窓あき封筒の窓に収まりません。",
            field="address",
            ways=("送付先の住所・方書を短い表記で登録してください。", "この文書は窓のない封筒で送ってください。"),
        )

    def _height(self, points: float) -> float:
        name = points + 2
        lines = sum(_lines(line, points) for line in self.address) + 1
        return lines * points * 1.3 + _lines(f"{self.name}　{self.honorific}", name) * name * 1.3 + 3


def _lines(text: str, points: float) -> int:
    width = sum(points if east_asian_width(letter) in "WFA" else points / 2 for letter in text)
    return ceil(width / (WINDOW_WIDTH - points / 2))  # half a letter less: a line breaks before what does not fit


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a letter and answers questions about it. Several lines of `post` are the title of who signs."""

    postal_code: str
    address: str
    post: Sequence[str]
    section: str
    phone: str
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What every letter carries beside its content.

    `title` is the kind of document and also the title of the PDF: no personal data. `issued_on` is written as it
    shall be read.
    """

    title: str
    number: str
    issued_on: str
    addressee: Addressee
    sender: Sender


class _LocalFetcher(URLFetcher):
    """Serves the project's own templates and static files, and data URIs; anything else stops the rendering."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        parts = urlsplit(url)
        if parts.scheme == "data":
            return super().fetch(url, headers)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not any(path.is_relative_to(root) for root in _roots()):
            raise FatalURLFetchingError(f"a document may not fetch {parts.scheme}: addresses outside the project")
        if not path.is_file():
            raise FatalURLFetchingError(f"{path.name} is not among the templates and static files")
        return URLFetcherResponse(url, path.read_bytes())


@cache
def _roots() -> tuple[Path, ...]:
    engines: list[dict[str, Any]] = settings.TEMPLATES
    templates = [Path(folder) for engine in engines for folder in engine["DIRS"]]
    return tuple(path.resolve() for path in (*templates, *map(Path, settings.STATICFILES_DIRS)))


def render_pdf(
    template_name: str,
    context: dict[str, Any],
    *,
    document_id: UUID | None = None,
    stylesheets: Sequence[str] = (),
) -> bytes:
    """One document as PDF; the same input gives the same bytes.

    `stylesheets` are names below the template folders, after the base one. With `document_id` every sheet carries
    its mark (QR code, page n of m). Raises Refusal for a character that no font can print, and PdfError for a
    template that reaches outside the project.
    """
    return render_bundle(template_name, [(document_id, context)], stylesheets=stylesheets)


def render_bundle(
    template_name: str,
    documents: Iterable[tuple[UUID | None, dict[str, Any]]],
    *,
    stylesheets: Sequence[str] = (),
) -> bytes:
    """Many documents of one kind in one PDF, each with its own pages and marks (see `render_pdf`).

    Memory grows with the number of pages: a few hundred at a time. Raises ValueError when there are none.
    """
    with _defects():
        sheets = [_stylesheet(name) for name in (BASE, *stylesheets)]
        template, digest = get_template(template_name), hashlib.sha256()
        laid: list[Document] = []
        for document_id, context in documents:
            source = _printable(template.render(context))
            digest.update(repr(document_id).encode() + source.encode())
            laid.append(_lay_out(source, sheets, document_id, len(laid[-1].pages) if laid else 1))
        if not laid:
            raise ValueError("there is no document to print")
        whole = laid[0].copy([page for document in laid for page in document.pages])
        return bytes(whole.write_pdf(pdf_identifier=digest.digest()[:16], pdf_tags=True))


@contextmanager
def _defects() -> Iterator[None]:
    try:
        yield
    except FatalURLFetchingError as error:  # not an Exception: a request would not survive it
        raise PdfError(str(error)) from None


def _lay_out(source: str, sheets: list[CSS], document_id: UUID | None, pages: int) -> Document:
    """A mark says how many pages there are, so a document is laid out again when `pages` was a wrong guess."""
    for _ in range(3):
        marks = [CSS(string=_marks(document_id, pages))] if document_id else []
        document = _html(source).render(stylesheets=[*sheets, *marks])
        if not document_id or len(document.pages) == pages:
            return document
        pages = len(document.pages)
    raise PdfError("the number of pages does not settle")


def _html(source: str) -> HTML:
    return HTML(string=source, base_url=_path(BASE).as_uri(), url_fetcher=_fetcher())


@cache
def _fetcher() -> _LocalFetcher:
    return _LocalFetcher(allowed_protocols=["data"])


@cache
def _stylesheet(name: str) -> CSS:
    return CSS(filename=str(_path(name)), url_fetcher=_fetcher())


def _path(name: str) -> Path:
    for root in _roots():
        path = (root / name).resolve()
        if path.is_relative_to(root) and path.is_file():
            return path
    raise PdfError(f"there is no {name} below the template and static folders")


def _marks(document_id: UUID, pages: int) -> str:
    """A page rule for each sheet: its QR code, and the same in words for who has no reader."""
    short = document_id.hex[:8].upper()
    rules = []
    for page in range(1, pages + 1):
        code = qr_svg(sheet_mark(document_id, page, pages), size=QR_SIZE)
        words = f"文書 {short}\\A {page} / {pages} ページ"
        rules.append(
            f'@page :nth({page}) {{ @bottom-left {{ content: url("{code}") }} @bottom-right {{ content: "{words}" }} }}'
        )
    return "\n".join(rules)


def _printable(source: str) -> str:
    """The page with every character checked, and the font named where a renderer would take a wrong shape."""
    parts = _TAG.split(source)
    texts = [html.unescape(part) for part in parts[::2]]
    glyphs.require_glyphs("".join(texts))
    parts[::2] = ["".join(_shaped(text)) for text in texts]
    return "".join(parts)


def _shaped(text: str) -> Iterator[str]:
    end = 0
    for start, stop, family in glyphs.strays(text, glyphs.MINCHO):
        yield html.escape(text[end:start])
        yield f"<span style=\"font-family: '{family}'\">{html.escape(text[start:stop])}</span>"
        end = stop
    yield html.escape(text[end:])
