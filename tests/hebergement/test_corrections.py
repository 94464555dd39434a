"""What a stay or a place is corrected by, and what names the field that is in the way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hebergement import services
from hebergement.models import Sejour
from socle.models import Utilisateur
from tests.conftest import Api
from tests.factories import PersonneFactory, PlaceFactory, SejourFactory, identifiant
from tests.routes import CORRECTIONS, adresse_de, creer

pytestmark = pytest.mark.django_db
SORTIE = {"motif_sortie": "ORIENTATION", "destination": "LHSS"}


def champs(reponse: Any) -> list[str]:
    return [erreur["champ"] for erreur in reponse.json()["erreurs"]]


def patcher(client: Any, adresse: str, corps: dict[str, Any]) -> Any:
    return client.patch(adresse, corps, HTTP_IF_MATCH=client.get(adresse)["ETag"])


def demande(**champs: Any) -> dict[str, Any]:
    return {
        "uuid": str(identifiant()),
        "place": str(PlaceFactory().pk),
        "personne": str(PersonneFactory().pk),
        "arrivee": "2023-05-01",
        **champs,
    }


def transfere() -> tuple[Sejour, Sejour]:
    avant = SejourFactory(arrivee=date(2023, 5, 1), depart=date(2023, 7, 1))
    suite = services.transferer(
        sejour=avant, place=PlaceFactory(), jour=date(2023, 6, 1), auteur=None, uuid=identifiant()
    )
    avant.refresh_from_db()
    return avant, suite


def test_a_whole_stay_is_entered_at_once(api: Api, coordinatrice: Utilisateur) -> None:
    client = api(coordinatrice)
    corps = demande(depart="2023-06-01", **SORTIE)
    faite = client.post("/api/v1/sejours/", corps)
    assert faite.status_code == 201, faite.json()
    assert {cle: faite.json()[cle] for cle in SORTIE} == SORTIE
    assert client.get(f"/api/v1/sejours/{corps['uuid']}/").json() == faite.json()
    assert client.post("/api/v1/sejours/", corps).status_code == 200


@pytest.mark.parametrize("champ", SORTIE)
@pytest.mark.parametrize("depart", [{}, {"depart": None}], ids=["absent", "nul"])
def test_a_reason_to_leave_needs_a_departure(
    api: Api, coordinatrice: Utilisateur, champ: str, depart: dict[str, Any]
) -> None:
    corps = demande(**depart, **{champ: SORTIE[champ]})
    refusee = api(coordinatrice).post("/api/v1/sejours/", corps)
    assert refusee.status_code == 400
    assert champs(refusee) == [champ]
    assert not Sejour.objects.exists()
    vide = {**corps, champ: ""}
    assert api(coordinatrice).post("/api/v1/sejours/", vide).status_code == 201


@pytest.mark.parametrize("champ", ["place", "personne"])
def test_place_and_person_of_a_stay_stand(api: Api, coordinatrice: Utilisateur, champ: str) -> None:
    client, sejour = api(coordinatrice), SejourFactory()
    adresse = f"/api/v1/sejours/{sejour.pk}/"
    lu = client.get(adresse).json()
    autre = {"place": PlaceFactory, "personne": PersonneFactory}[champ]()
    for valeur in (str(autre.pk), "abc", None, 12):
        refusee = patcher(client, adresse, {champ: valeur})
        assert refusee.status_code == 400
        assert champs(refusee) == [champ]
    mot = {"place": "transfert", "personne": "ne se corrige pas"}[champ]
    assert mot in refusee.json()["detail"]
    assert client.get(adresse).json() == lu
    assert patcher(client, adresse, {champ: lu[champ].upper()}).status_code == 200


@pytest.mark.parametrize("nom", CORRECTIONS)
def test_what_was_read_may_be_sent_back(
    api: Api, coordinatrice: Utilisateur, espace_repos: Any, nom: str
) -> None:
    """The whole record with one change: the keys that are only read say what they said."""
    client, fiche = api(coordinatrice), creer(nom, espace_repos.organisme)
    adresse = adresse_de(f"{nom}-detail", fiche.pk)
    lu = client.get(adresse).json()
    # What the field's own rules refuse in what was read is none of this test's business.
    vides = {cle for cle, valeur in lu.items() if valeur in (None, "")}
    corps = {cle: valeur for cle, valeur in lu.items() if cle not in vides} | CORRECTIONS[nom]
    corrigee = patcher(client, adresse, corps)
    assert corrigee.status_code == 200, corrigee.json()


@pytest.mark.parametrize("nom", CORRECTIONS)
def test_a_uuid_never_changes(
    api: Api, coordinatrice: Utilisateur, espace_repos: Any, nom: str
) -> None:
    client, fiche = api(coordinatrice), creer(nom, espace_repos.organisme)
    adresse = adresse_de(f"{nom}-detail", fiche.pk)
    refusee = patcher(client, adresse, {**CORRECTIONS[nom], "uuid": str(identifiant())})
    assert refusee.status_code == 400
    assert champs(refusee) == ["uuid"]


@pytest.mark.parametrize(
    "corps", [{"destination": "LHSS"}, {"motif_sortie": "AUTRE"}, SORTIE], ids=str
)
def test_a_transferred_stay_has_no_way_out(
    api: Api, coordinatrice: Utilisateur, corps: dict[str, str]
) -> None:
    avant, _ = transfere()
    adresse = f"/api/v1/sejours/{avant.pk}/"
    assert patcher(api(coordinatrice), adresse, corps).status_code == 409
    avant.refresh_from_db()
    assert (avant.motif_sortie, avant.destination) == ("", "")


@pytest.mark.parametrize("nom", ["place", "chambre"])
def test_a_label_that_is_taken_is_named(
    api: Api, coordinatrice: Utilisateur, espace_repos: Any, nom: str
) -> None:
    client, premiere = api(coordinatrice), creer(nom, espace_repos.organisme)
    adresse = adresse_de(f"{nom}-list")
    corps = {"uuid": str(identifiant()), "site": str(premiere.site_id)}
    corps |= {"libelle": premiere.libelle}
    corps |= {"type": "HOTEL", "ouverte_le": "2023-01-01"} if nom == "place" else {}
    refusee = client.post(adresse, corps)
    assert refusee.status_code == 400
    assert champs(refusee) == ["libelle"]
    assert client.post(adresse, {**corps, "libelle": "Autre"}).status_code == 201
    autre = adresse_de(f"{nom}-detail", corps["uuid"])
    refusee = patcher(client, autre, {"libelle": premiere.libelle})
    assert refusee.status_code == 400
    assert champs(refusee) == ["libelle"]


def test_an_arrival_before_the_whole_chain(api: Api, coordinatrice: Utilisateur) -> None:
    avant, suite = transfere()
    client = api(coordinatrice)
    refusee = patcher(client, f"/api/v1/sejours/{suite.pk}/", {"arrivee": "2023-04-01"})
    assert refusee.status_code == 400
    assert champs(refusee) == ["arrivee"]
    refusee = patcher(client, f"/api/v1/sejours/{avant.pk}/", {"depart": "2023-08-01"})
    assert refusee.status_code == 400
    assert champs(refusee) == ["depart"]
    refusee = patcher(client, f"/api/v1/sejours/{avant.pk}/", {"depart": "2023-04-01"})
    assert refusee.status_code == 400
    assert champs(refusee) == ["depart"]
    refusee = patcher(client, f"/api/v1/sejours/{suite.pk}/", {"arrivee": "2023-08-01"})
    assert refusee.status_code == 400
    assert champs(refusee) == ["arrivee"]
    avant.refresh_from_db()
    suite.refresh_from_db()
    assert avant.depart == suite.arrivee == date(2023, 6, 1)
