"""manage.py make_city: the files of an invented city (架空の市)."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kaigo.common.refusal import Refusal
from linkage.counterparts.city import CityConfig, CityManifest, make_city


class Command(BaseCommand):
    help = "架空の市の連携ファイル(住民記録・税・生活保護等・年金)を作ります。同じ引数なら同じ内容になります。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--insured", type=int, default=20_000, help="基準日現在の第1号被保険者数")
        parser.add_argument("--seed", type=int, default=1, help="乱数の種")
        parser.add_argument("--year", type=int, default=2026, help="賦課年度(西暦)")
        parser.add_argument("--as-of", default="", help="基準日 yyyy-mm-dd(省略時は賦課年度の6月最初の金曜日)")
        parser.add_argument("--faulty", type=float, default=0.002, help="わざと誤らせる行の割合")
        parser.add_argument("--out", type=Path, default=None, help="出力先フォルダ(省略時は var/city)")

    def handle(self, *_args: Any, **options: Any) -> None:
        out = options["out"] or settings.VAR / "city"
        try:
            config = CityConfig(
                options["insured"], options["seed"], options["year"], _day(options["as_of"]), options["faulty"]
            )
            manifest = make_city(config, out, self._progress)
        except Refusal as refusal:
            raise CommandError("\n".join([refusal.message, *refusal.ways])) from refusal
        self._report(manifest, out)

    def _progress(self, stage: str, done: int, total: int) -> None:
        self.stderr.write(f"{stage}: {done:,} / {total:,}")

    def _report(self, manifest: CityManifest, out: Path) -> None:
        people = manifest.population
        self.stdout.write(f"住民 {people['residents']:,}人(65歳以上 {people['aged_65']:,}人)")
        self.stdout.write(
            f"第1号被保険者 {manifest.insured:,}人(誤りの行を除いた取込後の見込み {manifest.insured_expected:,}人)"
        )
        for record in manifest.files:
            self.stdout.write(f"{record.name}: {record.rows:,}行")
        self.stdout.write(f"わざと誤らせた行 {len(manifest.faults):,}件")
        self.stdout.write(f"住民の行の誤りで対象者不明になる行 {len(manifest.consequences):,}件")
        self.stdout.write(f"出力先: {out}(内訳は city.json)")


def _day(text: str) -> date:
    """The day of an ISO text; nothing means the default. Raises Refusal for anything else."""
    if not text:
        return date.min
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(
            "city.as_of", "基準日を読み取れません。", field="as_of", ways=("例: --as-of 2026-06-05",)
        ) from error
