"""A bilan says what it is the bilan of."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from socle.models import Structure, Utilisateur
from tests.conftest import Api

pytestmark = pytest.mark.django_db
URL = "/api/v1/indicateurs/bilan/"


@pytest.mark.parametrize(
    ("demande", "type_dit"),
    [({"type": "CAARUD"}, "CAARUD"), ({}, None), ({"structure": "espace-repos-chapelle"}, None)],
)
def test_the_type_is_told(
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    demande: dict[str, Any],
    type_dit: str | None,
) -> None:
    client = api(coordinatrice)
    demande = {"annee": "2023", **demande}
    assert client.get(URL, demande).json()["type"] == type_dit
    texte = client.get(URL, demande, headers={"Accept": "text/csv"}).content.decode()
    lignes = list(csv.DictReader(io.StringIO(texte, newline="")))
    assert lignes
    assert {ligne["type"] for ligne in lignes} == {type_dit or ""}
