"""An officer for personal information, a chief who decides, and an insured person of the ward."""

from datetime import date

import pytest

from audit import subjects
from audit.actor import Actor
from audit.disclosure import requests
from audit.models import Office, Staff
from kaigo.common import clock
from tests import factories

TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def today():
    with clock.at(TODAY):
        yield TODAY


@pytest.fixture
def office(db):
    head = factories.office("本庁")
    Office.objects.filter(pk=head.pk).update(is_head=True, ward_code="")
    return factories.office()


@pytest.fixture
def officer(office):
    rights = ("disclosure.view", "disclosure.enter", "disclosure.print", "eligibility.view")
    return factories.staff(*rights, name="保護 明子")


@pytest.fixture
def chief(office):
    return factories.staff("disclosure.view", "disclosure.decide", "eligibility.view", name="区長 次郎")


@pytest.fixture
def person(office):
    return factories.assessment(factories.insured(factories.resident("山田　太郎", office=office))).insured


def actor(staff) -> Actor:
    return Actor.of(Staff.objects.get(pk=staff.pk))


def subject_of(person):
    return subjects.describe([person.resident.public_id])[person.resident.public_id]


def asked(**more):
    return {
        "kind": "disclosure", "received_on": date(2026, 11, 20), "channel": "counter", "by": "self",
        "requester": "山田 太郎", "relation": "", "postal_code": "2600001", "address": "あおば市中央区都町1-2-3",
        "documents": ["1"], "asked": "自分の介護保険の記録すべて", "method": "copy",
    } | more  # fmt: skip


@pytest.fixture
def receive(officer, person, office):
    def make(**more):
        return requests.receive(actor(officer), subject_of(person), office, asked(**more))

    return make
