"""manage.py export_seals: the newest seals and the public keys, to be kept outside the system (外部控え)."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audit.models import AccessLogSeal
from audit.sealing import keys
from audit.sealing.seals import fingerprint


class Command(BaseCommand):
    """Writes JSON for `verify_log --anchor`, or with --keys the public keys for `verify_log --keys`."""

    help = "最近の封印の番号と指紋（--keys なら公開鍵）を書き出す。別の場所に控え、verify_log に渡す。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keys", action="store_true", help="公開鍵を書き出す")
        parser.add_argument("--last", type=int, default=10, help="書き出す封印の数（既定 10）")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["keys"]:
            self.stdout.write(keys.public_text(keys.public_keys()), ending="")
            return
        newest = AccessLogSeal.objects.order_by("-number")[: max(1, options["last"])]
        rows = [
            {"number": seal.number, "made_at": seal.made_at.isoformat(), "fingerprint": fingerprint(seal).hex()}
            for seal in reversed(newest)
        ]
        self.stdout.write(json.dumps({"seals": rows}, ensure_ascii=False, indent=1))
