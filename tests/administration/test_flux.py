"""The page of flows: what it draws is what the nights, the places and the API tell."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hebergement.calendrier import calendrier
from hebergement.enums import EtatPlace
from hebergement.flux import Axe, calculer
from hebergement.models import OccupationNuit, Place, Site
from hebergement.occupation import recalculer_tout
from hebergement.services import proposer
from indicateurs.presentation.graphiques import Trace
from socle.models import Structure, Utilisateur
from tests.administration.conftest import Console
from tests.administration.test_traces import series
from tests.factories import (
    AbsenceFactory,
    DemandeHebergementFactory,
    FermetureFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
)
from tests.hebergement.flux_naif import peupler

pytestmark = pytest.mark.django_db
ADRESSE = "/admin/flux/"
DEBUT, FIN = date(2023, 1, 1), date(2023, 7, 1)
UN_JOUR = timedelta(days=1)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 7, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def ouvrir(client: Client, **demande: Any) -> Any:
    reponse: Any = client.get(ADRESSE, demande)
    assert reponse.status_code == 200
    return reponse


def dessins(client: Client, **demande: Any) -> dict[str, Trace]:
    return {trace.code: trace for trace in ouvrir(client, **demande).context["traces"]}


def test_it_is_for_who_coordinates(
    console: Console, coordinatrice: Utilisateur, administratrice: Utilisateur,
    intervenante: Utilisateur,
) -> None:  # fmt: skip
    assert console(coordinatrice).get(ADRESSE).status_code == 200
    assert console(administratrice).get(ADRESSE).status_code == 403
    for client in (console(intervenante), Client()):
        assert client.get(ADRESSE).status_code == 302
    assert console(coordinatrice).post(ADRESSE).status_code == 405
    assert ADRESSE in console(coordinatrice).get("/admin/").content.decode()


@pytest.mark.parametrize("graine", range(3))
def test_a_calendar_is_made_of_the_nights_that_are_counted(
    graine: int, espace_repos: Structure
) -> None:
    """Each place and night as a list of places tells it, and all of a night as its row does."""
    hasard = Random(graine)
    peupler(hasard, espace_repos, DEBUT, FIN)
    retenir(hasard, FIN)
    recalculer_tout()
    for site in Site.objects.all():
        rangees = calendrier(site, DEBUT - UN_JOUR * 3, FIN + UN_JOUR * 40)
        assert [r.place for r in rangees] == list(site.places.order_by("libelle"))
        par_nuit: dict[date, list[Any]] = {}
        for rangee in rangees:
            assert rangee.troncons[0].du == DEBUT - UN_JOUR * 3
            assert sum(t.nuits for t in rangee.troncons) == (FIN - DEBUT).days + 43
            for troncon in rangee.troncons:
                for rang in range(troncon.nuits):
                    jour = troncon.du + UN_JOUR * rang
                    par_nuit.setdefault(jour, []).append(troncon.etat)
        for jour in [*list(par_nuit)[::9], FIN - UN_JOUR, FIN, FIN + UN_JOUR]:
            lus = Place.objects.filter(site=site).order_by("libelle").avec_etat(jour)
            assert [e.etat for e in par_nuit[jour]] == [p.etat for p in lus], jour
        for nuit in OccupationNuit.objects.filter(site=site).entre(DEBUT, FIN):
            etats = par_nuit[nuit.jour]
            vus = Counter(e.etat for e in etats)
            assert vus[EtatPlace.OCCUPEE] == nuit.occupees
            assert vus[EtatPlace.RETENUE] == nuit.reservees
            assert len(etats) - vus[EtatPlace.HORS_OUVERTURE] == nuit.theoriques
            assert sum(e.anomalie for e in etats) == nuit.anomalies
            fermees = sum(e.fermeture is not None and not e.anomalie for e in etats)
            assert fermees == nuit.fermees
            assert not any(e.a_venir for e in etats)
        assert all(e.a_venir for jour in par_nuit if jour >= FIN for e in par_nuit[jour])


def retenir(hasard: Random, jour: date) -> None:
    """Some of the places that are free are held for somebody."""
    for place in list(Place.objects.libres(jour))[:3]:
        proposer(demande=DemandeHebergementFactory(type_place=place.type), place=place, auteur=None)


def test_a_click_opens_what_makes_a_night_what_it_is(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    site = SiteFactory(structure=espace_repos, nom="Hôtel des Acacias")
    prise, tenue, fermee, _libre, forcee = (
        PlaceFactory(site=site, libelle=f"Lit {n}", ouverte_le=DEBUT) for n in range(5)
    )
    sejour = SejourFactory(place=prise, arrivee=date(2023, 6, 20))
    AbsenceFactory(
        sejour=sejour, motif="HOPITAL", debut=date(2023, 6, 25), fin=date(2023, 6, 27),
        garde_jusqu_au=date(2023, 6, 30),
    )  # fmt: skip
    tient = proposer(demande=DemandeHebergementFactory(), place=tenue, auteur=None)
    fermeture = FermetureFactory(place=fermee, debut=date(2023, 6, 22), fin=date(2023, 6, 24))
    FermetureFactory(place=forcee, debut=date(2023, 6, 22), fin=date(2023, 6, 24))
    malgre = SejourFactory(
        place=forcee, arrivee=date(2023, 6, 23), depart=date(2023, 6, 25), motif_forcage="Urgence"
    )
    reponse = ouvrir(console(coordinatrice), du="2023-06-18", au="2023-07-03", site=site.code)
    bandes = {place.libelle: lues for place, lues in reponse.context["rangees"]}

    def page(modele: str, objet: Any) -> str:
        return reverse(f"admin:hebergement_{modele}_change", args=[objet.pk])

    le_sejour = page("sejour", sejour)
    assert [(b.dit, b.nuits, b.adresse) for b in bandes["Lit 0"]] == [
        ("Libre, nuits du 18 juin au 19 juin", 2, ""),
        ("Occupée, nuits du 20 juin au 24 juin", 5, le_sejour),
        ("Occupée, absence (hôpital), nuits du 25 juin au 26 juin", 2, le_sejour),
        ("Occupée, nuits du 27 juin au 30 juin", 4, le_sejour),
        ("Occupée, prévu, nuits du 1 juillet au 3 juillet", 3, le_sejour),
    ]
    adresses = {lit: {b.adresse for b in lues} for lit, lues in bandes.items()}
    assert adresses["Lit 1"] == {"", page("proposition", tient)}
    assert adresses["Lit 2"] == {"", page("fermeture", fermeture)}
    assert adresses["Lit 3"] == {""}
    assert [(b.classes, b.nuits) for b in bandes["Lit 4"]][1:4] == [
        ("fermee", 1), ("occupee anomalie", 1), ("occupee", 1),
    ]  # fmt: skip
    assert bandes["Lit 4"][2].adresse == page("sejour", malgre)
    contenu = reponse.content.decode()
    assert f'href="{le_sejour}"' in contenu
    assert sejour.personne.pseudonyme not in contenu
    assert console(coordinatrice).get(le_sejour).status_code == 200


@pytest.mark.parametrize("un_site", [False, True])
def test_the_curve_and_the_moves_are_those_of_the_nights(
    un_site: bool, console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    peupler(Random(5), espace_repos, DEBUT, FIN)
    recalculer_tout()
    site = Site.objects.order_by("code")[1] if un_site else None
    du, au = date(2023, 3, 8), date(2023, 5, 23)
    nuits = OccupationNuit.objects.entre(du - UN_JOUR, au + UN_JOUR)
    if site is not None:
        nuits = nuits.filter(site=site)
    par_jour: dict[date, list[Any]] = {}
    for nuit in nuits:
        par_jour.setdefault(nuit.jour, []).append(nuit)
    jours = [du + UN_JOUR * n for n in range((au - du).days + 1)]
    lus = dessins(console(coordinatrice), du=f"{du}", au=f"{au}", site=site.code if site else "")
    courbe = series(lus["occupation"])
    occupees = [sum(n.occupees for n in par_jour[j]) for j in jours]
    assert courbe["Occupées"] == occupees
    assert courbe["Disponibles"] == [sum(n.disponibles for n in par_jour[j]) for j in jours]
    assert len(lus["occupation"].lignes) == len(jours)
    moves = series(lus["mouvements"])
    assert sum(moves["Entrées"]) == sum(n.entrees for j in jours for n in par_jour[j]) > 0
    venues = sum(moves.get("Venues d'un autre site", [0]))
    parties = sum(moves.get("Parties vers un autre site", [0]))
    assert (venues + parties > 0) == un_site
    solde = sum(moves["Entrées"]) - sum(moves["Sorties"]) + venues - parties
    veille = sum(n.occupees for n in par_jour[du - UN_JOUR])
    assert solde == occupees[-1] - veille
    assert lus["mouvements"].lignes[0][0] == "6 mars 2023"  # the Monday of the first night
    # Each night that moves is in its week.
    for rang, ligne in enumerate(lus["mouvements"].lignes):
        lundi = date(2023, 3, 6) + timedelta(weeks=rang)
        de_la_semaine = [j for j in jours if lundi <= j < lundi + timedelta(weeks=1)]
        entrees = sum(n.entrees for j in de_la_semaine for n in par_jour[j])
        assert ligne[1] == str(entrees)


def test_nothing_is_drawn_of_a_night_that_is_not_over(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    place = PlaceFactory(site__structure=espace_repos, ouverte_le=date(2023, 6, 28))
    SejourFactory(place=place, arrivee=date(2023, 6, 29))
    recalculer_tout()
    trace = dessins(console(coordinatrice), du="2023-06-27", au="2023-07-05")["occupation"]
    assert trace.etiquettes == ["27 juin", "28 juin", "29 juin", "30 juin"]
    # A night before the first place has no row: a gap, and no zero.
    assert series(trace)["Occupées"] == [None, 0, 1, 1]
    assert "2 nuitées sur 3 disponibles, soit 66,7" in trace.phrase
    assert {jeu["pointRadius"] for jeu in json.loads(trace.donnees)["datasets"]} == {0}
    seule = dessins(console(coordinatrice), du="2023-06-29", au="2023-06-29")["occupation"]
    assert series(seule)["Occupées"] == [1]
    assert {jeu["pointRadius"] for jeu in json.loads(seule.donnees)["datasets"]} == {3}
    ce_jour = dessins(console(coordinatrice), du="2023-07-01", au="2023-07-05")["occupation"]
    assert (ce_jour.vide, ce_jour.phrase) == (True, "Aucune nuit n'est encore comptée.")


def test_who_waits_is_told_by_how_long(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    ages = {1: "NORMALE", 6: "HAUTE", 7: "NORMALE", 29: "NORMALE", 30: "URGENTE", 180: "NORMALE"}
    for age, priorite in ages.items():
        raison = "" if priorite == "NORMALE" else "Santé"
        DemandeHebergementFactory(
            structure=espace_repos, demandee_le=FIN - UN_JOUR * age, priorite=priorite,
            motif_priorite=raison,
        )  # fmt: skip
    DemandeHebergementFactory(structure=espace_repos, demandee_le=FIN)  # of today
    fermee = datetime(2023, 6, 20, 12, tzinfo=UTC)
    DemandeHebergementFactory(
        structure=espace_repos, demandee_le=date(2023, 6, 1), issue="ANNULEE", close_le=fermee
    )
    lus = dessins(console(coordinatrice), du="2023-06-01", au="2023-07-01")["attente"]
    assert [ligne[1:] for ligne in lus.lignes] == [
        # urgent, high, normal, all
        ["0", "1", "1", "2"],
        ["0", "0", "2", "2"],
        ["1", "0", "0", "1"],
        ["0", "0", "0", "0"],
        ["0", "0", "1", "1"],
    ]
    assert "6 demandes" in lus.phrase
    assert "depuis 18 jours" in lus.phrase
    assert "180 pour la plus ancienne" in lus.phrase
    # As it was: the cancelled one waited then, and those of later did not.
    avant = dessins(console(coordinatrice), du="2023-06-01", au="2023-06-09")["attente"]
    assert avant.phrase.startswith("Au matin du 10 juin 2023, 4 demandes")


def test_the_tables_tell_what_the_api_does(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    peupler(Random(7), espace_repos, DEBUT, FIN)
    du, au = date(2023, 2, 1), date(2023, 5, 1)
    flux = calculer(du, au, Axe.TYPE)
    reponse = ouvrir(console(coordinatrice), du=f"{du}", au="2023-04-30", par="type")
    tableaux = {t.code: t for t in reponse.context["tableaux"]}
    assert set(tableaux) == {"sejours", "places", "demandes", "refus"}
    noms = ["Ensemble du réseau", *(g["libelle"] for g in flux["groupes"])]
    groupes = [flux["ensemble"], *flux["groupes"]]
    for code, colonne, lire in (
        ("sejours", "Sorties", lambda g: g["sorties"]),
        ("sejours", "Présents la dernière nuit", lambda g: g["presents"]["nombre"]),
        ("places", "vers un logement ou un soin", lambda g: g["fluidite"]["fluides"]),
        ("demandes", "Encore en attente", lambda g: g["delai_entree"]["en_attente"]["nombre"]),
        ("demandes", "Non présentées", lambda g: g["propositions"]["non_presentees"]),
    ):
        rang = tableaux[code].colonnes.index(colonne)
        assert [ligne[0] for ligne in tableaux[code].lignes] == noms
        assert [ligne[rang] for ligne in tableaux[code].lignes] == [str(lire(g)) for g in groupes]
    fluidite = flux["ensemble"]["fluidite"]
    attendu = f"{round(fluidite['fluides'] / fluidite['sorties'] * 100, 1)}".replace(".", ",")
    assert tableaux["places"].lignes[0][-1] == f"{attendu.removesuffix(',0')}\N{NO-BREAK SPACE}%"
    refus = tableaux["refus"]
    assert len(refus.colonnes) > 3
    for (nom, *comptes), groupe, attendu_de in zip(refus.lignes, groupes, noms, strict=True):
        assert nom == attendu_de
        assert sum(map(int, comptes)) == sum(r["nombre"] for r in groupe["refus"])
    # Nobody waits for a site.
    par_site = ouvrir(console(coordinatrice), du=f"{du}", au="2023-04-30").context["tableaux"]
    (demandes,) = (t for t in par_site if t.code == "demandes")
    assert {ligne[3] for ligne in demandes.lignes[1:]} == {""}


def test_as_many_queries_whatever_there_is(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client, combien = console(coordinatrice), []
    site = SiteFactory(structure=espace_repos, code="acacias")
    ouvrir(client, site="acacias")
    for nombre in (1, 12):
        for n in range(nombre):
            place = PlaceFactory(site=site, ouverte_le=DEBUT)
            sejour = SejourFactory(place=place, arrivee=date(2023, 6, 1) + UN_JOUR * n)
            AbsenceFactory(sejour=sejour, debut=sejour.arrivee)
            FermetureFactory(place=PlaceFactory(site=site, ouverte_le=DEBUT))
            tenue = PlaceFactory(site=site, ouverte_le=DEBUT)
            proposer(demande=DemandeHebergementFactory(), place=tenue, auteur=None)
        with CaptureQueriesContext(connection) as vues:
            ouvrir(client, site="acacias")
        combien.append(len(vues))
    assert combien[0] == combien[1]


@pytest.mark.parametrize(
    ("demande", "champ", "dit"),
    [
        ({"du": "hier"}, "du", "Saisissez une date valide."),
        ({"du": ""}, "du", "Ce champ est obligatoire."),
        ({"du": "2023-05-02", "au": "2023-05-01"}, "au", "La fin ne peut précéder le début."),
        ({"du": "2021-05-01", "au": "2023-05-01"}, "au", "Une année au plus à la fois."),
        ({"du": "0001-01-01", "au": "0001-01-02"}, "du", "Il faut une date entre 2000 et 2099."),
        ({"site": "nulle-part"}, "site", "Sélectionnez un choix valide."),
        ({"par": "genre"}, "par", "Sélectionnez un choix valide."),
    ],
)
def test_a_bad_question_is_told_by_its_field(
    demande: dict[str, str], champ: str, dit: str, console: Console, coordinatrice: Utilisateur
) -> None:
    reponse = ouvrir(console(coordinatrice), **demande)
    assert "traces" not in reponse.context
    assert dit in str(reponse.context["form"].errors[champ])
    assert dit in reponse.content.decode()


def test_a_plot_of_four_series_has_four_colours(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    SiteFactory(structure=espace_repos, code="acacias")
    trace = dessins(console(coordinatrice), site="acacias")["mouvements"]
    dessines = json.loads(trace.donnees)["datasets"]
    assert len({serie["borderColor"] for serie in dessines}) == len(trace.series) == 4
