"""What dies in the middle of its work: nothing is lost, and nobody has to put anything right.

The demonstration's supervisor starts again what dies, as `restart: unless-stopped` does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from redis import Redis

from commun.horloge import aujourd_hui, maintenant
from config.celery import app
from config.serveurs import attendre
from tests.concurrence import EN_ATTENTE
from tests.config.demonstration import DELAI, HERITAGE_REFUSE, RACINE, Demonstration
from tests.config.test_travail import Chambre, calme, il_y_a

# Starting everything counts in the first test, on machines that have other work.
pytestmark = pytest.mark.timeout(600)

QUI_ATTEND = EN_ATTENTE.replace("count(*)", "pid")
# Asked for before what the service does after a commit, so it comes first: nothing is sent.
MOURIR_UNE_FOIS_ECRIT = """
import os, signal, sys
import django
django.setup()
from django.db import transaction
from accueil.services import enregistrer_passage
from redis import Redis

from commun.horloge import aujourd_hui, maintenant
from config.celery import app
from hebergement.models import Sejour
from socle.models import Personne, Structure
sejour, depart, passage, personne = sys.argv[1:]
with transaction.atomic():
    transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
    ligne = Sejour.objects.get(pk=sejour)
    ligne.depart = depart
    ligne.save()
    enregistrer_passage(
        uuid=passage,
        structure=Structure.objects.get(code="espace-repos-chapelle"),
        personne=Personne.objects.get(pk=personne),
        saisi_le=maintenant(),
        recu_le=maintenant(),
    )
