"""The exact ends of stays, closures and openings, and dates that are in the wrong order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from commun.api.errors import Conflit
from commun.horloge import aujourd_hui
from hebergement import services
from hebergement.models import Fermeture, Sejour
from hebergement.services.sejours import ALLER_DU_JOUR
from socle.models import Utilisateur
from tests.administration.conftest import Console, console, page  # noqa: F401  (a fixture)
from tests.administration.formulaires import soumettre
from tests.conftest import Api
from tests.factories import (
    DemandeHebergementFactory,
    FermetureFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db

MAI, JUIN = date(2023, 5, 10), date(2023, 6, 1)


def champs(reponse: Any) -> list[str]:
    return [erreur["champ"] for erreur in reponse.json()["erreurs"]]


@pytest.mark.parametrize("fin", ["2023-05-01", "2023-05-10", "2023-05-12"])
def test_a_closure_that_ends_before_it_begins_is_named_where_somebody_stays(
    api: Api, coordinatrice: Utilisateur, fin: str
) -> None:
    sejour = SejourFactory(arrivee=MAI, depart=None)
    corps = {"uuid": str(identifiant()), "place": str(sejour.place_id), "debut": "2023-05-12",
             "fin": fin, "motif": "Travaux"}  # fmt: skip
    refus = api(coordinatrice).post("/api/v1/fermetures/", corps)
    assert (refus.status_code, champs(refus)) == (400, ["fin"])
    assert not Fermeture.objects.exists()
    fermeture = FermetureFactory(place=sejour.place, debut=date(2023, 4, 1), fin=date(2023, 4, 9))
    client, adresse = api(coordinatrice), f"/api/v1/fermetures/{fermeture.pk}/"
    corrigee = client.patch(
        adresse, {"debut": "2023-05-12", "fin": fin}, HTTP_IF_MATCH=client.get(adresse)["ETag"]
    )
    assert (corrigee.status_code, champs(corrigee)) == (400, ["fin"])


@pytest.mark.parametrize(("jours", "statut"), [(366, 201), (367, 400)])
def test_nobody_is_waited_for_longer_than_a_year(
    jours: int, statut: int, api: Api, coordinatrice: Utilisateur
) -> None:
    """2062 for 2026: what somebody asked for would be answered by a stay of that year."""
    client, jour = api(coordinatrice), (aujourd_hui() + timedelta(days=jours)).isoformat()
    demande = DemandeHebergementFactory()
    corps = {"uuid": str(identifiant()), "place": str(PlaceFactory(type=demande.type_place).pk),
             "personne": str(demande.personne_id), "arrivee": jour}  # fmt: skip
    reponse = client.post("/api/v1/sejours/", corps)
    assert reponse.status_code == statut
    demande.refresh_from_db()
    assert demande.issue == ("ABOUTIE" if statut == 201 else "")
    ailleurs = {"uuid": str(identifiant()), "place": str(PlaceFactory().pk), "jour": jour}
    transfert = client.post(
        f"/api/v1/sejours/{SejourFactory(arrivee=MAI).pk}/transferer/", ailleurs
    )
    assert transfert.status_code == statut
    if statut == 400:
        assert (champs(reponse), champs(transfert)) == (["arrivee"], ["jour"])
        assert "plus d'un an" in reponse.json()["erreurs"][0]["message"]


def test_a_stay_that_ends_before_it_begins_is_named_where_the_place_is_closed(
    api: Api, coordinatrice: Utilisateur
) -> None:
    fermeture = FermetureFactory()
    SejourFactory(place=fermeture.place, arrivee=MAI, depart=JUIN)
    for arrivee in ("2023-03-05", "2023-05-12"):
        corps = {"uuid": str(identifiant()), "place": str(fermeture.place_id),
                 "personne": str(PersonneFactory().pk), "arrivee": arrivee,
                 "depart": "2023-03-01"}  # fmt: skip
        refus = api(coordinatrice).post("/api/v1/sejours/", corps)
        assert (refus.status_code, champs(refus)) == (400, ["depart"])
    assert Sejour.objects.count() == 1


def test_dates_in_the_wrong_order_are_told_beside_their_field(
    console: Console,  # noqa: F811
    coordinatrice: Utilisateur,
) -> None:
    sejour = SejourFactory(arrivee=MAI, depart=None)
    reponse = soumettre(
        console(coordinatrice), page(Fermeture, "add"),
        place=sejour.place_id, debut="12/05/2023", fin="01/05/2023", motif="Travaux",
    )  # fmt: skip
    assert list(reponse.context["adminform"].form.errors) == ["fin"]
    reponse = soumettre(
        console(coordinatrice), page(Sejour, "change", sejour.pk), depart="01/05/2023"
    )
    assert list(reponse.context["adminform"].form.errors) == ["depart"]


def test_a_move_on_the_day_of_departure_is_a_move_and_the_day_after_is_not() -> None:
    sejour = SejourFactory(arrivee=MAI, depart=JUIN)
    with pytest.raises(Conflit, match="hors du séjour"):
        services.transferer(sejour=sejour, place=PlaceFactory(), jour=date(2023, 6, 2), auteur=None)
    suite = services.transferer(sejour=sejour, place=PlaceFactory(), jour=JUIN, auteur=None)
    assert (suite.arrivee, suite.depart) == (JUIN, JUIN)
    with pytest.raises(Conflit, match="hors du séjour"):
        services.transferer(
            sejour=SejourFactory(arrivee=MAI),
            place=PlaceFactory(),
            jour=date(2023, 5, 9),
            auteur=None,
        )


@pytest.mark.parametrize(
    ("arrivee", "depart", "hors"),
    [
        (MAI, JUIN, False),
        (MAI, date(2023, 6, 2), True),
        (MAI, None, True),
        (date(2023, 4, 30), JUIN, True),
        (date(2023, 5, 1), JUIN, False),
    ],
)
def test_what_lies_outside_the_opening_is_told_to_the_day(
    arrivee: date, depart: date | None, hors: bool
) -> None:
    """Beside what stands in the way anyhow, so that both are told."""
    place = PlaceFactory(ouverte_le=date(2023, 5, 1), fermee_le=JUIN)
    SejourFactory(place=place, arrivee=date(2023, 5, 20), depart=JUIN)
    with pytest.raises(services.Refus) as refus:
        services.attribuer(
            place=place, personne=PersonneFactory(), arrivee=arrivee, depart=depart, auteur=None
        )
    types = {obstacle["type"] for obstacle in refus.value.membres["obstacles"]}
    assert types == {"PLACE_OCCUPEE"} | ({"HORS_OUVERTURE"} if hors else set())


def test_who_comes_is_moved_and_leaves_on_one_day_is_told_what_to_do(
    api: Api,
    coordinatrice: Utilisateur,
    console: Console,  # noqa: F811
) -> None:
    premier = SejourFactory(arrivee=JUIN, depart=None)
    second, client = str(identifiant()), api(coordinatrice)
    corps = {"uuid": second, "place": str(PlaceFactory().pk), "jour": str(JUIN)}
    assert client.post(f"/api/v1/sejours/{premier.pk}/transferer/", corps).status_code == 201
    sortie = {"depart": str(JUIN), "motif_sortie": "DEPART_VOLONTAIRE", "destination": "INCONNUE"}
    ailleurs = {"uuid": str(identifiant()), "place": str(PlaceFactory().pk), "jour": str(JUIN)}
    adresse = f"/api/v1/sejours/{second}/"
    for refus in (
        client.post(f"{adresse}cloturer/", sortie),
        client.post(f"{adresse}transferer/", ailleurs),
        client.patch(adresse, sortie, HTTP_IF_MATCH=client.get(adresse)["ETag"]),
    ):
        assert (refus.status_code, refus.json()["detail"]) == (409, ALLER_DU_JOUR)
    # As it says.
    adresse = f"/admin/hebergement/sejour/{second}/delete/"
    console(coordinatrice).post(adresse, {"post": "yes"})
    assert list(Sejour.objects.all()) == [premier]
    close = client.post(f"/api/v1/sejours/{premier.pk}/cloturer/", sortie)
    assert (close.status_code, close.json()["depart"]) == (200, str(JUIN))
