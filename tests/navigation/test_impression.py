"""The bilan on paper: one sheet, as it is handed around a table."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from pytest_django.live_server_helper import LiveServer

from indicateurs.models import ChiffreSaisi
from socle.models import Structure, Utilisateur
from tests.factories import MOT_DE_PASSE, PassageFactory, PersonneFactory
from tests.navigation.test_administration import Ouvrir, se_connecter

CHERCHE = "/admin/bilan/?annee=2023&chiffres=travail"


@pytest.fixture
def annee(espace_repos: Structure) -> None:
    """Two full years, and a figure from outside: every row of the page is there, with a sentence
    that tells a change."""
    for an, combien in ((2022, 40), (2023, 60)):
        for rang, personne in enumerate(PersonneFactory.create_batch(combien, genre="F")):
            PassageFactory(
                structure=espace_repos, personne=personne,
                survenu_le=datetime(an, rang % 12 + 1, 10, 12, tzinfo=UTC),
            )  # fmt: skip
    ChiffreSaisi.objects.create(
        indicateur="injonctions_therapeutiques", annee=2023, evolution_pct=18,
        source="Communiqué des partenaires du plan", source_le=date(2023, 11, 30),
    )  # fmt: skip


@pytest.mark.usefixtures("annee")
def test_bilan_prints_on_one_sheet(
    live_server: LiveServer, ouvrir: Ouvrir, coordinatrice: Utilisateur
) -> None:
    coordinatrice.set_password(MOT_DE_PASSE)
    coordinatrice.save()
    page = ouvrir()
    page.goto(live_server.url + CHERCHE)
    se_connecter(page, coordinatrice.identifiant)
    page.wait_for_load_state("networkidle")

    pages = re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))
    page.emulate_media(media="print")
    assert len(pages) == 1
    assert page.get_by_role("heading", name="Mois par mois").is_visible()
    assert page.locator("tr[data-code=injonctions_therapeutiques]").is_visible()
    # Nothing of the theme's frame above the title.
    titre = page.locator(".figures h2").bounding_box()
    assert titre is not None
    assert titre["y"] < 20