"""


@pytest.fixture
def chambre(demonstration: Demonstration) -> Chambre:
    chambre = Chambre(demonstration.client("coordinatrice"))
    demonstration.attendre(lambda: calme(chambre.coordinatrice))
    return chambre


@contextmanager
def au_milieu(base: str, table: str, requete: str, commencer: Callable[[], Any]) -> Iterator[None]:
    """Within the block a process is in the middle of such a statement, and goes on after it."""
    with (
        psycopg.connect(base) as teneur,
        psycopg.connect(base, autocommit=True) as temoin,
    ):
        # Readable, not writable: who writes it waits.
        teneur.execute(f"LOCK TABLE {table} IN SHARE MODE")
        commencer()

        def attend() -> bool:
            return temoin.execute(EN_ATTENTE, [f"%{requete}%"]).fetchone() != (0,)

        assert attendre(attend, DELAI)
        (au_travail,) = temoin.execute(QUI_ATTEND, [f"%{requete}%"]).fetchall()
        yield
        # The server does not see at once that its client is dead: what it was asked for goes too.
        temoin.execute("SELECT pg_terminate_backend(%s, 60000)", au_travail)
        teneur.rollback()


def controles(demonstration: Demonstration) -> list[tuple[Any, ...]]:
    """Of each check of the nights: of which day, how many it counted, how many were wrong."""
    with psycopg.connect(demonstration.base_de_donnees) as connexion:
        return connexion.execute(
            "SELECT (fait_le AT TIME ZONE 'Europe/Paris')::date, lignes, ecarts "
            "FROM hebergement_controleoccupation ORDER BY fait_le"
        ).fetchall()


def courtier(demonstration: Demonstration) -> Redis:
    return Redis.from_url(demonstration.enfant("worker").environ()["REDIS_URL"])


def executer(demonstration: Demonstration, *commande: str) -> int:
    """Run Python beside the demonstration, with its environment; the exit code."""
    assert demonstration.processus
    environnement = {nom: v for nom, v in os.environ.items() if nom not in HERITAGE_REFUSE}
    environnement |= {
        nom: valeur
        for nom, valeur in demonstration.enfant("worker").environ().items()
        if nom in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEMO", "STATIC_ROOT"}
    }
    return subprocess.run(
        [sys.executable, *commande],
        cwd=RACINE,
        env=environnement | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode


def test_worker_killed_in_the_middle_of_a_recomputation(
    demonstration: Demonstration, chambre: Chambre
) -> None:
    coordinatrice = chambre.coordinatrice
    sejour = chambre.sejour(arrivee=str(il_y_a(8)))
    demonstration.attendre(lambda: chambre.nuits() == chambre.attendues(8, None))
    with au_milieu(
        demonstration.base_de_donnees,
        "hebergement_occupationnuit",
        "ouvertures AS",
        lambda: coordinatrice.corriger(f"sejours/{sejour}/", {"depart": str(il_y_a(4))}),
    ):
        demonstration.tuer("worker")
        assert coordinatrice.demander("GET", "/sante/pret/")[0] == 200
        assert chambre.nuits() == chambre.attendues(8, None)
        # Its marks went with it, and came back with it.
        assert coordinatrice.get("/sante/metier/")["nuits_a_recalculer"] > 0
    demonstration.attendre(lambda: chambre.nuits() == chambre.attendues(8, 4))
    demonstration.attendre(lambda: calme(coordinatrice))


@pytest.fixture
def controle_du(demonstration: Demonstration) -> list[tuple[Any, ...]]:
    """Nobody has made the check of the day: those that were made before."""
    with psycopg.connect(demonstration.base_de_donnees) as connexion:
        connexion.execute(
            "DELETE FROM hebergement_controleoccupation "
            "WHERE (fait_le AT TIME ZONE 'Europe/Paris')::date = %s",
            [aujourd_hui()],
        )
    # What a worker had in hand when an earlier test killed it comes back in an hour, not here.
    courtier(demonstration).delete("unacked", "unacked_index")
    return controles(demonstration)


def demander_le_controle(demonstration: Demonstration) -> None:
    """What beat sends every hour."""
    tache = app.conf.beat_schedule["controler-l-occupation"]["task"]
    assert executer(demonstration, "-m", "celery", "-A", "config", "--quiet", "call", tache) == 0


def verifier_le_controle(demonstration: Demonstration, avant: list[tuple[Any, ...]]) -> None:
    """Made once a day, however often it was asked for, and it has counted every night."""
    demonstration.attendre(lambda: len(controles(demonstration)) > len(avant))
    demander_le_controle(demonstration)
    demonstration.attendre(lambda: file_vide(demonstration))
    *_, (_, lignes, ecarts) = faits = controles(demonstration)
    jours = [jour for jour, *_ in faits]
    assert len(set(jours)) == len(jours) > len(avant)
    with psycopg.connect(demonstration.base_de_donnees) as connexion:
        assert connexion.execute("SELECT count(*) FROM hebergement_occupationnuit").fetchone() == (
            lignes,
        )
    assert ecarts == 0


def file_vide(demonstration: Demonstration) -> bool:
    """Nothing waits for the worker, and it has nothing in hand."""
    return not courtier(demonstration).exists("celery", "unacked")


def test_worker_killed_while_it_holds_the_reconciliation(
    demonstration: Demonstration, chambre: Chambre, controle_du: list[tuple[Any, ...]]
) -> None:
    """The process that works dies and its parent gives the task to another."""
    with au_milieu(
        demonstration.base_de_donnees,
        "hebergement_controleoccupation",
        "hebergement_controleoccupation",
        lambda: demander_le_controle(demonstration),
    ):
        (travailleur,) = demonstration.enfant("worker").children()
        travailleur.send_signal(signal.SIGKILL)
    verifier_le_controle(demonstration, controle_du)


def test_reconciliation_lost_with_its_worker_and_its_message(
    demonstration: Demonstration, chambre: Chambre, controle_du: list[tuple[Any, ...]]
) -> None:
    """Nobody is left who knows of it, until beat asks again within the hour."""
    with au_milieu(
        demonstration.base_de_donnees,
        "hebergement_controleoccupation",
        "hebergement_controleoccupation",
        lambda: demander_le_controle(demonstration),
    ):
        demonstration.tuer("worker")
        courtier(demonstration).flushall()
    demonstration.attendre(lambda: calme(chambre.coordinatrice))
    demander_le_controle(demonstration)
    verifier_le_controle(demonstration, controle_du)


def test_process_killed_once_it_has_written_and_before_it_says_so(
    demonstration: Demonstration, chambre: Chambre
) -> None:
    """Nights to compute again, and an orientation that somebody's visit answers."""
    coordinatrice = chambre.coordinatrice
    sejour = chambre.sejour(arrivee=str(il_y_a(8)))
    demonstration.attendre(lambda: chambre.nuits() == chambre.attendues(8, None))
    orientation, passage = str(uuid4()), str(uuid4())
    coordinatrice.post(
        "orientations/",
        {
            "uuid": orientation,
            "personne": chambre.personne,
            "structure_origine": "espace-repos-chapelle",
            "structure": "espace-repos-chapelle",
            "saisi_le": maintenant().isoformat(),
        },
    )
    demonstration.attendre(lambda: calme(coordinatrice))
    mort = executer(
        demonstration, "-c", MOURIR_UNE_FOIS_ECRIT,
        sejour, str(il_y_a(6)), passage, chambre.personne,
    )  # fmt: skip
    assert mort == -signal.SIGKILL
    # Written and marked; nobody was told.
    etat = coordinatrice.get("/sante/metier/")
    assert etat["nuits_a_recalculer"] > 0
    assert etat["paires_a_rapprocher"] > 0
    demonstration.attendre(lambda: chambre.nuits() == chambre.attendues(8, 6))
    demonstration.attendre(lambda: calme(coordinatrice))
    trouvee = coordinatrice.get(f"orientations/{orientation}/")
    assert trouvee["statut"] == "ABOUTIE"
    assert passage in json.dumps(trouvee)
