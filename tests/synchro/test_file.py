"""The queue of a coordinator: what was kept aside is read, mended, replayed or discarded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accueil.models import Passage
from contacts.models import Acte
from socle.models import Structure, Utilisateur
from synchro.models import Operation
from tests.administration.conftest import Console, console, page  # noqa: F401  (a fixture)
from tests.factories import PassageFactory, identifiant
from tests.synchro.conftest import Tablette

pytestmark = pytest.mark.django_db


def adresse(operation: dict[str, Any], geste: str) -> str:
    return page(Operation, geste, operation["id"])


def test_what_was_kept_aside_is_mended_and_replayed(
    console: Console,  # noqa: F811
    tablette: Tablette,
    coordinatrice: Utilisateur,
    soignante: Utilisateur,
    espace_repos: Structure,
) -> None:
    """Notes of care are not shown, and not lost."""
    contact = PassageFactory(structure=espace_repos).contact
    donnees = {"uuid": identifiant(), "contact": str(contact.pk), "categorie": "FAUX",
               "note_soin": "pansement"}  # fmt: skip
    operation = tablette.operation(soignante, "acte.creer", donnees)
    (resultat,) = tablette.envoyer(operation)
    assert resultat["resultat"] == "en_quarantaine"
    client = console(coordinatrice)
    for geste in ("change", "corriger"):
        montre = client.get(adresse(operation, geste)).rendered_content
        assert "FAUX" in montre
        assert "pansement" not in montre
    corrigees = {**donnees, "categorie": "HYGIENE", "note_soin": "(non montré)"}
    reponse = client.post(adresse(operation, "corriger"), {"donnees": json.dumps(corrigees)})
    assert reponse.status_code == 302
    acte = Acte.objects.get()
    assert (acte.categorie, acte.note_soin, acte.auteur) == ("HYGIENE", "pansement", soignante)
    gardee = Operation.objects.get(pk=operation["id"])
    assert (gardee.statut, gardee.traitee_par, gardee.contenu) == (
        "APPLIQUEE", coordinatrice, operation
    )  # fmt: skip


def test_what_is_discarded_stays_with_its_reason(
    console: Console,  # noqa: F811
    tablette: Tablette,
    coordinatrice: Utilisateur,
    intervenante: Utilisateur,
    espace_repos: Structure,
) -> None:
    operation = tablette.passage(intervenante, espace_repos) | {"session": "faux"}
    tablette.envoyer(operation)
    client = console(coordinatrice)
    client.post(adresse(operation, "ecarter"), {"motif": "Essai de la tablette"})
    gardee = Operation.objects.get()
    assert (gardee.statut, gardee.motif) == ("ECARTEE", "Essai de la tablette")
    assert client.get(adresse(operation, "reprendre")).status_code in {302, 403}
    assert tablette.envoyer(operation)[0]["resultat"] == "en_quarantaine"
    assert not Passage.objects.exists()
