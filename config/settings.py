"""The one settings module: everything that differs between places comes from the environment."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pghistory
import pgtrigger
from csp.constants import NONE, SELF
from django.core.checks.security.base import (
    SECRET_KEY_MIN_LENGTH,
    SECRET_KEY_MIN_UNIQUE_CHARACTERS,
)
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from config.environnement import (
    courtier,
    lire,
    lire_base_de_donnees,
    lire_booleen,
    lire_entier,
    lire_liste,
    lire_redis,
)
from config.journaux import LOGGING as LOGGING

BASE_DIR = Path(__file__).resolve().parent.parent

DEMO = lire_booleen("DEMO")
DEBUG = lire_booleen("DEBUG")
ESSAIS = lire_booleen("ESSAIS")
PRODUCTION = not (DEMO or DEBUG or ESSAIS)
SECRET_KEY = lire("SECRET_KEY")
ALLOWED_HOSTS = (
    lire_liste("ALLOWED_HOSTS")
    if PRODUCTION
    else lire_liste("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver")
)
CSRF_TRUSTED_ORIGINS = lire_liste("CSRF_TRUSTED_ORIGINS", "")
DEMO_MOT_DE_PASSE = "demo-maraude-2023"

if not PRODUCTION and lire_booleen("TLS"):
    raise ImproperlyConfigured("Derrière HTTPS, ni DEMO ni DEBUG ni ESSAIS : c'est la production.")
if PRODUCTION:
    if (
        len(SECRET_KEY) < SECRET_KEY_MIN_LENGTH
        or len(set(SECRET_KEY)) < SECRET_KEY_MIN_UNIQUE_CHARACTERS
        or "demo" in SECRET_KEY.lower()
    ):
        raise ImproperlyConfigured(
            "SECRET_KEY est trop courte, se répète, ou est celle de la démonstration : "
            "il en faut une d'au moins 50 caractères, tirée au hasard."
        )
    if not ALLOWED_HOSTS or any(hote.strip(".*") == "" for hote in ALLOWED_HOSTS):
        raise ImproperlyConfigured("ALLOWED_HOSTS ne peut valoir « * » ni « . ».")
    if not lire_booleen("TLS"):
        raise ImproperlyConfigured(
            "TLS doit valoir 1 : le service ne se met en route que derrière HTTPS."
        )

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "pgtrigger",
    "pghistory",
    "axes",
    "csp",
    "django_structlog",
    "commun",
    "socle",
    "contacts",
    "maraudes",
    "hebergement",
    "accueil",
    "coordination",
    "indicateurs",
    "synchro",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.protection.Protections",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.adresses.AdressesCompletes",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.sessions.EnvoiSansSession",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "config.historique.Historique",
    "config.formulaires.Formulaires",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Data -------------------------------------------------------------------------------------

DATABASES = {"default": lire_base_de_donnees()}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = lire_entier("CONN_MAX_AGE", 60, 0, 3600)
# A lost update is caught by ETag and conditional updates, and what must be seen together is read
# in one statement: READ COMMITTED is enough, and it is what the locks below are written for.
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "socle.Utilisateur"

REDIS_URL = lire_redis()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
}

PGHISTORY_LEVEL = pgtrigger.Statement
# A history is read by the record that it is of: an index for each of its other references would
# be written with every write and read by nobody.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_CONTEXT_FIELD = pghistory.ContextForeignKey(db_index=False)
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(db_index=True)

# --- Accounts ---------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "socle.authentication.RefusDuMotDePasseDeDemonstration",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
JETON_DUREE = timedelta(hours=lire_entier("JETON_DUREE_HEURES", 14 * 24, 1, 90 * 24))
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "config.protection.adresse_du_client"
AXES_USERNAME_FORM_FIELD = "username"
AXES_VERBOSE = False

# --- Language and time ------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
# The theme's range filter reads these and not the language's: 01/03 would be the 3rd of January.
DATE_INPUT_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]
USE_TZ = True

# --- Web --------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
STATIC_ROOT = Path(lire("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_ALLOW_ALL_ORIGINS = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# A page of the admin may hold two hundred rows of several fields each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
# Health checks come from inside the network, without TLS and without a token.
SECURE_REDIRECT_EXEMPT = [r"^sante/(vivant|pret)/$"]
# The proxies of ours that a request goes through, each of which tells who spoke to it.
MANDATAIRES = lire_entier("MANDATAIRES", 1 if PRODUCTION else 0, 0, 9)
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        # What some pages need more is in config.protection.
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- API --------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["socle.api.authentication.AuthentificationParJeton"],
    "DEFAULT_PERMISSION_CLASSES": ["commun.api.permissions.FermeParDefaut"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["commun.api.parsers.ParseurJSON"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "commun.api.negotiation.Negociation",
    "DEFAULT_PAGINATION_CLASS": "commun.api.pagination.PaginationParCurseur",
    "DEFAULT_FILTER_BACKENDS": ["commun.api.filters.FiltresStricts"],
    "DEFAULT_SCHEMA_CLASS": "commun.api.schema.SchemaAutomatique",
    "DEFAULT_VERSIONING_CLASS": None,
    # What can be asked is told by the schema; the framework's own answer to OPTIONS is in English.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "commun.api.errors.traiter_erreur",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": False,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Coordination des maraudes",
    "DESCRIPTION": (
        "Maraudes, places d'hébergement Assore et accueils : une seule chaîne. "
        "Les erreurs suivent la RFC 9457 (application/problem+json)."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "commun.api.schema.relier",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_SUFFIX": "",
    "ENUM_NAME_OVERRIDES": {
        "Genre": "socle.enums.Genre",
        "TrancheAge": "socle.enums.TrancheAge",
        "CategorieActe": "contacts.enums.CategorieActe",
        "MaterielRdR": "contacts.enums.MaterielRdR",
        "StatutMaraude": "maraudes.enums.StatutMaraude",
        "StatutEtape": "maraudes.enums.StatutEtape",
        "StatutOrientation": "coordination.enums.StatutOrientation",
        "IndicateurSaisi": "indicateurs.enums.IndicateurSaisi",
        "EtatPlace": "hebergement.enums.EtatPlace",
        "EtatPresence": "hebergement.enums.EtatPresence",
        "MotifAbsence": "hebergement.enums.MotifAbsence",
        "TypePlace": "hebergement.enums.TypePlace",
        "Cote": "socle.enums.Cote",
        "StatutDemande": "hebergement.enums.StatutDemande",
        "StatutProposition": "hebergement.enums.StatutProposition",
        "RaisonSansPlace": "hebergement.enums.RaisonSansPlace",
        "TypeStructure": "socle.enums.TypeStructure",
    },
}

# Neither the caller's address nor its account is ever written: they are not looked for. A request
# is told once, when it is over.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = ""
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG

# --- Celery -----------------------------------------------------------------------------------

CELERY_BROKER_URL = courtier(REDIS_URL)
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 14 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Longer than the longest task, or a task that is still running would be delivered again.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    "socket_timeout": 2,
}
# A request never waits for a broker that is away: the sweepers find what was not sent.
CELERY_TASK_PUBLISH_RETRY = False

UNFOLD = {
    "SITE_TITLE": "Coordination des maraudes",
    "SITE_HEADER": "Maraudes",
    "SITE_SUBHEADER": "Coordination du réseau",
    "SITE_SYMBOL": "diversity_3",
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": True,
    "DASHBOARD_CALLBACK": "config.tableau_de_bord.preparer",
    "STYLES": [lambda request: static("commun/admin.css")],
    "SIDEBAR": {"navigation": "config.navigation.menu"},
}
