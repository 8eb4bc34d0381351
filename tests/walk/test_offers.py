"""Nobody is offered what they may not do: every link and every form on every page, for every role (design §7).

The walk proves that the address refuses; this proves that the button was not there to press.
"""

import pytest
from django.db import transaction

from audit.actor import Actor
from audit.models import Office, Staff
from audit.services import bootstrap
from tests import factories
from tests.walk.offers import Offer, offers
from tests.walk.rows import EVERYTHING, ROWS, Estate
from tests.walk.test_walk import LOGINS, OWN_SESSION, PLAIN, WITH_ROW, address, text_of

pytestmark = pytest.mark.django_db
ENDS_THE_WALK = OWN_SESSION | {"logout"}
LISTS = {f"get {route.name}" for route in PLAIN}


def page_of(client, url: str) -> str:
    """The page, or nothing where the answer is a file, a redirect or a refusal."""
    answer = client.get(url)
    if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
        return ""
    return text_of(answer)


def forbidden(client, actor: Actor, url: str, html: str, tried: set[str] | None = None) -> list[str]:
    """The offers of a page that its reader may not take up: by what the route declares, and by its own answer.

    Each route is tried once (once a walk, where `tried` is handed on); the lists themselves are walked anyway.
    """
    found, tried = [], set() if tried is None else tried
    for offer in offers(url, html):
        match = offer.route
        if match is None or match.url_name in ENDS_THE_WALK:
            continue
        right = match.func.disclosure.right
        if right and not actor.may(right):
            found.append(f"{match.url_name} ({right.label})")
        elif (key := f"{offer.method} {match.url_name}") not in tried | LISTS:
            tried.add(key)
            if refused(client, offer):
                found.append(key)
    return found


def refused(client, offer: Offer) -> bool:
    """Whether taking it up is answered with 403. Nothing of it is kept."""
    with transaction.atomic():
        answer = getattr(client, offer.method)(offer.address, offer.fields or None)
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return answer.status_code == 403


@pytest.mark.parametrize("login", LOGINS)
def test_a_role_is_offered_only_what_it_may_do_on_the_lists(sign_in, login):
    bootstrap()
    client, actor = sign_in(Staff.objects.get(login=login)), Actor.of(Staff.objects.get(login=login))
    wrong, seen, tried = {}, 0, set()
    for route in PLAIN:
        url = address(route, {})
        right = route.callback.disclosure.right
        if route.name in ENDS_THE_WALK or (right and not actor.may(right)):
            continue
        if html := page_of(client, url):
            seen += 1
            if found := forbidden(client, actor, url, html, tried):
                wrong[route.name] = found
    assert seen > 5
    assert not wrong


@pytest.mark.parametrize("route", [r for r in WITH_ROW if r.name in ROWS], ids=lambda route: route.name)
def test_who_may_only_open_a_row_is_offered_no_more(sign_in, route):
    """With the one right that opens the page, and with that of viewing its file."""
    here = factories.office()
    Office.objects.filter(pk=here.pk).update(is_head=True, ward_code="")
    declared = route.callback.disclosure.right
    rights = {f"{declared.file.value}.{declared.act.value}", f"{declared.file.value}.view"} if declared else set()
    reader = factories.staff(*sorted(rights), at=here, offices=[here], name="照会 のみ")
    client, actor = sign_in(reader), Actor.of(reader)
    url = address(route, ROWS[route.name](Estate(here)))
    if html := page_of(client, url):
        assert not forbidden(client, actor, url, html)


def test_a_button_that_should_not_be_there_is_found(sign_in):
    """The reader of the pages reads them: a planted button to what the person may not do is reported."""
    here = factories.office()
    reader = factories.staff("staff.view", at=here)
    client, actor = sign_in(reader), Actor.of(reader)
    planted = '<a href="/roles/new/">役割を作る</a><form method="post" action="/roles/new/"><input name="a"></form>'
    assert len(forbidden(client, actor, "/roles/", planted)) == 2
    assert forbidden(client, actor, "/roles/", '<a href="/roles/">一覧</a><a href="#main">本文へ</a>') == []


def test_who_may_everything_is_offered_the_acts(sign_in):
    """The other half: the acts that are hidden above are there for whoever holds the right."""
    here = factories.office()
    Office.objects.filter(pk=here.pk).update(is_head=True, ward_code="")
    person = factories.staff(*EVERYTHING, at=here, offices=[here], name="全権 太郎")
    client = sign_in(person)
    estate = Estate(here)
    for name, offered in {"roles": "role-new", "staff-roles": "role-assignment", "media-export": None}.items():
        route = next(r for r in (*PLAIN, *WITH_ROW) if r.name == name)
        url = address(route, ROWS[name](estate) if name in ROWS else {})
        names = {o.route.url_name for o in offers(url, page_of(client, url)) if o.route}
        assert names
        assert offered is None or offered in names, name
