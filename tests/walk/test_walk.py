"""Every route by every role, and by people who have the right but not the office (E06, design §7).

What is expected is derived from what each view declares; nothing is copied by hand but the routes' rows.
"""

import re
import uuid

import pytest
from django.urls import URLPattern, reverse

from audit.actor import Actor
from audit.models import AccessLog, Office, Staff
from audit.rights import File
from audit.services import bootstrap
from tests import factories
from tests.audit.test_urls import PUBLIC, ROUTES, UUID
from tests.walk.rows import EVERYTHING, HOUSE_WIDE, MARK, READING, ROWS, TELLING, Estate

pytestmark = pytest.mark.django_db
# The API answers to no session (tests/clients).
WALKED = [route for route in ROUTES if route.name not in PUBLIC and not route.callback.disclosure.api]
WITH_ROW = [route for route in WALKED if "public_id" in route.pattern.converters]
PLAIN = [route for route in WALKED if not route.pattern.converters]
LOGINS = ("kacho", "shocho", "madoguchi", "fuka", "nintei", "kyufu", "hogo", "kansa", "kanri")
# Acts on one's own session: pressing them would end the walk.
CHOSEN = {"watching-tick"}  # a page for what was ticked on the list before: without anything it says so
OWN_SESSION = {"lock-now", "lock-state", "session-end-others"}


def address(route: URLPattern, arguments: dict) -> str:
    return reverse(route.name, kwargs={name: arguments[name] for name in route.pattern.converters})


def text_of(answer) -> str:
    return b"".join(answer.streaming_content).decode(errors="replace") if answer.streaming else answer.content.decode(
        errors="replace"
    )  # fmt: skip


def call(client, url):
    """GET, or POST where the route takes no GET."""
    answer = client.get(url)
    return send(client, url) if answer.status_code == 405 else answer


def send(client, url):
    """A form as it might have been sent: with its key, a version, and a tick."""
    form = {"submission": uuid.uuid4(), "version": 1, "confirmed": 1, "reason": "試験のため", "comment": "試験"}
    return client.post(url, form)


def everybody_s_right(office: Office) -> Staff:
    """Somebody who holds every right there is, on one office only."""
    return factories.staff(*EVERYTHING, at=office, offices=[office], name="全権 太郎")


def test_every_route_with_a_row_has_one_to_walk_with():
    assert {route.name for route in WITH_ROW} == set(ROWS)
    assert set(HOUSE_WIDE) <= set(ROWS)


@pytest.mark.parametrize("login", LOGINS)
def test_a_role_without_the_declared_right_is_refused_everywhere_and_the_attempt_logged(sign_in, login):
    bootstrap()
    person = Staff.objects.get(login=login)
    client = sign_in(person)
    actor = Actor.of(person)
    closed = [r for r in WALKED if (right := r.callback.disclosure.right) and not actor.may(right)]
    assert closed, "a role that may do everything proves nothing"
    for route in closed:
        url = address(route, {"public_id": UUID, "act": "approve", "key": "levy", "year": 2026})
        for method in (client.get, lambda url: send(client, url)):
            answer = method(url)
            assert answer.status_code in (403, 405), f"{login} got {answer.status_code} from {route.name}"
            if answer.status_code == 403:
                row = AccessLog.objects.latest("id")
                assert (row.outcome, row.staff_id, row.route) == ("refused", person.pk, route.name)
                right = route.callback.disclosure.right
                assert (row.file, row.act) == (right.file, right.act)


@pytest.mark.parametrize("login", LOGINS)
def test_a_role_with_the_declared_right_gets_its_lists(sign_in, login):
    bootstrap()
    person = Staff.objects.get(login=login)
    client = sign_in(person)
    actor = Actor.of(person)
    for route in PLAIN:
        right = route.callback.disclosure.right
        if route.name in OWN_SESSION or (right and not actor.may(right)):
            continue
        answer = client.get(address(route, {}))
        assert answer.status_code in (200, 302, 405) or route.name in CHOSEN, (
            f"{login} got {answer.status_code} from {route.name}"
        )


