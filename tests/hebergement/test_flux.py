"""Flow figures: each group equals a naive recount, in random worlds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commun.horloge import maintenant
from hebergement import services
from hebergement.contingents import occupation
from hebergement.flux import Axe, calculer
from hebergement.models import DemandeHebergement, OccupationNuit, Proposition, Sejour, Site
from hebergement.occupation import recalculer_tout
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ContingentFactory,
    DemandeHebergementFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
)
from tests.hebergement.flux_naif import CLES, Recompte, peupler

pytestmark = pytest.mark.django_db
DEBUT, FIN = date(2023, 1, 1), date(2023, 7, 1)
PERIODES = [(date(2023, 2, 1), date(2023, 5, 1)), (date(2023, 5, 20), date(2023, 9, 1))]
SANS_OBJET = {"site": {"en_attente"}, "type": set(), "origine": {"rotation", "vacance", "menages"}}


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 7, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def aplatir(valeurs: Any) -> Any:
    """As the naive recount tells it."""
    if isinstance(valeurs, dict):
        return {
            nom: {(r["par"], r["motif_refus"], r["nombre"]) for r in v}
            if nom == "refus"
            else aplatir(v)
            for nom, v in valeurs.items()
            if nom not in {"cle", "libelle", "clotures_automatiques"}
        }
    return valeurs


@pytest.mark.parametrize("graine", range(4))
def test_each_group_equals_a_naive_recount(graine: int, espace_repos: Structure) -> None:
    peupler(Random(graine), espace_repos, DEBUT, FIN)
    for du, au in PERIODES:
        recompte = Recompte(du, au, FIN)
        for par, cle in CLES.items():
            flux = calculer(du, au, Axe(par))
            assert aplatir(flux["ensemble"]) == recompte.groupe(cle, None)
            assert len(flux["groupes"]) >= 2
            for groupe in flux["groupes"]:
                attendu = recompte.groupe(cle, groupe["cle"])
                for nom in SANS_OBJET[par]:
                    (attendu["delai_entree"] if nom == "en_attente" else attendu)[nom] = None
                assert aplatir(groupe) == attendu, (par, groupe["cle"])


def test_the_nights_of_a_rotation_are_those_of_the_occupancy(espace_repos: Structure) -> None:
    """The same available nights, counted from the places or read from the nights."""
    peupler(Random(9), espace_repos, DEBUT, FIN)
    recalculer_tout()
    du, au = PERIODES[0]
    for groupe in calculer(du, au, Axe.SITE)["groupes"]:
        nuits = OccupationNuit.objects.filter(site__code=groupe["cle"]).entre(du, au)
        disponibles = sum(nuits.values_list("disponibles", flat=True))
        moyenne = Decimal(disponibles) / (au - du).days
        assert abs(groupe["rotation"]["places_disponibles"] - moyenne) < Decimal("0.0001")


def test_an_allotment_has_the_flows_of_its_own(
    espace_repos: Structure, autre_structure: Structure
) -> None:
    """By who asked, else by whose file it is; who was asked for by others is of no allotment."""
    site = SiteFactory(structure=espace_repos)
    places = PlaceFactory.create_batch(4, site=site, ouverte_le=DEBUT)
    contingent = ContingentFactory(
        site=site, organisme=autre_structure.organisme, places=2, debut=date(2023, 2, 1)
    )
    for place, structure, organisme in (
        (places[0], autre_structure, espace_repos.organisme),
        (places[1], espace_repos, autre_structure.organisme),
        (places[2], None, autre_structure.organisme),
        (places[3], None, espace_repos.organisme),
    ):
        sejour = SejourFactory(
            place=place, arrivee=date(2023, 3, 1), personne=PersonneFactory(organisme=organisme)
        )
        if structure is not None:
            DemandeHebergementFactory(
                structure=structure, personne=sejour.personne, sejour=sejour,
                demandee_le=date(2023, 2, 1), issue="ABOUTIE", close_le=maintenant(),
            )  # fmt: skip
    flux = calculer(date(2023, 2, 1), date(2023, 5, 1), Axe.CONTINGENT)
    (groupe,) = flux["groupes"]
    assert groupe["cle"] == str(contingent.pk)
    assert (groupe["entrees"], groupe["presents"]["nombre"]) == (2, 2)
    assert groupe["delai_entree"]["mediane"] == 28
    assert (groupe["vacance"], groupe["menages"]) == (None, None)
    assert groupe["rotation"] == {"places_disponibles": 2, "taux": 0}
    # Two places from the first of February on, of which one leaves.
    Sejour.objects.filter(place=places[0]).update(depart=date(2023, 4, 1))
    (groupe,) = calculer(date(2023, 1, 1), date(2023, 5, 1), Axe.CONTINGENT)["groupes"]
    attendues = (Decimal(2 * 89) / 120).quantize(Decimal("0.0001"))
    assert groupe["rotation"]["places_disponibles"] == attendues
    assert groupe["rotation"]["taux"] == (1 / attendues).quantize(Decimal("0.0001"))
    assert flux["ensemble"]["presents"]["nombre"] == 4
    # Before the allotment began, there was none.
    assert calculer(date(2023, 1, 1), date(2023, 2, 1), Axe.CONTINGENT)["groupes"] == []


@pytest.mark.parametrize("graine", range(3))
def test_an_allotment_is_as_full_as_its_flows_tell(
    graine: int, espace_repos: Structure, autre_structure: Structure
) -> None:
    """Also of those who were moved, or whose request is of another organisme, or came late."""
    hasard = Random(graine)
    peupler(hasard, espace_repos, DEBUT, FIN)
    for demande in DemandeHebergement.objects.exclude(sejour=None).order_by("pk"):
        demande.structure = hasard.choice([espace_repos, autre_structure])
        demande.save()
    contingents = [
        ContingentFactory(site=site, organisme=structure.organisme, debut=DEBUT)
        for site in Site.objects.filter(structure=espace_repos)
        for structure in (espace_repos, autre_structure)
    ]
    presents = 0
    for au in (date(2023, mois, 1) for mois in range(3, 8)):
        groupes = calculer(date(2023, 2, 1), au, Axe.CONTINGENT)["groupes"]
        for contingent in contingents:
            *_, nuit = occupation(contingent, au - timedelta(days=1), au)
            presents += nuit["occupees"]
            (groupe,) = [g for g in groupes if g["cle"] == str(contingent.pk)]
            assert groupe["presents"]["nombre"] == nuit["occupees"]
    assert presents > 5


def test_what_is_planned_has_not_happened(espace_repos: Structure) -> None:
    """Who is to leave is there, who is to come is not; who came or left today has."""
    site = SiteFactory(structure=espace_repos)

    def sejourner(arrivee: date, depart: date | None) -> None:
        SejourFactory(
            place=PlaceFactory(site=site, ouverte_le=DEBUT), arrivee=arrivee, depart=depart,
            **({"motif_sortie": "DECES", "destination": "SANS_OBJET"} if depart else {}),
        )  # fmt: skip

    sejourner(date(2023, 6, 1), date(2023, 7, 20))
    sejourner(date(2023, 7, 24), None)
    sejourner(FIN, None)
    sejourner(date(2023, 6, 11), FIN)
    ensemble = calculer(date(2023, 6, 1), date(2023, 9, 1), Axe.SITE)["ensemble"]
    assert (ensemble["entrees"], ensemble["sorties"], ensemble["deces"]) == (3, 1, 1)
    assert (ensemble["duree"]["moyenne"], ensemble["presents"]["nombre"]) == (20, 2)
    ce_jour = calculer(FIN, date(2023, 9, 1), Axe.SITE)["ensemble"]
    assert (ce_jour["entrees"], ce_jour["sorties"]) == (1, 1)


def test_a_group_that_has_refusals_alone_is_one(espace_repos: Structure) -> None:
    DemandeHebergementFactory(
        structure=espace_repos, type_place="ACT", issue="REFUSEE_STRUCTURE", motif_refus="SANTE",
        close_le=maintenant(),
    )  # fmt: skip
    flux = calculer(FIN, date(2023, 7, 2), Axe.TYPE)
    (groupe,) = flux["groupes"]
    assert groupe["refus"] == flux["ensemble"]["refus"]
    assert [(r["par"], r["nombre"]) for r in groupe["refus"]] == [("STRUCTURE", 1)]
    assert (groupe["cle"], groupe["entrees"]) == ("ACT", 0)


@pytest.mark.parametrize(("acceptee", "issue"), [(False, "expirees"), (True, "non_presentees")])
def test_what_nobody_answered_is_counted_as_of_its_deadline(
    acceptee: bool, issue: str, horloge: Any
) -> None:
    """Whenever somebody tidies up: a day that is over does not change."""
    proposition = services.proposer(
        demande=DemandeHebergementFactory(), place=PlaceFactory(), auteur=None
    )
    if acceptee:
        services.accepter(proposition=proposition, attendue_le=FIN, auteur=None)
    echeance = Proposition.objects.get().expire_le.date()

    def comptees(du: date, au: date) -> Any:
        return calculer(du, au, Axe.SITE)["ensemble"]["propositions"]

    horloge.shift(timedelta(days=5))
    ce_jour = (echeance, echeance + timedelta(days=1))
    avant = comptees(*ce_jour)
    assert {nom for nom, nombre in avant.items() if nombre} == {issue}
    services.expirer_les_perimees()
    assert comptees(*ce_jour) == avant
    assert not any(comptees(echeance + timedelta(days=1), date(2023, 9, 1)).values())


def test_as_many_queries_whatever_there_is(espace_repos: Structure) -> None:
    combien = []
    for graine in (None, 1):
        if graine is not None:
            peupler(Random(graine), espace_repos, DEBUT, FIN)
        with CaptureQueriesContext(
            connection,
        ) as vues:
            calculer(DEBUT, FIN, Axe.SITE)
        combien.append(len(vues))
    assert combien[0] == combien[1]


def test_through_the_api(api: Api, coordinatrice: Utilisateur, espace_repos: Structure) -> None:
    peupler(Random(2), espace_repos, DEBUT, FIN)
    adresse = "/api/v1/hebergement/flux/"
    reponse = api(coordinatrice).get(adresse, {"du": "2023-02-01", "au": "2023-05-01"})
    assert reponse.status_code == 200, reponse.json()
    lu = reponse.json()
    attendu = calculer(*PERIODES[0], Axe.SITE)
    assert lu["ensemble"]["sorties"] == attendu["ensemble"]["sorties"] > 0
    assert lu["ensemble"]["duree"]["mediane"] == float(attendu["ensemble"]["duree"]["mediane"])
    assert [g["cle"] for g in lu["groupes"]] == [g["cle"] for g in attendu["groupes"]]


@pytest.mark.parametrize(
    ("demande", "champ"),
    [
        ({"au": "2023-05-01"}, "du"),
        ({"du": "2023-05-01", "au": "2023-05-01"}, "au"),
        ({"du": "2003-05-01", "au": "2023-05-01"}, "au"),
        ({"du": "2023-07-02", "au": "2023-08-01"}, "du"),
        ({"du": "2023-05-01", "au": "2023-06-01", "par": "genre"}, "par"),
        ({"du": "2023-05-01", "au": "2023-06-01", "personne": "x"}, "personne"),
    ],
)
def test_a_bad_question_is_told_by_its_field(
    demande: dict[str, str], champ: str, api: Api, coordinatrice: Utilisateur
) -> None:
    reponse = api(coordinatrice).get("/api/v1/hebergement/flux/", demande)
    assert reponse.status_code == 400
    assert [e["champ"] for e in reponse.json()["erreurs"]] == [champ]
