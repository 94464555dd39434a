"""Free right now: open, not closed, neither occupied nor held; and until when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from hebergement.enums import Nature, TypePlace
from hebergement.models import Place
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import FermetureFactory, PlaceFactory, SejourFactory, SiteFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/places-libres/"
JOUR = date(2026, 3, 10)
HIER, DEMAIN = JOUR - timedelta(days=1), JOUR + timedelta(days=1)
DANS_UN_MOIS = JOUR + timedelta(days=30)


@pytest.fixture(autouse=True)
def _ce_jour_la() -> Any:
    # Half past midnight in Paris, still the day before in UTC.
    with time_machine.travel("2026-03-09T23:30:00Z", tick=False):
        yield


@pytest.fixture
def place(espace_repos: Structure) -> Place:
    return PlaceFactory(site=SiteFactory(structure=espace_repos), ouverte_le=HIER)


def libres(api: Api, actrice: Utilisateur, **filtres: Any) -> list[dict[str, Any]]:
    reponse = api(actrice).get(URL, filtres)
    assert reponse.status_code == 200, reponse.json()
    resultats: list[dict[str, Any]] = reponse.json()["resultats"]
    return resultats


def test_a_free_place(api: Api, coordinatrice: Utilisateur, place: Place) -> None:
    assert libres(api, coordinatrice) == [
        {
            "place": str(place.pk),
            "site": str(place.site_id),
            "type": "HOTEL",
            "reservee_femmes": False,
            "plain_pied": False,
            "animaux_admis": False,
            "libre_jusqu_au": None,
            "a_deux": False,
        }
    ]


@pytest.mark.parametrize(
    ("ouverte_le", "fermee_le", "libre"),
    [
        (JOUR, None, True),
        (DEMAIN, None, False),
        (HIER, JOUR, False),
        (HIER, DEMAIN, True),
    ],
    ids=["ouvre-aujourd-hui", "pas-encore", "fermee-aujourd-hui", "ferme-demain"],
)
def test_openings(
    api: Api, coordinatrice: Utilisateur, ouverte_le: date, fermee_le: date | None, libre: bool
) -> None:
    PlaceFactory(ouverte_le=ouverte_le, fermee_le=fermee_le)
    resultats = libres(api, coordinatrice)
    assert bool(resultats) == libre
    if libre:
        assert resultats[0]["libre_jusqu_au"] == (str(fermee_le) if fermee_le else None)


@pytest.mark.parametrize(
    ("debut", "fin", "libre", "jusqu_au"),
    [
        (HIER, None, False, None),
        (JOUR, DEMAIN, False, None),
        (HIER, JOUR, True, None),
        (DEMAIN, None, True, DEMAIN),
        (DANS_UN_MOIS, None, True, DANS_UN_MOIS),
    ],
    ids=["fermee", "ce-jour", "rouverte", "demain", "plus-tard"],
)
@pytest.mark.parametrize("cause", ["fermeture", "sejour", "retenue"])
def test_what_takes_a_place(
    api: Api,
    coordinatrice: Utilisateur,
    place: Place,
    cause: str,
    debut: date,
    fin: date | None,
    libre: bool,
    jusqu_au: date | None,
) -> None:
    if cause == "fermeture":
        FermetureFactory(place=place, debut=debut, fin=fin)
    else:
        nature = Nature.SEJOUR if cause == "sejour" else Nature.RETENUE
        SejourFactory(place=place, arrivee=debut, depart=fin, nature=nature)
    resultats = libres(api, coordinatrice)
    assert [p["place"] for p in resultats] == ([str(place.pk)] if libre else [])
    if libre:
        assert resultats[0]["libre_jusqu_au"] == (str(jusqu_au) if jusqu_au else None)


def test_the_first_of_several_ends(api: Api, coordinatrice: Utilisateur, place: Place) -> None:
    fin = JOUR + timedelta(days=40)
    Place.objects.filter(pk=place.pk).update(fermee_le=fin)
    FermetureFactory(place=place, debut=JOUR + timedelta(days=20), fin=JOUR + timedelta(days=21))
    SejourFactory(place=place, arrivee=JOUR + timedelta(days=25), depart=fin)
    SejourFactory(place=place, arrivee=HIER - timedelta(days=0), depart=JOUR)
    assert libres(api, coordinatrice)[0]["libre_jusqu_au"] == str(JOUR + timedelta(days=20))


def test_a_same_day_stay_leaves_the_night_free(
    api: Api, coordinatrice: Utilisateur, place: Place
) -> None:
    SejourFactory(place=place, arrivee=JOUR, depart=JOUR)
    (seule,) = libres(api, coordinatrice)
    assert (seule["place"], seule["libre_jusqu_au"]) == (str(place.pk), None)


def test_the_whole_network_by_site_and_type(
    api: Api, intervenante_ailleurs: Utilisateur, place: Place
) -> None:
    lam = PlaceFactory(site=SiteFactory(code="lam-nord"), type=TypePlace.LAM)
    autres = {str(place.pk), str(lam.pk)}
    assert {p["place"] for p in libres(api, intervenante_ailleurs)} == autres
    for filtres in ({"site": "lam-nord"}, {"site": str(lam.site_id)}, {"type": "LAM"}):
        assert [p["place"] for p in libres(api, intervenante_ailleurs, **filtres)] == [str(lam.pk)]
    inconnu = api(intervenante_ailleurs).get(URL, {"site": "nulle-part"})
    assert inconnu.status_code == 400
    assert [e["champ"] for e in inconnu.json()["erreurs"]] == ["site"]
