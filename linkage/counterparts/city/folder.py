"""The folder into which a city is written."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kaigo.common.refusal import Refusal
from linkage.counterparts.city.manifest import NAME

_OURS = re.compile(r"(JUMIN|ZEI|SEIHO|NENKIN)_\d{8}_\d{3}\.csv(\.part|\.tmp)?")


def _refusal(message: str, *ways: str) -> Refusal:
    return Refusal("city.out", message, field="out", ways=ways)


def prepare(out: Path) -> None:
    """Make the folder and clear an earlier city from it; raises Refusal if it holds anything else."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        others = [path for path in out.iterdir() if path.name != NAME]
    except OSError as error:
        raise _refusal(
            f"出力先を作成できません({error.strerror})。", "書き込みできるフォルダを指定してください。"
        ) from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise _refusal("出力先に書き込む権限がありません。", "書き込みできるフォルダを指定してください。")
    leftovers_only = all(path.name.endswith((".part", ".tmp")) for path in others)
    ours = (out / NAME).exists() or leftovers_only
    if not ours or any(not _OURS.fullmatch(path.name) for path in others):
        raise _refusal("出力先に別のファイルがあります。", "空のフォルダを指定してください。")
    (out / NAME).unlink(missing_ok=True)
    for path in others:
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
