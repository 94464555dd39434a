"""What the web server shows of itself, to whom it listens, and that all of it answers."""

from __future__ import annotations

import json
import re
import signal
from email.message import Message
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import psutil
import pytest

from config.serveurs import attendre
from tests.config.composition import DELAI, HOTE, Composition

# Starting everything counts in the first test, on machines that have other work.
pytestmark = pytest.mark.timeout(600)

MOT_DE_PASSE = "un-mot-de-passe-tres-long"
COMPTE = f"""
from socle.models import Utilisateur
compte, _ = Utilisateur.objects.get_or_create(identifiant="{{nom}}", role="COORDINATEUR")
compte.set_password("{MOT_DE_PASSE}")
compte.save()
"""
# Each kind of page, and its status for who has not logged in.
PAGES = {
    "/": 200,
    "/nulle-part/": 404,
    "/admin/": 302,
    "/admin/login/": 200,
    "/api/v1/docs/": 200,
    "/api/v1/schema/": 200,
    "/api/v1/structures/": 401,
    "/api/v1/nulle-part/": 404,
    "/sante/vivant/": 200,
    "/sante/pret/": 200,
    "statique": 200,
}


# All that a page may load or send, source by source: what is not named here is refused.
POLITIQUE = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "font-src": {"'self'"},
    "connect-src": {"'self'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
}
# The theme asks for both; no other page may.
EN_PLUS_EN_ADMINISTRATION = {
    "script-src": {"'self'", "'unsafe-eval'"},
    "style-src": {"'self'", "'unsafe-inline'"},
}


def adresse(composition: Composition, page: str) -> str:
    if page != "statique":
        return page
    _, corps, _ = composition.demander("/admin/login/")
    (feuille, *_) = re.findall(r'href="(/static/[^"]+\.css)"', corps.decode())
    return str(feuille)


def politique(entetes: Message) -> dict[str, set[str]]:
    directives = [d.split() for d in entetes["Content-Security-Policy"].split(";")]
    return {nom: set(sources) for nom, *sources in directives}


@pytest.mark.parametrize("page", PAGES)
def test_headers_of_each_kind_of_page(composition: Composition, page: str) -> None:
    statut, corps, entetes = composition.demander(adresse(composition, page))
    assert statut == PAGES[page]
    annee = 365 * 24 * 3600
    assert entetes["Strict-Transport-Security"] == f"max-age={annee}; includeSubDomains; preload"
    assert entetes["X-Content-Type-Options"] == "nosniff"
    assert entetes["Referrer-Policy"] == "same-origin"
    assert entetes["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in entetes
    if page != "statique":
        assert entetes["X-Frame-Options"] == "DENY"

    administration = page.startswith("/admin/")
    assert politique(entetes) == POLITIQUE | (EN_PLUS_EN_ADMINISTRATION if administration else {})

    if page.startswith(("/api/", "/sante/")):
        assert entetes["Cache-Control"] == "no-store"
    # No program of the server tells its version, nor what it is made of.
    assert entetes.get_all("Server") == ["gunicorn"]
    assert "X-Powered-By" not in entetes
    assert not re.search(rb"Django/|gunicorn/|Python/|Traceback", corps)


def cookies(entetes: Message) -> SimpleCookie:
    recus = SimpleCookie()
    for ligne in entetes.get_all("Set-Cookie", []):
        recus.load(ligne)
    return recus


def test_cookies_travel_over_https_alone_and_scripts_cannot_read_them(
    composition: Composition,
) -> None:
    composition.python(COMPTE.format(nom="biscuit"))
    _, page, entetes = composition.demander("/admin/login/")
    recus = cookies(entetes)
    (jeton,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.decode())
    statut, _, entetes = composition.demander(
        "/admin/login/?next=/admin/",
        corps=urlencode(
            {"username": "biscuit", "password": MOT_DE_PASSE, "csrfmiddlewaretoken": jeton}
        ).encode(),
        Content_Type="application/x-www-form-urlencoded",
        Referer=f"https://{HOTE}/admin/login/",
        Cookie=f"csrftoken={recus['csrftoken'].value}",
    )
    assert statut == 302
    recus.update(cookies(entetes))
    assert set(recus) == {"csrftoken", "sessionid"}
    for biscuit in recus.values():
        assert (biscuit["secure"], biscuit["httponly"]) == (True, True)
        assert (biscuit["samesite"], biscuit["path"], biscuit["domain"]) == ("Lax", "/", "")


def connecter(composition: Composition, compte: str, provenance: str) -> tuple[int, Message]:
    corps = json.dumps({"identifiant": compte, "mot_de_passe": "au hasard"}).encode()
    statut, _, entetes = composition.demander(
        "/api/v1/connexion/", corps=corps, X_Forwarded_For=provenance
    )
    return statut, entetes


def test_guesses_count_by_the_address_that_the_proxy_has_seen(composition: Composition) -> None:
    """The proxy adds who spoke to it; what stands before was written by who guesses."""
    compte, devin = "devine", "203.0.113.9"
    composition.python(COMPTE.format(nom=compte))
    statuts = [connecter(composition, compte, f"192.0.2.{n}, {devin}")[0] for n in range(11)]
    assert statuts[:9] == [401] * 9
    assert statuts[-1] == 429
    # Nobody else is kept out, even where the same words are put before.
    statut, entetes = connecter(composition, compte, f"{devin}, 198.51.100.7")
    assert (statut, entetes.get_all("Set-Cookie")) == (401, None)
    with composition.base() as connexion:
        notees = connexion.execute(
            "SELECT DISTINCT host(ip_address) FROM axes_accessattempt WHERE username = %s", [compte]
        ).fetchall()
    assert {ligne[0] for ligne in notees} == {devin, "198.51.100.7"}


def test_what_is_no_address_is_taken_for_none(composition: Composition) -> None:
    assert connecter(composition, "personne", "pas une adresse")[0] == 401


def test_every_worker_answers_and_a_dead_one_is_replaced(composition: Composition) -> None:
    commande = composition.services["web"]["command"]
    voulus = int(commande[commande.index("--workers") + 1])
    maitre = psutil.Process(composition.processus["web"].pid)

    def ouvriers() -> list[psutil.Process]:
        return [p for p in maitre.children() if p.status() != psutil.STATUS_ZOMBIE]

    assert attendre(lambda: len(ouvriers()) == voulus, DELAI)
    assert voulus > 1
    for seul in ouvriers():
        autres = [p for p in ouvriers() if p != seul]
        try:
            for autre in autres:
                autre.suspend()
            assert composition.demander("/sante/pret/")[0] == 200
        finally:
            for autre in autres:
                autre.resume()
    mort = ouvriers()[0]
    mort.send_signal(signal.SIGKILL)
    assert attendre(lambda: len(ouvriers()) == voulus and mort not in ouvriers(), DELAI)
    assert composition.demander("/sante/pret/")[0] == 200
