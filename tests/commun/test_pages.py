"""Walking through a list, page by page, both ways: every row once, whatever is equal in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from commun.horloge import maintenant
from contacts.models import Acte, Contact, RemiseMateriel
from coordination.models import Orientation
from hebergement.models import OccupationNuit
from maraudes.models import Observation
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import SiteFactory
from tests.routes import adresse_de, creer
from tests.test_acces import LISTES

pytestmark = pytest.mark.django_db
NOMS = sorted(n for n, m in LISTES if n.endswith("-list") and m == "get")
LIGNES = 16
NOMBRES = (
    "theoriques", "fermees", "disponibles", "occupees", "reservees", "entrees", "sorties",
    "transferts_entrants", "transferts_sortants", "anomalies",
)  # fmt: skip
DATES = {
    "rencontre": Contact,
    "passage": Contact,
    "acte": Acte,
    "materiel": RemiseMateriel,
    "observation": Observation,
    "orientation": Orientation,
}


def tous_egaux(rang: int) -> int:
    return 0


def par_paquets(rang: int) -> int:
    """Runs of one, of five, of nine: shorter and longer than a page."""
    return 0 if rang < 1 else 1 if rang < 6 else 2 if rang < 15 else 3


def tous_differents(rang: int) -> int:
    return rang


def peupler(nom: str, structure: Structure, rang_de: Callable[[int], int]) -> None:
    """Sixteen rows of a kind; `rang_de` tells which share their instant, to the microsecond."""
    sorte = nom.removesuffix("-list")
    if sorte == "occupation":
        sites = [SiteFactory(structure=structure) for _ in range(4)]
        OccupationNuit.objects.bulk_create(
            OccupationNuit(
                site=site,
                jour=date(2023, 5, 1) + timedelta(days=jour),
                **dict.fromkeys(NOMBRES, jour),
            )
            for jour in range(4)
            for site in reversed(sites)  # so that the key alone gives another order
        )
        return
    for _ in range(LIGNES):
        creer({"place-libre": "place"}.get(sorte, sorte), structure.organisme)
    if sorte in DATES:
        modele: Any = DATES[sorte]
        debut: datetime = maintenant() - timedelta(days=3)
        for rang, cle in enumerate(modele.objects.order_by("?").values_list("pk", flat=True)):
            quand = debut + timedelta(microseconds=rang_de(rang))
            modele.objects.filter(pk=cle).update(survenu_le=quand)


def parcourir(client: APIClient, adresse: str, sens: str) -> tuple[list[Any], str]:
    """The rows from this page to the end of that side, in the list's order; the last address."""
    lignes: list[Any] = []
    while True:
        reponse = client.get(adresse)
        assert reponse.status_code == 200, reponse.content
        page = reponse.json()
        resultats = page["resultats"]
        lignes = lignes + resultats if sens == "suivant" else resultats + lignes
        assert len(lignes) <= 10 * LIGNES, "La marche ne finit pas."
        if page[sens] is None:
            return lignes, adresse
        adresse = page[sens]


# Nothing but keys elsewhere: there is one way to order them.
CAS = [
    (nom, egalites)
    for nom in NOMS
    for egalites in (
        (tous_egaux, par_paquets, tous_differents)
        if nom.removesuffix("-list") in DATES
        else (tous_egaux,)
    )
]


@pytest.mark.parametrize(("nom", "egalites"), CAS)
def test_every_row_once_both_ways(
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    nom: str,
    egalites: Callable[[int], int],
) -> None:
    client, adresse = api(coordinatrice), adresse_de(nom)
    peupler(nom, espace_repos, egalites)
    entiere = client.get(adresse, {"taille": 500}).json()["resultats"]
    assert len(entiere) == (LIGNES if nom != "structure-list" else 1)
    for taille in (3, 7):
        aller, derniere = parcourir(client, f"{adresse}?taille={taille}", "suivant")
        assert aller == entiere
        retour, premiere = parcourir(client, derniere, "precedent")
        assert retour == entiere
        encore, _ = parcourir(client, premiere, "suivant")
        assert encore == entiere


@pytest.mark.parametrize("nom", [f"{sorte}-list" for sorte in sorted(DATES)])
def test_turning_back_on_any_page(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    """The page before the page after is this page, even in the middle of what is equal."""
    client = api(coordinatrice)
    peupler(nom, espace_repos, tous_egaux)
    adresse: str | None = f"{adresse_de(nom)}?taille=3"
    while adresse is not None:
        page = client.get(adresse).json()
        adresse = page["suivant"]
        if adresse is not None:
            suivante = client.get(adresse).json()
            revenue = client.get(suivante["precedent"]).json()
            assert revenue["resultats"] == page["resultats"]
            assert client.get(revenue["suivant"]).json()["resultats"] == suivante["resultats"]


def test_a_row_that_arrives_meanwhile_moves_no_other(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client, adresse = api(coordinatrice), adresse_de("acte-list")
    peupler("acte-list", espace_repos, tous_egaux)
    avant = [ligne["uuid"] for ligne in client.get(adresse).json()["resultats"]]
    page = client.get(adresse, {"taille": 3}).json()
    vues = [ligne["uuid"] for ligne in page["resultats"]]
    while page["suivant"] is not None:
        creer("acte", espace_repos.organisme)
        Acte.objects.exclude(pk__in=avant).update(survenu_le=maintenant())
        page = client.get(page["suivant"]).json()
        vues += [ligne["uuid"] for ligne in page["resultats"]]
    assert vues == avant
