"""What was written by mistake, and corrected, leaves nobody knowing a person."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.db import connection, transaction

from accueil.models import Passage
from commun.models import uuid7
from contacts.models import Contact
from hebergement.models import Sejour
from socle.models import AccesPersonne, Personne, Structure, Utilisateur
from tests.concurrence import Fil, attendre_bloques
from tests.factories import (
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)

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


# --- Two writes at once -------------------------------------------------------------------------


def corriger(ligne: Any, personne: Personne | None) -> None:
    modele = Contact if isinstance(ligne, Passage) else Sejour
    modele.objects.filter(pk=ligne.pk).update(personne=personne)


def effacer(ligne: Any, _personne: Personne | None) -> None:
    type(ligne).objects.get(pk=ligne.pk).delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("defaire", [corriger, effacer])
@pytest.mark.parametrize("motif", ["PASSAGE", "SEJOUR"])
@pytest.mark.parametrize("le_nouveau_d_abord", [True, False])
def test_who_comes_while_another_visit_is_taken_back_is_known(
    le_nouveau_d_abord: bool, motif: str, defaire: Callable[..., None]
) -> None:
    structure, personne, autre = StructureFactory(), PersonneFactory(), PersonneFactory()
    site = SiteFactory(structure=structure)

    def venir(mois: int) -> Any:
        if motif == "PASSAGE":
            return PassageFactory(structure=structure, personne=personne)
        return SejourFactory(
            place=PlaceFactory(site=site), personne=personne,
            arrivee=date(2023, mois, 1), depart=date(2023, mois, 5),
        )  # fmt: skip

    ancienne = venir(1)
    gestes = [lambda: venir(3), lambda: defaire(ancienne, autre)]
    premier, second = gestes if le_nouveau_d_abord else gestes[::-1]
    with transaction.atomic():
        premier()
        fil = Fil(second)
        attendre_bloques(1)
    fil.resultat()
    assert AccesPersonne.objects.filter(personne=personne, motif=motif).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_wrong_visits_taken_back_at_once_leave_nothing() -> None:
    structure, personne = StructureFactory(), PersonneFactory()
    une, deux = PassageFactory.create_batch(2, structure=structure, personne=personne)
    with transaction.atomic():
        corriger(une, None)
        fil = Fil(lambda: corriger(deux, None))
        attendre_bloques(1)
    fil.resultat()
    assert not AccesPersonne.objects.filter(personne=personne).exists()


@pytest.mark.django_db(transaction=True)
def test_visits_exchanged_at_once_are_in_no_circle() -> None:
    """Each is corrected to the person of the other, again and again: nobody is refused."""
    structure = StructureFactory()
    personnes = PersonneFactory.create_batch(2)
    visites = [PassageFactory(structure=structure, personne=p) for p in personnes]

    def echanger(rang: int) -> None:
        for tour in range(60):
            corriger(visites[rang], personnes[(rang + tour + 1) % 2])

    fils = [Fil(lambda rang=rang: echanger(rang)) for rang in range(2)]
    for fil in fils:
        fil.resultat()
    assert set(AccesPersonne.objects.values_list("personne", flat=True)) == {
        p.pk for p in personnes
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("motif", ["PASSAGE", "SEJOUR"])
@pytest.mark.parametrize("part", [True, False])
def test_what_races_left_is_recounted_while_people_write(part: bool, motif: str) -> None:
    """Whether the only visit goes meanwhile, or comes."""
    migration = {"PASSAGE": "contacts.migrations.0015", "SEJOUR": "hebergement.migrations.0010"}
    module = import_module(f"{migration[motif]}_acces_recomptes")
    structure, personne, autre = StructureFactory(), PersonneFactory(), PersonneFactory()

    def venir(qui: Personne) -> Any:
        if motif == "PASSAGE":
            return PassageFactory(structure=structure, personne=qui)
        return SejourFactory(place__site__structure=structure, personne=qui)

    def recompter() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(module.RECOMPTER)

    avant, apres = (personne, autre) if part else (autre, personne)
    ligne = venir(avant)
    # As races left them: one that nobody opened, and one that nobody closed.
    AccesPersonne.objects.filter(motif=motif).update(personne=apres)
    with transaction.atomic():
        corriger(ligne, apres)
        fil = Fil(recompter)
        attendre_bloques(1)
    fil.resultat()
    acces = AccesPersonne.objects.filter(motif=motif).values_list("personne", flat=True)
    assert list(acces) == [apres.pk]
    # And where nobody writes.
    AccesPersonne.objects.filter(motif=motif).update(personne=avant)
    recompter()
    assert list(acces.all()) == [apres.pk]


@pytest.mark.django_db(transaction=True)
def test_the_locks_are_taken_in_one_order() -> None:
    """Whatever order they are named in: who waits for the fourth has the three before it."""
    personnes = [uuid7() for _ in range(8)]
    random.shuffle(personnes)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT hashtext(p::text) & 1023 FROM unnest(%s) AS p ORDER BY 1", [personnes]
        )
        cles = [cle for (cle,) in cursor.fetchall()]

    def prendre() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT socle_tenir_les_acces(%s::uuid[], %s::uuid[])",
                [personnes[:4], personnes[4:]],
            )

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7203025, %s)", [cles[3]])
        fil = Fil(prendre)
        attendre_bloques(1)
        cursor.execute(
            "SELECT objid::integer FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE classid = 7203025 AND granted AND datname = current_database()"
            " AND pid <> pg_backend_pid() ORDER BY 1"
        )
        assert [cle for (cle,) in cursor.fetchall()] == cles[:3]
    fil.resultat()


@pytest.mark.django_db(transaction=True)
def test_who_comes_again_waits_for_nobody_who_comes() -> None:
    structure, personne = StructureFactory(), PersonneFactory()
    PassageFactory(structure=structure, personne=personne)
    with transaction.atomic():
        PassageFactory(structure=structure, personne=personne)
        Fil(lambda: PassageFactory(structure=structure, personne=personne)).resultat()
    assert Passage.objects.count() == 3
