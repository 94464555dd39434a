"""Sites, rooms and places made by coordination: replays, ETags, corrections."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hebergement.models import Chambre, Place, Site
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ChambreFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db
SORTES = ["sites", "chambres", "places"]


def demande(sorte: str, structure: Structure) -> tuple[dict[str, Any], dict[str, Any]]:
    """A creation, and what makes it another one."""
    site = SiteFactory(structure=structure)
    return {
        "sites": (
            {"code": "hotel-du-nord", "nom": "Hôtel du Nord", "structure": structure.code},
            {"nom": "Hôtel du Sud"},
        ),
        "chambres": ({"site": site.code, "libelle": "12"}, {"libelle": "13"}),
        "places": (
            {
                "site": str(site.pk),
                "chambre": str(ChambreFactory(site=site).pk),
                "libelle": "12A",
                "type": "HOTEL",
                "ouverte_le": "2023-01-01",
            },
            {"ouverte_le": "2023-02-01"},
        ),
    }[sorte]


@pytest.mark.parametrize("sorte", SORTES)
def test_created_once_replayed_and_refused_otherwise(
    api: Api,
    coordinatrice: Utilisateur,
    administratrice: Utilisateur,
    espace_repos: Structure,
    sorte: str,
) -> None:
    adresse = f"/api/v1/{sorte}/"
    corps, autrement = demande(sorte, espace_repos)
    corps = {"uuid": identifiant(), **corps}
    client = api(coordinatrice)
    creee = client.post(adresse, corps)
    assert creee.status_code == 201, creee.json()
    assert creee.json()["uuid"] == corps["uuid"]
    rejeu = client.post(adresse, dict(reversed(corps.items())))
    assert (rejeu.status_code, rejeu.json()) == (200, creee.json())
    assert rejeu["ETag"] == creee["ETag"] == client.get(f"{adresse}{corps['uuid']}/")["ETag"]
    for refusee in (
        client.post(adresse, {**corps, **autrement}),
        api(administratrice).post(adresse, corps),
    ):
        assert refusee.status_code == 409
        assert set(refusee.json()) == {"type", "title", "status", "detail"}


@pytest.mark.parametrize("sorte", SORTES)
def test_a_replay_is_known_by_the_request_and_not_by_the_row(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, sorte: str
) -> None:
    adresse = f"/api/v1/{sorte}/"
    corps, autrement = demande(sorte, espace_repos)
    corps = {"uuid": identifiant(), **corps}
    client = api(coordinatrice)
    creee = client.post(adresse, corps)
    fiche = f"{adresse}{corps['uuid']}/"
    assert client.patch(fiche, autrement).status_code == 428
    corrigee = client.patch(fiche, autrement, headers={"If-Match": creee["ETag"]})
    assert corrigee.status_code == 200, corrigee.json()
    assert corrigee["ETag"] != creee["ETag"]
    rejeu = client.post(adresse, corps)
    assert (rejeu.status_code, rejeu.json()) == (200, corrigee.json())
    perimee = client.patch(fiche, autrement, headers={"If-Match": creee["ETag"]})
    assert (perimee.status_code, perimee.json()["etat"]) == (412, corrigee.json())


@pytest.mark.parametrize("sorte", SORTES)
def test_without_a_uuid_the_service_makes_one(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, sorte: str
) -> None:
    corps, _ = demande(sorte, espace_repos)
    creee = api(coordinatrice).post(f"/api/v1/{sorte}/", corps)
    assert creee.status_code == 201, creee.json()
    modele: Any = {"sites": Site, "chambres": Chambre, "places": Place}[sorte]
    assert modele.objects.get(pk=creee.json()["uuid"]).auteur == coordinatrice


def test_a_place_is_in_a_room_of_its_own_site(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = api(coordinatrice)
    site, ailleurs = SiteFactory(structure=espace_repos), ChambreFactory()
    corps = {"site": site.code, "libelle": "1", "ouverte_le": "2023-01-01"}
    refusee = client.post("/api/v1/places/", {**corps, "chambre": str(ailleurs.pk)})
    assert refusee.status_code == 400
    assert [e["champ"] for e in refusee.json()["erreurs"]] == ["chambre"]
    assert not Place.objects.exists()
    sans = client.post("/api/v1/places/", corps)
    assert (sans.status_code, sans.json()["chambre"]) == (201, None)
    chambre = ChambreFactory(site=site)
    fiche = f"/api/v1/places/{sans.json()['uuid']}/"
    avec = client.patch(fiche, {"chambre": str(chambre.pk)}, headers={"If-Match": sans["ETag"]})
    assert avec.json()["chambre"] == str(chambre.pk)
    for corps in ({"chambre": str(ailleurs.pk)}, {"site": str(ailleurs.site_id)}):
        mauvaise = client.patch(fiche, corps, headers={"If-Match": avec["ETag"]})
        assert mauvaise.status_code == 400, mauvaise.json()
    # Nor can the room go and leave its places behind.
    adresse = f"/api/v1/chambres/{chambre.pk}/"
    partie = client.patch(
        adresse, {"site": str(ailleurs.site_id)}, headers={"If-Match": client.get(adresse)["ETag"]}
    )
    assert partie.status_code == 409
    assert partie.json()["detail"] == "La chambre est d'un autre site que la place."


def test_an_opening_is_not_shortened_under_a_stay(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = api(coordinatrice)
    place = PlaceFactory(site=SiteFactory(structure=espace_repos), ouverte_le=date(2023, 1, 1))
    sejour = SejourFactory(place=place, arrivee=date(2023, 2, 1), depart=date(2023, 3, 1))
    adresse = f"/api/v1/places/{place.pk}/"
    for champs in ({"fermee_le": "2023-02-28"}, {"ouverte_le": "2023-02-02"}):
        etag = client.get(adresse)["ETag"]
        refus = client.patch(adresse, champs, headers={"If-Match": etag})
        assert refus.status_code == 409
        assert refus.json()["obstacles"] == [
            {
                "type": "PLACE_OCCUPEE",
                "place": str(place.pk),
                "du": "2023-02-01",
                "au": "2023-03-01",
                "sejour": str(sejour.pk),
                "motif": None,
            }
        ]
        assert client.get(adresse)["ETag"] == etag
    juste = {"ouverte_le": "2023-02-01", "fermee_le": "2023-03-01"}
    reponse = client.patch(adresse, juste, headers={"If-Match": etag})
    assert reponse.status_code == 200, reponse.json()
    a_l_envers = client.patch(
        adresse, {"fermee_le": "2023-01-01"}, headers={"If-Match": reponse["ETag"]}
    )
    assert a_l_envers.status_code == 400
    assert [e["champ"] for e in a_l_envers.json()["erreurs"]] == ["fermee_le"]


def test_names_are_taken_once(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = api(coordinatrice)
    place = PlaceFactory(site=SiteFactory(structure=espace_repos, code="hotel-du-nord"))
    corps = {"site": "hotel-du-nord", "libelle": place.libelle, "ouverte_le": "2023-01-01"}
    refus = client.post("/api/v1/places/", corps)
    assert refus.status_code == 400
    assert "Ce site a déjà une place de ce nom." in refus.json()["detail"]
    site = {"code": "hotel-du-nord", "nom": "Nord", "structure": espace_repos.code}
    refus = client.post("/api/v1/sites/", site)
    assert refus.status_code == 400
    assert [e["champ"] for e in refus.json()["erreurs"]] == ["code"]
