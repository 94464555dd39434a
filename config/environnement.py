"""The settings that come from the environment, read once and refused loudly when absurd."""

from __future__ import annotations

import os
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

VRAI = {"1", "true", "vrai", "oui", "on"}
FAUX = {"", "0", "false", "faux", "non", "off"}


def lire(nom: str, defaut: str | None = None) -> str:
    """The text of an environment variable.

    Raises:
        ImproperlyConfigured: it is missing (or empty) and has no default.
    """
    valeur = os.environ.get(nom, "").strip()
    if valeur:
        return valeur
    if defaut is None:
        raise ImproperlyConfigured(f"La variable d'environnement {nom} est obligatoire.")
    return defaut


def lire_booleen(nom: str, defaut: bool = False) -> bool:
    """A yes or no; anything else is refused rather than guessed."""
    if nom not in os.environ:
        return defaut
    valeur = os.environ[nom].strip().lower()
    if valeur in VRAI:
        return True
    if valeur in FAUX:
        return False
    raise ImproperlyConfigured(f"{nom} vaut « {valeur} » : il faut 1 ou 0.")


def lire_entier(nom: str, defaut: int, minimum: int, maximum: int) -> int:
    """A whole number within bounds, both included."""
    valeur = lire(nom, str(defaut))
    try:
        nombre = int(valeur)
    except ValueError as erreur:
        raise ImproperlyConfigured(
            f"{nom} vaut « {valeur} » : il faut un nombre entier."
        ) from erreur
    if not minimum <= nombre <= maximum:
        raise ImproperlyConfigured(f"{nom} vaut {nombre} : il faut {minimum} à {maximum}.")
    return nombre


def lire_liste(nom: str, defaut: str | None = None) -> list[str]:
    """Words separated by commas."""
    return [mot.strip() for mot in lire(nom, defaut).split(",") if mot.strip()]


def lire_base_de_donnees(nom: str = "DATABASE_URL") -> dict[str, object]:
    """Django's database settings from `postgresql://user:password@host:port/name?option=…`.

    A unix socket is named by `?host=/folder`, as libpq writes it. Other options go to libpq.
    """
    url = urlsplit(lire(nom))
    if url.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(f"{nom} doit désigner PostgreSQL (postgresql://…).")
    base = unquote(url.path.lstrip("/"))
    if not base:
        raise ImproperlyConfigured(f"{nom} ne dit pas le nom de la base.")
    options: dict[str, object] = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": base,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", unquote(url.hostname or "")),
        "PORT": str(url.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def lire_courtier(nom: str = "REDIS_URL") -> str:
    """Celery's broker: a unix socket is `unix://` for the cache, `redis+socket://` for Celery."""
    url = lire(nom)
    if url.startswith("unix://"):
        return url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
    return url
