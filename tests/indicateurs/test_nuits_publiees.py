"""Nights in what is published: of who is there in spite of a closure, and of what is not computed
yet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from hebergement.models import Place
from hebergement.occupation import recalculer_tout
from indicateurs.models import Publication
from socle.models import Structure
from tests.factories import FermetureFactory, PlaceFactory, SejourFactory, SiteFactory
from tests.indicateurs.test_revisions_voisines import des_gens
from tests.indicateurs.test_voisines import publier

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("coordinatrice")]
MAI, JUILLET = date(2023, 5, 1), date(2023, 7, 1)
DISPONIBLES = ("nuits_disponibles", "RESEAU", "")
NUITS = {"nuits_disponibles", "nuitees", "taux_occupation", "entrees"}


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def places(espace_repos: Structure) -> list[Place]:
    """Fifteen persons in forty places."""
    site = SiteFactory(structure=espace_repos)
    toutes: list[Place] = PlaceFactory.create_batch(40, site=site, ouverte_le=MAI)
    loger(toutes, 15, MAI, JUILLET)
    return toutes


def loger(places: list[Place], combien: int, *quand: date, motif: str = "") -> None:
    for place, personne in zip(places, des_gens(combien), strict=False):
        SejourFactory(
            place=place, personne=personne, arrivee=quand[0], depart=quand[1], motif_forcage=motif
        )


def lus(publication: Publication) -> dict[tuple[str, ...], Any]:
    chiffres = publication.chiffres.filter(axe="", indicateur__in=NUITS)
    return {(c.indicateur, c.niveau, c.territoire): c.valeur for c in chiffres}


@pytest.mark.parametrize("periode", ["2023-05", "2023-T2", "2023"])
def test_who_is_there_in_spite_of_a_closure_is_not_told_by_what_was_available(
    periode: str, horloge: Any, places: list[Place]
) -> None:
    """A closed place was available on the nights on which somebody slept in it."""
    for place in places[-12:]:
        FermetureFactory(place=place, debut=MAI, fin=date(2024, 1, 1), motif_forcage="Travaux")
    avant = lus(publier(horloge, periode))
    loger(places[-1:], 1, date(2023, 5, 10), date(2023, 5, 13), motif="Grand froid")
    assert lus(publier(horloge, periode)) == avant
    # Nor are twelve: nobody can say how many of these nights are one's.
    loger(places[-12:-1], 11, date(2023, 5, 10), date(2023, 5, 13), motif="Grand froid")
    assert lus(publier(horloge, periode))[DISPONIBLES] == avant[DISPONIBLES]


@pytest.mark.parametrize("debut", [date(2023, 5, 20), date(2023, 6, 10)])
def test_closures_over_who_is_there_prove_no_night_of_another(
    debut: date, horloge: Any, places: list[Place]
) -> None:
    """Twelve sleep in places that are closed after all, and one more comes to a closed one."""
    FermetureFactory(place=places[-1], debut=MAI, fin=date(2023, 6, 1), motif_forcage="Travaux")
    avant = lus(publier(horloge, "2023-05"))[DISPONIBLES]
    for place in places[:12]:
        FermetureFactory(
            place=place, debut=debut, fin=debut + timedelta(days=2), motif_forcage="Travaux"
        )
    loger(places[-1:], 1, date(2023, 5, 10), date(2023, 5, 13), motif="Grand froid")
    assert lus(publier(horloge, "2023-05"))[DISPONIBLES] == avant


def test_places_that_were_closed_are_available_at_once(horloge: Any, places: list[Place]) -> None:
    """Nobody is behind them."""
    avant = lus(publier(horloge, "2023-05"))
    FermetureFactory(place=places[-1], debut=MAI, fin=date(2023, 5, 4))
    assert avant[DISPONIBLES] - lus(publier(horloge, "2023-05"))[DISPONIBLES] == 3


def test_one_is_not_told_beside_those_whose_nights_are_not_computed_yet(
    horloge: Any, places: list[Place]
) -> None:
    recalculer_tout()
    reseau = ("nuitees", "RESEAU", "")
    avant = lus(publier(horloge, "2023-05"))
    loger(places[15:16], 1, date(2023, 5, 10), date(2023, 5, 13))
    recalculer_tout()
    loger(places[16:], 14, date(2023, 5, 10), date(2023, 5, 20))
    assert lus(publier(horloge, "2023-05"))[reseau] - avant[reseau] == 3 + 14 * 10
