"""A ward with somebody who enters, somebody who decides, and what each register asks."""

from datetime import date

import pytest

from audit.actor import Actor
from audit.models import Office, Staff
from audit.registers import services
from audit.registers.catalogue import register_of
from kaigo.common import clock
from tests import factories

TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def today():
    with clock.at(TODAY):
        yield TODAY


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    plain = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": plain}


@pytest.fixture
def office(db):
    return factories.office()


@pytest.fixture
def clerk(office):
    rights = ("registers.view", "registers.enter", "registers.print", "registers.export")
    return factories.staff(*rights, offices=[office, factories.office("本庁")], name="保護 明子")


@pytest.fixture
def chief(office):
    return factories.staff("registers.view", "registers.decide", "registers.print", name="区長 次郎")


def actor(person) -> Actor:
    return Actor.of(Staff.objects.get(pk=person.pk))


def values(key: str, office: Office, **more):
    """A complete, unremarkable entry of a register."""
    common = {"office": office, "title": "試験の記録"}
    asked = {
        "accidents": {
            "category": "F2", "occurred_on": date(2026, 11, 20), "known_on": date(2026, 11, 20), "facts": "旧住所に送付した。",
            "persons": 1, "information": "氏名、保険料額", "number_involved": False, "from_system": False,
            "is_encrypted": False, "is_sensitive": False,
            "is_property": False, "is_improper": False, "is_public": False, "cause": "住所の確認漏れ", "containment": "回収した",
            "notified_on": date(2026, 11, 21), "not_notified": "", "published_on": None,
        },
        "contracts": {
            "contractor": "株式会社みほん", "first_day": date(2026, 4, 1), "last_day": date(2027, 3, 31), "scope": "保守",
            "systems": "介護保険システム", "responsible": "見本 太郎", "iso_number": "IS 000000",
            "iso_until": date(2028, 3, 31), "pmark_number": "", "pmark_until": None, "end_method": "",
            "end_done_on": None, "end_reported_on": None, "end_note": "",
        },
        "self-checks": {"fiscal_year": 2026},
        "audits": {
            "planned_on": date(2026, 12, 1), "held_on": None, "auditors": [], "scope": "特定個人情報の取扱い", "conclusion": "",
        },
        "trainings": {
            "kind": "yearly", "held_on": date(2026, 11, 10), "content": "情報セキュリティ", "audience": "全職員", "passing": 70,
        },
        "inquiries": {
            "received_on": date(2026, 11, 20), "channel": "phone", "from_whom": "", "content": "だれが見たか知りたい。",
            "due_on": date(2026, 12, 4), "answer": "", "answered_on": None, "related": "",
        },
    }[key]  # fmt: skip
    return common | asked | more


@pytest.fixture
def enter(clerk, office):
    def make(key, **more):
        return services.enter(actor(clerk), register_of(key), values(key, office, **more))

    return make
