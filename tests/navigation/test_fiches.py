"""The forms of the admin in a browser, where the theme's scripts have their say too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accueil.models import Passage
from hebergement.models import Sejour
from maraudes.models import Maraude, Rencontre
from socle.models import Equipe, Structure, Utilisateur
from tests.administration.conftest import page as adresse
from tests.factories import MaraudeFactory, PassageFactory, PlaceFactory, StructureFactory
from tests.navigation.test_administration import MOT_DE_PASSE, se_connecter

Ouvrir = Callable[..., Page]


@pytest.fixture
def coordinatrice(coordinatrice: Utilisateur) -> Utilisateur:
    coordinatrice.set_password(MOT_DE_PASSE)
    coordinatrice.save()
    return coordinatrice


@pytest.fixture
def ouvrir_en_coordinatrice(
    live_server: LiveServer, ouvrir: Ouvrir, coordinatrice: Utilisateur
) -> Callable[[str], Page]:
    """`ouvrir_en_coordinatrice(address)` is that page in a browser of its own."""

    def aller(chemin: str) -> Page:
        page = ouvrir()
        page.goto(f"{live_server.url}{chemin}")
        se_connecter(page, coordinatrice.identifiant)
        expect(page).to_have_url(f"{live_server.url}{chemin}")
        return page

    return aller


def test_two_tabs_on_one_place_the_second_to_save_is_told(
    ouvrir_en_coordinatrice: Callable[[str], Page], espace_repos: Structure
) -> None:
    place = PlaceFactory(site__structure=espace_repos, libelle="12a")
    chemin = adresse(type(place), "change", place.pk)
    premiere, seconde = ouvrir_en_coordinatrice(chemin), ouvrir_en_coordinatrice(chemin)

    def enregistrer(page: Page, libelle: str) -> None:
        page.get_by_label("libellé").fill(libelle)
        page.get_by_role("button", name="Enregistrer", exact=True).click()

    enregistrer(premiere, "12b")
    expect(premiere.locator("body")).to_contain_text("12b")
    enregistrer(seconde, "12c")
    expect(seconde.locator("body")).to_contain_text("Quelqu'un a modifié cette fiche")
    place.refresh_from_db()
    assert place.libelle == "12b"
    # Sent again, it is still a stale reading.
    enregistrer(seconde, "12c")
    expect(seconde.locator("body")).to_contain_text("Quelqu'un a modifié cette fiche")
    seconde.goto(seconde.url)
    enregistrer(seconde, "12c")
    expect(seconde.locator("body")).to_contain_text("avec succès")
    place.refresh_from_db()
    assert place.libelle == "12c"


@pytest.mark.parametrize("modele", [Sejour, Rencontre])
def test_an_autocomplete_speaks_french(
    ouvrir_en_coordinatrice: Callable[[str], Page], modele: Any
) -> None:
    page = ouvrir_en_coordinatrice(adresse(modele, "add"))
    page.locator(".select2-selection:visible").first.click()
    expect(page.locator(".select2-results__message")).to_have_text("Aucun résultat trouvé")


def test_a_filter_speaks_french(
    ouvrir_en_coordinatrice: Callable[[str], Page], espace_repos: Structure
) -> None:
    PassageFactory(structure=espace_repos)
    StructureFactory(organisme=espace_repos.organisme)
    page = ouvrir_en_coordinatrice(adresse(Passage, "changelist"))
    page.locator("a:visible", has_text="Filtres").click()
    page.locator(".select2-selection:visible").first.click()
    page.locator(".select2-search__field:visible").fill("zzzzz")
    expect(page.locator(".select2-results__message")).to_have_text("Aucun résultat trouvé")


def test_labels_of_a_narrow_list_are_written_as_they_are(
    ouvrir_en_coordinatrice: Callable[[str], Page], espace_repos: Structure
) -> None:
    """The theme's own sheet would make « Parti·E Le » of them."""
    PassageFactory(structure=espace_repos)
    page = ouvrir_en_coordinatrice(adresse(Passage, "changelist"))
    page.set_viewport_size({"width": 820, "height": 1180})
    cellule = page.locator("td[data-label]").first
    casse = cellule.evaluate("e => getComputedStyle(e, '::before').textTransform")
    assert casse == "none"
    assert cellule.evaluate("e => getComputedStyle(e, '::before').content") not in {"none", '""'}


def test_a_long_choice_stays_within_its_cell(
    ouvrir_en_coordinatrice: Callable[[str], Page], equipe: Equipe
) -> None:
    equipe.nom = "Maraude de nuit du métro et des abords de la Porte de la Chapelle"
    equipe.save()
    maraude = MaraudeFactory(equipe=equipe)
    page = ouvrir_en_coordinatrice(adresse(Maraude, "change", maraude.pk))
    choix = page.locator(".related-widget-wrapper", has_text=equipe.nom).first.bounding_box()
    suivant = page.locator("label[for=id_milieu]").bounding_box()
    assert choix is not None
    assert suivant is not None
    assert choix["x"] + choix["width"] < suivant["x"]
