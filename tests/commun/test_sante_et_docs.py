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
from config.corps import FORMULAIRE
from config.wsgi import application
from hebergement.models import MarqueNuits, OccupationNuit
from hebergement.occupation import controler
from hebergement.tasks import recalculer_marques
from socle.models import Utilisateur
from tests.commun.test_mauvaises_valeurs import en_francais
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
@pytest.mark.parametrize(
    "accepte", ["text/html", "image/png", "a/b; c*=bogus''%ff", "text/plain;q=0.1", "é", "*/*"]
)
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


ADRESSES = ["/sante/vivant/", "/api/v1/connexion/", "/admin/login/", "/", "/nulle-part/"]
# Of the server's own errors there is no page: what fails before the framework's is told by none.
GENRES_ILLISIBLES = [
    "application/json; charset*=bogus''x",
    "application/json; a*=xx'yy'%ff",
    "application/json; a*=xx'yy'zz'%ff",
    "text/plain; a*0*=bogus''x; a*1=y",
    "application/json; charset*=undefined''x",
    "application/json; charset*=é''%ff",
    "application/json; charset=a\0",
    f"application/json; a*{'9' * 5000}=x",
    # A piece and a whole of one name: they can't be put in order.
    "text/plain; a*0=x; a*=",
    "multipart/form-data; boundary=a; a*0=x; a*=",
    # Encodings that are none of text, then those of other text, then none.
    "application/json; charset=rot13",
    "application/json; charset=undefined",
    "application/json; charset=idna",
    "multipart/form-data; boundary=a; charset=base64",
    "application/json; charset=utf-16",
    "application/json; charset=inconnu",
    *(f"{FORMULAIRE}; charset={codage}" for codage in ("iso-8859-1", "utf-7", "é", "inconnu")),
]


def appeler(
    genre: str, adresse: str, methode: str, envoye: bytes = b"b=%C3%A9", accepte: str = "*/*"
) -> tuple[str, bytes]:
    """The status and the body, from the application that the server runs."""
    demande = RequestFactory().generic(methode, f"{adresse}?a=%C3%A9", envoye)
    demande.environ |= {"CONTENT_TYPE": genre, "HTTP_COOKIE": f"csrftoken={'a' * 32}"}
    demande.environ["HTTP_ACCEPT"] = accepte
    statuts: list[str] = []
    contenu = b"".join(application(demande.environ, lambda statut, _: statuts.append(statut)))
    (statut,) = statuts
    return statut, contenu


@pytest.mark.parametrize("genre", GENRES_ILLISIBLES)
def test_a_type_that_cannot_be_read_is_refused(genre: str) -> None:
    """Wherever: the protection of forms reads it before any page, and again to say that."""
    for adresse in ADRESSES:
        for methode in ("GET", "POST"):
            statut, contenu = appeler(genre, adresse, methode)
            assert statut == "415 Unsupported Media Type", (methode, adresse)
            assert "UTF-8" in json.loads(contenu)["detail"]


@pytest.mark.parametrize("codage", ["utf-8", "UTF-8", "utf8", "UTF8", "utf_8", '"U8"', "us-ascii"])
def test_utf_8_by_any_of_its_names_is_read(codage: str) -> None:
    for genre in ("application/json", FORMULAIRE, "text/plain"):
        lus = [appeler(f"{genre}; charset={codage}", adresse, "GET") for adresse in ADRESSES]
        assert [statut[:3] for statut, _ in lus] == ["200", "405", "200", "200", "404"]
    # Read, and refused for want of the protection's own token.
    assert appeler(f"{FORMULAIRE}; charset={codage}", "/admin/login/", "POST")[0][:3] == "403"
    assert appeler(f"application/json; charset={codage}", ADRESSES[1], "POST")[0][:3] == "400"


# The last ones are read, and no more once they are written into what is accepted.
ACCEPTATIONS_ILLISIBLES = [
    "a/b; a*0=x; a*=",
    "application/json; a*0=x; a*=",
    "*/*; a*=bogus''%ff",
    f"*/*; a*{'9' * 5000}=x",
    '*/*; a="x; b*0=x; b*="',
    "*/*; a=\"x; b*=bogus''%ff\"",
]


@pytest.mark.parametrize("accepte", ACCEPTATIONS_ILLISIBLES)
def test_an_answer_cannot_be_asked_for_in_words_that_cannot_be_read(accepte: str) -> None:
    adresses = ["/api/v1/passages/", "/api/v1/connexion/", "/sante/metier/"]
    adresses += ["/api/v1/schema/", "/api/v1/docs/"]
    for adresse in adresses:
        for methode in ("GET", "POST"):
            lue = appeler("application/json", adresse, methode, b"{}", accepte)
            assert lue[0] == "406 Not Acceptable", (methode, adresse)
            # The page of the documentation is in HTML, and so is its refusal.
            assert b"406" in lue[1]
    for adresse in ("/sante/vivant/", "/admin/login/", "/"):
        assert appeler("text/plain", adresse, "GET", accepte=accepte)[0][:3] == "200"
    assert appeler("text/plain", "/nulle-part/", "GET", accepte=accepte)[0][:3] == "404"


def test_what_can_be_read_of_what_is_accepted_is_enough() -> None:
    for accepte in (f"{ACCEPTATIONS_ILLISIBLES[0]}, */*", "application/json; a*0=x, text/html;a*="):
        statut, _ = appeler("", "/api/v1/connexion/", "POST", b"", accepte)
        assert statut[:3] == "400", accepte


@pytest.mark.parametrize(
    "entete",
    [
        'Content-Disposition: form-data; name="x"; a*0=x; a*=',
        "Content-Disposition: form-data; name*0=x; name*=",
        'Content-Disposition: form-data; name="x"; filename*0=x; filename*=',
        'Content-Disposition: form-data; name="x"; filename="y"\r\n'
        "Content-Type: text/plain; a*0=x; a*=",
    ],
)
def test_a_part_that_cannot_be_read_is_refused(entete: str) -> None:
    """The protection of forms reads the parts before anybody is known."""
    envoye = f"--a\r\n{entete}\r\n\r\ny\r\n--a--\r\n".encode()
    for adresse in ("/admin/login/", "/", "/admin/"):
        statut, contenu = appeler("multipart/form-data; boundary=a", adresse, "POST", envoye)
        assert statut == "400 Bad Request"
        assert "Demande incomprise" in contenu.decode()
    # The page that tells that there is none reads no form, neither this one nor a worse one.
    for genre in ("multipart/form-data; boundary=a", "multipart/form-data"):
        statut, _ = appeler(genre, "/nulle-part/", "POST", envoye)
        assert statut == "404 Not Found"
    # The API takes none, wherever it is.
    for adresse in ("/api/v1/connexion/", "/api/v1/passages/", "/sante/metier/"):
        statut, _ = appeler("multipart/form-data; boundary=a", adresse, "POST", envoye)
        assert statut[:3] in {"401", "405", "415"}


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


@pytest.mark.parametrize("adresse", ["/sante/vivant/", "/sante/pret/", "/api/v1/docs/"])
@pytest.mark.parametrize("verbe", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "INVENTE"])
def test_what_is_only_read_is_refused_as_a_problem(adresse: str, verbe: str) -> None:
    """By the browser's protection too: there is no form."""
    reponse = Client(enforce_csrf_checks=True).generic(verbe, adresse)
    assert reponse.headers["Content-Type"] == "application/problem+json"
    assert reponse.status_code == reponse.json()["status"] == 405
    assert "GET" in reponse.headers["Allow"]
    assert en_francais(reponse.json())
