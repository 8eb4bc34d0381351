"""An office with somebody who keeps API clients, somebody who decides on them, and an auditor; a client and its calls."""

from datetime import date

import pytest
from django.test import Client as Caller

from audit.actor import Actor
from audit.clients import scopes, services
from audit.clients.models import Terms
from audit.clients.scopes import Scope
from audit.decisions.queries import latest
from audit.decisions.services import approve
from audit.models import Staff
from audit.rights import Act, File, Right
from kaigo.common import clock
from tests import factories

TODAY = date(2026, 11, 24)
KEEPER = ("api_clients.view", "api_clients.enter")
DECIDER = ("api_clients.view", "api_clients.decide", "decisions.view")
HERE = "10.0.1.5"


@pytest.fixture
def today():
    with clock.at(TODAY):
        yield TODAY


@pytest.fixture
def reading():
    """A scope with a right, as a room would register it."""
    scope = scopes.register(
        Scope("eligibility.read", "資格の照会", (Right(File.ELIGIBILITY, Act.VIEW),), "被保険者番号で照会します")
    )
    yield scope
    del scopes._SCOPES[scope.name]


class House:
    """People in fixed relations, and the acts of registering, deciding and issuing in one call each."""

    def __init__(self):
        self.office = factories.office("本庁", is_head=True)
        self.other = factories.office("緑区役所")
        both = [self.office, self.other]
        self.staff = {
            "keeper": factories.staff(*KEEPER, at=self.office, offices=both, name="管理 太郎"),
            "second": factories.staff(*KEEPER, "api_clients.decide", at=self.office, name="管理 次郎"),
            "decider": factories.staff(*DECIDER, at=self.office, offices=both, name="決裁 典子"),
            "auditor": factories.staff("api_clients.view", at=self.office, name="監査 正"),
            "outsider": factories.staff(*KEEPER, "api_clients.decide", at=self.other, name="余所 三郎"),
        }

    def actor(self, name="keeper"):
        return Actor.of(Staff.objects.get(pk=self.staff[name].pk))

    def wanted(self, **fields):
        values = {
            "scopes": ["whoami"], "offices": [self.office], "networks": ["10.0.1.0/24"], "rate_per_minute": 60,
            "reason": "接続を始めるため",
        }  # fmt: skip
        return services.Wanted(**values | fields)

    def facts(self, **fields):
        values = {
            "name": "申請管理システム", "system": "申請管理システム 第2期", "purpose": "電子申請の受付", "operator": "情報システム課",
            "is_contractor": False, "contact_name": "連携 花子", "contact_phone": "000-0000-0001", "contact_email": "",
            "office": self.office,
        }  # fmt: skip
        return values | fields

    def register(self, *, by="keeper", name="申請管理システム", **terms):
        return services.register(self.actor(by), self.facts(name=name), self.wanted(**terms))

    def decide(self, client, by="decider"):
        decision = latest(client.terms.filter(state=Terms.State.PENDING).get().public_id)
        return approve(self.actor(by), decision, version=decision.version)

    def approved(self, **terms):
        client = self.register(**terms)
        self.decide(client)
        return client

    def issue(self, client, *, by="keeper", **fields):
        values = {
            "label": "本番",
            "scopes": client.terms.get(state="in_force").scopes,
            "valid_until": date(2027, 3, 31),
        }
        return services.issue(self.actor(by), client, **values | fields)


@pytest.fixture
def house(db, today):
    return House()


@pytest.fixture
def call():
    """Call the API as another system does."""

    def send(secret="", path="/api/v1/whoami", *, method="get", address=HERE, scheme="Bearer", client=None, **more):
        text = getattr(secret, "text", secret)
        headers = {"Authorization": f"{scheme} {text}"} if text else {}
        return getattr(client or Caller(), method)(path, headers=headers, REMOTE_ADDR=address, **more)

    return send
