"""Deleting in the admin: all that hangs on a record goes, the figures follow, history stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accueil.models import Passage
from commun.admin.suppression import LIMITE
from commun.historique import evenements_de
from contacts.models import Acte, Contact, RemiseMateriel
from indicateurs.bilan import calculer_bilan
from maraudes.models import Rencontre, Secteur
from socle.models import Organisme, Personne, Structure, Utilisateur
from tests.administration.conftest import Console, page
from tests.factories import (
    ActeFactory,
    EtapeFactory,
    PassageFactory,
    PersonneFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SecteurFactory,
)

pytestmark = pytest.mark.django_db
EN_2023 = datetime(2023, 5, 2, 9, tzinfo=UTC)


def passages_de_2023(structure: Structure) -> Any:
    lignes = calculer_bilan(2023, structure)["indicateurs"]
    return next(ligne["valeur"] for ligne in lignes if ligne["code"] == "passages")


def supprimer_la_selection(client: Any, objets: list[Any]) -> Any:
    return client.post(
        page(type(objets[0]), "changelist"),
        {"action": "delete_selected", "post": "yes", "_selected_action": [o.pk for o in objets]},
        follow=True,
    )


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
    supprimer_la_selection(console(coordinatrice), passages[:2])
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


def test_a_selection_never_deletes_what_its_own_page_would_not(
    console: Console, coordinatrice: Utilisateur, organisme: Organisme
) -> None:
    """The list of persons shows those of every organisme to coordination."""
    client = console(coordinatrice)
    la_sienne, autre = PersonneFactory(organisme=organisme), PersonneFactory()
    assert supprimer_la_selection(client, [la_sienne, autre]).status_code == 403
    assert set(Personne.objects.all()) == {la_sienne, autre}
    assert supprimer_la_selection(client, [la_sienne]).status_code == 200
    assert set(Personne.objects.all()) == {autre}


def test_a_selection_is_what_a_person_can_read(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure, personne: Personne
) -> None:
    def passage() -> Passage:
        un_de_plus: Passage = PassageFactory(structure=espace_repos, personne=personne)
        return un_de_plus

    client = console(coordinatrice)
    passages = [passage() for _ in range(LIMITE + 1)]
    refusee = supprimer_la_selection(client, passages)
    assert f"sur {LIMITE} lignes au plus" in refusee.content.decode()
    assert Passage.objects.count() == LIMITE + 1
    supprimer_la_selection(client, passages[1:])
    assert Passage.objects.get() == passages[0]


def comptes_de(reponse: Any) -> dict[str, int]:
    return dict(reponse.context["model_count"])


def test_what_goes_and_what_keeps_it_is_counted_by_as_many_queries_for_one_as_for_many(
    console: Console,
    administratrice: Utilisateur,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
) -> None:
    def compter(compte: Utilisateur, objet: Any) -> tuple[Any, list[str]]:
        client = console(compte)
        client.get(page(type(objet), "changelist"))
        with CaptureQueriesContext(connection) as requetes:
            lue = client.get(page(type(objet), "delete", objet.pk))
        return lue, [r["sql"] for r in requetes]

    contact = PassageFactory(structure=espace_repos).contact
    ActeFactory(contact=contact, auteur=coordinatrice)
    premiere, une = compter(coordinatrice, contact)
    assert comptes_de(premiere) == {"contacts": 1, "passages": 1, "actes": 1}
    _, pour_un = compter(administratrice, coordinatrice)
    for _ in range(4):
        ActeFactory(contact=contact, auteur=coordinatrice)
    RemiseMaterielFactory.create_batch(3, contact=contact)
    seconde, plusieurs = compter(coordinatrice, contact)
    assert comptes_de(seconde) == {
        "contacts": 1, "passages": 1, "actes": 5, "remises de matériel": 3,
    }  # fmt: skip
    retenue, pour_cinq = compter(administratrice, coordinatrice)
    assert "5 actes" in retenue.context["protected"]
    assert (len(une), len(pour_un)) == (len(plusieurs), len(pour_cinq))
