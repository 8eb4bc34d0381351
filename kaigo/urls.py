"""All addresses. A room brings its own; a room that is switched off brings none."""

from importlib.util import find_spec

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from kaigo.views import healthz

ROOMS = ("audit", "eligibility", "levy", "certification", "recipients", "benefits", "linkage")

urlpatterns: list[URLPattern | URLResolver] = [path("healthz", healthz, name="healthz")]
urlpatterns += [
    path("", include(f"{room}.urls")) for room in ROOMS if apps.is_installed(room) and find_spec(f"{room}.urls")
]

handler400 = "audit.views_errors.bad_request"
handler403 = "audit.views_errors.forbidden"
handler404 = "audit.views_errors.not_found"
handler500 = "audit.views_errors.server_error"
