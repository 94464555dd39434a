"""The plots' page on a tablet held upright."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pytest_django.live_server_helper import LiveServer

from socle.models import Structure, Utilisateur
from tests.factories import (
    MOT_DE_PASSE,
    EquipeFactory,
    EtapeFactory,
    MaraudeFactory,
    SecteurFactory,
)
from tests.navigation.conftest import debordement
from tests.navigation.test_administration import Ouvrir, se_connecter


def test_the_coverage_is_read_without_scrolling(
    live_server: LiveServer, ouvrir: Ouvrir, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    quand = datetime(2025, 9, 20, 20, tzinfo=UTC)
    maraude = MaraudeFactory(
        equipe=EquipeFactory(structure=espace_repos), statut="CLOTUREE", milieu="SOUS_SOL",
        jour_prevu=quand.date(), debut_le=quand, fin_le=quand + timedelta(hours=3),
    )  # fmt: skip
    for nom in ("Marx Dormoy", "Montparnasse-Bienvenüe"):
        secteur = SecteurFactory(nom=nom, milieu="SOUS_SOL", frequence_cible=2)
        EtapeFactory(maraude=maraude, secteur=secteur, statut="VISITEE")
    SecteurFactory(nom="Gare de l'Est", frequence_cible=None)
    coordinatrice.set_password(MOT_DE_PASSE)
    coordinatrice.save()
    page = ouvrir("tablette")
    page.set_viewport_size({"width": 768, "height": 1024})
    page.goto(f"{live_server.url}/admin/traces/?annee=2025")
    se_connecter(page, coordinatrice.identifiant)
    tableau = page.locator(".defile:has(.couverture)")
    tableau.wait_for()
    assert tableau.locator("tbody tr").count() == 3
    assert tableau.evaluate("cadre => cadre.scrollWidth - cadre.clientWidth") == 0
    assert debordement(page) == 0
