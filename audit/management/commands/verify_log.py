"""manage.py verify_log: prove that nothing in the access log was changed, removed, inserted or re-ordered."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.sealing import keys
from audit.sealing.verify import Anchor, verify
from kaigo.common.refusal import Refusal


class Command(BaseCommand):
    """Compares every sealed row with its seal. Exit code 1 and the first broken row when something is wrong."""

    help = "アクセス記録を封印と突き合わせ、書換え・削除・挿入・入替えがないことを確かめる。異常があれば終了コード1。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor",
            type=Path,
            action="append",
            default=[],
            help="export_seals で外部に控えたファイル（新しい側の切取りを見つける）",
        )
        parser.add_argument(
            "--keys", type=Path, help="信じる公開鍵のファイル（export_seals --keys で書き出したもの。省略時は設定）"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        self._shown = time.monotonic()
        try:
            trusted = keys.read_public_keys(options["keys"].read_text()) if options["keys"] else None
            anchors = tuple(anchor for path in options["anchor"] for anchor in read_anchors(path))
            found = verify(trusted=trusted, anchors=anchors, progress=self._progress)
        except Refusal as refusal:
            raise CommandError(refusal.message, returncode=2) from refusal
        except OSError as error:
            raise CommandError(f"ファイルを読めません: {error.filename}", returncode=2) from error
        if found.broken:
            row = f"、行 {found.broken.row}" if found.broken.row is not None else ""
            raise CommandError(
                f"異常: 封印 {found.broken.seal}{row}: {found.broken.message}"
                f"（その前の {found.rows:,}行・封印 {found.seals:,}個は一致）",
                returncode=1,
            )
        self.stdout.write(
            self.style.SUCCESS(
                f"一致: {found.rows:,}行、封印 {found.seals:,}個。まだ封印していない行 {found.unsealed:,}行。"
                f"最後の封印の指紋 {found.head.hex()[:32]}"
            )
        )

    def _progress(self, done: int, total: int) -> None:
        if time.monotonic() - self._shown > 2:
            self._shown = time.monotonic()
            self.stderr.write(f"{done:,} / {total:,}行")


def read_anchors(path: Path) -> list[Anchor]:
    """The seals noted in a file of `export_seals`. Raises CommandError for something else."""
    try:
        return [Anchor(row["number"], row["fingerprint"]) for row in json.loads(path.read_text())["seals"]]
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"控えの形が正しくありません: {path.name}", returncode=2) from error
