"""Health for load balancers, and the API's own pages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory

from commun.horloge import hier, maintenant
from config.wsgi import application
from hebergement.models import MarqueNuits, OccupationNuit
from hebergement.occupation import controler
from hebergement.tasks import recalculer_marques
from socle.models import Utilisateur
from tests.conftest import Api
from tests.factories import PlaceFactory

pytestmark = pytest.mark.django_db


def test_alive_and_ready(client: Client) -> None:
    assert client.get("/sante/vivant/").json() == {"statut": "ok"}
    assert client.get("/sante/pret/").json() == {"statut": "ok"}


# In a process of its own, on a database of its own.
SONDER = """
import django
django.setup()
from django.test import Client
for page in ("vivant", "pret"):
    reponse = Client().get(f"/sante/{page}/")
    print(reponse.status_code, reponse["Content-Type"])
"""


@pytest.mark.parametrize("base", ["loin", "sans migrations"])
def test_alive_but_not_ready(base: str) -> None:
    adresse = "postgresql://personne@127.0.0.1:1/rien"
    if base == "sans migrations":
        # The one that every server has, and in which nothing was ever made.
        reglages = connection.get_connection_params()
        adresse = "postgresql:///postgres?" + urlencode(
            {cle: reglages[cle] for cle in ("host", "port", "user") if reglages.get(cle)}
        )
    variables = {"DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": adresse}
    sonde = subprocess.run(
        [sys.executable, "-c", SONDER], cwd=settings.BASE_DIR, env=os.environ | variables,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert sonde.returncode == 0, sonde.stderr
    assert sonde.stdout.splitlines()[-2:] == [
        "200 application/json", "503 application/problem+json"
    ], sonde.stderr  # fmt: skip


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


@pytest.mark.parametrize("adresse", ["/api/v1/schema/", "/api/v1/docs/", "/sante/pret/"])
@pytest.mark.parametrize("valeur", ["%00", "%0a", "%0d%0aX-A:b", "%22", "1"])
@pytest.mark.parametrize("nom", ["version", "lang", "script", "x"])
def test_what_is_public_can_be_asked_anything(
    client: Client, adresse: str, valeur: str, nom: str
) -> None:
    reponse = client.get(f"{adresse}?{nom}={valeur}")
    assert reponse.status_code < 500
    assert "X-A" not in reponse.headers
    if adresse.endswith("schema/"):
        assert reponse.status_code == 400
        assert [erreur["champ"] for erreur in reponse.json()["erreurs"]] == [nom]


@pytest.mark.parametrize("question", ["format=x", "format=%00", "format=%0d", ""])
@pytest.mark.parametrize("accepte", ["text/html", "image/png", "text/plain;q=0.1", "é", "*/*"])
def test_the_description_is_refused_as_a_problem(
    client: Client, question: str, accepte: str
) -> None:
    reponse = client.get(f"/api/v1/schema/?{question}", headers={"Accept": accepte})
    if question or accepte != "*/*":
        assert reponse.status_code in {400, 404, 406}
        assert reponse.headers["Content-Type"] == "application/problem+json"
        assert reponse.json()["status"] == reponse.status_code
    else:
        assert reponse.status_code == 200


@pytest.mark.parametrize("codage", ["iso-8859-1", "utf-7", "utf8", "é", "inconnu"])
@pytest.mark.parametrize("adresse", ["/admin/login/", "/", "/api/v1/connexion/", "/nulle-part/"])
def test_a_form_of_another_encoding_is_refused(codage: str, adresse: str) -> None:
    """The protection of forms reads it before any page, and again to say that it can't."""
    demande = RequestFactory().post(adresse, {"a": 1}, HTTP_COOKIE=f"csrftoken={'a' * 32}")
    genre = f"application/x-www-form-urlencoded; charset={codage}"
    demande.environ["CONTENT_TYPE"] = genre
    statuts: list[str] = []
    contenu = b"".join(application(demande.environ, lambda statut, _: statuts.append(statut)))
    assert statuts == ["415 Unsupported Media Type"]
    assert "UTF-8" in json.loads(contenu)["detail"]


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
