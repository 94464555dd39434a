"""Servers that are away: what can go on goes on, what cannot says so, and both recover."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from config.serveurs import attendre
from tests.concurrence import EN_ATTENTE, Fil
from tests.config.composition import DELAI, Composition
from tests.config.test_travail import il_y_a

# Starting everything counts in the first test, on machines that have other work.
pytestmark = pytest.mark.timeout(600)

MONDE = """
from datetime import timedelta
from django.utils.timezone import localdate
from hebergement.models import Place, Site
from socle.models import Jeton, Organisme, Personne, Structure, Utilisateur
organisme, _ = Organisme.objects.get_or_create(code="panne", defaults={"nom": "Organisme"})
structure, _ = Structure.objects.get_or_create(
    code="panne", defaults={"nom": "Structure", "type": "AUTRE", "organisme": organisme}
)
site, _ = Site.objects.get_or_create(
    code="panne", defaults={"nom": "Hôtel", "structure": structure}
)
numero = Place.objects.filter(site=site).count()
place = Place.objects.create(
    site=site, libelle=numero, ouverte_le=localdate() - timedelta(days=5)
)
personne = Personne.objects.create(organisme=organisme, pseudonyme="Rossignol")
compte, _ = Utilisateur.objects.get_or_create(
    identifiant="panne", defaults={"role": "COORDINATEUR", "organisme": organisme}
)
jeton, _ = Jeton.emettre(compte)
print("MONDE", jeton, place.pk, personne.pk)
"""


@dataclass
class Ronde:
    """Each answer of `/sante/pret/`: when it was asked for, its status, when it came."""

    vues: list[tuple[float, int, float]] = field(default_factory=list)

    def entre(self, debut: float, fin: float) -> list[int]:
        """Of what was asked and answered from one instant to the other."""
        return [statut for demande, statut, recu in self.vues if debut <= demande and recu <= fin]


@contextmanager
def veille(poste: Poste) -> Iterator[Ronde]:
    """Within the block, somebody asks all the time whether the service is ready."""
    ronde, fini = Ronde(), Event()

    def regarder() -> None:
        while not fini.is_set():
            demande = monotonic()
            statut = poste.pret()
            ronde.vues.append((demande, statut, monotonic()))

    fil = Fil(regarder)
    try:
        yield ronde
    finally:
        fini.set()
        fil.resultat()


class Poste:
    """A coordinator of a deployment, with a place to give and somebody to give it to."""

    def __init__(self, composition: Composition) -> None:
        self.composition = composition
        lignes = composition.python(MONDE).splitlines()
        (monde,) = (ligne.split()[1:] for ligne in lignes if ligne.startswith("MONDE"))
        self.jeton, self.place, self.personne = monde

    def demander(self, chemin: str, corps: Any = None) -> tuple[int, Any, Any]:
        contenu = None if corps is None else json.dumps(corps).encode()
        statut, texte, entetes = self.composition.demander(
            chemin, corps=contenu, Authorization=f"Bearer {self.jeton}"
        )
        return statut, json.loads(texte), entetes

    def pret(self) -> int:
        return self.demander("/sante/pret/")[0]

    def demande_de_sejour(self) -> dict[str, str]:
        return {
            "uuid": str(uuid4()),
            "place": self.place,
            "personne": self.personne,
            "arrivee": str(il_y_a(3)),
        }

    def occupees(self) -> list[int]:
        """Of each of the last five nights of the place's site."""
        _, page, _ = self.demander(f"/api/v1/occupation/?site=panne&du={il_y_a(5)}")
        return [ligne["occupees"] for ligne in page["resultats"]]


@pytest.fixture
def poste(composition: Composition) -> Poste:
    for service in ("web", "worker", "beat"):
        composition.attendre_la_sante(service)
    return Poste(composition)


