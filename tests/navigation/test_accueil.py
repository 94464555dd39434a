"""The page at `/`, as a person sees it in a browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accueil.models import Passage
from contacts.models import Contact
from hebergement.occupation import recalculer_marques
from socle.models import Structure
from tests.factories import ContactFactory, PlaceFactory, SejourFactory, SiteFactory
from tests.navigation.conftest import TAILLES, debordement, verifier_l_accessibilite

Ouvrir = Callable[..., Page]


def faire_des_passages(structure: Structure, nombre: int, instant: str) -> None:
    contacts = ContactFactory.build_batch(nombre, structure=structure, saisi_le=instant)
    Contact.objects.bulk_create(contacts)
    Passage.objects.bulk_create(Passage(contact=contact) for contact in contacts)


@pytest.fixture
def annee_2023(espace_repos: Structure) -> None:
    """1 250 visits after 1 000, and fifteen places of sixteen taken, since 1 January 2023."""
    faire_des_passages(espace_repos, 1000, "2022-05-04T12:00:00+02:00")
    faire_des_passages(espace_repos, 1250, "2023-05-04T12:00:00+02:00")
    site = SiteFactory(structure=espace_repos, dispositif="ASSORE")
    premier = date(2023, 1, 1)
    places = PlaceFactory.create_batch(16, site=site, ouverte_le=premier)
    for place in places[1:]:
        SejourFactory(place=place, personne__organisme=espace_repos.organisme, arrivee=premier)
    recalculer_marques()


def ligne(page: Page, titre: str, code: str) -> list[str]:
    """The cells of one indicator in the table under a title; `_` is a no-break space."""
    rangee = page.get_by_role("region", name=titre).locator(f"tr[data-code={code}]")
    cellules = rangee.locator("th, td").all_text_contents()
    return [cellule.strip().replace("\N{NO-BREAK SPACE}", "_") for cellule in cellules]


@pytest.mark.usefixtures("annee_2023")
def test_demonstration_shows_the_bilan_of_its_rows(demo: str, ouvrir: Ouvrir) -> None:
    page = ouvrir()
    page.goto(demo)

    attendue = ["Passages", "1_250", "1_000", "+250", "+25_%"]
    assert ligne(page, "Bilan 2023 : Espace de repos", "passages") == attendue
    assert ligne(page, "Bilan 2023 : tout le réseau", "passages") == attendue
    taux = ligne(page, "Bilan 2023 : tout le réseau", "taux_occupation")
    assert taux == ["Taux d'occupation", "93,8_%", "", "", ""]

    Contact.objects.filter(jour__year=2023)[0].delete()
    page.reload()
    attendue = ["Passages", "1_249", "1_000", "+249", "+24,9_%"]
    assert ligne(page, "Bilan 2023 : Espace de repos", "passages") == attendue


@pytest.mark.usefixtures("espace_repos")
def test_links_lead_to_the_admin_the_api_and_the_accounts(demo: str, ouvrir: Ouvrir) -> None:
    page = ouvrir()
    acces = page.get_by_role("navigation", name="Accès")

    page.goto(demo)
    acces.get_by_role("link", name="Administration").click()
    expect(page.get_by_label("Identifiant de connexion")).to_be_visible()

    page.goto(demo)
    acces.get_by_role("link", name="Pages de l'API").click()
    expect(page.locator(".opblock").first).to_be_visible()

    page.goto(demo)
    acces.get_by_role("link", name="Comptes").click()
    comptes = page.get_by_role("region", name="Comptes")
    expect(comptes).to_be_in_viewport()
    for compte in ("intervenante", "soignante", "coordinatrice", "ars", "ville"):
        expect(comptes.get_by_role("rowheader", name=compte, exact=True)).to_be_visible()
    expect(comptes.get_by_role("row", name="administratrice")).to_contain_text(
        "Par l'administration et par l'API."
    )

    page.goto(demo)
    acces.get_by_role("link", name="État du service").click()
    expect(page.locator("body")).to_contain_text('{"statut": "ok"}')


@pytest.mark.usefixtures("espace_repos")
def test_says_what_runs(demo: str, ouvrir: Ouvrir) -> None:
    page = ouvrir()
    page.goto(demo)
    etat = page.get_by_role("region", name="Ce qui tourne")

    expect(etat.get_by_role("row", name="PostgreSQL")).to_contain_text("En ordre")
    expect(etat.get_by_role("row", name="Valkey")).to_contain_text("0 tâche en attente")
    # No worker and no beat run here, and the page says so.
    expect(etat.get_by_role("row", name="Worker Celery")).to_contain_text("À voir")
    expect(etat.get_by_role("row", name="Beat Celery")).to_contain_text("aucun signe de vie")


@pytest.mark.usefixtures("espace_repos")
def test_elsewhere_it_only_shows_the_way(live_server: object, ouvrir: Ouvrir) -> None:
    page = ouvrir()
    page.goto(live_server.url)  # type: ignore[attr-defined]

    expect(page.get_by_role("link", name="Administration")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)


@pytest.mark.parametrize("taille", TAILLES)
@pytest.mark.usefixtures("annee_2023")
def test_fits_and_can_be_read_at_every_size(taille: str, demo: str, ouvrir: Ouvrir) -> None:
    page = ouvrir(taille)
    page.goto(demo)

    assert debordement(page) == 0
    verifier_l_accessibilite(page)
    for lien in page.get_by_role("navigation", name="Accès").get_by_role("link").all():
        boite = lien.bounding_box()
        assert boite is not None
        assert boite["height"] >= 44
