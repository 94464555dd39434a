"""A stop where people were met stays in its round, whoever corrects it and by whatever way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from maraudes.models import Etape, Rencontre
from socle.models import Utilisateur
from tests.conftest import Api
from tests.factories import EtapeFactory, MaraudeFactory, RencontreFactory, SecteurFactory

pytestmark = pytest.mark.django_db

MESSAGE = "Une étape où des personnes ont été rencontrées ne peut être retirée."


@pytest.fixture
def etape(coordinatrice: Utilisateur) -> Etape:
    """A stop where somebody was met, and another one where nobody was."""
    maraude = MaraudeFactory(equipe__structure__organisme=coordinatrice.organisme, en_cours=True)
    etape: Etape = EtapeFactory(maraude=maraude, ordre=1)
    EtapeFactory(maraude=maraude, ordre=2)
    RencontreFactory(maraude=maraude, secteur=etape.secteur)
    return etape


@pytest.mark.parametrize(
    "ecriture",
    [
        lambda etape: etape.delete(),
        lambda etape: Etape.objects.filter(pk=etape.pk).update(
            secteur=SecteurFactory(station=True)
        ),
        lambda etape: Etape.objects.filter(pk=etape.pk).update(maraude=MaraudeFactory()),
    ],
    ids=["supprimee", "ailleurs", "autre_maraude"],
)
def test_the_database_keeps_it(etape: Etape, ecriture: Callable[[Etape], Any]) -> None:
    with pytest.raises(IntegrityError, match="rencontrées"), transaction.atomic():
        ecriture(etape)
    etape.refresh_from_db()
    # Nobody was met at the other one; nor, once the encounter is corrected, at this one.
    Etape.objects.exclude(pk=etape.pk).delete()
    Rencontre.objects.update(secteur=SecteurFactory(station=True))
    ecriture(etape)


def test_a_station_that_comes_twice_keeps_one_stop(etape: Etape) -> None:
    encore = EtapeFactory(maraude=etape.maraude, secteur=etape.secteur, ordre=3)
    etape.delete()
    with pytest.raises(IntegrityError, match="rencontrées"), transaction.atomic():
        encore.delete()


def test_the_api_refuses_and_writes_nothing(
    api: Api, coordinatrice: Utilisateur, etape: Etape
) -> None:
    client, adresse = api(coordinatrice), f"/api/v1/maraudes/{etape.maraude_id}/"
    rue, gare = SecteurFactory(), SecteurFactory(station=True)
    for corps in (
        {"etapes": []},
        {"etapes": [{"secteur": str(gare.pk)}], "transmission": "Corrigée."},
        {"milieu": "SURFACE", "etapes": [{"secteur": str(rue.pk)}]},
    ):
        lue = client.get(adresse)
        refus = client.patch(adresse, corps, HTTP_IF_MATCH=lue["ETag"])
        assert refus.status_code == 409, refus.json()
        assert refus.json()["detail"] == MESSAGE
        assert client.get(adresse).json() == lue.json()
    corps = {"etapes": [{"secteur": str(gare.pk)}, {"secteur": str(etape.secteur_id)}]}
    corrigee = client.patch(adresse, corps, HTTP_IF_MATCH=lue["ETag"])
    assert [e["statut"] for e in corrigee.json()["etapes"]] == ["PREVUE", "VISITEE"]
