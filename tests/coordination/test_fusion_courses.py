"""Merges that meet other writes: nothing is left on an alias, whoever comes first."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commun.api.errors import Conflit
from contacts.models import Contact
from coordination import fusions
from hebergement.models import Sejour
from hebergement.services import attribuer
from socle.models import Fusion, Personne, Structure
from tests.concurrence import Fil, attendre_bloques, courir
from tests.factories import PassageFactory, PersonneFactory, PlaceFactory, SejourFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def deux(organisme: Any) -> tuple[Personne, Personne]:
    une, autre = PersonneFactory.create_batch(2, organisme=organisme)
    return une, autre


def fusionner(gardee: Personne, alias: Personne) -> Fusion | str:
    """The merge, or why there was none."""
    try:
        return fusions.fusionner(gardee=gardee, alias=alias, auteur=None)
    except Conflit as refus:
        return str(refus.detail)


def passer(structure: Structure, personne: Personne) -> Contact:
    return PassageFactory(structure=structure, personne=personne).contact


def test_a_visit_that_is_being_written_is_moved(
    deux: tuple[Personne, Personne], espace_repos: Structure
) -> None:
    gardee, alias = deux
    with transaction.atomic():
        contact = passer(espace_repos, alias)
        fil = Fil(partial(fusionner, gardee, alias))
        attendre_bloques(1)
    fusion = fil.resultat()
    contact.refresh_from_db()
    assert contact.personne_id == gardee.pk
    fusions.annuler(fusion=fusion, auteur=None)
    contact.refresh_from_db()
    assert contact.personne_id == alias.pk


def test_a_visit_that_comes_during_the_merge_lands_on_the_kept_file(
    deux: tuple[Personne, Personne], espace_repos: Structure
) -> None:
    gardee, alias = deux
    with transaction.atomic():
        fusion = fusions.fusionner(gardee=gardee, alias=alias, auteur=None)
        fil = Fil(partial(passer, espace_repos, alias))
        attendre_bloques(1)
    contact = fil.resultat()
    assert Contact.objects.get(pk=contact.pk).personne_id == gardee.pk
    fusions.annuler(fusion=fusion, auteur=None)
    assert Contact.objects.get(pk=contact.pk).personne_id == alias.pk


def test_a_visit_that_comes_during_the_undoing_goes_to_whom_it_names(
    deux: tuple[Personne, Personne], espace_repos: Structure
) -> None:
    gardee, alias = deux
    fusion = fusions.fusionner(gardee=gardee, alias=alias, auteur=None)
    with transaction.atomic():
        fusions.annuler(fusion=fusion, auteur=None)
        fil = Fil(partial(passer, espace_repos, alias))
        attendre_bloques(1)
    assert Contact.objects.get(pk=fil.resultat().pk).personne_id == alias.pk


def test_two_merges_of_the_same_files_each_the_other_way(
    deux: tuple[Personne, Personne],
) -> None:
    une, autre = deux
    issues = courir(
        [partial(fusionner, une, autre), partial(fusionner, autre, une)],
        "socle_personne", une.pk, autre.pk,
    )  # fmt: skip
    assert sum(isinstance(issue, Fusion) for issue in issues) == 1
    assert Personne.objects.filter(alias_de__isnull=False).count() == 1


def test_two_merges_in_a_row_at_the_same_moment(
    deux: tuple[Personne, Personne], espace_repos: Structure
) -> None:
    """Either the second is refused, or its file takes all: never an alias of an alias."""
    une, autre = deux
    derniere = PersonneFactory(organisme=une.organisme)
    contact = passer(espace_repos, autre)
    issues = courir(
        [partial(fusionner, une, autre), partial(fusionner, derniere, une)],
        "socle_personne", une.pk, autre.pk, derniere.pk,
    )  # fmt: skip
    assert any(isinstance(issue, Fusion) for issue in issues)
    assert not Personne.objects.filter(alias_de__alias_de__isnull=False).exists()
    contact.refresh_from_db()
    assert contact.personne_id == Personne.objects.get(pk=autre.pk).cle_suivie


@pytest.mark.parametrize("dates", [(date(2023, 3, 1), None), (date(2022, 3, 1), date(2022, 4, 1))])
def test_a_place_given_during_a_merge(
    deux: tuple[Personne, Personne], dates: tuple[date, date | None]
) -> None:
    """Whether the stay overlaps the other's or not, one of the two is refused, or none."""
    gardee, alias = deux
    SejourFactory(personne=gardee, arrivee=date(2023, 1, 1))
    place = PlaceFactory()

    def donner() -> Any:
        try:
            return attribuer(
                place=place, personne=alias, arrivee=dates[0], depart=dates[1], auteur=None
            )
        except Conflit as refus:
            return refus

    fusion, sejour = courir(
        [partial(fusionner, gardee, alias), donner], "socle_personne", gardee.pk, alias.pk
    )
    assert isinstance(fusion, Fusion) or isinstance(sejour, Sejour)
    suivie = Personne.objects.get(pk=alias.pk).cle_suivie
    if isinstance(sejour, Sejour):
        sejour.refresh_from_db()
        assert sejour.personne_id == suivie
    else:
        assert [o["type"] for o in sejour.membres["obstacles"]] == ["PERSONNE_HEBERGEE"]
    assert (isinstance(fusion, Fusion) and isinstance(sejour, Sejour)) == (dates[1] is not None)


def mener(alias: Personne, gardee: Personne) -> str:
    """Somebody writes it by hand; why the database does not let them."""
    try:
        with transaction.atomic():
            Personne.objects.filter(pk=alias.pk).update(alias_de=gardee)
    except IntegrityError as refus:
        return str(refus)
    return ""


def test_an_alias_made_by_hand_while_a_visit_names_it(
    deux: tuple[Personne, Personne], espace_repos: Structure
) -> None:
    gardee, alias = deux
    with transaction.atomic():
        passer(espace_repos, alias)
        fil = Fil(partial(mener, alias, gardee))
        attendre_bloques(1)
    assert "Rien ne reste" in fil.resultat()


@pytest.mark.parametrize("d_abord_le_second", [True, False])
def test_an_alias_made_by_hand_of_what_becomes_one(
    deux: tuple[Personne, Personne], d_abord_le_second: bool
) -> None:
    une, autre = deux
    pas = [(une, autre), (autre, PersonneFactory())]
    if d_abord_le_second:
        pas.reverse()
    with transaction.atomic():
        assert mener(*pas[0]) == ""
        fil = Fil(partial(mener, *pas[1]))
        attendre_bloques(1)
    assert "Un alias mène" in fil.resultat()
