"""Options of bin/run. Standard library only: they are read before anything is installed."""

import argparse

DEFAULT_INSURED = 20_000
MOST_INSURED = 1_000_000
DEFAULT_PORT = 8000

DESCRIPTION = """介護保険システムを準備して動かします。初回は必要なものを入れ、架空の市と最初の一年を作ります。
Sets the system up and runs it. The first start installs what it needs and makes an invented city's first year."""
EPILOG = """KAIGO_DATABASE_URL と KAIGO_REDIS_URL を指定すると、内蔵ではなくそれを使います（docs/operation.md）。
With KAIGO_DATABASE_URL and KAIGO_REDIS_URL set, those servers are used instead of the embedded ones.
終了コード / exit codes:
  0 正常 ok, 1 失敗 failed, 2 使い方の誤り usage, 3 利用者の操作が必要 needs you, 130 中断 interrupted"""


def insured(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MOST_INSURED:
        raise argparse.ArgumentTypeError(f"1 から {MOST_INSURED:,} まで / 1 to {MOST_INSURED:,}")
    return value


def port(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 65_535:
        raise argparse.ArgumentTypeError("1 から 65535 まで / 1 to 65535")
    return value


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="bin/run",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    found.add_argument(
        "--insured",
        type=insured,
        metavar="N",
        help=f"架空の市の被保険者数（初回だけ、既定 {DEFAULT_INSURED:,}） / insured persons, first start only",
    )
    found.add_argument(
        "--port",
        type=port,
        metavar="P",
        help=f"待ち受けるポート（既定は {DEFAULT_PORT} 以降の空き） / port (default: first free one)",
    )
    found.add_argument(
        "--no-serve", action="store_true", help="準備と最初の一年だけで終わる / end before serving the site"
    )
    found.add_argument("--no-city", action="store_true", help="架空の市を作らない / make no invented city")
    found.add_argument(
        "--fresh", action="store_true", help="データを捨てて最初から始める（確認します） / start over, after asking"
    )
    found.add_argument("--yes", action="store_true", help="--fresh の確認に「はい」と答える / answer yes to --fresh")
    return found


if __name__ == "__main__":
    parser().parse_args()
