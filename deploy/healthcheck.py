"""Container health: `healthcheck.py web` asks the site, `healthcheck.py broker` asks Valkey. Exit code 0 is healthy."""

import os
import sys
import urllib.request


def web(url: str = "http://127.0.0.1:8000/healthz") -> None:
    """The site and its database answer; the host name must be one that the site accepts."""
    host = os.environ.get("KAIGO_ALLOWED_HOSTS", "").split(",")[0].strip() or "localhost"
    request = urllib.request.Request(url, headers={"Host": host.lstrip(".")})  # noqa: S310 (ours)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=4) as answer:
        if answer.status != 200:
            raise SystemExit(1)


def broker() -> None:
    """The broker answers."""
    import redis

    redis.Redis.from_url(os.environ["KAIGO_REDIS_URL"], socket_timeout=3).ping()


if __name__ == "__main__":
    {"web": web, "broker": broker}[sys.argv[1]]()
