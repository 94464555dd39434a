"""What is in the way of a stay, a closure or an opening is told: never who sleeps where."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from hebergement import services
from hebergement.enums import Nature
from hebergement.models import Fermeture, Place, Sejour
from socle.models import Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    FermetureFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/sejours/"
DU, AU = "2023-05-01", "2023-06-01"


@pytest.fixture
def client(api: Api, coordinatrice: Utilisateur) -> APIClient:
    return api(coordinatrice)


@pytest.fixture
def place(espace_repos: Structure) -> Place:
    return PlaceFactory(
        site=SiteFactory(structure=espace_repos),
        ouverte_le=date(2023, 1, 1),
        fermee_le=date(2024, 1, 1),
    )


def attribuer(client: APIClient, place: Place, personne: Personne, **dates: Any) -> Any:
    corps = {"uuid": identifiant(), "place": str(place.pk), "personne": str(personne.pk)}
    return client.post(URL, {**corps, "arrivee": DU, "depart": AU, **dates})


def obstacle(type_: str, place: Place | None, **champs: Any) -> dict[str, Any]:
    vide = {"du": None, "au": None, "sejour": None, "motif": None}
    return {"type": type_, "place": str(place.pk) if place else None, **vide, **champs}


def test_the_place_is_occupied(client: APIClient, place: Place, personne: Personne) -> None:
    sejour = SejourFactory(place=place, arrivee=date(2023, 5, 20), depart=date(2023, 5, 25))
    refus = attribuer(client, place, personne)
    assert refus.status_code == 409
    assert refus["Content-Type"] == "application/problem+json"
    assert refus.json()["detail"] == "Cette place est déjà prise à ces dates."
    assert refus.json()["obstacles"] == [
        obstacle("PLACE_OCCUPEE", place, du="2023-05-20", au="2023-05-25", sejour=str(sejour.pk))
    ]
    assert Sejour.objects.count() == 1
    for dates in ({"depart": "2023-05-20"}, {"arrivee": "2023-05-25"}):
        libre = attribuer(client, place, PersonneFactory(), **dates)
        assert libre.status_code == 201, libre.json()


def test_the_place_is_held(client: APIClient, place: Place, personne: Personne) -> None:
    SejourFactory(
        place=place, arrivee=date(2023, 5, 20), depart=date(2023, 5, 25), nature=Nature.RETENUE
    )
    refus = attribuer(client, place, personne)
    # A hold is no stay, so it has no address under sejours/.
    assert refus.json()["obstacles"] == [
        obstacle("PLACE_RETENUE", place, du="2023-05-20", au="2023-05-25")
    ]
    assert attribuer(client, place, personne, depart="2023-05-20").status_code == 201


def test_a_hold_of_another_place_does_not_bind_the_person(
    client: APIClient, place: Place, personne: Personne
) -> None:
    SejourFactory(personne=personne, arrivee=date(2023, 5, 1), nature=Nature.RETENUE)
    assert attribuer(client, place, personne).status_code == 201


def test_the_person_sleeps_elsewhere(client: APIClient, place: Place, personne: Personne) -> None:
    ailleurs = SejourFactory(personne=personne, arrivee=date(2023, 5, 10))
    refus = attribuer(client, place, personne)
    assert refus.status_code == 409
    assert refus.json()["obstacles"] == [
        obstacle("PERSONNE_HEBERGEE", ailleurs.place, du="2023-05-10", sejour=str(ailleurs.pk))
    ]


def test_a_same_day_stay_does_not_lie_inside_another(
    client: APIClient, place: Place, personne: Personne
) -> None:
    SejourFactory(place=place, arrivee=date(2023, 5, 10), depart=date(2023, 5, 20))
    dedans = attribuer(client, place, personne, arrivee="2023-05-12", depart="2023-05-12")
    assert [o["type"] for o in dedans.json()["obstacles"]] == ["PLACE_OCCUPEE"]
    for jour in ("2023-05-10", "2023-05-20"):
        bord = attribuer(client, place, PersonneFactory(), arrivee=jour, depart=jour)
        assert bord.status_code == 201, bord.json()


def test_the_place_is_closed_unless_forced(
    client: APIClient, place: Place, personne: Personne
) -> None:
    FermetureFactory(place=place, debut=date(2023, 5, 5), fin=date(2023, 5, 8), motif="Punaises")
    FermetureFactory(place=place, debut=date(2023, 6, 1), fin=None, motif="Après le départ")
    refus = attribuer(client, place, personne)
    assert refus.status_code == 409
    assert refus.json()["obstacles"] == [
        obstacle("PLACE_FERMEE", place, du="2023-05-05", au="2023-05-08", motif="Punaises")
    ]
    assert attribuer(client, place, personne, motif_forcage="").status_code == 409
    assert attribuer(client, place, personne, motif_forcage="  ").status_code == 409
    force = attribuer(client, place, personne, motif_forcage="Grand froid")
    assert force.status_code == 201, force.json()
    assert force.json()["motif_forcage"] == "Grand froid"


def test_forcing_opens_closures_and_nothing_else(
    client: APIClient, place: Place, personne: Personne
) -> None:
    FermetureFactory(place=place, debut=date(2023, 5, 5), fin=date(2023, 5, 8))
    SejourFactory(place=place, arrivee=date(2023, 5, 20), depart=date(2023, 5, 25))
    SejourFactory(personne=personne, arrivee=date(2023, 4, 1))
    refus = attribuer(client, place, personne, motif_forcage="Grand froid")
    assert refus.status_code == 409
    assert {o["type"] for o in refus.json()["obstacles"]} == {"PLACE_OCCUPEE", "PERSONNE_HEBERGEE"}
    dehors = attribuer(
        client, place, PersonneFactory(), arrivee="2022-12-01", depart="2022-12-31",
        motif_forcage="Grand froid",
    )  # fmt: skip
    assert [o["type"] for o in dehors.json()["obstacles"]] == ["HORS_OUVERTURE"]
    assert Sejour.objects.count() == 2


@pytest.mark.parametrize(
    "dates",
    [
        {"arrivee": "2022-12-31", "depart": "2023-02-01"},
        {"arrivee": "2023-12-01", "depart": "2024-01-02"},
        {"arrivee": "2023-12-01", "depart": None},
        {"arrivee": "2024-01-01", "depart": "2024-01-01"},
        {"arrivee": "2022-12-31", "depart": "2022-12-31"},
    ],
    ids=["avant", "apres", "sans-fin", "le-jour-de-la-fermeture", "la-veille"],
)
def test_the_place_is_not_open_then(
    client: APIClient, place: Place, personne: Personne, dates: dict[str, Any]
) -> None:
    refus = attribuer(client, place, personne, **dates)
    assert refus.status_code == 409, refus.json()
    assert refus.json()["detail"] == "Un séjour tient dans les dates d'ouverture de sa place."
    assert refus.json()["obstacles"] == [
        obstacle("HORS_OUVERTURE", place, du="2023-01-01", au="2024-01-01")
    ]


def test_everything_in_the_way_is_told_at_once(
    client: APIClient, place: Place, personne: Personne
) -> None:
    FermetureFactory(place=place, debut=date(2023, 5, 5), fin=date(2023, 5, 8))
    SejourFactory(place=place, arrivee=date(2023, 5, 20), depart=date(2023, 5, 25))
    SejourFactory(personne=personne, arrivee=date(2023, 4, 1))
    refus = attribuer(client, place, personne, depart=None)
    assert {o["type"] for o in refus.json()["obstacles"]} == {
        "PLACE_OCCUPEE",
        "PERSONNE_HEBERGEE",
        "PLACE_FERMEE",
        "HORS_OUVERTURE",
    }


def test_a_closure_over_a_stay_or_a_hold(client: APIClient, place: Place) -> None:
    sejour = SejourFactory(place=place, arrivee=date(2023, 5, 1), depart=date(2023, 5, 10))
    SejourFactory(
        place=place, arrivee=date(2023, 5, 10), depart=date(2023, 5, 12), nature=Nature.RETENUE
    )
    corps = {"place": str(place.pk), "debut": "2023-05-05", "fin": None, "motif": "Punaises"}
    refus = client.post("/api/v1/fermetures/", {"uuid": identifiant(), **corps})
    assert refus.status_code == 409
    assert refus.json()["detail"] == "La place est occupée à ces dates."
    assert refus.json()["obstacles"] == [
        obstacle("PLACE_OCCUPEE", place, du="2023-05-01", au="2023-05-10", sejour=str(sejour.pk)),
        obstacle("PLACE_RETENUE", place, du="2023-05-10", au="2023-05-12"),
    ]
    assert not Fermeture.objects.exists()
    forcee = client.post(
        "/api/v1/fermetures/", {"uuid": identifiant(), **corps, "motif_forcage": "Incendie"}
    )
    assert forcee.status_code == 201, forcee.json()
    plus_tard = {**corps, "uuid": identifiant(), "debut": "2023-05-12"}
    assert client.post("/api/v1/fermetures/", plus_tard).status_code == 201


def test_a_closure_is_not_stretched_over_a_stay(client: APIClient, place: Place) -> None:
    fermeture = FermetureFactory(place=place, debut=date(2023, 3, 1), fin=date(2023, 3, 8))
    sejour = SejourFactory(place=place, arrivee=date(2023, 3, 8), depart=date(2023, 4, 1))
    ailleurs = SejourFactory(arrivee=date(2023, 3, 1))
    adresse = f"/api/v1/fermetures/{fermeture.pk}/"
    etag = client.get(adresse)["ETag"]
    for champs, attendu in (
        ({"fin": "2023-03-09"}, sejour),
        ({"place": str(ailleurs.place_id)}, ailleurs),
    ):
        refus = client.patch(adresse, champs, headers={"If-Match": etag})
        assert refus.status_code == 409, refus.json()
        assert [o["sejour"] for o in refus.json()["obstacles"]] == [str(attendu.pk)]
        assert client.get(adresse)["ETag"] == etag
    corrigee = client.patch(adresse, {"fin": "2023-03-07"}, headers={"If-Match": etag})
    assert (corrigee.status_code, corrigee.json()["fin"]) == (200, "2023-03-07")


def test_a_forced_pair_can_be_shortened_but_not_stretched(
    client: APIClient, place: Place, personne: Personne
) -> None:
    """The closure carries the motive: it was laid over the stay."""
    sejour = attribuer(client, place, personne, depart="2023-05-07").json()
    fermeture = FermetureFactory(
        place=place,
        debut=date(2023, 5, 5),
        fin=date(2023, 5, 8),
        motif_forcage="Relogement impossible",
    )
    adresse = f"{URL}{sejour['uuid']}/"

    def corriger(depart: str) -> Any:
        etag = client.get(adresse)["ETag"]
        return client.patch(adresse, {"depart": depart}, headers={"If-Match": etag})

    assert corriger("2023-05-06").status_code == 200
    allonge = corriger("2023-05-07")
    assert [o["type"] for o in allonge.json()["obstacles"]] == ["PLACE_FERMEE"]
    assert allonge.json()["obstacles"][0]["du"] == str(fermeture.debut)


def test_a_transfer_meets_the_same_refusals(
    client: APIClient, place: Place, personne: Personne
) -> None:
    prise = SejourFactory(arrivee=date(2023, 5, 1)).place
    depart = attribuer(client, place, personne, depart=None, arrivee="2023-05-01")
    assert depart.status_code == 409  # the place closes on a day, so the stay must end
    sejour = attribuer(client, place, personne).json()
    adresse = f"{URL}{sejour['uuid']}/transferer/"
    corps = {"uuid": identifiant(), "place": str(prise.pk), "jour": "2023-05-10"}
    refus = client.post(adresse, corps)
    assert refus.status_code == 409
    assert [o["type"] for o in refus.json()["obstacles"]] == ["PLACE_OCCUPEE"]
    assert client.get(f"{URL}{sejour['uuid']}/").json() == sejour
    assert Sejour.objects.filter(suite_de=sejour["uuid"]).count() == 0


@pytest.mark.parametrize("acteur", ["intervenante_ailleurs", None])
def test_where_a_person_sleeps_is_not_told_to_who_may_not_see_it(
    request: pytest.FixtureRequest, place: Place, personne: Personne, acteur: str | None
) -> None:
    """Another organisme is told that the person has a place: not where, nor until when."""
    auteur = request.getfixturevalue(acteur) if acteur else None
    ailleurs = SejourFactory(
        place=place, personne=personne, arrivee=date(2023, 5, 10), depart=date(2023, 5, 20)
    )
    with pytest.raises(services.Refus) as refus:
        services.attribuer(
            place=PlaceFactory(), personne=personne, arrivee=date(2023, 5, 12), auteur=auteur
        )
    assert refus.value.membres["obstacles"] == [obstacle("PERSONNE_HEBERGEE", None)]
    assert str(ailleurs.place_id) not in str(refus.value.membres)
    # That a place is taken is told to who asks for that place, not by whom.
    with pytest.raises(services.Refus) as refus:
        services.attribuer(
            place=place,
            personne=PersonneFactory(),
            arrivee=date(2023, 5, 12),
            depart=date(2023, 5, 13),
            auteur=auteur,
        )
    assert refus.value.membres["obstacles"] == [
        obstacle("PLACE_OCCUPEE", place, du="2023-05-10", au="2023-05-20")
    ]
    assert str(personne.pk) not in str(refus.value.membres)


def test_the_team_of_the_site_is_told_where(
    intervenante: Utilisateur, place: Place, personne: Personne
) -> None:
    sejour = SejourFactory(place=place, personne=personne, arrivee=date(2023, 5, 10), depart=AU)
    with pytest.raises(services.Refus) as refus:
        services.attribuer(
            place=PlaceFactory(), personne=personne, arrivee=date(2023, 5, 12), auteur=intervenante
        )
    assert refus.value.membres["obstacles"][0]["sejour"] == str(sejour.pk)
