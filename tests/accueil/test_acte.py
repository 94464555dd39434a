"""Acts at a centre; notes of care stay with the carers of the structure."""

from __future__ import annotations

import pytest

from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import ActeFactory, PassageFactory, UtilisateurFactory, identifiant

pytestmark = pytest.mark.django_db
URL = "/api/v1/actes/"


def test_note_is_for_the_carers_of_the_structure(
    api: Api,
    intervenante: Utilisateur,
    soignante: Utilisateur,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
) -> None:
    passage = PassageFactory(structure=espace_repos)
    acte = ActeFactory(contact=passage.contact, infirmier=True)
    autre = UtilisateurFactory(soignant=True, organisme=espace_repos.organisme)
    for actrice, note in (
        (soignante, "Pansement refait."),
        (intervenante, None),
        (coordinatrice, None),
        (autre, None),
    ):
        assert api(actrice).get(f"{URL}{acte.pk}/").json()["note_soin"] == note


def test_writing_a_note(
    api: Api, intervenante: Utilisateur, soignante: Utilisateur, espace_repos: Structure
) -> None:
    passage = PassageFactory(structure=espace_repos)
    corps = {
        "uuid": identifiant(),
        "contact": str(passage.pk),
        "categorie": "SOINS_INFIRMIERS",
        "note_soin": "Pansement.",
        "saisi_le": "2026-10-12T10:00:00+02:00",
    }
    assert api(intervenante).post(URL, corps).status_code == 403
    assert api(soignante).post(URL, corps).status_code == 201
    assert api(soignante).post(URL, corps).status_code == 200