def sejours_de(poste: Poste) -> list[int]:
    """The same figures, counted from the stays and nothing else."""
    with poste.composition.base() as connexion:
        lignes = connexion.execute(
            "SELECT count(s.uuid) FROM generate_series(%s::date, %s::date, interval '1 day') AS j "
            "LEFT JOIN (hebergement_sejour s JOIN hebergement_place p ON p.uuid = s.place_id "
            "JOIN hebergement_site t ON t.uuid = p.site_id AND t.code = 'panne') "
            "ON s.arrivee <= j AND (s.depart IS NULL OR s.depart > j) GROUP BY j ORDER BY j",
            [il_y_a(5), il_y_a(1)],
        ).fetchall()
    return [nombre for (nombre,) in lignes]


def test_writing_goes_on_without_valkey_and_what_it_forgets_is_found(
    composition: Composition, poste: Poste
) -> None:
    assert composition.arreter("valkey") == 0
    statut, sejour, _ = poste.demander("/api/v1/sejours/", poste.demande_de_sejour())
    assert statut == 201, sejour
    assert poste.pret() == 200
    assert poste.demander("/sante/metier/")[1]["courtier"] == "injoignable"
    composition.lancer("valkey")
    composition.attendre_la_sante("valkey")
    composition.valkey().flushall()
    assert attendre(lambda: poste.occupees() == sejours_de(poste), DELAI)
    assert poste.occupees()[-1] > 0
    assert poste.demander("/sante/metier/")[1]["courtier"] == "ok"


def test_postgresql_stopped_at_once_in_the_middle_of_a_request(
    composition: Composition, poste: Poste
) -> None:
    demande = poste.demande_de_sejour()
    with veille(poste) as ronde:
        debut = monotonic()
        with psycopg.connect(composition.url(), autocommit=True) as temoin:
            teneur = psycopg.connect(composition.url())
            teneur.execute("LOCK TABLE hebergement_sejour IN SHARE MODE")
            fil = Fil(lambda: poste.demander("/api/v1/sejours/", demande))
            assert attendre(
                lambda: temoin.execute(EN_ATTENTE, ["%hebergement_sejour%"]).fetchone() != (0,),
                DELAI,
            )
            assert attendre(lambda: bool(ronde.entre(debut, monotonic())), DELAI)
            postgresql = composition.processus.pop("postgresql")
            arret = monotonic()
            postgresql.send_signal(signal.SIGQUIT)  # its « immediate » stop: it only recovers
            postgresql.wait(timeout=DELAI)
            arrete = monotonic()
        for statut, corps, entetes in (fil.resultat(), poste.demander("/api/v1/sejours/")):
            assert statut == 503
            assert entetes["Content-Type"] == "application/problem+json"
            assert entetes["Retry-After"]
            assert corps["status"] == 503
            assert corps["detail"] == "Réessayez dans quelques instants."
        assert attendre(lambda: bool(ronde.entre(arrete, monotonic())), DELAI)
        assert poste.demander("/sante/vivant/")[0] == 200
        assert not composition.sante("web")
        relance = monotonic()
        composition.lancer("postgresql")
        composition.attendre_la_sante("postgresql")
        servie = monotonic()
        assert composition.sante("web")
        # The tablet that was told 503 sends again: the first time left nothing, the second is a
        # replay.
        assert poste.demander("/api/v1/sejours/", demande)[0] == 201
        assert poste.demander("/api/v1/sejours/", demande)[0] == 200
        assert attendre(lambda: bool(ronde.entre(servie, monotonic())), DELAI)
        fin = monotonic()
    # Ready while there is a database, and only then; nothing else at any moment.
    assert set(ronde.entre(debut, arret)) == {200}
    assert set(ronde.entre(arrete, relance)) == {503}
    assert set(ronde.entre(servie, fin)) == {200}
    assert set(ronde.entre(debut, fin)) == {200, 503}
    assert attendre(lambda: poste.occupees() == sejours_de(poste), DELAI)
    assert poste.occupees()[-1] > 0
