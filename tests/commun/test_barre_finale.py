"""Addresses end with a slash; a write sent without it is told so, and loses nothing silently."""

from __future__ import annotations

import pytest

from socle.models import Personne, Utilisateur
from tests.commun.test_mauvaises_requetes import verifier
from tests.conftest import Api
from tests.factories import identifiant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("methode", ["post", "patch", "put", "delete"])
def test_a_write_without_the_slash(api: Api, intervenante: Utilisateur, methode: str) -> None:
    corps = {"uuid": identifiant(), "pseudonyme": "Pinson"}
    reponse = getattr(api(intervenante), methode)("/api/v1/personnes", corps)
    verifier(reponse, 404)
    assert "barre oblique" in reponse.json()["detail"]
    assert not Personne.objects.exists()


def test_reading_is_sent_on(api: Api, intervenante: Utilisateur) -> None:
    reponse = api(intervenante).get("/api/v1/personnes?q=pin")
    assert (reponse.status_code, reponse["Location"]) == (301, "/api/v1/personnes/?q=pin")


def test_what_exists_nowhere_is_told_nothing_of_slashes(
    api: Api, intervenante: Utilisateur
) -> None:
    for adresse in ("/api/v1/nulle-part", "/api/v1/nulle-part/"):
        reponse = api(intervenante).post(adresse, {})
        verifier(reponse, 404)
        assert reponse.json()["detail"] == "Cette ressource n'existe pas."
