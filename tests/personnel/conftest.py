"""The example city's offices with an administrator, a manager who approves, and clerks of two wards."""

from datetime import date
from itertools import count

import pytest
from django.contrib.auth.models import Group, Permission
from django.db.backends.postgresql.psycopg_any import DateRange
from guardian.models import UserObjectPermission

from audit.actor import Actor
from audit.decisions import services as decisions
from audit.decisions.queries import latest
from audit.jobs import execute
from audit.models import RoleAssignment, Staff
from audit.personnel import pledges, requesting
from audit.personnel.intake import request_import
from audit.rights import Right
from kaigo.common import clock
from tests import factories
from tests.personnel.example_file import personnel_file

TODAY = date(2026, 11, 24)
ADMINISTRATOR = ("staff.view", "staff.enter", "staff.run", "staff.print", "jobs.view")
_serial = count(1)
MANAGER = ("staff.view", "staff.decide", "staff.print", "decisions.view")


@pytest.fixture
def today():
    with clock.at(TODAY):
        yield TODAY


def _hold(office, name, rights, offices):
    """What `factories.staff` makes, in a few statements: nearly every test of this folder begins with five of them."""
    person = Staff.objects.create_staff(f"j{next(_serial)}", factories.PASSWORD, name=name, office=office)
    role = Group.objects.create(name=f"試験用の役割 {person.login}")
    names = [Right.named(right).codename for right in rights]
    permissions = list(Permission.objects.filter(content_type__app_label="audit", codename__in=names))
    role.permissions.set(permissions)
    period = DateRange(clock.today(), None)
    RoleAssignment.objects.bulk_create(
        RoleAssignment(staff=person, role=role, office=one, period=period) for one in offices
    )
    person.groups.add(role)
    UserObjectPermission.objects.bulk_create(
        UserObjectPermission(user=person, content_type=one.content_type, permission=one, object_pk=str(place.pk))
        for one in permissions
        for place in offices
    )
    return person


class City:
    """本庁 and two wards. kanri enters, kacho decides, shocho manages the first ward, clerk and far work in wards."""

    def __init__(self):
        self.head = factories.office("本庁", code="00", is_head=True, ward_code="")
        self.ward = factories.office("中央区役所", code="01")
        self.other = factories.office("緑区役所", code="05")
        everywhere = [self.head, self.ward, self.other]
        self.kanri = _hold(self.head, "運用 静", ADMINISTRATOR, everywhere)
        self.kacho = _hold(self.head, "管理 典子", MANAGER, everywhere)
        self.shocho = _hold(self.ward, "区長 次郎", ("staff.view",), [self.ward])
        self.clerk = _hold(self.ward, "窓口 春子", ("eligibility.view",), [self.ward])
        self.far = _hold(self.other, "緑 三郎", ("staff.view", "staff.enter"), [self.other])
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
