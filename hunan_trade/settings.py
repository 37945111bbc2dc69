"""Django settings, read from environment variables.

docs/manual/settings.md lists variables and defaults.
PORTAL_MODE is `demo` while DATABASE_URL is unset (manage.py then starts PostgreSQL and Valkey of its own) and
`production` once it is set. DEBUG is off in both.
"""

from __future__ import annotations

import os
import secrets
from datetime import date, time, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# What the apps declare is a part of the settings with a file of its own.
from hunan_trade.app_declaration_settings import (  # noqa: F401
    DATASETS,
    DAY_THRESHOLDS,
    EVENT_WORDS,
    HOUSEKEEPING,
    INDICATORS,
    JOB_KINDS,
    JOB_PERMISSIONS,
    LAST_BULLETIN_MONTH,
    LISTS,
    NAVIGATION,
    OWN_MENU,
    PLAN_NAMES,
    REPORT_KINDS,
)

BASE_DIR = Path(__file__).resolve().parent.parent
# The release: what the newest heading of the changelog names.
VERSION = next(
    line.split()[1] for line in (BASE_DIR / "CHANGELOG.md").read_text("utf-8").splitlines() if line.startswith("## ")
)
DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data").resolve()


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, str(default)).lower() in {"1", "true", "yes"}


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def _integer_variable(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


# --- Mode -----------------------------------------------------------------------------------------------------------
PORTAL_MODE = os.environ.get("PORTAL_MODE") or ("production" if os.environ.get("DATABASE_URL") else "demo")
if PORTAL_MODE not in {"demo", "production"}:
    raise ImproperlyConfigured("PORTAL_MODE is demo or production")
DEMO = PORTAL_MODE == "demo"
DEBUG = False

_today = os.environ.get("PORTAL_TODAY") or ("2013-07-08" if DEMO else "")
if _today and not DEMO:
    raise ImproperlyConfigured("PORTAL_TODAY fixes the business date and is refused in production")
PORTAL_TODAY = date.fromisoformat(_today) if _today else None


def _secret_key() -> str:
    if key := os.environ.get("SECRET_KEY"):
        return key
    if not DEMO:
        raise ImproperlyConfigured("SECRET_KEY must be set in production")
    key_file = DATA_DIR / "secret_key"
    if not key_file.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        new_file = key_file.with_name(f"secret_key.{os.getpid()}")
        new_file.touch(mode=0o600)
        new_file.write_text(secrets.token_urlsafe(50))
        try:
            os.link(new_file, key_file)  # atomic: of two processes at once, one wins and both read the same key
        except FileExistsError:
            pass
        new_file.unlink()
    return key_file.read_text()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = _list("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = _list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]" if DEMO else "")
CSRF_TRUSTED_ORIGINS = _list("CSRF_TRUSTED_ORIGINS")
TRUSTED_PROXIES = _integer_variable("TRUSTED_PROXIES", 0)

# --- Database and broker --------------------------------------------------------------------------------------------


# An open transaction that writes holds up every changes feed. No task runs as long as this.
IDLE_IN_TRANSACTION = _integer_variable("IDLE_IN_TRANSACTION_SECONDS", 300)
TRANSACTION = _integer_variable("TRANSACTION_SECONDS", 600)


def _database(url: str, *, statement_timeout: int, lock_timeout: int, transaction_timeout: int) -> dict[str, object]:
    """Parse a database URL into Django's settings, with timeouts in seconds.

    postgres://user:password@host:port/name, or ?host=/socket/folder for a Unix socket.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": options.pop("port", None) or str(parts.port or ""),
        "CONN_MAX_AGE": _integer_variable("CONN_MAX_AGE", 300),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "TRANSACTION_TIMEOUT": transaction_timeout,  # no option of the connection: PostgreSQL before 17 refuses it
        "OPTIONS": {
            "connect_timeout": 5,
            **options,
            # jit: compiling a list's query took 0.3 s for an answer of 1 ms, and seconds on a busy machine
            # lists.today: the business date, for the triggers that date what is written around the portal
            "options": f"-c statement_timeout={statement_timeout}s -c lock_timeout={lock_timeout}s -c timezone=UTC -c jit=off"
            f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION}s"
            + (f" -c lists.today={PORTAL_TODAY}" if PORTAL_TODAY else ""),
        },
    }


_url = os.environ.get("DATABASE_URL", "postgres:///portal")
DATABASES = {
    "default": _database(
        _url,
        statement_timeout=_integer_variable("STATEMENT_TIMEOUT", 10),
        lock_timeout=8,
        transaction_timeout=TRANSACTION,
    )
}
DATABASE_ROLE = str(DATABASES["default"]["USER"])  # what the application connects as
# Whom the tables belong to: only `migrate` works as this one. It may take its time, but nobody waits for it long.
DATABASE_OWNER = _database(
    os.environ.get("DATABASE_OWNER_URL") or _url, statement_timeout=0, lock_timeout=3, transaction_timeout=3600
)
if DATABASE_OWNER["NAME"] != DATABASES["default"]["NAME"]:
    raise ImproperlyConfigured("DATABASE_OWNER_URL and DATABASE_URL must name the same database")
if DATABASE_OWNER["USER"] and not DATABASE_ROLE:
    raise ImproperlyConfigured("DATABASE_URL must name its role where DATABASE_OWNER_URL does")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "max_retries": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

JOB_LEASE = timedelta(seconds=_integer_variable("JOB_LEASE_SECONDS", 60))
JOB_ATTEMPTS = 3
JOBS_KEPT = timedelta(days=_integer_variable("JOBS_KEPT_DAYS", 90))
# Files of lists that jobs wrote; they go before their jobs.
LIST_DOWNLOADS_KEPT = min(JOBS_KEPT, timedelta(days=_integer_variable("LIST_DOWNLOADS_KEPT_DAYS", 7)))
DRAFTS_KEPT = timedelta(days=_integer_variable("DRAFTS_KEPT_DAYS", 90))  # drafts of plans that were discarded
IMPORTS_KEPT = timedelta(
    days=_integer_variable("IMPORTS_KEPT_DAYS", 90)
)  # with their files; what they wrote stays in the history
BULK_EDITS_KEPT = timedelta(days=30)  # what somebody has prepared; what was written stays in the history
SWEEP_EVERY = timedelta(seconds=_integer_variable("SWEEP_SECONDS", 20))
TICK_EVERY = timedelta(seconds=_integer_variable("TICK_SECONDS", 60))  # how often beat looks into the calendar
LOG_END_EVERY = timedelta(
    seconds=_integer_variable("LOG_END_SECONDS", 15)
)  # how often the log's newest head goes outside
PING_EVERY = timedelta(seconds=_integer_variable("PING_SECONDS", 15))
PING_STALE = timedelta(seconds=_integer_variable("PING_STALE_SECONDS", 60))

# --- Apps, in the order of their floors -----------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "hunan_trade.audit",
    "hunan_trade.regions",
    "hunan_trade.industries",
    "hunan_trade.accounts",
    "hunan_trade.files",
    "hunan_trade.jobs",
    "hunan_trade.web",
    "hunan_trade.ui",
    "hunan_trade.lists",
    "hunan_trade.console",
    "hunan_trade.indicators",
    "hunan_trade.intake",
    "targets",
    "parks",
    "enterprises",
    "projects",
    "events",
    "reporting",
    "hunan_trade.setup",
    "hunan_trade.demo",
    "hunan_trade.home",
]

MIDDLEWARE = [
    "hunan_trade.web.middleware.request_context",
    "hunan_trade.web.middleware.security_headers",
    "hunan_trade.web.malformed_requests.reject_malformed",
    "hunan_trade.web.retry_reads.retry_reads",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "hunan_trade.web.middleware.signed_in_user",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hunan_trade.web.middleware.refusal_responses",
]
ROOT_URLCONF = "hunan_trade.urls"
WSGI_APPLICATION = "hunan_trade.wsgi.application"
FORM_RENDERER = "hunan_trade.ui.form_renderer.FormRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "hunan_trade.ui.context_processor.portal",
            ],
        },
    }
]

# --- Language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LOCALE_PATHS = [BASE_DIR / "hunan_trade" / "web" / "locale"]  # before those of Django and its packages
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Static and stored files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
_NODE = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    *(
        (prefix, folder)
        for prefix, folder in {
            "tabler": _NODE / "@tabler" / "core" / "dist",
            "echarts": _NODE / "echarts" / "dist",
        }.items()
        if folder.is_dir()
    ),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = _flag("STATIC_AUTOREFRESH")  # look at each request instead of listing all files at the start
FILES_DIR = DATA_DIR / "files"
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "hunan_trade.web.upload_handlers.DiskUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# --- Accounts, sessions, browser ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["hunan_trade.accounts.backends.PortalBackend"]
PASSWORD_HASHERS = [
    "hunan_trade.accounts.hashers.Argon2id",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/login/"
LOGOUT_URL, REAUTH_URL, PASSWORD_URL = "console:logout", "console:reauth", "console:password"
LOGIN_REDIRECT_URL = "/"
SEARCH_URL = "search"
PASSWORD_DAYS = 90
PASSWORDS_KEPT = 5  # how many earlier ones may not come back
SESSIONS_PER_ACCOUNT = 2
LOCKOUT_FAILURES, LOCKOUT_TIME = 5, timedelta(minutes=30)
ADDRESS_FAILURES = _integer_variable("ADDRESS_FAILURES", 30)  # wrong passwords of one address before it has to wait
ADDRESS_FORGIVES = timedelta(minutes=1)  # for each of them
KNOWN_BROWSER_COOKIE = "known-browser"
SESSION_IDLE = timedelta(seconds=_integer_variable("SESSION_IDLE_SECONDS", 30 * 60))
SESSION_ABSOLUTE = timedelta(seconds=_integer_variable("SESSION_ABSOLUTE_SECONDS", 12 * 3600))
SESSION_COOKIE_AGE = int(SESSION_ABSOLUTE.total_seconds())
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "hunan_trade.web.error_responses.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked by the supervisor at the door itself, where nobody speaks TLS
if not DEMO:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    KNOWN_BROWSER_COOKIE = "__Host-known-browser"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = _flag("SECURE_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

# --- Mail, API, logs ------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"

API_CALLS_A_MINUTE = _integer_variable("API_CALLS_A_MINUTE", 600)  # of one token
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "hunan_trade.web.rest_access.TokenAuthentication",
        "hunan_trade.web.rest_access.PortalSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["hunan_trade.web.rest_access.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["hunan_trade.web.rest_throttling.TokenThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["hunan_trade.web.rest_json_parser.StrictJSON"],
    "DEFAULT_SCHEMA_CLASS": "hunan_trade.web.rest_endpoint_schema.EndpointSchema",
    "DEFAULT_PAGINATION_CLASS": "hunan_trade.web.rest_filters_and_pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["hunan_trade.web.rest_filters_and_pagination.StrictFilters"],
    "EXCEPTION_HANDLER": "hunan_trade.web.rest_exception_handler.problem_response",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS: the schema says what an address takes
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "hunan_trade.accounts.models.Anonymous",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "湖南省承接产业转移与加工贸易工作平台 接口",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "PATH_CONVERTER_OVERRIDES": {"projects_code": {"type": "string", "example": "CZ-2013-0146"}},
    "POSTPROCESSING_HOOKS": [],  # choices stand where they are used: many lists have a kind and a level of their own
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "hunan_trade.web.log_format.RequestFilter"}},
    "formatters": {"json": {"()": "hunan_trade.web.log_format.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request"]}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"handlers": ["stderr"], "propagate": False}},
}

# --- Calendar of returns --------------------------------------------------------------------------------------------
# Day of the following month and time of day, Asia/Shanghai; a day off moves to the next working day.
RETURN_CALENDAR = {"opens": (1, time(8)), "due": (5, time(17, 30)), "locks": (10, time(17, 30))}

# --- Uploaded workbooks ---------------------------------------------------------------------------------------------
# How often a day workbooks are read: an upload with its preview and its confirmation is three times.
UPLOADS_A_DAY = _integer_variable("UPLOADS_A_DAY", 180)  # for one account
CITY_UPLOADS_A_DAY = _integer_variable("CITY_UPLOADS_A_DAY", 600)
UPLOADS_KEPT = timedelta(hours=_integer_variable("UPLOADS_KEPT_HOURS", 24))  # those that nobody took over
