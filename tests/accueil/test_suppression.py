"""A visit that is deleted, however it is deleted, leaves nothing behind, and the figures follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from accueil.models import Passage
from contacts.models import Acte, Contact, RemiseMateriel
from coordination.models import Orientation
from coordination.services import rapprocher_marques
from maraudes.models import Rencontre
from socle.models import Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    RemiseMaterielFactory,
    RencontreFactory,
)

pytestmark = pytest.mark.django_db
JUIN = datetime(2023, 6, 1, 10, tzinfo=UTC)


def en_sql(requete: str) -> Callable[[Passage], Any]:
    def faire(passage: Passage) -> None:
        with connection.cursor() as cursor:
            cursor.execute(requete, [passage.pk])

    return faire


MANIERES: dict[str, Callable[[Passage], Any]] = {
    "passage": lambda p: p.delete(),
    "passages": lambda p: Passage.objects.filter(pk=p.pk).delete(),
    "contact": lambda p: p.contact.delete(),
    "contacts": lambda p: Contact.objects.filter(pk=p.pk).delete(),
    "passage-en-sql": en_sql("DELETE FROM accueil_passage WHERE contact_id = %s"),
    "contact-en-sql": en_sql("DELETE FROM contacts_contact WHERE uuid = %s"),
}


@pytest.fixture
def passages(espace_repos: Structure, personne: Personne) -> list[Passage]:
    """Two visits of one person, one of nobody known; acts and material on each."""
    lignes = [
        PassageFactory(structure=espace_repos, personne=qui, survenu_le=JUIN.replace(day=jour))
        for jour, qui in ((1, personne), (2, personne), (3, None))
    ]
    for passage in lignes:
        ActeFactory(contact=passage.contact, infirmier=True)
        RemiseMaterielFactory(contact=passage.contact)
    return lignes


def bilan(api: Api, coordinatrice: Utilisateur) -> dict[str, Any]:
    reponse = api(coordinatrice).get("/api/v1/indicateurs/bilan/?annee=2023")
    return {i["code"]: i["valeur"] for i in reponse.json()["indicateurs"]}


@pytest.mark.parametrize("maniere", MANIERES)
def test_the_contact_the_acts_and_the_material_go_with_it(
    api: Api, coordinatrice: Utilisateur, passages: list[Passage], maniere: str
) -> None:
    avant = bilan(api, coordinatrice)
    MANIERES[maniere](passages[0])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for modele in (Passage, Contact, Acte, RemiseMateriel):
        assert modele.objects.count() == 2
    apres = bilan(api, coordinatrice)
    assert apres["passages"] == avant["passages"] - 1 == 2
    assert apres["actes_infirmiers"] == avant["actes_infirmiers"] - 1 == 2
    assert apres["materiel_distribue"] == avant["materiel_distribue"] - 2 == 4
    # The same person came another day; the third one is nobody known.
    assert apres["file_active"] == avant["file_active"] == 1


def test_the_history_keeps_what_was_deleted(passages: list[Passage]) -> None:
    pk = passages[0].pk
    passages[0].delete()
    for modele in (Passage, Contact):
        evenements: Any = modele.pgh_event_model.objects  # type: ignore[attr-defined]
        etiquettes = evenements.filter(pgh_obj_id=pk).values_list("pgh_label", flat=True)
        assert sorted(etiquettes) == ["delete", "insert"]


@pytest.mark.parametrize("maniere", MANIERES)
def test_the_orientation_is_given_back_and_keeps_its_row(
    espace_repos: Structure, personne: Personne, passages: list[Passage], maniere: str
) -> None:
    """The first visit had made it succeed; the second one takes its place, then nothing."""
    orientation: Orientation = OrientationFactory(
        personne=personne, structure=espace_repos, survenu_le=JUIN.replace(hour=1)
    )
    nee_ici = OrientationFactory(
        personne=personne,
        contact=passages[0].contact,
        structure_origine=passages[0].contact.structure,
    )
    for passage in passages[:2]:
        rapprocher_marques()
        orientation.refresh_from_db()
        assert orientation.arrivee_contact_id == passage.pk
        MANIERES[maniere](passage)
    rapprocher_marques()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    orientation.refresh_from_db()
    assert (orientation.statut, orientation.arrivee_contact_id) == ("NON_ABOUTIE", None)
    nee_ici.refresh_from_db()
    assert nee_ici.contact_id is None


@pytest.mark.parametrize(
    "maniere", ["rencontre", "maraudes_rencontre WHERE contact_id", "contacts_contact WHERE uuid"]
)
def test_an_encounter_goes_the_same_way(equipe: Any, maniere: str) -> None:
    rencontre = RencontreFactory(maraude=MaraudeFactory(equipe=equipe, en_cours=True))
    ActeFactory(contact=rencontre.contact)
    if maniere == "rencontre":
        rencontre.delete()
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {maniere} = %s", [rencontre.pk])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not Rencontre.objects.exists()
    assert not Contact.objects.exists()
    assert not Acte.objects.exists()
