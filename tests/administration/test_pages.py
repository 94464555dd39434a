"""Every model has its page, in French, and no page asks more of the database as rows come."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accueil.models import Passage
from commun.horloge import hier
from hebergement.models import OccupationNuit, Place
from hebergement.occupation import recalculer_marques
from indicateurs.querysets import CompteesSeulementQuerySet
from maraudes.models import Etape, Maraude, Rencontre
from socle.models import Personne, Structure, Utilisateur
from tests.administration.conftest import Console, page, peupler
from tests.factories import PlaceFactory, SejourFactory, SiteFactory

pytestmark = pytest.mark.django_db

APPLICATIONS = {
    "socle", "contacts", "maraudes", "hebergement", "accueil", "coordination", "indicateurs",
    "synchro",
}  # fmt: skip
REQUETES_PERMISES = 25
PAR_PAGE = 6


def modeles() -> list[Any]:
    return [
        modele
        for modele in apps.get_models()
        if modele._meta.app_label in APPLICATIONS
        and modele._meta.managed  # nobody opens the rows of a view
        # Nor what was counted beforehand.
        and not isinstance(modele._default_manager.all(), CompteesSeulementQuerySet)
        and not hasattr(modele, "pgh_tracked_model")
    ]


def adresses(modele: Any, compte: Utilisateur) -> dict[str, str]:
    """Every page of a model that this account may open, on its newest record."""
    fiche: Any = admin.site.get_model_admin(modele)
    demande = RequestFactory().get("/")
    demande.user = compte
    trouvees = {"liste": page(modele, "changelist")}
    if fiche.search_fields:
        trouvees["recherche"] = page(modele, "changelist") + "?q=a"
    if fiche.has_add_permission(demande):
        trouvees["ajout"] = page(modele, "add")
    objet = fiche.get_queryset(demande).order_by("pk").first()
    assert objet is not None, f"{modele} : rien à montrer"
    trouvees["fiche"] = page(modele, "change", objet.pk)
    trouvees["historique"] = page(modele, "history", objet.pk)
    if fiche.has_delete_permission(demande, objet):
        trouvees["suppression"] = page(modele, "delete", objet.pk)
    return trouvees


def compter(client: Client, adresse: str) -> list[str]:
    with CaptureQueriesContext(connection) as requetes:
        reponse = client.get(adresse)
    assert reponse.status_code == 200, f"{adresse} : {reponse.status_code}"
    return [r["sql"] for r in requetes.captured_queries if not r["sql"].startswith("SAVEPOINT")]


def test_every_model_has_a_page_with_a_search_filters_and_columns() -> None:
    for modele in modeles():
        fiche: Any = admin.site._registry.get(modele)
        assert fiche is not None, f"{modele} n'a pas de page"
        assert fiche.list_display[0] != "__str__", f"{modele} : colonnes"
        assert fiche.search_fields or not any(
            isinstance(c, models.CharField | models.ForeignKey) for c in modele._meta.fields
        ), f"{modele} : recherche"


def test_large_foreign_keys_are_completed_as_one_types() -> None:
    """A select of 8 000 persons is no choice."""
    for modele in modeles():
        fiche: Any = admin.site.get_model_admin(modele)
        demande = RequestFactory().get("/")
        demande.user = Utilisateur(role="COORDINATEUR", is_active=True)
        if not fiche.has_add_permission(demande):
            continue
        montres: set[str] = set()
        fixes = set(fiche.get_readonly_fields(demande, None))
        for _, options in fiche.get_fieldsets(demande, None):
            for ligne in options["fields"]:
                montres |= set(ligne) if isinstance(ligne, tuple | list) else {ligne}
        for champ in modele._meta.fields:
            if champ.name in montres - fixes and isinstance(champ, models.ForeignKey):
                assert champ.name in fiche.autocomplete_fields, f"{modele} : {champ.name}"


def test_inlines_cost_the_same_at_one_and_at_many_rows(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    peupler(espace_repos, 1)
    client = console(coordinatrice)
    maraude, place = Maraude.objects.get(), Place.objects.get(sejours__nature="SEJOUR")
    passage, personne = Passage.objects.get(), Personne.objects.get(sejours__nature="SEJOUR")
    pages = [page(type(o), "change", o.pk) for o in (maraude, place, passage, personne)]
    for adresse in pages:  # what a process asks only once
        compter(client, adresse)
    avant = [len(compter(client, adresse)) for adresse in pages]
    _remplir(maraude, place, passage)
    apres = [len(compter(client, adresse)) for adresse in pages]
    assert apres == avant
    assert max(apres) <= REQUETES_PERMISES


def _remplir(maraude: Maraude, place: Place, passage: Passage) -> None:
    from datetime import date, timedelta

    from tests.factories import (
        ActeFactory,
        ObservationFactory,
        RemiseMaterielFactory,
        RencontreFactory,
        SecteurFactory,
        SejourFactory,
    )

    for n in range(8):
        secteur = SecteurFactory(station=True)
        Etape.objects.create(maraude=maraude, secteur=secteur, ordre=10 + n)
        RencontreFactory(maraude=maraude, secteur=secteur, personne=passage.contact.personne)
        ObservationFactory(maraude=maraude, secteur=secteur)
        debut = date(2022, 1, 1) + timedelta(days=10 * n)
        SejourFactory(place=place, arrivee=debut, depart=debut + timedelta(days=9))
        ActeFactory(contact=passage.contact)
        RemiseMaterielFactory(contact=passage.contact)
    assert Rencontre.objects.filter(maraude=maraude).count() == 9


def test_everything_is_said_in_french(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    """The words of the theme that its own translation does not have are ours to give."""
    peupler(espace_repos, 1)
    client = console(coordinatrice)
    anglais = ("Type to search", "Select all", "Select record", "Apply Filters", "Run", "Filters",
               "No results", "Add ", "Select value", "Select action", "Save", "Delete")  # fmt: skip
    for vue, adresse in adresses(Maraude, coordinatrice).items():
        texte = client.get(adresse).content.decode()
        for mot in anglais:
            assert f">{mot}" not in texte.replace("\n", "").replace("> ", ">"), f"{vue} : {mot}"
            assert f'"{mot}' not in texte, f"{vue} : {mot}"


def test_the_sections_of_the_dashboard_have_names_of_ours(
    console: Console, administratrice: Utilisateur
) -> None:
    rubriques = console(administratrice).get("/admin/").context["app_list"]
    noms = {r["name"]: {m["object_name"] for m in r["models"]} for r in rubriques}
    assert noms.pop("Sécurité des connexions") == {"AccessAttempt"}
    # Every other one is named by its own app.
    assert set(noms) <= {a.verbose_name for a in apps.get_app_configs() if a.name in APPLICATIONS}


def test_the_rate_of_a_night_is_read_in_per_cent(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    site = SiteFactory(structure=espace_repos)
    places = PlaceFactory.create_batch(3, site=site, ouverte_le=hier())
    SejourFactory(place=places[0], arrivee=hier())
    recalculer_marques()
    nuit = OccupationNuit.objects.get()
    client = console(coordinatrice)
    for adresse in (
        page(OccupationNuit, "changelist"), page(OccupationNuit, "change", nuit.pk)
    ):  # fmt: skip
        assert "33,3\N{NO-BREAK SPACE}%" in client.get(adresse).content.decode()
