"""A stop is of its round's milieu, whoever writes it and by whatever way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from maraudes.models import Etape, Maraude, Secteur
from maraudes.services import etapes_en_chantier
from socle.models import Utilisateur
from tests.concurrence import Fil, attendre_bloques
from tests.conftest import Api
from tests.factories import EtapeFactory, MaraudeFactory, SecteurFactory


def seul_milieu() -> bool:
    return all(e.maraude.milieu == e.secteur.milieu for e in Etape.objects.all())


def une_etape_d_ailleurs() -> Any:
    return EtapeFactory(secteur=SecteurFactory(milieu="SURFACE"))


def une_etape_deplacee() -> Any:
    return Etape.objects.update(secteur=SecteurFactory(milieu="SURFACE"))


def une_etape_d_une_autre_maraude() -> Any:
    return Etape.objects.update(maraude=MaraudeFactory(milieu="SURFACE"))


def une_maraude_qui_change() -> Any:
    return Maraude.objects.update(milieu="SURFACE")


def un_secteur_qui_change() -> Any:
    return Secteur.objects.update(milieu="SURFACE")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ecriture",
    [
        une_etape_d_ailleurs, une_etape_deplacee, une_etape_d_une_autre_maraude,
        une_maraude_qui_change, un_secteur_qui_change,
    ],
)  # fmt: skip
def test_the_database_refuses_two_milieux_in_one_round(ecriture: Callable[[], Any]) -> None:
    EtapeFactory()
    with pytest.raises(IntegrityError, match="etape_du_milieu_du_secteur"), transaction.atomic():
        ecriture()
    assert seul_milieu()
    # Replaced together, they may change.
    with etapes_en_chantier():
        Maraude.objects.update(milieu="SURFACE")
        Secteur.objects.update(milieu="SURFACE")
    assert Etape.objects.get().secteur.milieu == "SURFACE"
    assert seul_milieu()


@pytest.mark.django_db
def test_stops_and_milieu_are_replaced_at_once(api: Api, coordinatrice: Utilisateur) -> None:
    maraude = EtapeFactory(maraude__equipe__structure__organisme=coordinatrice.organisme).maraude
    rue = SecteurFactory(milieu="SURFACE")
    client = api(coordinatrice)
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    etag = client.get(adresse)["ETag"]
    corps = {"milieu": "SURFACE", "etapes": [{"secteur": str(rue.pk)}]}
    corrigee = client.patch(adresse, corps, HTTP_IF_MATCH=etag)
    assert corrigee.status_code == 200, corrigee.json()
    assert Etape.objects.get().secteur == rue


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("modele", [Maraude, Secteur])
def test_a_stop_is_added_while_the_milieu_changes(modele: Any) -> None:
    """Whoever comes second waits, then is refused: each had looked at rows that agreed."""
    maraude, secteur = MaraudeFactory(), SecteurFactory(station=True)

    def ajouter() -> None:
        Etape.objects.create(maraude=maraude, secteur=secteur, ordre=1)

    with transaction.atomic():
        modele.objects.update(milieu="SURFACE")
        fil = Fil(ajouter)
        attendre_bloques(1)
    with pytest.raises(IntegrityError, match="etape_du_milieu"):
        fil.resultat()
    assert not Etape.objects.exists()
    modele.objects.update(milieu="SOUS_SOL")

    with transaction.atomic():
        ajouter()
        fil = Fil(lambda: modele.objects.update(milieu="SURFACE"))
        attendre_bloques(1)
    with pytest.raises(IntegrityError, match="etape_du_milieu"):
        fil.resultat()
    assert Etape.objects.count() == 1
    assert seul_milieu()
