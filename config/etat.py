"""What runs behind the page, told in plain French: servers, worker, beat, and their latest work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import localtime
from redis import Redis
from redis.exceptions import RedisError

from commun.horloge import aujourd_hui, maintenant
from config.celery import PLANIFICATEUR, app
from coordination.models import MarquePaire
from hebergement.models import ControleOccupation, MarqueNuits, OccupationNuit
from indicateurs.presentation.nombres import accorder

# Beat sends something every minute: three missed ones are not a delay any more.
SILENCE = timedelta(minutes=3)
HEURE = "j F Y \\à G\N{NO-BREAK SPACE}\\h\N{NO-BREAK SPACE}i"


@dataclass(frozen=True)
class Partie:
    """One part of the service: its name, what it is for, and how it is (None: too early to say)."""

    nom: str
    role: str
    bon: bool | None
    texte: str


def _postgresql() -> Partie:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0].split()[0]
    return Partie("PostgreSQL", "la base de données", True, f"version {version}")


def _valkey() -> tuple[Partie, bool]:
    nom, role = "Valkey", "la file des tâches"
    try:
        client = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
        infos = client.info("server")
        attente = int(client.llen("celery"))
    except RedisError:
        texte = "ne répond pas : rien n'est perdu, le travail sera repris"
        return Partie(nom, role, False, texte), False
    version = infos.get("valkey_version", infos.get("redis_version"))
    texte = f"version {version} ; {accorder(attente, 'tâche')} en attente"
    return Partie(nom, role, True, texte), True


def _worker(courtier: bool) -> Partie:
    # The first answer is enough: the whole delay is only spent when nobody is there.
    present = courtier and bool(app.control.ping(timeout=1.0, limit=1))
    texte = "à l'écoute" if present else "ne répond pas : les tâches attendent"
    return Partie("Worker Celery", "fait les tâches de fond", present, texte)


def _beat(courtier: bool) -> Partie:
    nom, role = "Beat Celery", "lance les tâches à leur heure"
    signe = cache.get(PLANIFICATEUR) if courtier else None
    if signe is None:
        return Partie(nom, role, False, "aucun signe de vie")
    heure = date_format(localtime(signe), HEURE)
    return Partie(nom, role, maintenant() - signe < SILENCE, f"dernier signe de vie : {heure}")


def _nuits() -> Partie:
    nom, role = "Occupation des nuits", "calculée chaque nuit"
    jour = OccupationNuit.objects.order_by("-jour").values_list("jour", flat=True).first()
    attente = MarqueNuits.objects.count()
    if jour is None:
        return Partie(nom, role, False, "aucune nuit calculée")
    texte = f"dernière nuit calculée : {date_format(jour, 'j F Y')}"
    if attente:
        texte += f" ; {accorder(attente, 'changement')} à reprendre"
    # Between midnight and the computation, the night before last is the latest.
    return Partie(nom, role, jour >= aujourd_hui() - timedelta(days=2), texte)


def _controle() -> Partie:
    nom, role = "Contrôle des nuits", "tout recompté chaque nuit"
    controle = ControleOccupation.objects.order_by("-fait_le").first()
    if controle is None:
        return Partie(nom, role, None, "pas encore fait")
    quand = date_format(localtime(controle.fait_le), HEURE)
    ecarts = accorder(controle.ecarts, "écart") if controle.ecarts else "aucun écart"
    lignes = accorder(controle.lignes, "ligne")
    return Partie(nom, role, not controle.ecarts, f"{quand} : {ecarts} sur {lignes}")


def _orientations() -> Partie:
    attente = MarquePaire.objects.count()
    texte = f"{accorder(attente, 'changement')} à reprendre" if attente else "à jour"
    return Partie("Orientations", "rapprochées des arrivées chaque minute", True, texte)


def etat() -> list[Partie]:
    """Everything that runs, in the order in which one looks for a fault."""
    valkey, courtier = _valkey()
    return [
        _postgresql(),
        valkey,
        _worker(courtier),
        _beat(courtier),
        _nuits(),
        _controle(),
        _orientations(),
    ]
