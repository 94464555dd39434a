"""What the real worker does behind the API: nights that put themselves right."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from commun.horloge import aujourd_hui
from tests.config.demonstration import Client, Demonstration

# Starting everything counts in the first test, on machines that have other work.
pytestmark = pytest.mark.timeout(600)

NUITS = 10
# One for all: a test may begin before midnight and end after it.
JOUR = aujourd_hui()


def il_y_a(jours: int) -> date:
    return JOUR - timedelta(days=jours)


class Chambre:
    """A place of its own at a site of its own, open for ten nights: every figure is known."""

    def __init__(self, coordinatrice: Client) -> None:
        self.coordinatrice = coordinatrice
        self.site = coordinatrice.post(
            "sites/",
            {
                "code": f"essai-{uuid4().hex[:12]}",
                "nom": "Hôtel de l'essai",
                "structure": "assore-a",
                "dispositif": "AUTRE",
            },
        )["uuid"]
        self.place = coordinatrice.post(
            "places/",
            {
                "site": self.site,
                "libelle": "1",
                "type": "HOTEL",
                "ouverte_le": str(il_y_a(NUITS)),
            },
        )["uuid"]
        self.personne = coordinatrice.post(
            "personnes/", {"uuid": str(uuid4()), "pseudonyme": "Rossignol"}
        )["uuid"]

    def sejour(self, **dates: str) -> str:
        demande = {"uuid": str(uuid4()), "place": self.place, "personne": self.personne}
        return str(self.coordinatrice.post("sejours/", demande | dates)["uuid"])

    def nuits(self) -> list[tuple[int, int, int, int]]:
        """Of each night: places, taken, arrivals, departures."""
        demande = f"occupation/?site={self.site}&au={JOUR}"
        lignes: list[dict[str, Any]] = self.coordinatrice.get(demande)["resultats"]
        assert [ligne["jour"] for ligne in lignes] == [
            str(il_y_a(NUITS - n)) for n in range(len(lignes))
        ]
        return [
            (ligne["theoriques"], ligne["occupees"], ligne["entrees"], ligne["sorties"])
            for ligne in lignes
        ]

    def attendues(self, arrivee: int, depart: int | None) -> list[tuple[int, int, int, int]]:
        """The nights of a stay that ran from so many days ago to so many days ago."""
        return [
            (
                1,
                int(n <= arrivee and (depart is None or n > depart)),
                int(n == arrivee),
                int(n == depart),
            )
            for n in range(NUITS, 0, -1)
        ]


@pytest.fixture
def chambre(demonstration: Demonstration) -> Chambre:
    return Chambre(demonstration.client("coordinatrice"))


def calme(coordinatrice: Client) -> bool:
    etat = coordinatrice.get("/sante/metier/")
    return (
        etat["courtier"] == "ok"
        and etat["nuits_a_recalculer"] == etat["paires_a_rapprocher"] == 0
        and etat["plus_ancienne_attente_le"] is None
        and etat["derniere_nuit_calculee"] >= str(il_y_a(1))
    )


def test_late_entry_and_correction_put_their_nights_right(
    demonstration: Demonstration, chambre: Chambre
) -> None:
    vides = [(1, 0, 0, 0)] * NUITS
    demonstration.attendre(lambda: chambre.nuits() == vides)

    sejour = chambre.sejour(arrivee=str(il_y_a(8)))
    demonstration.attendre(lambda: chambre.nuits() == chambre.attendues(8, None))

    chambre.coordinatrice.corriger(f"sejours/{sejour}/", {"depart": str(il_y_a(3))})
    demonstration.attendre(lambda: chambre.nuits() == chambre.attendues(8, 3))

    chambre.coordinatrice.corriger(f"sejours/{sejour}/", {"arrivee": str(il_y_a(6))})
    demonstration.attendre(lambda: chambre.nuits() == chambre.attendues(6, 3))
    demonstration.attendre(lambda: calme(chambre.coordinatrice))


def test_killed_worker_and_beat_catch_up(demonstration: Demonstration, chambre: Chambre) -> None:
    coordinatrice = chambre.coordinatrice
    sejour = chambre.sejour(arrivee=str(il_y_a(8)))
    demonstration.attendre(lambda: chambre.nuits() == chambre.attendues(8, None))

    # Stopped in its tracks, so that it is killed with the work before it.
    worker = demonstration.enfant("worker")
    for processus in (worker, *worker.children(recursive=True)):
        processus.suspend()
    coordinatrice.corriger(f"sejours/{sejour}/", {"depart": str(il_y_a(5))})
    assert not calme(coordinatrice)
    demonstration.tuer("worker")
    demonstration.attendre(lambda: chambre.nuits() == chambre.attendues(8, 5))
    demonstration.attendre(lambda: calme(coordinatrice))

    # A repair past the application wakes nobody: only beat's sweeper can find it.
    with psycopg.connect(demonstration.base_de_donnees) as connexion:
        connexion.execute(
            "UPDATE hebergement_sejour SET depart = %s WHERE uuid = %s", [il_y_a(2), sejour]
        )
    demonstration.tuer("worker", "beat")
    demonstration.attendre(lambda: chambre.nuits() == chambre.attendues(8, 2))
    demonstration.attendre(lambda: calme(coordinatrice))
