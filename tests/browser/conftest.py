"""A real browser against the running site; a real worker where a test needs one."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from audit.models import Office, Staff
from audit.services import bootstrap
from eligibility.models import Insured
from kaigo import settings as kaigo_settings
from kaigo.celery import app
from tests import factories

# Playwright's synchronous interface runs an event loop in this thread.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PASSWORD = "correct horse battery"
CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
BROKER_DATABASE = 11  # apart from whatever else uses the same server
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
SAME_IDS = "[...document.querySelectorAll('[id]')].map((e) => e.id).filter((id, n, all) => all.indexOf(id) < n)"
expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives a browser and sees committed data."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": str(CHROMIUM), "args": list(QUIET)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1366, "height": 768}, "locale": "ja-JP"}


class Site:
    """What a person at the screen does, and what must hold on every page."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.set_default_timeout(15_000)
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, kind: str, text: str) -> None:
        """A refusal's own status is no fault of the page; a blocked style or script is."""
        if kind in ("error", "warning") and "status of 40" not in text:
            self.complaints.append(text)

    def sign_in(self, login: str) -> None:
        self.page.goto(self.address + "/login/")
        self.page.get_by_label("利用者ID").fill(login)
        self.page.get_by_label("パスワード").fill(PASSWORD)
        self.page.get_by_role("button", name="ログイン").click()
        expect(self.page.get_by_role("button", name="ログアウト")).to_be_visible()
        # The keys of a page work once its scripts have run: the browser parses its markup before.
        self.page.wait_for_load_state()

    def sign_off(self) -> None:
        self.page.get_by_role("button", name="ログアウト").click()
        expect(self.page.get_by_label("パスワード")).to_be_visible()

    def hand_over(self, login: str) -> None:
        """Somebody else takes the seat."""
        self.sign_off()
        self.sign_in(login)

    def search(self, text: str) -> None:
        """Type and press Enter, as quickly as somebody at a counter does."""
        self.page.get_by_role("searchbox").fill(text)
        with self.page.expect_navigation():
            self.page.get_by_role("searchbox").press("Enter")

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    @property
    def path(self) -> str:
        """The address of the page without the server's."""
        return self.page.url.removeprefix(self.address)

    def fill(self, fields: dict[str, str]) -> None:
        """Type into the fields of the page, by their labels."""
        for label, text in fields.items():
            self.page.locator("main").get_by_label(label).fill(text)

    def follow(self, link: str) -> None:
        """Follow a link by keyboard."""
        self.page.get_by_role("link", name=link).press("Enter")

    def press(self, button: str) -> None:
        """Press a button by keyboard."""
        self.page.get_by_role("button", name=button).press("Enter")

    def refused(self, words: str = "") -> None:
        """The page says what is wrong where the keyboard is, and stays accessible."""
        expect(self.page.get_by_role("alert")).to_be_focused()
        expect(self.page.get_by_role("alert")).to_contain_text(words)
        self.check()

    def decide(self, login: str, path: str) -> None:
        """Somebody else goes from the page of the thing to its sheet, and decides by keyboard."""
        self.hand_over(login)
        self.open(path)
        sheet = self.page.get_by_role("link", name=re.compile("^伺書 "))
        if sheet.count():  # it is the sheet itself otherwise
            sheet.press("Enter")
        self.check()
        self.page.get_by_role("button", name="決裁する").press("Enter")
        expect(self.page.get_by_role("status").get_by_text("処理しました")).to_be_visible()

    def paper(self, link: str) -> bytes:
        """The PDF behind a link, fetched as the person who is signed in."""
        address = self.page.get_by_role("link", name=link).get_attribute("href")
        answer = self.page.request.get(f"{self.address}{address}")
        assert answer.headers["content-type"] == "application/pdf"
        return answer.body()

    def check(self) -> None:
        """Accessible (WCAG 2.2 AA, by axe), no sideways scrolling, nothing blocked or broken."""
        found = Axe().run(self.page, options=RULES)
        faults = [
            f"{fault['id']}: {node['html']}"
            for fault in found.response["violations"]
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]
        assert faults == []
        assert self.page.evaluate(SAME_IDS) == []  # a label and an error lead to one field, also in what is folded
        for width in (1366, 1024):
            self.page.set_viewport_size({"width": width, "height": 768})
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width
        self.page.set_viewport_size({"width": 1366, "height": 768})
        assert self.complaints == []


@pytest.fixture
def staff(transactional_db: None) -> dict[str, Staff]:
    """The example city's accounts, by login."""
    bootstrap()
    people = {person.login: person for person in Staff.objects.all()}
    for person in people.values():
        person.set_password(PASSWORD)
        person.save()
    return people


@pytest.fixture
def insured(staff: dict[str, Staff]) -> Insured:
    """A person of a ward with a decision on the premium in force."""
    resident = factories.resident("見本　太郎", office=Office.objects.get(name="中央区役所"))
    return factories.assessment(factories.insured(resident)).insured


@pytest.fixture
def site(page: Page, live_server: LiveServer, staff: dict[str, Staff], settings: Settings) -> Site:
    settings.SECURE_SSL_REDIRECT = False
    return Site(page, live_server.url)


def _on_test_database(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{connection.settings_dict['NAME']}"))


def _broker() -> str:
    url: str = kaigo_settings._redis_url
    if url.startswith("unix:"):
        return f"{url.split('?')[0]}?virtual_host={BROKER_DATABASE}"
    return urlunsplit(urlsplit(url)._replace(path=f"/{BROKER_DATABASE}"))


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """A real Celery worker on the test database; call it to start it. What is asked for before then waits."""
    before, broker = app.conf.broker_url, _broker()
    app.conf.broker_url = broker.replace("unix://", "redis+socket://", 1)
    _forget_connections()
    app.control.purge()
    environment = os.environ | {
        "KAIGO_DATABASE_URL": _on_test_database(kaigo_settings._application_url),
        "KAIGO_DATABASE_AS": "application",
        "KAIGO_REDIS_URL": broker,
    }
    command = [sys.executable, "-m", "celery", "-A", "kaigo", "worker", "-Q", "interactive,batch", "-c", "1"]
    running: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        with (tmp_path / "worker.log").open("wb") as log:
            running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT))

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=30)
    _wait_for_connections_to_close()
    app.conf.broker_url = before
    _forget_connections()


def _forget_connections() -> None:
    app._pool = None
    app.amqp._producer_pool = None


def _wait_for_connections_to_close() -> None:
    """The tables are emptied after the test; that must not meet a worker's open transaction."""
    for _ in range(50):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE '%transaction%'"
                " AND pid <> pg_backend_pid()"
            )
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.1)
