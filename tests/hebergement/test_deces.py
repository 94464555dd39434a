"""Somebody who died went to live nowhere: whoever says so is told, and the database refuses it."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from hebergement.enums import APRES_UN_DECES, DestinationSortie
from hebergement.models import Sejour
from socle.models import Utilisateur
from tests.conftest import Api
from tests.factories import SejourFactory
from tests.hebergement.test_corrections import demande, patcher

pytestmark = pytest.mark.django_db
AILLEURS = sorted(set(DestinationSortie) - set(APRES_UN_DECES))
FIN = {"depart": "2023-06-01", "motif_sortie": "DECES"}


def refus(reponse: Any) -> list[tuple[str, str]]:
    assert reponse.status_code == 400, reponse.json()
    return [(erreur["champ"], erreur["message"][:17]) for erreur in reponse.json()["erreurs"]]


def test_a_death_has_no_place_to_go_to(api: Api, coordinatrice: Utilisateur) -> None:
    client = api(coordinatrice)
    sejour = SejourFactory(arrivee=date(2023, 5, 1), depart=None)
    adresse = f"/api/v1/sejours/{sejour.pk}/"
    dit = [("destination", "Après un décès, l")]
    assert refus(client.post("/api/v1/sejours/", demande(**FIN, destination="ACT"))) == dit
    assert refus(client.post(f"{adresse}cloturer/", {**FIN, "destination": "LHSS"})) == dit
    fin = {**FIN, "destination": "HOPITAL"}
    assert client.post(f"{adresse}cloturer/", fin).status_code == 200
    assert refus(patcher(client, adresse, {"destination": "LOGEMENT_SOCIAL"})) == dit
    assert patcher(client, adresse, {"destination": "SANS_OBJET"}).status_code == 200


@pytest.mark.parametrize("destination", AILLEURS)
def test_the_database_refuses_it(destination: str) -> None:
    sejour = SejourFactory(arrivee=date(2023, 5, 1), depart=date(2023, 6, 1), motif_sortie="DECES")
    sejours = Sejour.objects.filter(pk=sejour.pk)
    with pytest.raises(IntegrityError, match="sejour_deces_sans_suite"), transaction.atomic():
        sejours.update(destination=destination)
    sejour.destination = destination
    with pytest.raises(ValidationError, match="Après un décès"):
        sejour.full_clean()


@pytest.mark.parametrize("destination", APRES_UN_DECES)
def test_what_may_be_said_is_accepted(destination: str) -> None:
    sejour = SejourFactory(
        arrivee=date(2023, 5, 1), depart=date(2023, 6, 1), motif_sortie="DECES",
        destination=destination,
    )  # fmt: skip
    sejour.full_clean()


def test_rows_from_before_are_put_right() -> None:
    """As the migration finds them, where nothing has refused them yet."""
    mort, parti = (
        SejourFactory(
            arrivee=date(2023, 5, 1), depart=date(2023, 6, 1), motif_sortie=motif,
            destination="LHSS" if motif != "DECES" else "",
        )
        for motif in ("DECES", "ORIENTATION")
    )  # fmt: skip
    rectifier = import_module("hebergement.migrations.0012_deces_verifies").RECTIFIER
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE hebergement_sejour DROP CONSTRAINT sejour_deces_sans_suite")
        Sejour.objects.filter(pk=mort.pk).update(destination="LHSS")
        cursor.execute(rectifier)
    mort.refresh_from_db()
    parti.refresh_from_db()
    assert (mort.destination, parti.destination) == ("SANS_OBJET", "LHSS")
