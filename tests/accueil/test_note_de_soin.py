"""A note of care is written, erased and moved only by who may read it."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.models import Acte
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import ActeFactory, ContactFactory, StructureFactory

pytestmark = pytest.mark.django_db
NOTE = "Pansement refait."


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


def test_a_note_is_not_moved_to_where_others_read_it(
    api: Api, intervenante: Utilisateur, soignante: Utilisateur, acte: Acte
) -> None:
    voisine = StructureFactory(organisme=acte.contact.structure.organisme)
    ailleurs = ContactFactory(structure=voisine)
    for compte in (intervenante, soignante):
        assert corriger(api(compte), acte, contact=str(ailleurs.pk)) == 403
    acte.refresh_from_db()
    assert acte.contact_id != ailleurs.pk
    soignante.structures.add(voisine)
    assert corriger(api(soignante), acte, contact=str(ailleurs.pk)) == 200


def test_an_act_without_a_note_is_moved_by_a_team(
    api: Api, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    acte = ActeFactory(contact=ContactFactory(structure=espace_repos))
    autre = ContactFactory(structure=StructureFactory(organisme=espace_repos.organisme))
    assert corriger(api(intervenante), acte, contact=str(autre.pk)) == 200
    acte.refresh_from_db()
    assert acte.contact_id == autre.pk


def test_who_cares_there_erases_a_note(api: Api, soignante: Utilisateur, acte: Acte) -> None:
    assert corriger(api(soignante), acte, note_soin="") == 200
    acte.refresh_from_db()
    assert acte.note_soin == ""
