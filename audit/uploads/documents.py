"""PDF: readable without a password, and without anything that acts by itself."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from audit.uploads.kinds import BadUpload, Kind, broken, head_of, tail_of

PAGES = 5_000
STEPS = 100  # of actions that follow each other; a longer chain hides something
ACTING = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition"}
MARKUP = (b"<script", b"<html", b"<svg", b"<!doctype")


def check_pdf(stream: BinaryIO) -> None:
    """Refuse a PDF that is cut short, locked, or acts by itself. Raises BadUpload."""
    if b"%%EOF" not in tail_of(stream, 2048):
        raise broken(Kind.PDF)
    if any(word in head_of(stream, 2048).lower() for word in MARKUP):
        raise _active()
    try:
        reader = PdfReader(stream)
        if reader.is_encrypted and not reader.decrypt(""):
            raise BadUpload(
                "file-locked",
                "パスワード付きのPDFは受け取れません。",
                ways=("パスワードを外して保存し直してください。",),
            )
        _check_content(reader)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError):
        raise broken(Kind.PDF) from None


def _check_content(reader: PdfReader) -> None:
    root: Any = reader.trailer["/Root"].get_object()
    count = len(reader.pages)
    if not 1 <= count <= PAGES:
        raise BadUpload("file-pages", f"PDFは{PAGES:,}ページまでです。", ways=("分けて送ってください。",))
    names = _at(root, "/Names")
    if _at(names, "/JavaScript") is not None or _at(names, "/EmbeddedFiles") is not None:
        raise _active()
    if _at(_at(root, "/AcroForm"), "/XFA") is not None:
        raise _active()
    for holder in (root, *_holders(reader)):
        if any(_acts(action) for action in _actions(holder)):
            raise _active()


def _holders(reader: PdfReader) -> Iterator[Any]:
    """The pages and what lies on them: links, fields, attachments."""
    for page in reader.pages:
        yield page
        for mark in _at(page, "/Annots") or ():
            found = mark.get_object()
            if found.get("/Subtype") in ("/FileAttachment", "/RichMedia", "/Screen", "/3D", "/Movie"):
                raise _active()
            yield found


def _actions(holder: Any) -> Iterator[Any]:
    for name in ("/OpenAction", "/A"):
        if (action := _at(holder, name)) is not None:
            yield action
    more = _at(holder, "/AA")
    if isinstance(more, dict):
        yield from (value.get_object() for value in more.values())


def _acts(action: Any) -> bool:
    """Whether an action, or one that follows it, runs or sends something."""
    steps = list(islice(_chain(action), STEPS + 1))
    return len(steps) > STEPS or any(step.get("/S") in ACTING for step in steps)


def _chain(action: Any) -> Iterator[Any]:
    waiting = [action]
    while waiting:
        step = waiting.pop()
        if isinstance(step, dict):
            yield step
            following = _at(step, "/Next")
            waiting += [one.get_object() for one in following] if isinstance(following, list) else [following]


def _at(holder: Any, name: str) -> Any:
    """The value of a name in a dictionary of the document, followed to where it stands; None when it is not there."""
    found = holder.get(name) if isinstance(holder, dict) else None
    return found.get_object() if found is not None else None


def _active() -> BadUpload:
    return BadUpload(
        "file-active",
        "自動で動く内容（スクリプトや埋め込みファイル）のあるPDFは受け取れません。",
        ways=("印刷の機能で「PDFとして保存」し直してください。",),
    )
