"""Health for load balancers, and the API's own pages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from commun.horloge import hier, maintenant
from hebergement.models import MarqueNuits, OccupationNuit
from hebergement.occupation import controler
from hebergement.tasks import recalculer_marques
from socle.models import Utilisateur
from tests.conftest import Api
from tests.factories import PlaceFactory

pytestmark = pytest.mark.django_db


def test_alive_and_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/sante/vivant/").json() == {"statut": "ok"}
    assert client.get("/sante/pret/").json() == {"statut": "ok"}
    monkeypatch.setattr("config.sante._base_prete", lambda: False)
    reponse = client.get("/sante/pret/")
    assert reponse.status_code == 503
    assert reponse["Content-Type"] == "application/problem+json"


def test_database_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def casser() -> bool:
        raise OperationalError

    monkeypatch.setattr("config.sante._base_prete", casser)
    assert client.get("/sante/pret/").status_code == 503


def test_work_in_progress(api: Api, coordinatrice: Utilisateur) -> None:
    etat = api(coordinatrice).get("/sante/metier/").json()
    assert etat["courtier"] == "ok"
    assert etat["nuits_a_recalculer"] == 0


def test_pages_run_no_inline_script(client: Client) -> None:
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert not re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page.content.decode())
    assert not re.findall(r"(?:src|href)=\"https?://", page.content.decode())
    script = re.findall(r"src=\"([^\"]+)\"", page.content.decode())
    assert any("docs" in adresse or "script" in adresse for adresse in script)


def test_schema_is_public(client: Client) -> None:
    reponse = client.get("/api/v1/schema/")
    assert reponse.status_code == 200
    assert reponse.content.startswith(b"openapi: 3.1")


def test_the_watch_tells_what_the_check_found_and_what_waits(
    api: Api, coordinatrice: Utilisateur
) -> None:
    client = api(coordinatrice)
    PlaceFactory(ouverte_le=hier() - timedelta(days=3))
    recalculer_marques.apply()
    calme = client.get("/sante/metier/").json()
    assert (calme["nuits_de_retard"], calme["file_bloquee"]) == (0, False)
    assert calme["ecarts_du_controle"] is None
    assert datetime.fromisoformat(calme["dernier_calcul_le"]) <= maintenant()
    OccupationNuit.objects.filter(jour=hier()).update(occupees=7)
    controler()
    MarqueNuits.objects.create(site=OccupationNuit.objects.first().site, du=hier())
    MarqueNuits.objects.update(cree_le=maintenant() - timedelta(minutes=6))
    trouble = client.get("/sante/metier/").json()
    assert (trouble["ecarts_du_controle"], trouble["file_bloquee"]) == (1, True)
    assert trouble["nuits_a_recalculer"] == 1
