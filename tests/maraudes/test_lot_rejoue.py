"""A batch sent again is the same batch, whatever became of what it refers to."""

from __future__ import annotations

from typing import Any

import pytest

from commun.horloge import maintenant
from contacts.models import Contact
from maraudes.models import Etape
from socle.models import AccordPartage, Equipe, Personne, Utilisateur
from tests.conftest import Api
from tests.factories import (
    AccordPartageFactory,
    EtapeFactory,
    MaraudeFactory,
    SecteurFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db


def ligne(maraude: Any, **champs: Any) -> dict[str, Any]:
    quand = maintenant().isoformat()
    return {"uuid": identifiant(), "maraude": str(maraude.pk), "saisi_le": quand, **champs}


def test_a_batch_is_replayed_after_its_agreement_was_withdrawn(
    api: Api, intervenante: Utilisateur, equipe: Equipe, personne_ailleurs: Personne
) -> None:
    AccordPartageFactory(personne=personne_ailleurs, organisme=intervenante.organisme)
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    lot = {"rencontres": [ligne(maraude, personne=str(personne_ailleurs.pk)), ligne(maraude)]}
    client = api(intervenante)
    assert client.post("/api/v1/rencontres/lot/", lot).status_code == 201
    AccordPartage.objects.update(retire_le="2023-01-01")
    assert client.post("/api/v1/rencontres/lot/", lot).status_code == 200
    assert Contact.objects.count() == 2


def test_what_is_wrong_in_a_batch_is_named_by_its_place(
    api: Api, intervenante: Utilisateur, equipe: Equipe
) -> None:
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    client = api(intervenante)
    premiere = ligne(maraude)
    assert client.post("/api/v1/rencontres/lot/", {"rencontres": [premiere]}).status_code == 201
    refus = client.post(
        "/api/v1/rencontres/lot/",
        {"rencontres": [premiere, ligne(maraude), ligne(maraude, issue="PARTIE")]},
    )
    assert refus.status_code == 400
    assert [e["champ"] for e in refus.json()["erreurs"]] == ["rencontres.2.issue"]
    assert Contact.objects.count() == 1


def test_a_sector_is_named_by_its_code_too(api: Api, intervenante: Utilisateur) -> None:
    secteur = SecteurFactory(code="metro-jaures")
    assert api(intervenante).get("/api/v1/secteurs/metro-jaures/").json()["uuid"] == str(secteur.pk)
    assert api(intervenante).get(f"/api/v1/secteurs/{secteur.pk}/").status_code == 200
    assert api(intervenante).get("/api/v1/secteurs/metro-nulle-part/").status_code == 404


def test_a_round_does_not_leave_the_milieu_of_its_stops(
    api: Api, intervenante: Utilisateur, equipe: Equipe
) -> None:
    maraude = MaraudeFactory(equipe=equipe, milieu="SOUS_SOL")
    EtapeFactory(maraude=maraude)
    client = api(intervenante)
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    etag = client.get(adresse)["ETag"]
    refus = client.patch(adresse, {"milieu": "SURFACE"}, HTTP_IF_MATCH=etag)
    assert refus.status_code == 400
    assert [e["champ"] for e in refus.json()["erreurs"]] == ["milieu"]
    surface = SecteurFactory()
    complete = {"milieu": "SURFACE", "etapes": [{"secteur": surface.code}]}
    assert client.patch(adresse, complete, HTTP_IF_MATCH=etag).status_code == 200
    assert Etape.objects.get().secteur == surface
