"""Deleting in the admin: all that hangs on a record goes, the figures follow, history stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from accueil.models import Passage
from commun.historique import evenements_de
from contacts.models import Acte, Contact, RemiseMateriel
from indicateurs.bilan import calculer_bilan
from maraudes.models import Rencontre, Secteur
from socle.models import Personne, Structure, Utilisateur
from tests.administration.conftest import Console, page
from tests.factories import (
    ActeFactory,
    EtapeFactory,
    PassageFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SecteurFactory,
)

pytestmark = pytest.mark.django_db
EN_2023 = datetime(2023, 5, 2, 9, tzinfo=UTC)


def passages_de_2023(structure: Structure) -> Any:
    lignes = calculer_bilan(2023, structure)["indicateurs"]
    return next(ligne["valeur"] for ligne in lignes if ligne["code"] == "passages")


@pytest.fixture
def passages(espace_repos: Structure, personne: Personne) -> list[Passage]:
    passages = [
        PassageFactory(structure=espace_repos, personne=personne, survenu_le=EN_2023)
        for _ in range(3)
    ]
    for passage in passages:
        ActeFactory(contact=passage.contact)
        RemiseMaterielFactory(contact=passage.contact)
    return passages


def test_one_visit_deleted_is_one_visit_less(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure, passages: list[Passage]
) -> None:
    client = console(coordinatrice)
    assert passages_de_2023(espace_repos) == 3
    adresse = page(Passage, "delete", passages[0].pk)
    annonce = client.get(adresse).content.decode()
    for ce_qui_part in ("passages", "contacts", "actes", "remises de matériel"):
        assert ce_qui_part in annonce.lower()
    assert client.post(adresse, {"post": "yes"}).status_code == 302
    assert passages_de_2023(espace_repos) == 2
    assert not Contact.objects.filter(pk=passages[0].pk).exists()
    assert Acte.objects.count() == RemiseMateriel.objects.count() == 2
    gardees = evenements_de(Contact).filter(pgh_obj_id=passages[0].pk)
    assert [e.pgh_label for e in gardees] == ["insert", "delete"]
    assert gardees.last().pgh_context.metadata["user"] == str(coordinatrice.pk)


def test_several_visits_are_deleted_from_the_list(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure, passages: list[Passage]
) -> None:
    console(coordinatrice).post(
        page(Passage, "changelist"),
        {"action": "delete_selected", "post": "yes",
         "_selected_action": [p.pk for p in passages[:2]]},
    )  # fmt: skip
    assert passages_de_2023(espace_repos) == 1
    assert Contact.objects.count() == Acte.objects.count() == 1


def test_an_encounter_takes_its_contact_along(
    console: Console, coordinatrice: Utilisateur, equipe: Any
) -> None:
    rencontre = RencontreFactory(maraude__equipe=equipe)
    console(coordinatrice).post(page(Rencontre, "delete", rencontre.pk), {"post": "yes"})
    assert not Rencontre.objects.exists()
    assert not Contact.objects.exists()


def test_a_station_that_rounds_have_visited_is_kept_and_the_reason_counted(
    console: Console, coordinatrice: Utilisateur
) -> None:
    secteur = SecteurFactory(station=True)
    for _ in range(3):
        EtapeFactory(secteur=secteur)
    client = console(coordinatrice)
    adresse = page(Secteur, "delete", secteur.pk)
    assert "3 étapes" in client.get(adresse).content.decode()
    client.post(adresse, {"post": "yes"})
    assert Secteur.objects.filter(pk=secteur.pk).exists()
