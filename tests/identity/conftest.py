"""People who sign in, and what they sign in with."""

import uuid

import pytest
from django.urls import reverse

from tests import factories
from tests.identity.authenticator import ORIGIN, RP_ID, Device

PASSWORD = factories.PASSWORD


@pytest.fixture(autouse=True)
def relying_party(settings):
    settings.WEBAUTHN_RP_ID = RP_ID
    settings.WEBAUTHN_ORIGINS = [ORIGIN]


@pytest.fixture
def clerk(db):
    return factories.staff("eligibility.view", name="窓口 春子")


@pytest.fixture
def administrator(db):
    return factories.staff("staff.view", "staff.enter", name="運用 静")


class Person:
    """A browser, and what somebody does in it."""

    def __init__(self, client):
        self.client = client

    def sign_in(self, staff, password=PASSWORD, **more):
        return self.client.post(reverse("login"), {"username": staff.login, "password": password, **more})

    @property
    def is_in(self):
        return self.client.get(reverse("notices")).status_code == 200

    def post(self, route, /, *args, **fields):
        return self.client.post(reverse(route, args=args), {"submission": str(uuid.uuid4()), **fields})

    def options(self, name):
        return self.client.post(reverse(name)).json()

    def register(self, device=None, name="窓口の端末", **deviations):
        device = device or Device()
        answer = self.post(
            "passkey-new", name=name, credential=device.create(self.options("passkey-new-options"), **deviations)
        )
        return device, answer

    def use(self, device, **deviations):
        credential = device.get(self.options("login-passkey-options"), **deviations)
        return self.client.post(reverse("login-passkey"), {"credential": credential})

    def leave(self):
        self.client.post(reverse("logout"))


@pytest.fixture
def person(client, db):
    return Person(client)


@pytest.fixture
def another_browser(db):
    from django.test import Client

    return Person(Client())
