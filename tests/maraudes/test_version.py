"""The ETag of a round moves with whatever a client reads of it, however it was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from maraudes.enums import StatutEtape
from maraudes.models import Etape, Maraude
from socle.models import Equipe, Utilisateur
from tests.conftest import Api
from tests.factories import (
    EtapeFactory,
    MaraudeFactory,
    SecteurFactory,
    UtilisateurFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(api: Api, coordinatrice: Utilisateur) -> APIClient:
    return api(coordinatrice)


@pytest.fixture
def maraude(equipe: Equipe, intervenante: Utilisateur) -> Maraude:
    maraude: Maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    maraude.membres.set([intervenante])
    for ordre in (1, 2):
        EtapeFactory(maraude=maraude, ordre=ordre)
    return maraude


def rencontrer(client: APIClient, maraude: Maraude) -> None:
    etape = maraude.etapes.get(ordre=2)
    corps = {"maraude": str(maraude.pk), "secteur": str(etape.secteur_id)}
    corps |= {"uuid": identifiant(), "saisi_le": "2026-10-12T23:10:00+02:00"}
    assert client.post("/api/v1/rencontres/", corps).status_code == 201


def corriger_etapes(client: APIClient, maraude: Maraude) -> None:
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    corps = {"etapes": [{"secteur": SecteurFactory(station=True).code}]}
    etag = client.get(adresse)["ETag"]
    assert client.patch(adresse, corps, headers={"If-Match": etag}).status_code == 200


def corriger_membres(client: APIClient, maraude: Maraude) -> None:
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    etag = client.get(adresse)["ETag"]
    reponse = client.patch(adresse, {"membres": []}, headers={"If-Match": etag})
    assert (reponse.status_code, reponse.json()["membres"]) == (200, [])


def en_sql(requete: str) -> Callable[[APIClient, Maraude], None]:
    def faire(client: APIClient, maraude: Maraude) -> None:
        with connection.cursor() as cursor:
            cursor.execute(requete, [maraude.pk])
            assert cursor.rowcount

    return faire


CHANGEMENTS: dict[str, Callable[[APIClient, Maraude], Any]] = {
    "cloturee": lambda c, m: c.post(f"/api/v1/maraudes/{m.pk}/cloturer/"),
    "annulee": lambda c, m: c.post(f"/api/v1/maraudes/{m.pk}/annuler/"),
    "rencontre-a-une-etape": rencontrer,
    "etapes-corrigees": corriger_etapes,
    "membres-corriges": corriger_membres,
    "membre-ajoute": lambda c, m: m.membres.add(
        UtilisateurFactory(organisme=m.equipe.structure.organisme)
    ),
    "etape-inaccessible": lambda c, m: Etape.objects.filter(maraude=m, ordre=1).update(
        statut=StatutEtape.INACCESSIBLE
    ),
    "etape-ajoutee": lambda c, m: EtapeFactory(maraude=m, ordre=3),
    "transmission-en-sql": en_sql("UPDATE maraudes_maraude SET transmission = 'x' WHERE uuid = %s"),
    "etapes-en-sql": en_sql("UPDATE maraudes_etape SET ordre = ordre + 10 WHERE maraude_id = %s"),
    "etapes-supprimees": en_sql("DELETE FROM maraudes_etape WHERE maraude_id = %s"),
    "membres-supprimes": en_sql("DELETE FROM maraudes_maraude_membres WHERE maraude_id = %s"),
}


@pytest.mark.parametrize("changement", CHANGEMENTS)
def test_what_is_read_moves_the_etag(client: APIClient, maraude: Maraude, changement: str) -> None:
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    avant = client.get(adresse)
    CHANGEMENTS[changement](client, maraude)
    apres = client.get(adresse)
    assert apres.json() != avant.json()
    assert apres["ETag"] != avant["ETag"]
    perimee = client.patch(adresse, {"transmission": "y"}, headers={"If-Match": avant["ETag"]})
    assert perimee.status_code == 412
    assert perimee.json()["etat"] == apres.json()
    assert perimee["ETag"] == apres["ETag"]
    fraiche = client.patch(adresse, {"transmission": "y"}, headers={"If-Match": apres["ETag"]})
    assert fraiche.status_code == 200
    assert fraiche["ETag"] not in {avant["ETag"], apres["ETag"]}


def test_what_is_not_read_leaves_it(client: APIClient, maraude: Maraude) -> None:
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    avant = client.get(adresse)["ETag"]
    EtapeFactory()
    client.get(f"{adresse}resume/")
    identique = client.patch(adresse, {"milieu": maraude.milieu}, headers={"If-Match": avant})
    assert identique.status_code == 200
    assert client.get(adresse)["ETag"] == identique["ETag"] == avant
