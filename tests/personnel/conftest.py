"""The example city's offices with an administrator, a manager who approves, and clerks of two wards."""

from datetime import date

import pytest
from django.contrib.auth.models import Group

from audit.actor import Actor
from audit.decisions import services as decisions
from audit.decisions.queries import latest
from audit.jobs import execute
from audit.models import Staff
from audit.personnel import pledges, requesting
from audit.personnel.intake import request_import
from kaigo.common import clock
from tests import factories
from tests.personnel.example_file import personnel_file

TODAY = date(2026, 11, 24)
ADMINISTRATOR = ("staff.view", "staff.enter", "staff.run", "staff.print", "jobs.view")
MANAGER = ("staff.view", "staff.decide", "staff.print", "decisions.view")


@pytest.fixture
def today():
    with clock.at(TODAY):
        yield TODAY


class City:
    """本庁 and two wards. kanri enters, kacho decides, shocho manages the first ward, clerk and far work in wards."""

    def __init__(self):
        self.head = factories.office("本庁", code="00", is_head=True, ward_code="")
        self.ward = factories.office("中央区役所", code="01")
        self.other = factories.office("緑区役所", code="05")
        everywhere = [self.head, self.ward, self.other]
        self.kanri = factories.staff(*ADMINISTRATOR, at=self.head, offices=everywhere, name="運用 静")
        self.kacho = factories.staff(*MANAGER, at=self.head, offices=everywhere, name="管理 典子")
        self.shocho = factories.staff("staff.view", at=self.ward, name="区長 次郎")
        self.clerk = factories.staff("eligibility.view", at=self.ward, name="窓口 春子")
        self.far = factories.staff("staff.view", "staff.enter", at=self.other, name="緑 三郎")
        for person, number in ((self.shocho, "900001"), (self.clerk, "900002")):
            person.personnel_number, person.kana = number, "マドグチ　ハルコ"
            person.manager = self.kacho if person == self.shocho else self.shocho
            person.save()

    def actor(self, staff):
        return Actor.of(Staff.objects.get(pk=staff.pk))

    def ask(self, *rows, **frame):
        """Request and preview a file."""
        job = request_import(self.actor(self.kanri), personnel_file(*rows, **frame), enqueue=False)
        return execute(str(job.public_id))

    def approve(self, about):
        """The manager decides on what waits about this."""
        decision = latest(about)
        return decisions.approve(self.actor(self.kacho), decision, version=decision.version)

    def take_in(self, *rows, **frame):
        """Request, preview, approve and commit a file."""
        job = self.ask(*rows, **frame)
        self.approve(job.public_id)
        return execute(str(job.public_id))


@pytest.fixture
def city(db, today):
    return City()


@pytest.fixture
def storage(settings, tmp_path):
    """A place of the test's own for what is kept."""
    plain = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": plain}


@pytest.fixture
def sign_in(client, city):
    def enter(staff):
        client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


SCAN = b"%PDF-1.7 a signed pledge"


class Contracts:
    """Ids of people outside the personnel file, as far on the way as a test wants them."""

    def __init__(self, city):
        self.city = city

    def asked(self, **fields):
        """What a request for 派遣 花子 in the first ward says: counter work to the end of March."""
        city = self.city
        role = Group.objects.filter(assignments__staff=city.clerk).first()
        values = {
            "name": "派遣 花子", "kana": "ハケン　ハナコ", "employment": "non_regular", "office": city.ward,
            "section": "介護保険室", "position": "", "manager": city.shocho, "reason": "窓口の補助",
            "starts_on": TODAY, "contract_until": date(2027, 3, 31), "roles": [role], "offices": [city.ward],
        }  # fmt: skip
        return requesting.Asked(**values | fields)

    def request(self, **fields):
        return requesting.ask(self.city.actor(self.city.kanri), self.asked(**fields))

    def granted(self, **fields):
        row = self.request(**fields)
        self.city.approve(row.public_id)
        row.refresh_from_db()
        return row.staff

    def pledged(self, **fields):
        staff = self.granted(**fields)
        self.pledge(staff)
        return staff

    def pledge(self, staff, **fields):
        values = {"received_on": clock.today(), "version": pledges.current_text().version, "scan": SCAN}
        return pledges.receive(self.city.actor(self.city.kanri), staff, **values | fields)


@pytest.fixture
def contracts(city, storage):
    return Contracts(city)
