"""Rows that are added on the page of what they belong to: the same form adds them once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from contacts.models import Acte, RemiseMateriel
from maraudes.models import Observation
from socle.models import AccordPartage, Structure, Utilisateur
from tests.administration.conftest import Console, page
from tests.administration.formulaires import remplir
from tests.concurrence import Fil, attendre_bloques
from tests.factories import (
    MaraudeFactory,
    OrganismeFactory,
    PassageFactory,
    PersonneFactory,
    SecteurFactory,
)

SURVENU = {"survenu_le_0": "12/03/2023", "survenu_le_1": "22:10:00"}
# The object of a page, the rows that are added to it, and of what model they are.
Ajout = tuple[Any, dict[str, Any], Any]


def une_ligne(de: str, **champs: Any) -> dict[str, Any]:
    return {f"{de}-TOTAL_FORMS": 1} | {f"{de}-0-{nom}": valeur for nom, valeur in champs.items()}


REMISE = une_ligne(
    "remises", materiel="PIPE", quantite_distribuee=10, quantite_recuperee=0, **SURVENU
)


def une_remise(structure: Structure) -> Ajout:
    return PassageFactory(structure=structure), REMISE, RemiseMateriel


def un_acte(structure: Structure) -> Ajout:
    contact = PassageFactory(structure=structure).contact
    return contact, une_ligne("actes", categorie="HYGIENE", **SURVENU), Acte


def une_observation(structure: Structure) -> Ajout:
    maraude = MaraudeFactory(equipe__structure=structure, en_cours=True)
    secteur = SecteurFactory(station=True).pk
    ligne = une_ligne("observations", secteur=secteur, texte="Quai calme", **SURVENU)
    return maraude, ligne, Observation


def un_accord(structure: Structure) -> Ajout:
    ligne = une_ligne("accords", organisme=OrganismeFactory().pk, donne_le="01/03/2024")
    return PersonneFactory(organisme=structure.organisme), ligne, AccordPartage


@pytest.mark.django_db
@pytest.mark.parametrize("quoi", [une_remise, un_acte, une_observation, un_accord])
def test_a_page_that_is_sent_twice_adds_its_rows_once(
    quoi: Callable[[Structure], Ajout], console: Console, coordinatrice: Utilisateur,
    espace_repos: Structure,
) -> None:  # fmt: skip
    objet, lignes, modele = quoi(espace_repos)
    client = console(coordinatrice)
    adresse = page(type(objet), "change", objet.pk)
    vers, donnees = remplir(client, adresse, **lignes)
    premiere = client.post(vers, donnees)
    assert premiere.status_code == 302, premiere.context["errors"]
    assert modele.objects.count() == 1
    encore = client.post(vers, donnees, follow=True)
    assert encore.status_code == 200
    assert "pas ajoutées deux fois" in encore.content.decode()
    assert modele.objects.count() == 1
    if modele is AccordPartage:
        return  # one with each organisme
    # What the page shows then is another form, which adds another row, though it says the same.
    vers, donnees = remplir(client, adresse)
    prefixe = next(iter(lignes)).partition("-")[0]
    autre = {nom.replace("-0-", "-1-"): valeur for nom, valeur in lignes.items() if "-0-" in nom}
    assert client.post(vers, donnees | autre | {f"{prefixe}-TOTAL_FORMS": 2}).status_code == 302
    assert modele.objects.count() == 2


@pytest.mark.django_db
def test_what_else_a_form_says_when_it_comes_back_is_written(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    """By the browser's way back: with another field, another row, and the same row twice."""
    passage = PassageFactory(structure=espace_repos, genre_observe="H")
    client = console(coordinatrice)
    vers, donnees = remplir(client, page(type(passage), "change", passage.pk), **REMISE)
    assert client.post(vers, donnees).status_code == 302
    deux = {nom.replace("-0-", f"-{n}-"): v for n in (1, 2) for nom, v in REMISE.items()}
    de_plus = deux | {"remises-TOTAL_FORMS": 4, "genre_observe": "F"}
    de_plus |= {nom.replace("-0-", "-3-"): valeur for nom, valeur in REMISE.items() if "-0-" in nom}
    de_plus["remises-3-quantite_distribuee"] = 11
    assert client.post(vers, donnees | de_plus).status_code == 302
    quantites = RemiseMateriel.objects.order_by("quantite_distribuee")
    assert list(quantites.values_list("quantite_distribuee", flat=True)) == [10, 10, 10, 11]
    passage.contact.refresh_from_db()
    assert passage.contact.genre_observe == "F"
    # Its own row, elsewhere: the key of a form is of one page.
    autre = PassageFactory(structure=espace_repos)
    vers, ici = remplir(client, page(type(autre), "change", autre.pk), **REMISE)
    assert client.post(vers, ici | {"cle": donnees["cle"]}).status_code == 302
    assert RemiseMateriel.objects.filter(contact=autre.contact).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_a_page_adds_its_rows_once(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    passage = PassageFactory(structure=espace_repos)
    adresse = page(type(passage), "change", passage.pk)
    # Connected by then: what the second waits for is the first.
    clients = [console(coordinatrice) for _ in range(2)]
    vers, donnees = remplir(clients[0], adresse, **REMISE)
    with transaction.atomic():
        premiere = clients[0].post(vers, donnees)
        seconde = Fil(lambda: clients[1].post(vers, donnees))
        attendre_bloques(1)
    assert premiere.status_code == seconde.resultat().status_code == 302
    assert RemiseMateriel.objects.count() == 1
