"""A note of care is written, erased and moved only by who may read it."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.api.serializers import ActeSerializer
from contacts.models import Acte
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import ActeFactory, ContactFactory, StructureFactory, UtilisateurFactory

pytestmark = pytest.mark.django_db
NOTE = "Pansement refait."
REFUS = ActeSerializer.REFUS_DE_DEPLACER


@pytest.fixture
def acte(espace_repos: Structure) -> Acte:
    acte: Acte = ActeFactory(contact=ContactFactory(structure=espace_repos), infirmier=True)
    return acte


def corriger(client: Any, acte: Acte, **champs: Any) -> int:
    adresse = f"/api/v1/actes/{acte.pk}/"
    etag = client.get(adresse)["ETag"]
    statut: int = client.patch(adresse, champs, HTTP_IF_MATCH=etag).status_code
    return statut


@pytest.mark.parametrize("note", ["", "Autre chose."])
def test_who_may_not_read_a_note_neither_erases_nor_replaces_it(
    api: Api, intervenante: Utilisateur, coordinatrice: Utilisateur, acte: Acte, note: str
) -> None:
    for compte in (intervenante, coordinatrice):
        assert corriger(api(compte), acte, note_soin=note) == 403
    acte.refresh_from_db()
    assert acte.note_soin == NOTE


@pytest.mark.parametrize("note", ["", NOTE], ids=["sans note", "avec une note"])
def test_an_act_changes_structure_by_who_cares_in_both(
    api: Api,
    intervenante: Utilisateur,
    coordinatrice: Utilisateur,
    soignante: Utilisateur,
    acte: Acte,
    note: str,
) -> None:
    """The others hear the same whether there is a note or not."""
    Acte.objects.filter(pk=acte.pk).update(note_soin=note)
    voisine = StructureFactory(organisme=acte.contact.structure.organisme)
    la_bas: Utilisateur = UtilisateurFactory(
        role="SOIGNANT", organisme=voisine.organisme, structures=[voisine]
    )
    ailleurs = ContactFactory(structure=voisine)
    for compte in (intervenante, coordinatrice, la_bas, soignante):
        client, adresse = api(compte), f"/api/v1/actes/{acte.pk}/"
        etag = client.get(adresse)["ETag"]
        refus = client.patch(adresse, {"contact": str(ailleurs.pk)}, HTTP_IF_MATCH=etag)
        assert (refus.status_code, refus.json()["detail"]) == (403, REFUS), compte
    acte.refresh_from_db()
    assert acte.contact_id != ailleurs.pk
    soignante.structures.add(voisine)
    assert corriger(api(soignante), acte, contact=str(ailleurs.pk)) == 200


@pytest.mark.parametrize("note", ["", NOTE], ids=["sans note", "avec une note"])
def test_an_act_is_moved_within_its_structure_by_a_team(
    api: Api, intervenante: Utilisateur, acte: Acte, note: str
) -> None:
    Acte.objects.filter(pk=acte.pk).update(note_soin=note)
    autre = ContactFactory(structure=acte.contact.structure)
    assert corriger(api(intervenante), acte, contact=str(autre.pk), categorie="ACCUEIL") == 200
    acte.refresh_from_db()
    assert (acte.contact_id, acte.note_soin) == (autre.pk, note)


def test_who_cares_there_erases_a_note(api: Api, soignante: Utilisateur, acte: Acte) -> None:
    assert corriger(api(soignante), acte, note_soin="") == 200
    acte.refresh_from_db()
    assert acte.note_soin == ""
