"""Completions offer nothing that the page of the model does not show, whatever field is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from contacts.models import Acte, Contact
from coordination.models import Orientation
from maraudes.models import Maraude, Rencontre
from socle.models import AccordPartage, Equipe, Jeton, Personne, Structure, Utilisateur
from tests.administration.conftest import Console, page, peupler
from tests.factories import (
    ContactFactory,
    MaraudeFactory,
    UtilisateurFactory,
)

# Without an order a row may be on two pages of a drop-down, or on none.
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("error::django.core.paginator.UnorderedObjectListWarning"),
]


def completer(client: Client, modele: Any, champ: str, terme: str = "") -> Any:
    return client.get(
        reverse("admin:autocomplete"),
        {
            "app_label": modele._meta.app_label,
            "model_name": modele._meta.model_name,
            "field_name": champ,
            "term": terme,
        },
    )


def offertes(client: Client, modele: Any, champ: str, terme: str = "") -> set[str]:
    reponse = completer(client, modele, champ, terme)
    assert reponse.status_code == 200, reponse.status_code
    return {ligne["id"] for ligne in reponse.json()["results"]}


def relations() -> Iterator[tuple[Any, str]]:
    """Of every model, those that no page shows included: whatever an address can name."""
    for modele in apps.get_models():
        for champ in modele._meta.get_fields():
            if champ.is_relation:
                yield modele, champ.name


@pytest.mark.parametrize("qui", ["coordinatrice", "administratrice"])
def test_whatever_field_an_address_names(
    console: Console,
    request: pytest.FixtureRequest,
    espace_repos: Structure,
    autre_structure: Structure,
    qui: str,
) -> None:
    """What the page of the model lists, or less; a field that no form completes offers nothing."""
    for structure in (espace_repos, autre_structure):
        peupler(structure, 1)
    compte: Utilisateur = request.getfixturevalue(qui)
    client, demande = console(compte), RequestFactory().get("/")
    client.raise_request_exception = False
    demande.user = compte
    offerts = 0
    for modele, nom in relations():
        reponse = completer(client, modele, nom)
        assert reponse.status_code in {200, 403, 404}, f"{modele.__name__}.{nom}"
        if reponse.status_code != 200:
            continue
        fiche: Any = admin.site._registry.get(modele)
        assert fiche is not None, f"{modele.__name__} n'a pas de page"
        offerts += 1
        autre: Any = admin.site.get_model_admin(modele._meta.get_field(nom).related_model)
        assert autre.has_view_permission(demande)
        montrees = {str(pk) for pk in autre.get_queryset(demande).values_list("pk", flat=True)}
        assert {ligne["id"] for ligne in reponse.json()["results"]} <= montrees
    assert offerts > 5


@pytest.mark.parametrize("qui", ["intervenante", "soignante", "ars"])
def test_other_roles_complete_nothing(
    console: Console, request: pytest.FixtureRequest, espace_repos: Structure, qui: str
) -> None:
    peupler(espace_repos, 1)
    client = console(request.getfixturevalue(qui))
    for modele, fiche in admin.site._registry.items():
        for champ in fiche.autocomplete_fields:
            assert completer(client, modele, champ).status_code == 302


def test_what_a_field_does_not_take_is_not_offered(
    console: Console,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
    equipe: Equipe,
    autre_equipe: Equipe,
    personne: Personne,
    personne_ailleurs: Personne,
) -> None:
    """Rounds, structures, persons of the whole network are shown; some fields take fewer."""
    client = console(coordinatrice)
    siennes = {str(pk) for pk in Structure.objects.filter(
        organisme=coordinatrice.organisme).values_list("pk", flat=True)}  # fmt: skip
    ici, _ = MaraudeFactory(equipe=equipe), MaraudeFactory(equipe=autre_equipe)
    collegue = UtilisateurFactory(organisme=coordinatrice.organisme)
    contact = ContactFactory(structure=espace_repos)
    ContactFactory(structure=autre_structure)
    assert offertes(client, Orientation, "structure_origine") == siennes
    assert str(autre_structure.pk) in offertes(client, Orientation, "structure")
    assert offertes(client, Rencontre, "maraude") == {str(ici.pk)}
    assert offertes(client, AccordPartage, "personne") == {str(personne.pk)}
    assert str(personne_ailleurs.pk) in offertes(client, Contact, "personne")
    assert offertes(client, Maraude, "membres") == {str(coordinatrice.pk), str(collegue.pk)}
    assert offertes(client, Acte, "contact") == {str(contact.pk)}


@pytest.mark.parametrize("terme", ["1961", "AUTRE", "Femme", "autre", "Autre association"])
def test_a_term_is_not_looked_for_in_what_is_hidden(
    console: Console, coordinatrice: Utilisateur, personne_ailleurs: Personne, terme: str
) -> None:
    Personne.objects.filter(pk=personne_ailleurs.pk).update(genre="AUTRE", annee_naissance=1961)
    client = console(coordinatrice)
    assert offertes(client, Contact, "personne", terme) == set()
    assert offertes(client, Contact, "personne", "Hirond") == {str(personne_ailleurs.pk)}


def test_a_popup_gives_no_other_field_than_the_key(
    console: Console, coordinatrice: Utilisateur, administratrice: Utilisateur
) -> None:
    """`_to_field` names what a popup hands back: never a hidden column."""
    cas = [
        (coordinatrice, Personne, "annee_naissance"), (coordinatrice, Personne, "genre"),
        (coordinatrice, Utilisateur, "password"), (administratrice, Utilisateur, "password"),
        (administratrice, Jeton, "empreinte"), (coordinatrice, Acte, "note_soin"),
    ]  # fmt: skip
    for compte, modele, champ in cas:
        client = console(compte)
        client.raise_request_exception = False
        for suffixe in ("", "&_popup=1"):
            adresse = f"{page(modele, 'changelist')}?_to_field={champ}{suffixe}"
            assert client.get(adresse).status_code == 400, (modele, champ)
