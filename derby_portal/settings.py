"""Settings, one file. Everything that differs between machines is read from the environment."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
import pghistory
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from participants.concern_keys import ConcernKeyError, check_keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

# --- What kind of run this is -----------------------------------------------------------------
DEMO: bool = env.bool("DEMO", default=False)
DEBUG: bool = env.bool("DEBUG", default=False)
SECRET_KEY: str = env.str("SECRET_KEY")
# Former keys, after a change: what was signed or sealed with them still opens.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# Where people find the portal: workers write links in mails, and no request tells them.
PORTAL_ADDRESS: str = env.str("PORTAL_ADDRESS", default="").rstrip("/") or (
    "http://127.0.0.1:8000" if DEMO else f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
)
CODE_VERSION: str = env.str("CODE_VERSION", default="0.1.0")
# What concerns say is sealed under these alone, newest first: see docs/operations.md.
CONCERN_KEYS: list[str] = env.list("CONCERN_KEYS", default=[])
if CONCERN_KEYS or not DEMO:
    try:
        check_keys(CONCERN_KEYS, [SECRET_KEY, *SECRET_KEY_FALLBACKS])
    except ConcernKeyError as error:
        raise ImproperlyConfigured(str(error)) from None
# Whom staff ring about a child in danger; left empty, pages point to the poster of the hub.
SAFEGUARDING_PHONE: str = env.str("SAFEGUARDING_PHONE", default="")

# --- Apps and middleware ----------------------------------------------------------------------
INSTALLED_APPS = [
    "derby_portal.apps.DerbyPortalConfig",
    "evaluation",
    "participants",
    "activities",
    "hubs",
    "accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "csp",
    "heroicons",
    "pghistory",
    "pgtrigger",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.forms",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "accounts.middleware.never_kept_by_default",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "derby_portal.middleware.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LoginRequiredMiddleware",
    "accounts.middleware.ChangesHaveAnAuthor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # Last, so that it hears of a sign-in that is not fresh before allauth does.
    "accounts.middleware.SignInMiddleware",
]
ROOT_URLCONF = "derby_portal.urls"
WSGI_APPLICATION = "derby_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "derby_portal.editions.edition",
                "derby_portal.frame.frame",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["heroicons.templatetags.heroicons", "django.templatetags.static"],
        },
    }
]
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- Database: two roles, the truth lies here -------------------------------------------------
DATABASE_URL: dict[str, Any] = env.db_url("DATABASE_URL")
DATABASE_OWNER_URL: dict[str, Any] = env.db_url(
    "DATABASE_OWNER_URL", default=env.str("DATABASE_URL")
)
DATABASE_ROLE: str = env.str("DATABASE_ROLE", default="application")
if DATABASE_ROLE not in {"application", "owner"}:
    raise ImproperlyConfigured("DATABASE_ROLE is 'application' or 'owner'.")
# The role that web and workers use: migrations grant it what it may do.
DATABASE_APPLICATION_USER: str = DATABASE_URL["USER"]
DATABASES = {
    "default": {
        **(DATABASE_OWNER_URL if DATABASE_ROLE == "owner" else DATABASE_URL),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        # Seconds: a database that does not answer must not hold a health check for minutes.
        "OPTIONS": {"connect_timeout": 5},
        "CONN_HEALTH_CHECKS": True,
        # Behind PgBouncer server-side cursors need a session of their own.
        "DISABLE_SERVER_SIDE_CURSORS": env.bool("PGBOUNCER", default=False),
    }
}
# Changes of records are kept by triggers, each with who made it, in columns of its own row.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The limits on signing in count here: they hold, and staff sign in, whatever the broker does.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "derby_portal_cache",
        "KEY_FUNCTION": "derby_portal.cache.hidden_key",
        # With fewer, a flood of requests could push somebody's count of guesses out.
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    # Public pages as they were made, each process for itself: see accounts.public_pages.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "KEY_FUNCTION": "derby_portal.cache.hidden_key",
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
}

# --- Redis or Valkey: a carrier, never the truth ----------------------------------------------
REDIS_URL: str = env.str("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 45 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 40 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A report goes on when the broker goes away: its row decides, not its message.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/London"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than the longest task: a message of a living worker is never handed out twice.
    "visibility_timeout": 60 * 60,
    # Without these two a killed worker's message does not come back.
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    "socket_timeout": 30,
    # A web request must fail to queue in a moment; the sweeper queues what was not.
    "max_retries": 2,
}
# Reports take minutes and wait in a queue of their own, so that mails and registers' tasks do not
# wait behind them. A worker that is not told which queues to take takes both.
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_QUEUES = [Queue("celery"), Queue("reports")]
CELERY_TASK_ROUTES = {"evaluation.tasks.build_report": {"queue": "reports"}}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
REPORT_HEARTBEAT = timedelta(seconds=env.float("REPORT_HEARTBEAT_SECONDS", default=5.0))
# A run whose heart has not beaten for this long has lost its worker.
REPORT_STALE_AFTER = timedelta(seconds=env.float("REPORT_STALE_SECONDS", default=30.0))
REPORT_SWEEP_EVERY = timedelta(seconds=env.float("REPORT_SWEEP_SECONDS", default=10.0))
# How long a message waits for a worker. Celery holds its end against the worker's own clock, and no
# clock is an hour wrong; heeding a message twice changes nothing, and more than an hour's do not
# pile up while no worker is there.
MESSAGES_LAST = timedelta(hours=1)
_IN_TIME = {"expires": MESSAGES_LAST.total_seconds()}
CELERY_BEAT_SCHEDULE = {
    "plan-retention": {
        "task": "participants.tasks.plan_retention",
        "schedule": crontab(minute=0, hour=4, day_of_month=1),
    },
    "sweep-retention-runs": {
        "task": "participants.tasks.sweep_retention_runs",
        "schedule": timedelta(minutes=5),
        "options": _IN_TIME,
    },
    "find-likely-pairs": {
        "task": "participants.tasks.find_likely_pairs",
        "schedule": crontab(minute=30, hour=3),
    },
    "expire-copies-of-data": {
        "task": "participants.tasks.expire_bundles",
        "schedule": timedelta(hours=1),
        "options": _IN_TIME,
    },
    "sweep-report-runs": {
        "task": "evaluation.tasks.sweep_report_runs",
        "schedule": REPORT_SWEEP_EVERY,
        "options": _IN_TIME,
    },
    "tell-of-reports": {
        "task": "evaluation.tasks.tell_of_reports",
        "schedule": timedelta(minutes=5),
        "options": _IN_TIME,
    },
    "ask-for-scheduled-reports": {
        "task": "evaluation.tasks.ask_for_scheduled_reports",
        "schedule": timedelta(hours=1),
        "options": _IN_TIME,
    },
    "expire-report-files": {
        "task": "evaluation.tasks.expire_report_files",
        "schedule": timedelta(hours=1),
        "options": _IN_TIME,
    },
    "sweep-extracts": {
        "task": "evaluation.tasks.sweep_extracts",
        "schedule": REPORT_SWEEP_EVERY,
        "options": _IN_TIME,
    },
    "expire-extracts": {
        "task": "evaluation.tasks.expire_extracts",
        "schedule": timedelta(hours=1),
        "options": _IN_TIME,
    },
    "refresh-kept-months": {
        "task": "evaluation.tasks.refresh_kept_months",
        "schedule": timedelta(minutes=1),
        "options": _IN_TIME,
    },
    "raise-concerns-of-answers": {
        "task": "evaluation.tasks.raise_concerns_of_answers",
        "schedule": timedelta(minutes=5),
        "options": _IN_TIME,
    },
    "sweep-imports": {
        "task": "participants.tasks.sweep_imports",
        "schedule": REPORT_SWEEP_EVERY,
        "options": _IN_TIME,
    },
    "delete-import-files": {
        "task": "participants.tasks.delete_import_files",
        "schedule": timedelta(hours=1),
        "options": _IN_TIME,
    },
    "remind-of-urgent-concerns": {
        "task": "participants.tasks.remind_of_urgent_concerns",
        "schedule": timedelta(minutes=15),
        "options": {"expires": 15 * 60},
    },
    "remind-of-unread-concerns": {
        "task": "participants.tasks.remind_of_unread_concerns",
        "schedule": timedelta(days=1),
        "options": _IN_TIME,
    },
    "seal-audit": {
        "task": "accounts.tasks.seal_audit",
        "schedule": timedelta(minutes=1),
        "options": _IN_TIME,
    },
    "mail-alerts": {
        "task": "accounts.tasks.mail_alerts",
        "schedule": timedelta(minutes=1),
        "options": _IN_TIME,
    },
    "verify-audit": {"task": "accounts.tasks.verify_audit", "schedule": crontab(hour=3, minute=10)},
    "mail-audit-head": {
        "task": "accounts.tasks.mail_audit_head",
        "schedule": crontab(hour=6, minute=40),
    },
    "clear-expired-sessions": {
        "task": "accounts.tasks.clear_expired_sessions",
        "schedule": timedelta(hours=6),
    },
}

# --- Signing in -------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.GuessablePasswordValidator"},
    {"NAME": "accounts.passwords.BreachedPasswordValidator"},
]
# A file of SHA-1 hashes of passwords that were stolen elsewhere, sorted: see docs/operations.md.
BREACHED_PASSWORDS: str = env.str("BREACHED_PASSWORDS", default="")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "landing"
ACCOUNT_LOGOUT_REDIRECT_URL = "front_page"
ACCOUNT_ADAPTER = "accounts.adapter.InvitationOnlyAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "accounts.models.display_name"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "#ThisIsDerby portal: "
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
# Changing one's password, e-mail address or second factor takes a sign-in of just now.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(timedelta(minutes=15).total_seconds())
# The time between a password and the second factor.
ACCOUNT_LOGIN_TIMEOUT = int(timedelta(minutes=10).total_seconds())
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "#ThisIsDerby portal"
# Clocks of phones differ: the code before and the one after open as well.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Addresses are confirmed by invitation, and a changed one by a link, with or without a factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Browsers let a plain-HTTP page use passkeys on localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO
# Administrators and the safeguarding lead sign in with a passkey, everywhere but in the demo.
PASSKEY_REQUIRED: bool = not DEMO
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEMO else "https"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
# Printed mails would put the links of forgotten passwords into the log of a server.
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://" if DEMO else env.NOTSET)
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")

# --- Transport and browser security -----------------------------------------------------------
# The demo speaks plain HTTP on the loopback address; everything else is HTTPS only.
HTTPS: bool = not DEMO
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Limits count the visitor, who is the last entry of X-Forwarded-For, and not the proxy.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Files ------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Reports, pictures, recordings, spreadsheets: a folder that web and workers share.
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / ".local" / "media")))
# The heads of the sealed audit trail, beside and not below what is served: copied elsewhere, they
# prove that nobody rewrote the trail. See docs/operations.md.
AUDIT_HEADS = Path(env.str("AUDIT_HEADS", default=str(MEDIA_ROOT.parent / "audit" / "heads.jsonl")))
# The demo and the tests serve the files as they lie; production serves collected, hashed ones.
COLLECTED_STATIC: bool = env.bool("COLLECTED_STATIC", default=not DEMO)
STATIC_ROOT = BASE_DIR / "staticfiles" if COLLECTED_STATIC else None
WHITENOISE_USE_FINDERS = not COLLECTED_STATIC
STORAGES = {
    "default": {"BACKEND": "derby_portal.private_files.PrivateFiles"},
    "staticfiles": {
        "BACKEND": "derby_portal.static_files.StaticFiles"
        if COLLECTED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Language and time: stored in UTC, shown and grouped in Europe/London ---------------------
LANGUAGE_CODE = "en-gb"
# Each by its own name. Easy Read is an edition of English with addresses and words of its own.
LANGUAGES = [
    ("en-gb", "English"),
    ("en-easy", "Easy Read"),
    ("pl", "Polski"),
    ("pa", "ਪੰਜਾਬੀ"),
    ("ur", "اردو"),
    ("sk", "Slovenčina"),
    ("ro", "Română"),
    ("cs", "Čeština"),
    ("lv", "Latviešu"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/London"
FORMAT_MODULE_PATH = ["derby_portal.formats"]

# --- Pages ------------------------------------------------------------------------------------
DJANGO_TABLES2_TEMPLATE = "components/table.html"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Logs: to standard error, without personal data -------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "derby_portal.logs.WithoutWords",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "filters": {
        "without_keys": {"()": "derby_portal.logs.WithoutKeys"},
        "without_results": {"()": "derby_portal.logs.WithoutResults"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_results", "without_keys"],
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
}
