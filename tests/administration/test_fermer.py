"""A coordinator closes a site from its page: the plan first, then it is applied."""

from __future__ import annotations

import re
from typing import Any

import pytest

from commun.horloge import aujourd_hui
from hebergement.models import Fermeture, Sejour, Site
from socle.models import Utilisateur
from tests.administration.conftest import Console, page
from tests.factories import ChambreFactory, PlaceFactory, SejourFactory, SiteFactory

pytestmark = pytest.mark.django_db


def adresse(site: Site) -> str:
    return page(Site, "change", site.pk).replace("/change/", "/fermer/")


def cache(contenu: str, nom: str) -> str:
    """The value of a hidden field."""
    champ = re.search(rf'<input[^>]*name="{nom}"[^>]*>', contenu)
    assert champ is not None
    valeur = re.search(r'value="([^"]*)"', champ[0])
    return valeur[1] if valeur else ""


def test_the_plan_is_shown_then_applied(console: Console, coordinatrice: Utilisateur) -> None:
    site = SiteFactory()
    sejour = SejourFactory(place=PlaceFactory(site=site))
    libre = PlaceFactory()
    client = console(coordinatrice)
    formulaire = client.get(adresse(site)).content.decode()
    corps: dict[str, Any] = {
        "debut": aujourd_hui().isoformat(), "fin": "", "motif": "Travaux", "etage": "",
        "cle": cache(formulaire, "cle"), "empreinte": "",
    }  # fmt: skip
    montre = client.post(adresse(site), corps)
    assert montre.status_code == 200
    plan = montre.content.decode()
    assert f"{sejour.personne} va de {sejour.place} à {libre}" in plan
    assert not Fermeture.objects.exists()
    corps["empreinte"] = cache(plan, "empreinte")
    fait = client.post(adresse(site), corps)
    assert fait.status_code == 302, fait.content.decode()
    assert Fermeture.objects.get().auteur == coordinatrice
    assert Sejour.objects.get(suite_de=sejour).place == libre


def test_another_plan_is_shown_where_it_has_changed(
    console: Console, coordinatrice: Utilisateur
) -> None:
    site = SiteFactory()
    SejourFactory(place=PlaceFactory(site=site))
    client = console(coordinatrice)
    corps = {
        "debut": aujourd_hui().isoformat(), "motif": "Travaux",
        "cle": cache(client.get(adresse(site)).content.decode(), "cle"),
    }  # fmt: skip
    sans = client.post(adresse(site), corps).content.decode()
    assert "SANS PLACE. Aucune place libre de ce type." in sans
    corps["empreinte"] = cache(sans, "empreinte")
    encore = client.post(adresse(site), corps).content.decode()
    assert "pas de place pour tout le monde" in encore
    libre = PlaceFactory()
    change = client.post(adresse(site), corps).content.decode()
    assert "La situation a changé" in change
    assert f"à {libre}" in change
    assert not Fermeture.objects.exists()


def test_a_floor(console: Console, coordinatrice: Utilisateur) -> None:
    site = SiteFactory()
    haut = PlaceFactory(site=site, chambre=ChambreFactory(site=site, etage="2"))
    PlaceFactory(site=site)
    client = console(coordinatrice)
    corps = {"debut": aujourd_hui().isoformat(), "motif": "Travaux", "etage": "2",
             "cle": cache(client.get(adresse(site)).content.decode(), "cle")}  # fmt: skip
    corps["empreinte"] = cache(client.post(adresse(site), corps).content.decode(), "empreinte")
    assert client.post(adresse(site), corps).status_code == 302
    assert Fermeture.objects.get().place == haut


def test_a_form_that_changed_is_read_again_though_nobody_is_there(
    console: Console, coordinatrice: Utilisateur
) -> None:
    site = SiteFactory()
    une = PlaceFactory(site=site)
    PlaceFactory(site=site)
    client = console(coordinatrice)
    corps = {"debut": aujourd_hui().isoformat(), "motif": "Travaux", "places": [une.pk],
             "cle": cache(client.get(adresse(site)).content.decode(), "cle")}  # fmt: skip
    plan = client.post(adresse(site), corps).content.decode()
    assert "Places qui ferment : 1." in plan
    corps |= {"empreinte": cache(plan, "empreinte"), "places": []}
    change = client.post(adresse(site), corps)
    assert change.status_code == 200
    assert "Places qui ferment : 2." in change.content.decode()
    assert not Fermeture.objects.exists()
    corps["empreinte"] = cache(change.content.decode(), "empreinte")
    assert client.post(adresse(site), corps).status_code == 302
    assert Fermeture.objects.count() == 2


def test_only_coordination_does(console: Console, administratrice: Utilisateur) -> None:
    site = SiteFactory()
    client = console(administratrice)
    assert client.get(page(Site, "change", site.pk)).status_code == 200
    assert client.get(adresse(site)).status_code == 403
