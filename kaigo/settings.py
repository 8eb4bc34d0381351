"""Settings, all from `KAIGO_*` variables, safe by default.

Without `KAIGO_DATABASE_URL` and `KAIGO_REDIS_URL` the embedded services started by `bin/run` are used:
their addresses are in `var/services.json`, their secrets in `var/secrets.json` (mode 0600).
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from environs import Env
from marshmallow.validate import Length, OneOf, Range, Regexp

env = Env(prefix="KAIGO_")

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.str("VAR", str(BASE_DIR / "var"))).resolve()


def embedded(name: str, key: str) -> str:
    """The value that the embedded services wrote for this installation, or nothing."""
    try:
        return str(json.loads((VAR / name).read_text(encoding="utf8")).get(key) or "")
    except (FileNotFoundError, PermissionError):
        return ""


def required(name: str, embedded_file: str, key: str) -> str:
    """A setting that has no default in production: from the environment, else from the embedded default."""
    value = env.str(name, "") or embedded(embedded_file, key)
    if not value:
        raise RuntimeError(f"KAIGO_{name} is not set (and there is no embedded default under {VAR}: run bin/run first)")
    return value


DEBUG = False
EMBEDDED = not env.str("DATABASE_URL", "")
INSECURE_HTTP = env.bool("INSECURE_HTTP", EMBEDDED)
SECRET_KEY = required("SECRET_KEY", "secrets.json", "secret_key")
KAIGO_KEYRING = required("KEYRING", "secrets.json", "keyring")
KAIGO_LOOKUP_KEY = required("LOOKUP_KEY", "secrets.json", "lookup_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if EMBEDDED else [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("TRUSTED_ORIGINS", [])

# The municipality is data: nothing in code knows which one it is.
INSURER_NAME = env.str("INSURER_NAME", "あおば市", validate=Length(min=1))
INSURER_PREFECTURE = env.str("INSURER_PREFECTURE", "千葉県", validate=Length(min=1))
INSURER_NUMBER = env.str("INSURER_NUMBER", "121004", validate=Regexp(r"\d{6}\Z"))
INSURED_NUMBER_CHECK = env.str("INSURED_NUMBER_CHECK", "mod10", validate=OneOf(["none", "mod10", "mod11"]))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_linear_migrations",
    "pgtrigger",
    "pghistory",
    "guardian",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "django_htmx",
    "audit",
    "audit.identity",
    "audit.screenlock",
    "audit.authority",
    "audit.watching",
    "audit.roles",
    "audit.personnel",
    "audit.media",
    "audit.registers",
    "audit.decisions",
    "audit.disclosure",
    "audit.clients",
    "eligibility",
    "levy",
    "certification",
    "recipients",
    "benefits",
    "linkage",
]
# A room can be switched off and the rest still stands.
ROOMS_OFF: list[str] = env.list("ROOMS_OFF", [])
INSTALLED_APPS = [name for name in INSTALLED_APPS if name not in ROOMS_OFF]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "audit.middleware.RequestContextMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "audit.screenlock.middleware.ScreenLockMiddleware",
    "audit.middleware.DisclosureMiddleware",
    "audit.identity.middleware.IdentityMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "kaigo.urls"
WSGI_APPLICATION = "kaigo.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "audit.context.house",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


def database(url: str) -> dict[str, Any]:
    """Django's form of a `postgresql://` URL; a socket directory comes as `?host=`."""
    parts = urlsplit(url)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": query.pop("port", None) or str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": "-c timezone=Asia/Tokyo -c jit=off", **query},
    }


DATABASE_AS = env.str("DATABASE_AS", "application", validate=OneOf(["application", "owner", "reports"]))
_application_url = required("DATABASE_URL", "services.json", "database_url")


def other_role(key: str) -> str:
    """The embedded address of another role; with an office's own server the one address given serves all."""
    return (embedded("services.json", key) if EMBEDDED else "") or _application_url


