"""Getting a token, being refused one, giving it back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from socle.models import Jeton, Utilisateur
from tests.conftest import Api
from tests.factories import MOT_DE_PASSE, JetonFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/connexion/"


@pytest.fixture
def avec_mot_de_passe(intervenante: Utilisateur) -> Utilisateur:
    intervenante.set_password(MOT_DE_PASSE)
    intervenante.save()
    return intervenante


def test_connection_and_disconnection(api: Api, avec_mot_de_passe: Utilisateur) -> None:
    client = api(None)
    reponse = client.post(URL, {"identifiant": "intervenante", "mot_de_passe": MOT_DE_PASSE})
    assert reponse.status_code == 200, reponse.json()
    session = reponse.json()
    assert session["utilisateur"]["structures"] == ["espace-repos-chapelle"]
    assert not Jeton.objects.filter(empreinte=session["jeton"]).exists()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {session['jeton']}")
    assert client.get("/api/v1/structures/").status_code == 200
    assert client.post("/api/v1/deconnexion/").status_code == 204
    refusee = client.get("/api/v1/structures/")
    assert refusee.status_code == 401
    assert refusee["WWW-Authenticate"].startswith("Bearer")


def test_wrong_password_then_lockout(api: Api, avec_mot_de_passe: Utilisateur) -> None:
    client = api(None)
    mauvais = {"identifiant": "intervenante", "mot_de_passe": "devine"}
    statuts = [client.post(URL, mauvais).status_code for _ in range(12)]
    assert statuts[0] == 401
    assert statuts[-1] == 429
    bon = {"identifiant": "intervenante", "mot_de_passe": MOT_DE_PASSE}
    bloquee = client.post(URL, bon)
    assert bloquee.status_code == 429
    assert bloquee["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("etat", ["expire", "revoque"])
def test_dead_token(api: Api, intervenante: Utilisateur, etat: str) -> None:
    JetonFactory(
        utilisateur=intervenante, empreinte=Jeton.calculer_empreinte("mort"), **{etat: True}
    )
    client = api(None)
    client.credentials(HTTP_AUTHORIZATION="Bearer mort")
    assert client.get("/api/v1/structures/").status_code == 401


def test_a_token_dies_with_the_key_of_its_server(
    api: Api, intervenante: Utilisateur, settings: Any
) -> None:
    """Those of the demonstration, whose key everybody may have, open nothing in its stead."""
    client = api(None)
    secret, _ = Jeton.emettre(intervenante)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert client.get("/api/v1/structures/").status_code == 200
    settings.SECRET_KEY = "autre-" + "y" * 50
    assert client.get("/api/v1/structures/").status_code == 401


def test_inactive_account(api: Api, intervenante: Utilisateur) -> None:
    client = api(intervenante)
    intervenante.is_active = False
    intervenante.save()
    assert client.get("/api/v1/structures/").status_code == 401


def test_token_costs_one_query(
    api: Api,
    intervenante: Utilisateur,
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    client = api(intervenante)
    with django_assert_num_queries(2):
        client.get("/api/v1/equipes/")


@pytest.mark.parametrize("demo", [True, False])
def test_the_password_of_the_demonstration_opens_nothing_elsewhere(
    api: Api, client: Client, coordinatrice: Utilisateur, settings: Any, demo: bool
) -> None:
    settings.DEMO = demo
    coordinatrice.set_password(settings.DEMO_MOT_DE_PASSE)
    coordinatrice.save()
    qui = {"identifiant": coordinatrice.identifiant, "mot_de_passe": settings.DEMO_MOT_DE_PASSE}
    assert api(None).post(URL, qui).status_code == (200 if demo else 401)
    formulaire = {"username": coordinatrice.identifiant, "password": settings.DEMO_MOT_DE_PASSE}
    page = client.post("/admin/login/?next=/admin/", formulaire)
    assert page.status_code == (302 if demo else 200)
