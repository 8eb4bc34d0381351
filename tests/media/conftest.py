"""An exporting terminal, people with fixed relations to it, and a kind of export over made-up rows."""

import uuid
from datetime import date, timedelta

import pytest

from audit.actor import Actor
from audit.media import kinds, services
from audit.media.kinds import ExportKind
from audit.media.models import MediaOfficer, Medium
from audit.models import AccessLog, Office, Terminal
from audit.rights import File
from kaigo.common import clock
from tests import factories

TODAY = date(2026, 11, 24)
DESK, STRANGE = "192.0.2.10", "192.0.2.99"
LEDGER = ("media.view", "media.enter", "media.decide", "decisions.view", "decisions.decide")


class House:
    """fuka exports the levy's data at the desk; kacho decides; hogo keeps the ledger; midori is of another office."""

    def __init__(self):
        self.head = Office.objects.filter(is_head=True).first() or factories.office("本庁", is_head=True, ward_code="")
        self.ward = factories.office("緑区役所")
        everywhere = [self.head, self.ward]
        self.fuka = factories.staff(
            "levy.view", "levy.export", "media.view", at=self.head, offices=everywhere, name="賦課 一郎"
        )
        self.kacho = factories.staff(*LEDGER, "levy.view", at=self.head, offices=everywhere, name="管理 典子")
        self.hogo = factories.staff("media.view", "media.enter", at=self.head, offices=everywhere, name="保護 明子")
        self.midori = factories.staff("media.view", "levy.export", at=self.ward, name="緑 三郎")
        self.plain = factories.staff("levy.view", at=self.head, name="閲覧 四郎")
        self.desk = Terminal.objects.create(name="出力用1", address=DESK, office=self.head, may_export=True)
        Terminal.objects.create(name="窓口1", address="192.0.2.11", office=self.head)

    def at_desk(self, staff, address=DESK):
        """The person at a terminal, as a request makes them."""
        name = Terminal.objects.filter(address=address).values_list("name", flat=True).first() or ""
        return Actor.of(staff, address=address, terminal=name)

    def officer(self, staff, office=None):
        return MediaOfficer.objects.create(
            staff=staff, office=office or self.head, period=(TODAY, None), reason="試験", appointed_by=self.kacho
        )

    def medium(self, number="USB-001", **fields):
        values = {
            "kind": "usb", "office": self.head, "place": "金庫", "registered_on": TODAY, "registered_by": self.hogo
        }  # fmt: skip
        return Medium.objects.create(number=number, **values | fields)

    def destination(self, **fields):
        values = {"purpose": "国保連合会への提出", "recipient": "国保連合会", "erase_by": TODAY + timedelta(days=10)}
        return services.Destination(**values | fields)

    def export(self, staff=None, **fields):
        return services.export(self.at_desk(staff or self.fuka), "made-up", {}, self.destination(**fields))

    def refused(self):
        """The refused attempts of the log: (file, act, staff)."""
        rows = AccessLog.objects.filter(outcome="refused").order_by("pk")
        return [(row.file, row.act, row.staff) for row in rows]


@pytest.fixture
def today():
    with clock.at(TODAY):
        yield TODAY


@pytest.fixture
def storage(settings, tmp_path):
    """A place of the test's own for the files."""
    plain = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": plain}
    return tmp_path


class Source:
    """The rows of the made-up kind; a test may put anything into them."""

    def __init__(self, rows=3):
        self.people = [uuid.uuid4() for _ in range(rows)]
        self.rows = [[f"000000{number:04}", "13段階", 120_000 + number] for number in range(rows)]
        self.asked = []

    def lines(self, asked):
        self.asked.append(asked)
        return iter(self.rows)


@pytest.fixture
def source():
    """A kind of export of the levy file."""
    found = Source()
    kind = ExportKind(
        name="made-up",
        label="試験の台帳",
        file=File.LEVY,
        items=("被保険者番号", "所得段階", "保険料額"),
        columns=("被保険者番号", "所得段階", "保険料額"),
        rows=found.lines,
        count=lambda asked: len(found.rows),
        people=lambda asked: iter(found.people[: len(found.rows)]),
        help="試験のための出力",
    )
    kinds.register(kind)
    yield found
    del kinds._KINDS[kind.name]


@pytest.fixture
def house(db, today, storage, source):
    return House()