_database_urls = {
    "application": _application_url,
    "owner": env.str("DATABASE_OWNER_URL", "") or other_role("database_owner_url"),
    "reports": env.str("DATABASE_REPORT_URL", "") or other_role("database_report_url"),
}
DATABASES = {"default": database(_database_urls[DATABASE_AS])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Names of the database roles that grants are made for, where they exist.
DATABASE_ROLE_APPLICATION = env.str("DATABASE_ROLE_APPLICATION", "kaigo_app")
DATABASE_ROLE_REPORTS = env.str("DATABASE_ROLE_REPORTS", "kaigo_report")

_redis_url = env.str("REDIS_URL", "") or required("REDIS_URL", "services.json", "redis_url")
CELERY_BROKER_URL = _redis_url.replace("unix://", "redis+socket://", 1)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Asia/Tokyo"
CELERY_TASK_DEFAULT_QUEUE = "interactive"
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# The calendar of batches (定時処理), Asia/Tokyo. A room that is switched off brings none.
_CALENDAR: dict[str, dict[str, Any]] = {
    "audit.sweep": {"task": "audit.sweep", "schedule": 60.0},
    "audit.seal_log": {"task": "audit.seal_log", "schedule": 180.0},
    "audit.verify_log": {"task": "audit.verify_log", "schedule": crontab(hour=3, minute=30)},
    "audit.partitions": {"task": "audit.partitions", "schedule": crontab(hour=0, minute=15)},
    "audit.clear_kept": {"task": "audit.clear_kept", "schedule": crontab(hour=0, minute=40)},
    "audit.roles": {"task": "audit.synchronise_roles", "schedule": crontab(hour=0, minute=5)},
    "audit.self_check": {"task": "audit.check_cases", "schedule": crontab(hour=1, minute=0)},
    # watching
    "watching.nightly": {"task": "watching.nightly", "schedule": crontab(hour=3, minute=30)},
    # personnel
    "personnel.orders_due": {"task": "personnel.orders_due", "schedule": crontab(hour=0, minute=3)},
    "personnel.close_expired": {"task": "personnel.close_expired", "schedule": crontab(hour=0, minute=4)},
    # media
    "media.expire": {"task": "media.expire", "schedule": crontab(hour=0, minute=20)},
    # registers
    # decisions
    # disclosure
    # clients
    "clients.nightly": {"task": "clients.nightly", "schedule": crontab(hour=0, minute=50)},
    # rooms
    "eligibility.acquire_by_age": {"task": "eligibility.acquire_by_age", "schedule": crontab(hour=2, minute=0)},
    "eligibility.match_register": {
        "task": "eligibility.match_register",
        "schedule": crontab(hour=4, minute=0, day_of_week="sun"),
    },
    # 税情報は毎週金曜日 (assessment statement II-2)
    "linkage.import_tax_files": {
        "task": "linkage.import_tax_files",
        "schedule": crontab(hour=20, minute=0, day_of_week="fri"),
    },
}
CELERY_BEAT_SCHEDULE = {name: entry for name, entry in _CALENDAR.items() if name.split(".")[0] not in ROOMS_OFF}

AUTH_USER_MODEL = "audit.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "audit.identity.backends.UsableIdBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
# The municipality's rules for passwords (パスワードの規則).
PASSWORD_MIN_LENGTH = env.int("PASSWORD_MIN_LENGTH", 12, validate=Range(min=8, max=128))
PASSWORD_CLASSES = env.int("PASSWORD_CLASSES", 1, validate=Range(min=1, max=4))
PASSWORD_HISTORY = env.int("PASSWORD_HISTORY", 5, validate=Range(min=0, max=24))
PASSWORD_EXPIRY_DAYS = env.int("PASSWORD_EXPIRY_DAYS", 0, validate=Range(min=0))  # 0: does not expire
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["login", "name", "kana", "personnel_number"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "audit.identity.validators.MunicipalRules"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

# An id is locked after so many wrong passwords or codes; an address later and for ids of all kinds together.
AXES_USERNAME_FORM_FIELD = "username"  # the form's name, not the model's: else everybody shares one count
AXES_USERNAME_CALLABLE = "audit.identity.services.lockout.counted_name"
AXES_CLIENT_IP_CALLABLE = "audit.identity.services.lockout.client_address"
AXES_FAILURE_LIMIT = env.int("LOCK_AFTER_FAILURES", 5, validate=Range(min=3, max=20))
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOCK_MINUTES", 30, validate=Range(min=1)))
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_LOCKOUT_TEMPLATE = "errors/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else whoever tries on keeps the person out for ever
AXES_DISABLE_ACCESS_LOG = True  # the access log of this system is the record
AXES_VERBOSE = False
ADDRESS_FAILURE_LIMIT = env.int("ADDRESS_FAILURE_LIMIT", 50, validate=Range(min=10))

# Passkeys (パスキー): the domain that they belong to and the addresses that may use them, never the request's host.
WEBAUTHN_RP_ID = env.str("WEBAUTHN_RP_ID", "") or next((h for h in ALLOWED_HOSTS if h[:1] not in ".*"), "localhost")
# Empty: any address of that domain, which http allows for localhost only.
WEBAUTHN_ORIGINS: list[str] = env.list("WEBAUTHN_ORIGINS", [] if INSECURE_HTTP else [f"https://{WEBAUTHN_RP_ID}"])
MFA_ADAPTER = "audit.identity.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # the fingerprint or face of E07
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds
# When a password alone is not enough: never, always, or for whoever holds one of the roles.
SECOND_FACTOR = env.str("SECOND_FACTOR", "off", validate=OneOf(["off", "password", "roles"]))
SECOND_FACTOR_ROLES: list[str] = env.list("SECOND_FACTOR_ROLES", [])
REAUTHENTICATION_MINUTES = env.int("REAUTHENTICATION_MINUTES", 5, validate=Range(min=1))
# There is no e-mail address anywhere.
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_EMAIL_VERIFICATION = "none"

# The city's common sign-on (職員認証基盤), by OpenID Connect; without a discovery address there is none.
OIDC_DISCOVERY_URL = env.str("OIDC_DISCOVERY_URL", "")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
OIDC_CLAIM = env.str("OIDC_CLAIM", "preferred_username")
OIDC_CLAIM_IS = env.str("OIDC_CLAIM_IS", "login", validate=OneOf(["login", "personnel_number"]))
OIDC_LABEL = env.str("OIDC_LABEL", "職員認証基盤でログイン")
OIDC_REDIRECT_URI = env.str("OIDC_REDIRECT_URI", "")
OIDC_TIMEOUT = env.int("OIDC_TIMEOUT", 10)  # seconds
if OIDC_DISCOVERY_URL and not (OIDC_CLIENT_ID and OIDC_REDIRECT_URI):
    raise RuntimeError("KAIGO_OIDC_DISCOVERY_URL needs KAIGO_OIDC_CLIENT_ID and KAIGO_OIDC_REDIRECT_URI as well")

# ---- screen lock ----
# E10: minutes without an act until the screen locks, until the session ends, and hours after which it ends anyway.
LOCK_AFTER_MINUTES = env.int("LOCK_AFTER_MINUTES", 5, validate=Range(min=1, max=60))
LOG_OFF_AFTER_MINUTES = env.int("LOG_OFF_AFTER_MINUTES", 20, validate=Range(min=2, max=240))
DRAFT_HOURS = env.int("DRAFT_HOURS", 24, validate=Range(min=1, max=168))  # until a draft is thrown away
SESSION_HOURS = env.int("SESSION_HOURS", 12, validate=Range(min=1, max=24))
if LOG_OFF_AFTER_MINUTES <= LOCK_AFTER_MINUTES:
    raise RuntimeError("KAIGO_LOG_OFF_AFTER_MINUTES must be more than KAIGO_LOCK_AFTER_MINUTES")

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = SESSION_HOURS * 3600  # seconds; audit.screenlock ends a session earlier (E10)
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_HTTP
SESSION_COOKIE_NAME = "kaigo_session" if INSECURE_HTTP else "__Host-kaigo_session"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "audit.views_errors.csrf_failure"
SECURE_SSL_REDIRECT = not INSECURE_HTTP and env.bool("SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 0 if INSECURE_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not INSECURE_HTTP
SECURE_REFERRER_POLICY = "same-origin"
# Addresses (or networks) of the proxy in front: what it says of the terminal and of TLS is believed, nobody else's
# word (kaigo.wsgi). The access log needs the terminal's own address (E11).
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", [])
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# ---- authority ----
# Minutes that one reading of another office's resident lasts, and an emergency access (0 switches it off), and the
# role whose rights it gives.
CROSS_OFFICE_MINUTES = env.int("CROSS_OFFICE_MINUTES", 60, validate=Range(min=1, max=600))
EMERGENCY_MINUTES = env.int("EMERGENCY_MINUTES", 60, validate=Range(min=0, max=600))
EMERGENCY_ROLE = env.str("EMERGENCY_ROLE", "緊急照会")

# ---- log seals ----
# Ed25519: the key that signs (`id:base64 of 32 bytes`), and the public halves of earlier ones (audit.sealing.keys).
LOG_SEAL_KEY = required("LOG_SEAL_KEY", "secrets.json", "log_seal_key")
LOG_SEAL_PUBLIC_KEYS: list[str] = env.list("LOG_SEAL_PUBLIC_KEYS", [])

# ---- end ----
LANGUAGE_CODE = "ja"
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.str("STORAGE", str(VAR / "storage")), "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = EMBEDDED
# Where files of the other systems arrive, one folder a layout.
INBOX = Path(env.str("INBOX", str(VAR / "inbox")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
UPLOAD_MAX_MB = env.int("UPLOAD_MAX_MB", 20, validate=Range(min=1, max=500))  # a file handed in on a screen

# ---- Roles ----
TEMPORARY_ROLE_DAYS = env.int("TEMPORARY_ROLE_DAYS", 366, validate=Range(min=1))  # the longest role with an end

# ---- Personnel ----

# ---- Exports and media ----
# From how many persons a second person decides on an export, for how many days its file is kept, and how often it may
# be collected (E13, E14, F3: the city's own rules for handling media).
EXPORT_BULK_PERSONS = env.int("EXPORT_BULK_PERSONS", 100, validate=Range(min=1))
EXPORT_KEEP_DAYS = env.int("EXPORT_KEEP_DAYS", 7, validate=Range(min=1, max=31))
EXPORT_DOWNLOADS = env.int("EXPORT_DOWNLOADS", 3, validate=Range(min=1, max=10))

# ---- Registers ----
REQUIRE_FIRST_TRAINING = env.bool("REQUIRE_FIRST_TRAINING", False)  # 初任者研修 before an id works (E27)

# ---- Approval routes ----

# ---- Disclosure ----
DISCLOSE_STAFF_NAMES = env.bool("DISCLOSE_STAFF_NAMES", False)  # who has seen a person: by name, or by office and role

# ---- API clients ----
# Longest life of a token and of the overlap when it is rotated; when a token counts as unused or its end as near; how
# often a client is reviewed; the highest limit that can be given, and how many failures an address may make a minute.
API_TOKEN_MAX_DAYS = env.int("API_TOKEN_MAX_DAYS", 365, validate=Range(min=1, max=1100))
API_OVERLAP_MAX_HOURS = env.int("API_OVERLAP_MAX_HOURS", 168, validate=Range(min=0, max=720))
API_UNUSED_DAYS = env.int("API_UNUSED_DAYS", 90, validate=Range(min=1))
API_EXPIRY_NOTICE_DAYS = env.int("API_EXPIRY_NOTICE_DAYS", 30, validate=Range(min=1))
API_REVIEW_DAYS = env.int("API_REVIEW_DAYS", 365, validate=Range(min=1))
API_RATE_MAX = env.int("API_RATE_MAX", 600, validate=Range(min=1, max=1000))
API_FAILURES_PER_MINUTE = env.int("API_FAILURES_PER_MINUTE", 20, validate=Range(min=1, max=1000))

# Without a scope of its own a view of the API answers nobody.
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "audit.api.refusal_handler",
    "DEFAULT_AUTHENTICATION_CLASSES": ["audit.clients.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["audit.clients.permissions.Nobody"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}

PGHISTORY_LEVEL = "STATEMENT"
PGHISTORY_APPEND_ONLY = True
PGHISTORY_CREATED_AT_FUNCTION = "CLOCK_TIMESTAMP()"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"quiet": {"()": "audit.logs.NoPersonalData"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["quiet"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.db.backends": {"level": "WARNING"},
        "axes": {"level": "ERROR"},  # every failure is in the access log
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "celery": {"level": env.str("LOG_LEVEL", "INFO")},
    },
}
# axes.W006: the limit per address is this system's own (audit.identity.services.lockout).
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "axes.W006"]

# ---- personnel ----
# Whether a retirement (退職) is dated with the last day of service; else the id is closed on the day itself.
RETIREMENT_DAY_IS_WORKED = env.bool("RETIREMENT_DAY_IS_WORKED", False)
# Days that one request for an id (利用者ID申請) may cover, and the office's own text of the pledge (誓約書).
ID_REQUEST_LONGEST_DAYS = env.int("ID_REQUEST_LONGEST_DAYS", 366, validate=Range(min=1, max=1830))
PLEDGE_TEXTS = env.str("PLEDGE_TEXTS", "")
# Days that one permission for a contractor's work (作業許可) may cover.
PERMISSION_LONGEST_DAYS = env.int("PERMISSION_LONGEST_DAYS", 31, validate=Range(min=1, max=366))
# The yearly review (棚卸し): days after which an id counts as unused, and days within which a review is to be done.
UNUSED_ID_DAYS = env.int("UNUSED_ID_DAYS", 90, validate=Range(min=1, max=730))
REVIEW_DAYS = env.int("REVIEW_DAYS", 30, validate=Range(min=1, max=365))
