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
    assert encore.redirect_chain[0][0] == adresse
    assert "a déjà été enregistré" in encore.content.decode()
    assert modele.objects.count() == 1
    # What the page shows then is another form, which adds another row.
    prefixe = next(iter(lignes)).partition("-")[0]
    vers, donnees = remplir(client, adresse)
    autre = {f"{prefixe}-TOTAL_FORMS": 2} | {
        nom.replace("-0-", "-1-"): valeur for nom, valeur in lignes.items() if "-0-" in nom
    }
    if modele is not AccordPartage:
        assert client.post(vers, donnees | autre).status_code == 302
        assert modele.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_a_page_adds_its_rows_once(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    passage = PassageFactory(structure=espace_repos)
    adresse = page(type(passage), "change", passage.pk)
    vers, donnees = remplir(console(coordinatrice), adresse, **REMISE)

    def envoyer() -> Any:
        return console(coordinatrice).post(vers, donnees)

    with transaction.atomic():
        premiere = envoyer()
        seconde = Fil(envoyer)
        attendre_bloques(1)
    assert premiere.status_code == 302
    assert seconde.resultat().url == adresse
    assert RemiseMateriel.objects.count() == 1
