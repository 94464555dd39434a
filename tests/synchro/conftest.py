"""A tablet that is enrolled, and somebody who has logged in on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from commun.models import uuid7
from socle import preuves
from socle.models import Organisme, Structure, Utilisateur
from synchro.appareils import donner_un_code, enroler
from synchro.models import Appareil, Operation

ADRESSE = "/api/v1/synchro"


@dataclass
class Tablette:
    """What a device holds: its token, its numbers."""

    appareil: Appareil
    jeton: str
    numeros: Any = field(default_factory=lambda: count(1))

    @property
    def client(self) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.jeton}")
        return client

    def operation(
        self, auteur: Utilisateur, type_: str, donnees: dict[str, Any] | None = None, **dit: Any
    ) -> dict[str, Any]:
        return {
            "id": str(uuid7()),
            "seq": next(self.numeros),
            "auteur": str(auteur.pk),
            "session": preuves.attester(auteur.pk, self.appareil.pk),
            "type": type_,
            "saisi_le": timezone.now().isoformat(),
            "donnees": donnees or {},
            **dit,
        }

    def passage(self, auteur: Utilisateur, structure: Structure, **donnees: Any) -> dict[str, Any]:
        corps = {"uuid": str(uuid7()), "structure": structure.code, **donnees}
        return self.operation(auteur, "passage.creer", corps)

    def corps(self, *operations: Any, **dit: Any) -> dict[str, Any]:
        return {
            "protocole": 1,
            "appareil": str(self.appareil.pk),
            "version_application": "1.0",
            "schema": 1,
            "operations": list(operations),
            **dit,
        }

    def poster(self, *operations: Any, ou: str = "envoi", **dit: Any) -> Any:
        return self.client.post(f"{ADRESSE}/{ou}/", self.corps(*operations, **dit))

    def envoyer(self, *operations: Any, **dit: Any) -> list[dict[str, Any]]:
        """The results of a sending that was received."""
        reponse = self.poster(*operations, **dit)
        assert reponse.status_code == 200, reponse.json()
        resultats: list[dict[str, Any]] = reponse.json()["resultats"]
        return resultats


def enroler_une_tablette(organisme: Organisme, libelle: str = "Tablette 1") -> Tablette:
    appareil = Appareil.objects.create(libelle=libelle, organisme=organisme)
    return Tablette(*enroler(code=donner_un_code(appareil=appareil)))


@pytest.fixture
def tablette(organisme: Organisme) -> Tablette:
    return enroler_une_tablette(organisme)


@pytest.fixture
def autre_tablette(organisme: Organisme) -> Tablette:
    return enroler_une_tablette(organisme, "Tablette 2")


def statuts() -> dict[str, str]:
    """By identifier, what became of what is kept."""
    return {str(cle): statut for cle, statut in Operation.objects.values_list("pk", "statut")}


Envoyer = Callable[..., list[dict[str, Any]]]
