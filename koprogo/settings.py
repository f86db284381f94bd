"""All settings, read from the environment. README.md lists the variables."""

import os
from pathlib import Path

import environ
from django.contrib.messages import constants as message_levels
from django.core.exceptions import ImproperlyConfigured

from koprogo.postgres import APP_ROLE, OWNER_ROLE, EmbeddedServer
from koprogo.secret_key import read_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA_DIR = Path(env.str("KOPROGO_DATA", default=str(BASE_DIR / "var"))).absolute()
KOPROGO_DEMO = env.bool("KOPROGO_DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)

# --- Database: the application's role serves and works, the owner's migrates (DESIGN.md, "Two walls") ---
DATABASE_ROLE = env.str("KOPROGO_DATABASE_ROLE", default="app")
DATABASE_URLS = {"app": env.str("DATABASE_URL", default=""), "owner": env.str("DATABASE_OWNER_URL", default="")}
IS_EMBEDDED = not any(DATABASE_URLS.values())
if IS_EMBEDDED:
    _server = EmbeddedServer(DATA_DIR)
    DATABASE_URLS = {"app": _server.url(APP_ROLE), "owner": _server.url(OWNER_ROLE)}
elif not DATABASE_URLS[DATABASE_ROLE]:
    raise ImproperlyConfigured(
        "Set both DATABASE_URL (application role) and DATABASE_OWNER_URL (owner role), or neither."
    )
# The web server and the worker are started without the owner's URL: what they do not know they cannot give away.
DATABASE_CONFIGS = {role: env.db_url_config(url) for role, url in DATABASE_URLS.items() if url}
if IS_EMBEDDED:
    # A socket's path does not survive every URL parser: give it whole.
    for config in DATABASE_CONFIGS.values():
        config |= {"HOST": str(_server.sockets), "PORT": "", "PASSWORD": ""}
DATABASES = {
    "default": DATABASE_CONFIGS[DATABASE_ROLE]
    | {
        "ENGINE": "koprogo.database",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Django sets prepare_threshold to None, and psycopg then ignores prepare=True without a word.
        # Under row security the planner never knows which organization it plans for: one plan for all of a prepared
        # statement is as good as one for each time, which for a list takes longer than the list.
        "OPTIONS": {
            "server_side_binding": True,
            "prepare_threshold": 5,
            "options": "-c plan_cache_mode=force_generic_plan",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The web ---
SECRET_KEY = env.str("SECRET_KEY", default="") or read_secret_key(DATA_DIR, may_create=IS_EMBEDDED)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_FAILURE_VIEW = "apps.accounts.refusals.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Behind TLS (production) cookies are secure and plain HTTP is turned away; on localhost neither would work.
IS_BEHIND_TLS = env.bool("KOPROGO_TLS", default=not IS_EMBEDDED)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if IS_BEHIND_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_BEHIND_TLS else None
# How many proxies stand before us: so many addresses of X-Forwarded-For, from the right, are theirs and not invented.
KOPROGO_PROXIES = env.int("KOPROGO_PROXIES", default=0)
# Seconds: who has waited longer is told at once to come back (koprogo.shedding).
KOPROGO_MAX_WAIT = env.float("KOPROGO_MAX_WAIT", default=5.0)
ALLAUTH_TRUSTED_PROXY_COUNT = KOPROGO_PROXIES
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # koprogo.headers sends X-Frame-Options
    # HSTS speaks for this host alone: the rest of the office's domain is not ours to bind to HTTPS for a year.
    "security.W005",
    "security.W021",
]
ROOT_URLCONF = "koprogo.urls"
WSGI_APPLICATION = "koprogo.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "koprogo.staff.StaffConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "apps.audit",
    "apps.accounts",
    "apps.jobs",
    "apps.documents",
    "apps.buildings",
    "apps.units",
    "apps.owners",
    "apps.expenses",
    "apps.takeover",
    "apps.privacy",
    "apps.ops",
    "apps.desk",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "koprogo.headers.HeadersMiddleware",
    "koprogo.bodies.BodyMiddleware",
    "apps.accounts.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "apps.accounts.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "apps.accounts.middleware.LanguageMiddleware",
    "apps.accounts.refusals.RefusalMiddleware",
    "koprogo.messages.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "koprogo.jinja.Templates",
        "DIRS": [BASE_DIR / "templates"],
        "NAME": "jinja2",
        "OPTIONS": {"environment": "koprogo.jinja.environments"},
    },
    {
        # The admin, and what libraries bring.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates" / "django"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]

MESSAGE_STORAGE = "koprogo.messages.Storage"
MESSAGE_LEVEL = message_levels.INFO  # Django's default, found without an exception at each message
KOPROGO_NAVIGATION = "apps.desk.navigation.NAVIGATION"

# --- People ---
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "apps.accounts.passwords.CommonPasswordValidator"},
]
SESSION_ENGINE = "apps.accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:home"
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "KoproGo – "
# Failed tries are counted for account and address together, and for an address alone; right ones not at all.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "10/m/ip,5/5m/key",
    "known_device": "5/5m/key",  # apps.accounts.devices
}
MFA_ADAPTER = "apps.accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "add_webauthn": "apps.accounts.passkeys.AddForm",
    "authenticate_webauthn": "apps.accounts.passkeys.AuthenticateForm",
    "login_webauthn": "apps.accounts.passkeys.LoginForm",
    "reauthenticate_webauthn": "apps.accounts.passkeys.ReauthenticateForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True

# --- Languages and time: French is the language of the source ---
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "français"), ("nl", "Nederlands")]
LOCALE_PATHS = [BASE_DIR / "koprogo" / "locale"]
FORMAT_MODULE_PATH = "koprogo.formats"
USE_TZ = True
TIME_ZONE = "Europe/Brussels"

# --- Files ---
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS = [
    "koprogo.posted.PlainFields",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
# The largest invoice, as PDF or picture, that is taken; what is larger than 2.5 MB waits on disk, not in memory.
KOPROGO_PAPER_MEGABYTES = env.int("KOPROGO_PAPER_MEGABYTES", default=15)

# Counts failed sign-ins: in memory where one process serves, in files where there are several to count together.
_CACHE = (
    {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA_DIR / "cache"}
    if env.int("KOPROGO_WEB_PROCESSES", default=1) > 1  # deploy/gunicorn.conf.py says how many
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
)
CACHES = {"default": _CACHE | {"OPTIONS": {"MAX_ENTRIES": 10_000}}}

# --- Mail ---
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="KoproGo <no-reply@localhost>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
