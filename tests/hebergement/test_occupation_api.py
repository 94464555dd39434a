"""The nights of every site, read as definitions.md names them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine

from hebergement.models import Site
from hebergement.occupation import recalculer_marques
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import FermetureFactory, PlaceFactory, SejourFactory, SiteFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/occupation/"
NOMS = {
    "site", "jour", "theoriques", "fermees", "disponibles", "occupees", "taux", "entrees",
    "sorties", "transferts_entrants", "transferts_sortants", "anomalies", "reservees",
}  # fmt: skip
PREUVE = {"formule", "calcule_le", "empreinte", "connu_le"}


@pytest.fixture
def hotel(espace_repos: Structure) -> Site:
    """Three places from the 1st: one occupied from the 2nd to the 4th, one closed on the 3rd."""
    site: Site = SiteFactory(structure=espace_repos, code="hotel-du-nord")
    places = [PlaceFactory(site=site, ouverte_le=date(2026, 3, 1)) for _ in range(3)]
    SejourFactory(place=places[0], arrivee=date(2026, 3, 2), depart=date(2026, 3, 4))
    FermetureFactory(place=places[1], debut=date(2026, 3, 3), fin=date(2026, 3, 4))
    PlaceFactory(site=SiteFactory(code="ailleurs"), ouverte_le=date(2026, 3, 4))
    with time_machine.travel("2026-03-06T12:00:00Z", tick=False):
        recalculer_marques()
    return site


def lire(api: Api, actrice: Utilisateur, **filtres: Any) -> list[dict[str, Any]]:
    reponse = api(actrice).get(URL, filtres)
    assert reponse.status_code == 200, reponse.json()
    resultats: list[dict[str, Any]] = reponse.json()["resultats"]
    return resultats


def test_rows_have_the_names_and_numbers_of_the_definitions(
    api: Api, coordinatrice: Utilisateur, hotel: Site
) -> None:
    lignes = lire(api, coordinatrice, site="hotel-du-nord", du="2026-03-01", au="2026-03-06")
    assert [ligne["jour"] for ligne in lignes] == [f"2026-03-0{n}" for n in range(1, 6)]
    assert all(set(ligne) == NOMS | PREUVE for ligne in lignes)
    attendu = {"site": str(hotel.pk), "jour": "2026-03-03", "theoriques": 3, "fermees": 1}
    attendu |= {"disponibles": 2, "occupees": 1, "taux": 0.5, "entrees": 0, "sorties": 0}
    attendu |= {"transferts_entrants": 0, "transferts_sortants": 0, "anomalies": 0}
    assert {n: v for n, v in lignes[2].items() if n in NOMS} == {**attendu, "reservees": 0}
    assert [ligne["taux"] for ligne in lignes] == [0, 0.3333, 0.5, 0, 0]
    assert [(ligne["entrees"], ligne["sorties"]) for ligne in lignes] == [
        (0, 0), (1, 0), (0, 0), (0, 1), (0, 0),
    ]  # fmt: skip


def test_au_is_excluded_and_du_included(api: Api, coordinatrice: Utilisateur, hotel: Site) -> None:
    lignes = lire(api, coordinatrice, site=str(hotel.pk), du="2026-03-02", au="2026-03-04")
    assert [ligne["jour"] for ligne in lignes] == ["2026-03-02", "2026-03-03"]
    assert lire(api, coordinatrice, du="2026-03-04", au="2026-03-04") == []


def test_by_code_by_uuid_or_all(api: Api, coordinatrice: Utilisateur, hotel: Site) -> None:
    par_code = lire(api, coordinatrice, site="hotel-du-nord")
    assert par_code == lire(api, coordinatrice, site=str(hotel.pk))
    assert len(par_code) == 5
    toutes = lire(api, coordinatrice)
    assert len(toutes) == 7
    assert [ligne["jour"] for ligne in toutes] == sorted(ligne["jour"] for ligne in toutes)


@pytest.mark.parametrize("site", ["nulle-part", "00000000-0000-7000-8000-000000000001"])
def test_an_unknown_site_is_said_and_not_an_empty_figure(
    api: Api, coordinatrice: Utilisateur, hotel: Site, site: str
) -> None:
    reponse = api(coordinatrice).get(URL, {"site": site})
    assert reponse.status_code == 400
    assert reponse.json()["erreurs"] == [
        {"champ": "site", "message": "Référence inconnue.", "code": "inconnu"}
    ]


def test_nothing_available_has_no_rate(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    place = PlaceFactory(site=SiteFactory(code="clos"), ouverte_le=date(2026, 3, 1))
    FermetureFactory(place=place, debut=date(2026, 3, 1), fin=date(2026, 3, 2))
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        recalculer_marques()
    (ligne,) = lire(api, coordinatrice, site="clos")
    assert (ligne["theoriques"], ligne["disponibles"], ligne["taux"]) == (1, 0, None)


def test_a_correction_through_the_api_makes_its_nights_right_again(
    api: Api, coordinatrice: Utilisateur, hotel: Site
) -> None:
    client = api(coordinatrice)
    (sejour,) = client.get("/api/v1/sejours/").json()["resultats"]
    adresse = f"/api/v1/sejours/{sejour['uuid']}/"
    etag = client.get(adresse)["ETag"]
    corps = {"arrivee": "2026-03-01", "depart": "2026-03-05"}
    assert client.patch(adresse, corps, headers={"If-Match": etag}).status_code == 200
    with time_machine.travel("2026-03-06T12:00:00Z", tick=False):
        recalculer_marques()
    lignes = lire(api, coordinatrice, site="hotel-du-nord")
    assert [ligne["occupees"] for ligne in lignes] == [1, 1, 1, 1, 0]
