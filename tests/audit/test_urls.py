"""Every route says what it discloses, or that it discloses nothing, and nobody gets past that."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from audit.middleware import DisclosureMiddleware
from audit.models import AccessLog
from audit.permissions import Disclosure, discloses
from audit.rights import Act, File
from tests import factories

# The only pages without a sign-in.
PUBLIC = {
    "healthz", "login", "logout", "login-code", "login-passkey", "login-passkey-options", "login-sso", "login-sso-return",
}  # fmt: skip
UUID = "00000000-0000-4000-8000-000000000000"
ARGUMENTS = {"public_id": UUID, "key": "eligibility", "fiscal_year": 2026, "year": 2026, "act": "approve"}


def routes(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry)
        else:
            yield entry


ROUTES = list(routes())


def address(route: URLPattern) -> str:
    wanted = route.pattern.regex.groupindex or route.pattern.converters
    return reverse(route.name, kwargs={name: ARGUMENTS[name] for name in wanted})


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_has_a_name_and_a_declaration(route):
    assert route.name
    declared = getattr(route.callback, "disclosure", None)
    assert isinstance(declared, Disclosure), f"{route.name} does not say what it discloses"
    assert declared.discloses or declared.why, f"{route.name} does not say why it discloses nothing"
    assert declared.public == (route.name in PUBLIC)


@pytest.mark.django_db
@pytest.mark.parametrize("route", [r for r in ROUTES if r.name not in PUBLIC], ids=lambda route: route.name)
def test_nobody_gets_in_without_signing_in(client, route):
    for method in (client.get, client.post):
        answer = method(address(route))
        if route.callback.disclosure.api:  # asks for a token, whoever is signed in
            assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
            continue
        assert answer.status_code in (302, 405), route.name
        if answer.status_code == 302:
            assert answer.url.startswith("/login/")


@pytest.mark.django_db
@pytest.mark.parametrize("route", [r for r in ROUTES if r.callback.disclosure.right], ids=lambda route: route.name)
def test_a_route_with_a_right_refuses_who_lacks_it_and_logs_the_attempt(client, route, outsider):
    client.force_login(outsider, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(address(route))
    if answer.status_code == 405:
        answer = client.post(address(route))
    assert answer.status_code == 403
    assert "権限がない" in answer.content.decode()
    row = AccessLog.objects.exclude(act__in=["login", "logout"]).get()
    assert (row.outcome, row.staff, row.route) == ("refused", outsider, route.name)


@pytest.fixture
def outsider(db):
    """A member of staff with an account and no role at all."""
    return factories.staff(name="余所 太郎")


@pytest.mark.django_db
@pytest.mark.parametrize("route", [r for r in ROUTES if r.callback.disclosure.api], ids=lambda route: route.name)
def test_a_session_counts_for_nothing_at_the_api(client, route, outsider):
    assert route.name.startswith("api-")
    client.force_login(outsider, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address(route)).status_code == 401


def test_a_view_that_says_nothing_is_not_run():
    middleware = DisclosureMiddleware(lambda request: HttpResponse())
    with pytest.raises(ImproperlyConfigured, match="does not say what it discloses"):
        middleware.process_view(RequestFactory().get("/"), lambda request: HttpResponse(), (), {})


def test_a_disclosure_without_its_log_row_is_not_sent():
    def answer(request):
        request.disclosure = discloses(File.LEVY, Act.VIEW)(lambda r: None).disclosure
        request.actor = type("A", (), {"route": "x"})()
        return HttpResponse("secret")

    with pytest.raises(ImproperlyConfigured, match="without a row in the access log"):
        DisclosureMiddleware(answer)(RequestFactory().get("/"))
