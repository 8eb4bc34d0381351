"""Managers, an auditor and clerks in fixed relations, and findings to look at."""

from datetime import date

import pytest

from audit.actor import Actor
from audit.watching import documents
from audit.watching.models import Finding, FindingRow
from audit.watching.rules import Kind
from kaigo.common import clock
from tests import factories
from tests.watching.days import TUESDAY, head, moment, row

MANAGER = ("findings.view", "findings.enter", "findings.decide", "findings.print", "eligibility.view")
AUDITOR = ("findings.view", "findings.print", "access_log.view")
TODAY = date(2026, 11, 24)


@pytest.fixture
def today():
    with clock.at(TODAY):
        yield TODAY


class House:
    """A head office and two wards: kacho over everything, shocho over the first ward, the auditor beside them."""

    def __init__(self):
        self.head, self.ward, self.other = head(), factories.office(), factories.office("緑区役所")
        everywhere = [self.head, self.ward, self.other]
        self.kacho = factories.staff(*MANAGER, "findings.run", at=self.head, offices=everywhere, name="管理 典子")
        self.shocho = factories.staff(*MANAGER, at=self.ward, name="区長 次郎")
        self.auditor = factories.staff(*AUDITOR, at=self.head, offices=everywhere, name="監査 正")
        self.clerk = factories.staff("eligibility.view", at=self.ward, name="窓口 春子")
        self.below(self.kacho, self.shocho, self.auditor)
        self.below(self.shocho, self.clerk)

    def below(self, manager, *people):
        for person in people:
            person.manager = manager
            person.save(update_fields=["manager"])

    def finding(self, staff=None, *, kind=Kind.OFF_HOURS, severity=1, rows=1, day=TUESDAY, **fields):
        """A finding as an examination makes it, with rows of the log behind it."""
        staff = staff or self.clerk
        values = {
            "key": f"{kind}:{Finding.objects.count()}",
            "kind": kind,
            "day": day,
            "severity": severity,
            "staff": staff,
            "staff_name": staff.name,
            "office": staff.office,
            "explanation": "執務時間と前後の猶予の外の19:00から19:30までに1件の記録があります。",
            "row_count": rows,
            "found_at": moment("03:30", TODAY),
            "due_on": date(2026, 12, 1),
        }
        found = Finding.objects.create(**values | fields)
        for number in range(rows):
            logged = row(staff, f"19:{number % 60:02}", day=day)
            FindingRow.objects.create(finding=found, log_id=logged.pk, at=logged.at)
        return found

    def logon(self, staff=None, **fields):
        """A long log-on."""
        figures = {"ログオンの長さ": "12時間", "始まり": "11月17日08:00", "終わり": "11月17日20:00", "端末": "窓口1番"}
        return self.finding(staff, kind=Kind.LONG_LOGON, severity=2, **{"figures": figures} | fields)


@pytest.fixture
def house(db, today):
    return House()


@pytest.fixture
def actor():
    return Actor.of


@pytest.fixture
def printing(settings, tmp_path):
    """A place of the test's own for what is kept; papers are really printed."""
    plain = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": plain}


@pytest.fixture
def storage(request, printing, monkeypatch):
    """The same where the paper itself is not looked at: a few bytes stand for it, different for each paper."""
    if "printing" not in request.node.fixturenames[: request.node.fixturenames.index("storage")]:
        monkeypatch.setattr(documents, "letter", lambda paper: b"%PDF-letter" + str(paper.public_id).encode())
        monkeypatch.setattr(documents, "report", lambda context, key: b"%PDF-report" + str(key).encode())
