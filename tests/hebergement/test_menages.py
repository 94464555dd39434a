"""Households, as devices tell them: who is accommodated together."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from hebergement import services
from hebergement.models import DemandeHebergement, Menage, Place, Proposition, Sejour
from socle.models import Utilisateur
from tests.administration.conftest import Console, console  # noqa: F401  (a fixture)
from tests.conftest import Api
from tests.factories import (
    ChambreFactory,
    DemandeHebergementFactory,
    PersonneFactory,
    PlaceFactory,
)
from tests.routes import identifiant

pytestmark = pytest.mark.django_db
LUNDI = date(2023, 5, 1)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def chambre() -> list[Place]:
    """Two places of one room."""
    chambre = ChambreFactory()
    return [
        PlaceFactory(site=chambre.site, chambre=chambre, ouverte_le=date(2023, 1, 1))
        for _ in range(2)
    ]


def test_two_who_are_told_together_are_one_household(
    api: Api, intervenante: Utilisateur, espace_repos: Any
) -> None:
    """Whichever of the two is received first makes it; a replay makes nothing."""
    client, menage = api(intervenante), identifiant()
    for _ in range(2):
        corps = {
            "uuid": identifiant(), "structure": espace_repos.code, "origine": "RENCONTRE",
            "personne": str(PersonneFactory(organisme=espace_repos.organisme).pk),
            "couple": True, "menage": menage,
        }  # fmt: skip
        for statut in (201, 200):
            reponse = client.post("/api/v1/demandes-hebergement/", corps)
            assert (reponse.status_code, reponse.json()["menage"]) == (statut, menage)
    assert [d.menage_id for d in DemandeHebergement.objects.all()] == [Menage.objects.get().pk] * 2
    assert str(Menage.objects.get()) == "Ménage du 01/05/2023"
    adresse = f"/api/v1/demandes-hebergement/{corps['uuid']}/"
    etag = client.get(adresse)["ETag"]
    reponse = client.patch(adresse, {"menage": None}, headers={"If-Match": etag})
    assert (reponse.status_code, reponse.json()["menage"]) == (200, None)
    assert client.post("/api/v1/demandes-hebergement/", corps | {
        "uuid": identifiant(), "menage": "nous deux",
    }).json()["erreurs"][0]["champ"] == "menage"  # fmt: skip


def test_a_stay_tells_its_household(
    api: Api, coordinatrice: Utilisateur, chambre: list[Place]
) -> None:
    """When it is given, and when it is corrected; what nobody says is that of the request."""
    client, menage, autre = api(coordinatrice), identifiant(), identifiant()
    demande = DemandeHebergementFactory(menage=Menage.objects.create(libelle="Avant"))
    for place, dit in zip(chambre, ({"menage": menage}, {}), strict=True):
        personne = demande.personne_id if not dit else PersonneFactory().pk
        corps = {
            "uuid": identifiant(), "place": str(place.pk), "personne": str(personne),
            "arrivee": "2023-05-01", **dit,
        }  # fmt: skip
        reponse = client.post("/api/v1/sejours/", corps)
        assert reponse.status_code == 201, reponse.json()
    assert reponse.json()["menage"] == str(demande.menage_id)
    for dit in (autre, None):
        adresse = f"/api/v1/sejours/{corps['uuid']}/"
        etag = client.get(adresse)["ETag"]
        reponse = client.patch(adresse, {"menage": dit}, headers={"If-Match": etag})
        assert (reponse.status_code, reponse.json()["menage"]) == (200, dit)
    assert {str(m.pk) for m in Menage.objects.all()} == {menage, autre, str(demande.menage_id)}


@pytest.mark.parametrize("un", [True, False], ids=["un ménage", "deux ménages"])
def test_a_couple_in_their_own_room_is_no_warning(
    api: Api, coordinatrice: Utilisateur, chambre: list[Place], un: bool
) -> None:
    """The other place is held for the other one, or is theirs already."""
    menages = [Menage.objects.create(libelle=f"M{n}") for n in range(2)]
    for n, place in enumerate(chambre):
        demande = DemandeHebergementFactory(couple=True, menage=menages[0 if un else n])
        services.proposer(demande=demande, place=place, auteur=None)
    client = api(coordinatrice)

    def alertes() -> list[list[str]]:
        lues = client.get("/api/v1/propositions/").json()["resultats"]
        return [lue["alertes"] for lue in lues if lue["statut"] == "EN_ATTENTE"]

    assert alertes() == [[] if un else ["COUPLE"]] * 2
    premiere = Proposition.objects.get(place=chambre[0])
    services.confirmer(proposition=premiere, arrivee=LUNDI, auteur=None)
    assert Sejour.objects.sejours().get().menage == menages[0]
    assert alertes() == [[] if un else ["COUPLE"]]


def test_the_page_offers_the_place_beside_ones_own(
    console: Console,  # noqa: F811
    coordinatrice: Utilisateur,
    chambre: list[Place],
) -> None:
    menage = Menage.objects.create(libelle="Les deux")
    services.attribuer(
        place=chambre[0], personne=PersonneFactory(), arrivee=LUNDI, menage=menage, auteur=None
    )
    for dit, attendu in ((menage, True), (None, False)):
        demande = DemandeHebergementFactory(couple=True, menage=dit)
        page = console(coordinatrice).get(
            f"/admin/hebergement/demandehebergement/{demande.pk}/proposer/?place={chambre[1].pk}"
        )
        (choix,) = re.findall(
            rf'<option value="{chambre[1].pk}"[^<]*</option>', page.content.decode()
        )
        assert "selected" in choix
        assert ("(" not in choix) is attendu
