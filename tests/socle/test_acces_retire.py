"""What was written by mistake, and corrected, leaves nobody knowing a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accueil.models import Passage
from contacts.models import Contact
from hebergement.models import Sejour
from socle.models import AccesPersonne, Personne, Structure, Utilisateur
from tests.factories import PassageFactory, PlaceFactory, SejourFactory, SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def connue(intervenante: Utilisateur, personne_ailleurs: Personne) -> Callable[[], bool]:
    """Whether the team of the espace de repos knows the person of the other organisme."""
    return lambda: (
        Personne.objects.visibles_par(intervenante).filter(pk=personne_ailleurs.pk).exists()
    )


def test_a_visit_of_somebody_else(
    connue: Callable[[], bool], espace_repos: Structure, personne_ailleurs: Personne
) -> None:
    premier, second = (
        PassageFactory(structure=espace_repos, personne=personne_ailleurs) for _ in range(2)
    )
    assert connue()
    Contact.objects.filter(pk=premier.pk).update(personne=None)
    assert connue(), "the other visit stands"
    Contact.objects.filter(pk=second.pk).update(personne=None)
    assert not connue()
    assert not AccesPersonne.objects.exists()


def test_a_visit_deleted(
    connue: Callable[[], bool], espace_repos: Structure, personne_ailleurs: Personne
) -> None:
    PassageFactory(structure=espace_repos, personne=personne_ailleurs)
    assert connue()
    Passage.objects.all().delete()
    assert not connue()


def test_a_stay_of_somebody_else(
    connue: Callable[[], bool],
    espace_repos: Structure,
    personne_ailleurs: Personne,
    personne: Personne,
) -> None:
    place = PlaceFactory(site=SiteFactory(structure=espace_repos))
    sejour = SejourFactory(place=place, personne=personne_ailleurs)
    PassageFactory(structure=espace_repos, personne=personne)
    assert connue()
    Sejour.objects.filter(pk=sejour.pk).update(personne=personne)
    assert not connue()
    assert AccesPersonne.objects.filter(personne=personne, motif="SEJOUR").exists()
    assert AccesPersonne.objects.filter(personne=personne, motif="PASSAGE").exists()
