"""The page of flows on a tablet held upright: a site's nights are looked at, and one is opened."""

from __future__ import annotations

from datetime import timedelta

from pytest_django.live_server_helper import LiveServer

from commun.horloge import aujourd_hui
from hebergement.occupation import recalculer_tout
from socle.models import Structure, Utilisateur
from tests.factories import MOT_DE_PASSE, PlaceFactory, SejourFactory, SiteFactory
from tests.navigation.conftest import debordement
from tests.navigation.test_administration import Ouvrir, se_connecter


def test_a_night_of_the_calendar_opens_its_stay(
    live_server: LiveServer, ouvrir: Ouvrir, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    ce_soir = aujourd_hui()
    site = SiteFactory(structure=espace_repos, nom="Hôtel des Acacias", code="acacias")
    lits = [
        PlaceFactory(site=site, libelle=f"Lit {n:02}", ouverte_le=ce_soir - timedelta(days=90))
        for n in range(12)
    ]
    sejours = [SejourFactory(place=lit, arrivee=ce_soir - timedelta(days=12)) for lit in lits[:9]]
    recalculer_tout()
    coordinatrice.set_password(MOT_DE_PASSE)
    coordinatrice.save()
    page = ouvrir("tablette")
    page.set_viewport_size({"width": 768, "height": 1024})
    page.goto(f"{live_server.url}/admin/flux/")
    se_connecter(page, coordinatrice.identifiant)
    page.get_by_label("Site", exact=True).select_option("acacias")
    page.get_by_role("button", name="Afficher").click()
    page.get_by_role("heading", name="Calendrier : Hôtel des Acacias").wait_for()
    assert page.locator("canvas").count() == 2  # nobody waits
    # Wide as it is, it moves in its own frame.
    assert debordement(page) == 0
    rangees = page.locator(".calendrier tbody tr")
    assert rangees.count() == len(lits)
    # A night is as wide wherever it is: a run of twelve is twelve times as wide as one.
    nuit = page.locator(".calendrier thead tr:last-child th").first.bounding_box()
    prise = rangees.nth(2).locator(".occupee:not(.a-venir)")
    bande = prise.bounding_box()
    assert nuit is not None
    assert bande is not None
    assert abs(bande["width"] - 12 * nuit["width"]) < 2
    prise.get_by_role("link").click()
    page.wait_for_url(f"**/admin/hebergement/sejour/{sejours[2].pk}/change/")
