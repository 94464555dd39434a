"""Settings fail loudly on what is missing or absurd; production passes Django's own check."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.celery import app

RACINE = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "q8Zr1vK0-4mWb7sYt2uXc9eHf6gJd3aLp5nQo8RiTwEyUzVxBkCmMhSgNfPj",
    "ALLOWED_HOSTS": "maraude.example",
    "CSRF_TRUSTED_ORIGINS": "https://maraude.example",
    "TLS": "1",
}


# What the image installs, and nothing else: the rest is as if it were not there.
SANS_LE_RESTE = """
import importlib.metadata, re, sys
def nom(texte): return re.sub("[-_.]+", "-", texte).lower()
verrou = open("requirements/production.txt").read()
installes = {nom(n) for n in re.findall(r"^([A-Za-z0-9_.-]+)==", verrou, re.M)}
for module, paquets in importlib.metadata.packages_distributions().items():
    if not installes & {nom(paquet) for paquet in paquets}:
        sys.modules[module] = None
assert sys.modules["pytest"] is None and len(installes) > 30
import config.wsgi, config.urls, gunicorn.app.wsgiapp
from django.core.management import call_command
call_command("check", deploy=True, fail_level="WARNING")
config.celery_app.loader.import_default_modules()
print(*sorted(n for n in config.celery_app.tasks if not n.startswith("celery.")))
"""


def manage(*arguments: str, **environnement: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", *arguments, **environnement)


def python(*arguments: str, **environnement: str) -> subprocess.CompletedProcess[str]:
    hors = {"DEMO", "DEBUG", "ESSAIS", "SECRET_KEY", "ALLOWED_HOSTS", "TLS"}
    herite = {nom: valeur for nom, valeur in os.environ.items() if nom not in hors}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=RACINE,
        env=herite | PRODUCTION | environnement,
        capture_output=True,
        text=True,
        check=False,
    )


def test_deployment_check_is_clean_in_production() -> None:
    resultat = manage("check", "--deploy", "--fail-level", "WARNING")
    assert resultat.returncode == 0, resultat.stderr


def test_production_needs_no_more_than_its_own_requirements() -> None:
    resultat = python("-c", SANS_LE_RESTE)
    assert resultat.returncode == 0, resultat.stderr
    taches = set(resultat.stdout.splitlines()[-1].split())
    assert {entree["task"] for entree in app.conf.beat_schedule.values()} <= taches


@pytest.mark.parametrize(
    ("environnement", "dit"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY est obligatoire"),
        ({"SECRET_KEY": "demo" * 20}, "celle de la démonstration"),
        ({"SECRET_KEY": "courte"}, "trop courte"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS est obligatoire"),
        ({"SECRET_KEY": "abc" * 30}, "se répète"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS ne peut valoir"),
        ({"ALLOWED_HOSTS": "maraude.example,."}, "ALLOWED_HOSTS ne peut valoir"),
        ({"ALLOWED_HOSTS": ","}, "ALLOWED_HOSTS ne peut valoir"),
        ({"TLS": "0"}, "TLS doit valoir 1"),
        ({"DATABASE_URL": ""}, "DATABASE_URL est obligatoire"),
        ({"DATABASE_URL": "mysql://x/y"}, "PostgreSQL"),
        ({"DATABASE_URL": "postgresql://hote"}, "le nom de la base"),
        ({"DATABASE_URL": "postgresql://u:secret@hote:port/base"}, "numéro de port"),
        ({"DATABASE_URL": "postgresql://u:secret@hote:99999/base"}, "numéro de port"),
        ({"DATABASE_URL": "postgresql://u:secret@hote/base?couleur=rouge"}, "option inconnue"),
        ({"DATABASE_URL": "postgresql://u:secret@[hote/base"}, "n'est pas lisible"),
        ({"REDIS_URL": ""}, "REDIS_URL est obligatoire"),
        ({"REDIS_URL": "abc"}, "doit désigner Valkey"),
        ({"REDIS_URL": "http://:secret@hote:6379/0"}, "doit désigner Valkey"),
        ({"REDIS_URL": "redis://:secret@hote:port/0"}, "doit désigner Valkey"),
        ({"REDIS_URL": "unix://"}, "doit désigner Valkey"),
        ({"DEBUG": "peut-être"}, "DEBUG vaut"),
        ({"JETON_DUREE_HEURES": "0"}, "il faut 1 à"),
        ({"JETON_DUREE_HEURES": "longtemps"}, "nombre entier"),
        ({"DEMO": "1", "TLS": "1"}, "DEMO"),
        ({"DEBUG": "1", "TLS": "1"}, "DEBUG"),
    ],
    ids=lambda valeur: "-".join(valeur) if isinstance(valeur, dict) else "",
)
def test_what_is_missing_or_absurd_is_refused(environnement: dict[str, str], dit: str) -> None:
    resultat = manage("check", **environnement)
    assert resultat.returncode != 0
    assert dit in resultat.stderr
    assert "secret@" not in resultat.stderr
