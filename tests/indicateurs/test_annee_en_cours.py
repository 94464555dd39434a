"""The bilan of a year that is not over compares days that are over with the same days before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from hebergement.models import Place
from hebergement.occupation import recalculer_tout
from indicateurs.bilan import calculer_bilan
from socle.models import Personne, Structure
from tests.factories import PassageFactory, PlaceFactory, SejourFactory

pytestmark = pytest.mark.django_db
MATIN = datetime(2026, 3, 10, 9, tzinfo=UTC)


def lignes(annee: int) -> dict[str, dict[str, Any]]:
    return {ligne["code"]: ligne for ligne in calculer_bilan(annee)["indicateurs"]}


@time_machine.travel(MATIN, tick=False)
def test_nights_are_compared_over_the_same_number_of_nights() -> None:
    place: Place = PlaceFactory(ouverte_le=date(2024, 1, 1))
    SejourFactory(place=place, arrivee=date(2024, 6, 1))
    recalculer_tout()
    ecoulees = (date(2026, 3, 10) - date(2026, 1, 1)).days
    nuitees = lignes(2026)["nuitees"]
    assert nuitees["valeur"] == nuitees["precedent"] == ecoulees
    assert nuitees["ecart"] == 0
    assert lignes(2026)["taux_occupation"]["precedent"] == 1


@time_machine.travel(MATIN, tick=False)
def test_today_is_not_over_and_counts_on_neither_side(
    espace_repos: Structure, personne: Personne
) -> None:
    for instant in (MATIN, MATIN - timedelta(days=1)):
        PassageFactory(structure=espace_repos, personne=personne, survenu_le=instant)
    un_an_avant = MATIN.replace(year=2025)
    for instant in (un_an_avant, un_an_avant - timedelta(days=1), un_an_avant - timedelta(days=2)):
        PassageFactory(structure=espace_repos, personne=personne, survenu_le=instant)
    passages = lignes(2026)["passages"]
    assert (passages["valeur"], passages["precedent"]) == (1, 2)


@time_machine.travel(datetime(2026, 1, 1, 9, tzinfo=UTC), tick=False)
def test_on_new_year_s_day_nothing_is_over(espace_repos: Structure) -> None:
    PassageFactory(structure=espace_repos, survenu_le=datetime(2026, 1, 1, 8, tzinfo=UTC))
    passages = lignes(2026)["passages"]
    assert (passages["valeur"], passages["precedent"]) == (0, 0)
    assert lignes(2025)["passages"]["valeur"] == 0


@pytest.mark.parametrize("annee", [2026, 2027])
@time_machine.travel(datetime(2026, 1, 1, 9, tzinfo=UTC), tick=False)
def test_who_is_lodged_has_no_night_yet_in_a_year_without_days(annee: int) -> None:
    SejourFactory(place=PlaceFactory(), arrivee=date(2024, 6, 1))
    file_active = lignes(annee)["file_active"]
    assert (file_active["valeur"], file_active["precedent"]) == (0, 0)
    assert lignes(2025)["file_active"]["valeur"] == 1
