"""The example city's offices with an administrator, a manager who approves, and clerks of two wards."""

from datetime import date
from itertools import count

import pytest
from django.contrib.auth.hashers import make_password
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
from audit.roles.models import Role
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


def _people(*wanted):
    """What `factories.staff` makes, many in a few statements: nearly every test of this folder begins with five."""
    password = make_password(factories.PASSWORD)
    people = Staff.objects.bulk_create(
        Staff(login=f"j{next(_serial)}", password=password, name=name, office=office, **fields)
        for office, name, _rights, _offices, fields in wanted
    )
    groups = Group.objects.bulk_create(Group(name=f"試験用の役割 {person.login}") for person in people)
    Role.objects.bulk_create(Role(group=group) for group in groups)
    known = {row.codename: row for row in Permission.objects.filter(content_type__app_label="audit")}
    period = DateRange(clock.today(), None)
    through, held, assigned, joined = [], [], [], []
    for person, group, (_office, _name, rights, offices, _fields) in zip(people, groups, wanted, strict=True):
        joined.append(Staff.groups.through(staff_id=person.pk, group_id=group.pk))
        assigned += [RoleAssignment(staff=person, role=group, office=one, period=period) for one in offices]
        for permission in (known[Right.named(right).codename] for right in rights):
            through.append(Group.permissions.through(group_id=group.pk, permission_id=permission.pk))
            held += [
                UserObjectPermission(
                    user=person,
                    content_type_id=permission.content_type_id,
                    permission=permission,
                    object_pk=str(one.pk),
                )
                for one in offices
            ]
    for model, rows in (
        (Staff.groups.through, joined),
        (RoleAssignment, assigned),
        (Group.permissions.through, through),
        (UserObjectPermission, held),
    ):
        model.objects.bulk_create(rows)
    return people


class City:
    """本庁 and two wards. kanri enters, kacho decides, shocho manages the first ward, clerk and far work in wards."""

    def __init__(self):
        self.head = factories.office("本庁", code="00", is_head=True, ward_code="")
        self.ward = factories.office("中央区役所", code="01")
        self.other = factories.office("緑区役所", code="05")
        every, ward, other = [self.head, self.ward, self.other], [self.ward], [self.other]
        numbered = [{"personnel_number": f"90000{serial}", "kana": "マドグチ　ハルコ"} for serial in (1, 2)]
        self.kanri, self.kacho, self.shocho, self.clerk, self.far = _people(
            (self.head, "運用 静", ADMINISTRATOR, every, {}),
            (self.head, "管理 典子", MANAGER, every, {}),
            (self.ward, "区長 次郎", ("staff.view",), ward, numbered[0]),
            (self.ward, "窓口 春子", ("eligibility.view",), ward, numbered[1]),
            (self.other, "緑 三郎", ("staff.view", "staff.enter"), other, {}),
        )
        self.shocho.manager, self.clerk.manager = self.kacho, self.shocho
        Staff.objects.bulk_update([self.shocho, self.clerk], ["manager"])

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
