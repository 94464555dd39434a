"""A motive that forces is not erased under the pair that it forces."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from hebergement.models import Fermeture, Place, Sejour
from tests.factories import FermetureFactory, PlaceFactory, SejourFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    place: Place = PlaceFactory()
    return place


def sejour(place: Place, motif: str) -> Sejour:
    sejour: Sejour = SejourFactory(place=place, arrivee=date(2023, 3, 2), motif_forcage=motif)
    return sejour


def effacer(modele: type[Sejour] | type[Fermeture]) -> None:
    with transaction.atomic():
        modele.objects.update(motif_forcage="")


def test_the_motive_of_a_stay_under_a_closure(place: Place) -> None:
    fermeture = FermetureFactory(place=place)
    sejour(place, "Grand froid")
    with pytest.raises(IntegrityError, match="fermée"):
        effacer(Sejour)
    # The closure is forced too: one motive is enough, not none.
    fermeture.motif_forcage = "Relogement impossible"
    fermeture.save()
    effacer(Sejour)
    with pytest.raises(IntegrityError, match="occupée"):
        effacer(Fermeture)
    assert Fermeture.objects.get().motif_forcage


def test_a_motive_that_forces_nothing_any_more_is_erased(place: Place) -> None:
    fermeture = FermetureFactory(place=place)
    sejour(place, "Grand froid")
    Fermeture.objects.filter(pk=fermeture.pk).update(debut=date(2022, 2, 1), fin=date(2022, 2, 8))
    effacer(Sejour)
    assert Sejour.objects.get().motif_forcage == ""
