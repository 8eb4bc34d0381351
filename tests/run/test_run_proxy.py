"""Behind a proxy the terminal's address is the one that the trusted proxy names, and nobody else's word counts."""

import os
import subprocess
import sys

import pytest

from kaigo.run.checks import PROJECT

PROBE = """
from kaigo import wsgi
from django.core.handlers.wsgi import WSGIHandler
import django.core.handlers.wsgi as w
seen = {}
def handler(self, environ, start):
    seen.update(environ)
    return []
WSGIHandler.__call__ = handler
wsgi.application({"REMOTE_ADDR": "%s", "HTTP_X_FORWARDED_FOR": "%s", "HTTP_X_FORWARDED_PROTO": "https",
                  "wsgi.url_scheme": "http"}, None)
print(seen["REMOTE_ADDR"], seen["wsgi.url_scheme"])
"""


def seen_by_the_site(remote, forwarded, proxies):
    environment = os.environ | {"KAIGO_TRUSTED_PROXIES": proxies}
    answer = subprocess.run(
        [sys.executable, "-c", PROBE % (remote, forwarded)],
        env=environment, cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return answer.stdout.split()


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "expected"),
    [
        ("172.18.0.1", "10.1.2.3", "172.16.0.0/12", ["10.1.2.3", "https"]),
        # what a browser put in front of the proxy's own word does not count
        ("172.18.0.1", "6.6.6.6, 10.1.2.3", "172.16.0.0/12", ["10.1.2.3", "https"]),
        ("10.9.9.9", "10.1.2.3", "172.16.0.0/12", ["10.9.9.9", "http"]),
        ("172.18.0.1", "10.1.2.3", "", ["172.18.0.1", "http"]),
    ],
    ids=["trusted", "forged-first", "untrusted", "no-proxy"],
)
def test_only_the_trusted_proxy_is_believed(remote, forwarded, proxies, expected):
    assert seen_by_the_site(remote, forwarded, proxies) == expected


@pytest.mark.parametrize(("name", "value"), [("KAIGO_INSURER_NAME", ""), ("KAIGO_INSURER_NUMBER", "12")])
def test_an_empty_or_malformed_municipality_is_refused(name, value):
    answer = subprocess.run(
        [sys.executable, "-c", "import kaigo.settings"],
        env=os.environ | {name: value}, cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode != 0
    assert name in answer.stderr
