"""bin/run: servers, migrations, accounts, the invented city and its first year, then the site until Ctrl-C."""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from kaigo.common.refusal import Refusal
from kaigo.run import children, display, keys, services, serving, state
from kaigo.run.city import InventedCity
from kaigo.run.processes import Interrupted

PROJECT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("kaigo", "audit", "eligibility", "levy", "certification", "recipients", "benefits", "linkage")


class Runner:
    """One start of the system with its options."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.var = Path(os.environ.get("KAIGO_VAR") or PROJECT / "var").resolve()
        self.embedded_database = not os.environ.get("KAIGO_DATABASE_URL")
        self.embedded_broker = not os.environ.get("KAIGO_REDIS_URL")
        self.environment: dict[str, str] = {}
        self.owner_url = ""

    def run(self) -> int:
        """The whole start. Returns the exit code; raises Refusal for what the user can mend."""
        if self.options.fresh:
            self.start_over()
        if self.options.no_serve:
            with self.servers():
                self.prepare()
            display.line("準備ができました。bin/run でサイトを動かせます。")
            return 0
        with serving.only_one(self.var), self.servers():
            port = serving.free_port(self.options.port)
            self.prepare()
            with contextlib.suppress(Interrupted):  # the ordinary end of a site
                serving.serve(self.crew_context(), port)
        return 0

    def prepare(self) -> None:
        self.state = state.State(self.var)
        identity, migrations = state.database_identity(self.owner_url)
        self.schema_and_accounts(identity, migrations)
        self.static_files()
        if not self.options.no_city:
            city = InventedCity(self.state, self.var / "city", self.manage, lambda: state.has_residents(self.owner_url))
            city.bring_up(identity, self.options.insured)

    @contextlib.contextmanager
    def servers(self) -> Iterator[None]:
        """The embedded servers as far as no address is given, for as long as the block lasts."""
        names = [
            n for n, wanted in (("PostgreSQL", self.embedded_database), ("Valkey", self.embedded_broker)) if wanted
        ]
        with contextlib.ExitStack() as stack:
            if names:
                moved = services.moved_to(self.var) if self.embedded_database else None
                if moved:
                    display.line(f"PostgreSQL の利用者がこのフォルダーに入れないため、データは {moved} に置きます。")
                with display.stage("・".join(names)):
                    endpoints = stack.enter_context(
                        services.running(self.var, database=self.embedded_database, broker=self.embedded_broker)
                    )
                self.owner_url = endpoints.database_owner_url
            else:
                services.own_var(self.var)
                keys.load(self.var, data_exists=False)
            self.owner_url = (
                self.owner_url or os.environ.get("KAIGO_DATABASE_OWNER_URL", "") or os.environ["KAIGO_DATABASE_URL"]
            )
            self.environment = self.child_environment()
            yield

    def child_environment(self) -> dict[str, str]:
        """For the site's processes. It listens on this machine only and without TLS, whoever's servers it uses."""
        given = {key: value for key, value in os.environ.items() if key != "KAIGO_DATABASE_AS"}
        return {
            "KAIGO_INSECURE_HTTP": "1",
            "KAIGO_ALLOWED_HOSTS": "localhost,127.0.0.1",
            **given,
            "KAIGO_VAR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "kaigo.settings",
            "PYTHONUNBUFFERED": "1",
        }

    def crew_context(self) -> serving.Context:
        return serving.Context(
            self.environment, PROJECT, self.var, database=self.embedded_database, broker=self.embedded_broker
        )

    def schema_and_accounts(self, identity: str, migrations: int) -> None:
        """Migrate and set up roles and accounts, unless code and database are as after the last time."""
        code = state.fingerprint(PROJECT, ROOMS)
        if self.state.get("prepared") == [identity, migrations, code]:
            return
        with display.stage("データベースの表（migrate）"):
            self.manage("migrate", "--no-input", "--verbosity=0", KAIGO_DATABASE_AS="owner")
        with display.stage("事務所・役割・職員"):
            answer = json.loads(self.manage("bootstrap", "--json", capture=True))
        if answer["created"]:
            show_accounts(answer["accounts"])
        self.state.put("prepared", [*state.database_identity(self.owner_url), code])

    def static_files(self) -> None:
        wanted = state.fingerprint(PROJECT, ["static"], ["*"])
        if self.state.get("static") == wanted and (self.var / "static").is_dir():
            return
        with display.stage("画面の部品（collectstatic）"):
            self.manage("collectstatic", "--no-input", "--verbosity=0")
        self.state.put("static", wanted)

    def manage(self, *arguments: str, capture: bool = False, **environment: str) -> str:
        """Run a management command to its end, stopping it when we are asked to end. Raises Refusal when it fails."""
        command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
        out = subprocess.PIPE if capture else None
        process = children.spawn(command, self.environment | environment, PROJECT, out=out)
        try:
            text, _ = process.communicate()
        except BaseException:
            children.finish(process, 10.0)
            raise
        if process.returncode != 0:
            raise Refusal(
                "command-failed",
                f"manage.py {arguments[0]} が失敗しました（{process.returncode}、理由は上の表示）。",
                ways=("理由を直してから bin/run をもう一度起動すると、続きから行います。",),
            )
        return (text or b"").decode()

    def start_over(self) -> None:
        """Remove the data after a yes typed in full."""
        if not (self.embedded_database and self.embedded_broker):
            raise Refusal(
                "fresh-external",
                "KAIGO_DATABASE_URL や KAIGO_REDIS_URL のサーバーのデータは、bin/run からは消しません。",
                ways=("そのサーバーで新しいデータベースを作り、URL を変えて起動する。",),
            )
        if not self.options.yes and not confirmed(self.var):
            raise Refusal(
                "not-confirmed",
                "中止しました。何も消していません。",
                ways=("端末から はい と入力するか、--yes を付ける。",),
            )
        services.wipe(self.var)
        display.line("データを消しました。最初から始めます。")


def confirmed(var: Path) -> bool:
    if not sys.stdin.isatty():
        return False
    display.line(f"{var} のデータベース・ファイル・鍵・アカウントをすべて消して最初から始めます。元に戻せません。")
    return input("消してよければ はい と入力してください: ").strip() == "はい"


def show_accounts(accounts: list[dict[str, Any]]) -> None:
    """The generated passwords, this once."""
    rows = [[a["login"], a["password"], a["role"], a["office"]] for a in accounts]
    display.line("アカウント（パスワードは今回だけ表示します。控えてください）")
    for row in display.table(("利用者ID", "パスワード", "役割", "事務所"), rows):
        display.line(f"  {row}")


def listen_for_signals() -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # ending has begun; a second Ctrl-C must not cut it short
        raise Interrupted

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) != signal.SIG_IGN:  # nohup and the like mean what they say
            signal.signal(each, end)


def main(options: argparse.Namespace) -> int:
    """Carry the start out and translate its end into an exit code."""
    listen_for_signals()
    os.umask(0o077)  # the city's files and the stored documents are nobody else's business
    runner = Runner(options)
    try:
        return runner.run()
    except Refusal as problem:
        display.refusal(problem)
        return 3
    except Interrupted:
        return 130
