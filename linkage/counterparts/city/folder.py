"""The folder into which a city is written."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kaigo.common.refusal import Refusal
from linkage.counterparts.city.manifest import NAME

_OURS = re.compile(r"(JUMIN|ZEI|SEIHO|NENKIN)_\d{8}_\d{3}\.csv(\.part|\.tmp)?")
BEGUN = f"{NAME}.part"
"""Stands in the folder while a city is being made, so that the next run knows what a killed one left."""


def _refusal(message: str, *ways: str) -> Refusal:
    return Refusal("city.out", message, field="out", ways=ways)


def prepare(out: Path) -> None:
    """Make the folder and clear an earlier city from it; raises Refusal if it holds anything else."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in out.iterdir()}
    except OSError as error:
        raise _refusal(
            f"出力先を作成できません({error.strerror})。", "書き込みできるフォルダを指定してください。"
        ) from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise _refusal("出力先に書き込む権限がありません。", "書き込みできるフォルダを指定してください。")
    files = names - {NAME, BEGUN}
    if any(not _OURS.fullmatch(name) for name in files) or (files and files == names):
        raise _refusal("出力先に別のファイルがあります。", "空のフォルダを指定してください。")
    clear(out)
    (out / BEGUN).touch()


def clear(out: Path) -> None:
    """Remove the files of a city, finished or not; the mark goes last."""
    for path in sorted(out.iterdir(), key=lambda path: path.name in (NAME, BEGUN)):
        if path.name in (NAME, BEGUN) or _OURS.fullmatch(path.name):
            path.unlink()


@contextmanager
def refusing_full_disk() -> Iterator[None]:
    """Turn an error of the disk into a refusal that says what to do."""
    try:
        yield
    except OSError as error:
        raise _refusal(
            f"ファイルを書き込めませんでした({error.strerror})。", "空き容量を確認して、やり直してください。"
        ) from error
