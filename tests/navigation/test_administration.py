"""Signing in to the admin, and what a browser makes of its pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from socle.models import Utilisateur
from tests.factories import MOT_DE_PASSE
from tests.navigation.conftest import (
    TAILLES,
    Plaintes,
    debordement,
    verifier_l_accessibilite,
)

Ouvrir = Callable[..., Page]


def se_connecter(page: Page, identifiant: str, mot_de_passe: str = MOT_DE_PASSE) -> None:
    page.get_by_label("Identifiant de connexion").fill(identifiant)
    page.get_by_label("Mot de passe").fill(mot_de_passe)
    page.get_by_role("button", name="Connexion").click()


@pytest.fixture
def coordinatrice(coordinatrice: Utilisateur) -> Utilisateur:
    coordinatrice.set_password(MOT_DE_PASSE)
    coordinatrice.save()
    return coordinatrice


@pytest.mark.parametrize("depart", ["/admin/", "/admin/login/"])
def test_coordinator_signs_in_and_sees_the_index(
    depart: str, live_server: LiveServer, ouvrir: Ouvrir, coordinatrice: Utilisateur
) -> None:
    page = ouvrir()
    page.goto(live_server.url + depart)
    se_connecter(page, coordinatrice.identifiant)

    expect(page).to_have_url(f"{live_server.url}/admin/")
    expect(page.locator("form[action='/admin/logout/']")).to_have_count(1)
    expect(page.locator("body")).to_contain_text("coordinatrice")
    assert debordement(page) == 0


def test_wrong_password_is_told_in_french(
    live_server: LiveServer, ouvrir: Ouvrir, coordinatrice: Utilisateur
) -> None:
    page = ouvrir()
    page.goto(f"{live_server.url}/admin/")
    se_connecter(page, coordinatrice.identifiant, "autre-chose")

    expect(page.locator("body")).to_contain_text("Veuillez compléter correctement")
    expect(page.get_by_label("Identifiant de connexion")).to_be_visible()


@pytest.mark.parametrize("taille", TAILLES)
def test_sign_in_page_fits_and_can_be_read(
    taille: str, live_server: LiveServer, ouvrir: Ouvrir
) -> None:
    page = ouvrir(taille)
    page.goto(f"{live_server.url}/admin/login/")
    expect(page.get_by_role("button", name="Connexion")).to_be_visible()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Bienvenue sur")
    expect(page.get_by_role("link", name="Retour au site")).to_be_visible()
    assert debordement(page) == 0
    verifier_l_accessibilite(page)


def test_a_page_that_does_not_exist_is_told_in_french(
    live_server: LiveServer, ouvrir: Ouvrir, plaintes: Plaintes
) -> None:
    page = ouvrir()
    page.goto(f"{live_server.url}/nulle-part/")

    expect(page.get_by_role("heading", level=1)).to_have_text("Page introuvable")
    verifier_l_accessibilite(page)
    plaintes.attendue("404")
    page.get_by_role("link", name="Accueil").click()
    expect(page.get_by_role("link", name="Administration")).to_be_visible()
