from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse

from audit.permissions import public


@public("says only that the site and its database answer")
def healthz(request: HttpRequest) -> HttpResponse:
    """稼働の確認, for supervisors: 200 when a request reaches the database, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return HttpResponse("database unreachable", content_type="text/plain", status=503)
    return HttpResponse("ok", content_type="text/plain")
