"""Who was seen, who is closed, who is back, at the same moment: each told once, none lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from commun.api.errors import Conflit
from hebergement import services
from hebergement.models import Absence, ConstatPresence, Sejour
from tests.concurrence import Fil, attendre_bloques, courir, tenir
from tests.factories import AbsenceFactory, PersonneFactory, PlaceFactory, SejourFactory

pytestmark = pytest.mark.django_db(transaction=True)
JOUR = date(2023, 5, 1)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def sejour() -> Sejour:
    place = PlaceFactory(site__presences_depuis=date(2023, 1, 1))
    return SejourFactory(place=place, arrivee=JOUR - timedelta(days=40))


@pytest.mark.parametrize("vue_d_abord", [True, False])
def test_seen_and_closed_at_once(sejour: Sejour, vue_d_abord: bool) -> None:
    """Whoever was seen first is not closed; who was seen after is a reason to reopen."""
    constater = partial(
        services.constater, jour=JOUR, constats=[{"sejour": sejour, "present": True}]
    )
    appels: list[Callable[[], Any]] = [constater, services.clore_les_perdus_de_vue]
    courir(appels if vue_d_abord else appels[::-1], "hebergement_sejour", sejour.pk)
    sejour.refresh_from_db()
    assert sejour.cloture_automatique is not vue_d_abord
    assert ConstatPresence.objects.count() == 1
    assert list(Sejour.objects.revus()) == ([] if vue_d_abord else [sejour])


def test_seen_and_moved_at_once(sejour: Sejour) -> None:
    """Whichever comes first, the check is of the stay that goes on."""
    constater = partial(
        services.constater, jour=JOUR, constats=[{"sejour": sejour, "present": True}]
    )
    with transaction.atomic():
        suite = services.transferer(
            sejour=sejour, place=PlaceFactory(site=sejour.place.site),
            jour=JOUR - timedelta(days=10), auteur=None,
        )  # fmt: skip
        fil = Fil(constater)
        attendre_bloques(1)
    fil.resultat()
    assert ConstatPresence.objects.get().sejour == suite


def test_the_task_twice_at_once(sejour: Sejour) -> None:
    taches = [services.clore_les_perdus_de_vue] * 2
    faits = courir(list(taches), "hebergement_sejour", sejour.pk)
    assert sorted(faits) == [0, 1]


@pytest.mark.parametrize("rouvert_d_abord", [True, False])
def test_one_is_back_where_another_arrives(sejour: Sejour, rouvert_d_abord: bool) -> None:
    services.clore_les_perdus_de_vue()
    gestes: list[Callable[[], Any]] = [
        partial(services.rouvrir, sejour=sejour, auteur=None),
        partial(
            services.attribuer, place=sejour.place, personne=PersonneFactory(),
            arrivee=JOUR, auteur=None,
        ),
    ]  # fmt: skip

    def essayer(geste: Callable[[], Any]) -> bool:
        try:
            geste()
        except Conflit:
            return False
        return True

    ordre = gestes if rouvert_d_abord else gestes[::-1]
    faits = courir([partial(essayer, g) for g in ordre], "hebergement_place", sejour.place_id)
    assert faits == [True, False]
    assert Sejour.objects.presents(JOUR).count() == 1


def test_an_absence_begins_as_its_stay_ends(sejour: Sejour) -> None:
    with transaction.atomic():
        Sejour.objects.filter(pk=sejour.pk).update(depart=JOUR - timedelta(days=9))
        fil = Fil(lambda: AbsenceFactory(sejour=sejour, debut=JOUR))
        attendre_bloques(1)
    with pytest.raises(IntegrityError, match="absence_dans_son_sejour"):
        fil.resultat()
    assert not Absence.objects.exists()


def test_a_stay_ends_as_its_absence_begins(sejour: Sejour) -> None:
    with transaction.atomic():
        AbsenceFactory(sejour=sejour, debut=JOUR - timedelta(days=2))
        fil = Fil(lambda: Sejour.objects.filter(pk=sejour.pk).update(depart=JOUR))
        attendre_bloques(1)
    fil.resultat()
    assert Absence.objects.get().fin == JOUR


def test_an_absence_is_prolonged_as_its_stay_ends(sejour: Sejour) -> None:
    """Both hold the stay first: neither waits for the other in a circle."""
    absence = AbsenceFactory(sejour=sejour, debut=JOUR - timedelta(days=2))

    def prolonger() -> None:
        with transaction.atomic():
            services.verrouiller_sejours(sejours=[sejour.pk])
            Absence.objects.filter(pk=absence.pk).update(fin=JOUR + timedelta(days=3))

    cloturer = partial(
        services.cloturer, sejour=sejour, depart=JOUR, motif_sortie="AUTRE", destination="HOPITAL"
    )
    with tenir("hebergement_sejour", sejour.pk):
        fils = [Fil(cloturer)]
        attendre_bloques(1)
        fils.append(Fil(prolonger))
        attendre_bloques(2)
    for fil in fils:
        fil.resultat()
    absence.refresh_from_db()
    assert absence.fin == JOUR
