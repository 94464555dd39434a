"""The settings that come from the environment, read once and refused loudly when absurd."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

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

    libpq reads it, so its options are those that exist; a unix socket is named by
    `?host=/folder`. What it says of an error may quote the password: it is not repeated.

    Where it says nothing else, a connection is given up after five seconds. DELAI_DE_LA_BASE is
    how many seconds one statement may take: 0, or nothing, is as long as it wants.

    Raises:
        ImproperlyConfigured: it is not PostgreSQL, or can't be read.
    """
    url = lire(nom)
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured(f"{nom} doit désigner PostgreSQL (postgresql://…).")
    try:
        options: dict[str, Any] = conninfo_to_dict(url)
    except ProgrammingError:
        raise ImproperlyConfigured(
            f"{nom} n'est pas lisible : une option inconnue, ou un caractère à échapper."
        ) from None
    port = str(options.pop("port", ""))
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise ImproperlyConfigured(f"Le port de {nom} n'est pas un numéro de port.")
    base = options.pop("dbname", "")
    if not base:
        raise ImproperlyConfigured(f"{nom} ne dit pas le nom de la base.")
    options.setdefault("connect_timeout", 5)
    if delai := lire_entier("DELAI_DE_LA_BASE", 0, 0, 3600):
        options["delai"] = delai
    return {
        "ENGINE": "config.postgresql",
        "NAME": base,
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": port,
        "OPTIONS": options,
    }


def lire_redis(nom: str = "REDIS_URL") -> str:
    """`redis://host:port/db`, `rediss://…` or `unix:///folder/file?db=…`.

    Raises:
        ImproperlyConfigured: it is none of these.
    """
    url = lire(nom)
    try:
        parties = urlsplit(url)
        lieu = parties.path if parties.scheme == "unix" else parties.hostname
        lisible = parties.scheme in {"redis", "rediss", "unix"} and bool(lieu)
        parties.port  # noqa: B018  (raises where it is no number)
    except ValueError:
        lisible = False
    if not lisible:
        raise ImproperlyConfigured(
            f"{nom} doit désigner Valkey ou Redis (redis://hôte:port/base, ou unix:///fichier)."
        )
    return url


def courtier(url: str) -> str:
    """Celery's broker: a unix socket is `unix://` for the cache, `redis+socket://` for Celery."""
    if url.startswith("unix://"):
        return url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
    return url
