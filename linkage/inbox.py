"""受信フォルダー: where the other systems put their files (`settings.INBOX`, a folder a layout), and what waits."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from kaigo.common.refusal import Refusal
from linkage.importing.ledger import previous_imports

NAME = re.compile(r"([A-Z]+)_(\d{8})_(\d{3,})\.csv")
SUFFIX = ".csv"


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A file in the inbox that has not been taken in. `created_on` and `serial` are those of its name."""

    created_on: date
    serial: int
    path: str
    sha256: str
    size: int

    @property
    def period(self) -> str:
        """The day in the file's name as yyyymmdd, or nothing."""
        return day_in_name(Path(self.path).name)


def waiting(layout_id: str) -> list[Waiting]:
    """The files of a layout that wait to be taken in, in the order in which they must be.

    A file under another name than the agreed one comes first, so that its refusal is seen.
    """
    folder = settings.INBOX / layout_id.lower()
    if not folder.is_dir():
        return []
    taken = set(previous_imports(layout_id).values_list("sha256", flat=True))
    found = (_waiting(path) for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file())
    return sorted(file for file in found if file.sha256 not in taken)


def incoming(path: str) -> Path:
    """The file at a path in the inbox (relative to it, or absolute). Raises Refusal for anything else."""
    folder = settings.INBOX.resolve()
    full = (folder / path).resolve()
    if not full.is_relative_to(folder):
        raise Refusal(
            "file-outside",
            "受信フォルダーの外のファイルは取り込めません。",
            ways=("ファイルを受信フォルダーに置いてから、もう一度依頼してください。",),
        )
    if not path or not full.is_file():
        raise _missing()
    return full


def bring(path: Path) -> str:
    """Make sure that a file lies in the inbox; gives its path there. A file elsewhere is copied, whole or not at all.

    Raises Refusal when there is no such file.
    """
    folder, full = settings.INBOX.resolve(), path.resolve()
    if not full.is_file():
        raise _missing()
    if full.is_relative_to(folder):
        return str(full.relative_to(folder))
    place = folder / (_layout_of(full.name) or "other").lower() / full.name
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = place.with_suffix(".part")
    try:
        shutil.copyfile(full, part)
        part.chmod(0o600)
        os.replace(part, place)
    finally:
        part.unlink(missing_ok=True)
    return str(place.relative_to(folder))


def day_in_name(name: str) -> str:
    """The day in an agreed file name as yyyymmdd, or nothing."""
    match = NAME.fullmatch(name)
    return match[2] if match else ""


def arrived_after(layout_id: str, day: date) -> bool:
    """Whether a file that was created after the day has been taken in."""
    return previous_imports(layout_id).filter(created_on__gt=day).exists()


def _waiting(path: Path) -> Waiting:
    created_on, serial = _named(path.name)
    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return Waiting(created_on, serial, str(path.relative_to(settings.INBOX)), digest.hexdigest(), path.stat().st_size)


def _named(name: str) -> tuple[date, int]:
    match = NAME.fullmatch(name)
    if match is None:
        return date.min, 0
    try:
        return datetime.strptime(f"{match[2]}+0000", "%Y%m%d%z").date(), int(match[3])
    except ValueError:
        return date.min, 0


def _layout_of(name: str) -> str:
    match = NAME.fullmatch(name)
    return match[1] if match else ""


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while piece := source.read(1 << 20):
            yield piece


def _missing() -> Refusal:
    return Refusal(
        "file-missing", "ファイルが見つかりません。", ways=("受信フォルダーにファイルがあるか確かめてください。",)
    )