@pytest.mark.parametrize("route", [r for r in WITH_ROW if r.name not in HOUSE_WIDE], ids=lambda route: route.name)
def test_another_office_s_row_is_out_of_reach_and_looks_like_none(sign_in, route):
    """Every right on the own office, none on the other: the same answer as for an id that does not exist."""
    here, there = factories.office(), factories.office("緑区役所")
    client = sign_in(everybody_s_right(here))
    arguments = ROWS[route.name](Estate(there))
    unknown = address(route, arguments | {"public_id": UUID})
    for method in (client.get, lambda url: send(client, url)):
        foreign = method(address(route, arguments))
        assert foreign.status_code in (403, 404, 405), f"{route.name}: {foreign.status_code}"
        body = text_of(foreign)
        assert MARK not in body
        assert READING not in body
        none = method(unknown)
        if route.name not in TELLING:
            assert none.status_code == foreign.status_code
            assert _words(text_of(none)) == _words(body)


def _words(body: str) -> str:
    """What a page says, without what differs from one request to the next and the address that was asked for."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|nonce=\"[^\"]*\"|value=\"[^\"]*\"", "", body)


@pytest.mark.parametrize("name", sorted(HOUSE_WIDE))
def test_a_house_wide_page_names_nobody_of_another_office(sign_in, name):
    route = next(r for r in WITH_ROW if r.name == name)
    here, there = factories.office(), factories.office("緑区役所")
    client = sign_in(everybody_s_right(here))
    answer = call(client, address(route, ROWS[name](Estate(there))))
    assert answer.status_code == 200
    assert MARK not in text_of(answer)


def test_no_list_shows_another_office_s_rows(sign_in):
    here, there = factories.office(), factories.office("緑区役所")
    estate = Estate(there)
    for make in ROWS.values():
        make(estate)
    client = sign_in(everybody_s_right(here))
    for route in PLAIN:
        if route.name in OWN_SESSION:
            continue
        answer = client.get(address(route, {}))
        # the access log and the register of refused attempts are one for the house (the auditor's)
        if answer.status_code == 200 and route.name != "access-log":
            assert MARK not in text_of(answer), route.name
            assert READING not in text_of(answer), route.name


@pytest.mark.parametrize("route", WITH_ROW, ids=lambda route: route.name)
def test_who_holds_every_right_on_the_office_reaches_its_rows(sign_in, route):
    """The other half: the walk above proves nothing if nobody ever gets in."""
    here = factories.office()
    Office.objects.filter(pk=here.pk).update(is_head=True, ward_code="")
    person = everybody_s_right(here)
    client = sign_in(person)
    arguments = ROWS[route.name](Estate(here))
    answer = client.get(address(route, arguments))
    if answer.status_code == 405:
        answer = send(client, address(route, arguments))
        assert answer.status_code != 403 or route.name in SOMEBODY_ELSES, route.name
        return
    assert answer.status_code in ((404,) if route.name in SOMEBODY_ELSES else (200, 302)), route.name


# Rows that belong to one person: even with every right on the office only the owner reaches them.
SOMEBODY_ELSES = {
    "passkey", "passkey-remove", "kept-discard", "emergency-end",
    "media-export-password", "media-export-file",  # the asker's only
    "media-use-act", "media-medium-act",  # for those named to handle media
}  # fmt: skip


@pytest.mark.parametrize("file", [f for f in File if f.value in ("eligibility", "levy")])
def test_a_right_on_one_act_opens_no_other(sign_in, file):
    """Entering without viewing, exporting without printing: each act is a right of its own."""
    estate = Estate(factories.office())
    person = factories.staff(f"{file.value}.enter", at=estate.office)
    client = sign_in(person)
    for name in ("person", "person-tab", "levy-notice"):
        route = next(r for r in WITH_ROW if r.name == name)
        assert client.get(address(route, ROWS[name](estate))).status_code == 403
