"""Days and years as Paris counts them, on the nights when a clock could say otherwise.

Through the API, as a tablet asks; instants come with whatever offset a device writes. These
tests also run, as they are, on a server that lives in another zone: see `test_autre_fuseau`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from commun.horloge import PARIS, aujourd_hui
from coordination.services import rapprocher_marques
from hebergement.occupation import controler, recalculer_marques
from socle.models import Equipe, Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    SecteurFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def a_paris(texte: str, fold: int = 0) -> time_machine.travel:
    """At this hour on the walls of Paris; `fold=1`: the second time that it is that hour."""
    instant = datetime.fromisoformat(texte).replace(tzinfo=PARIS, fold=fold)
    return time_machine.travel(instant, tick=False)


def creer(client: APIClient, chemin: str, **corps: Any) -> Any:
    reponse = client.post(f"{V1}/{chemin}/", {"uuid": identifiant(), **corps})
    assert reponse.status_code == 201, reponse.json()
    return reponse.json()


def bilan(client: APIClient, annee: int, champ: str = "valeur") -> dict[str, Any]:
    reponse = client.get(f"{V1}/indicateurs/bilan/?annee={annee}")
    assert reponse.status_code == 200, reponse.json()
    return {ligne["code"]: ligne[champ] for ligne in reponse.json()["indicateurs"]}


# --- Visits -------------------------------------------------------------------------------------

# What a device writes -> its day where days turn at midnight, and where they turn at 06:00.
ARRIVEES = [
    # 29 March 2026: from 02:00 to 03:00 there is nothing.
    ("2026-03-28T23:30:00+01:00", "2026-03-28", "2026-03-28"),
    ("2026-03-28T22:59:59Z", "2026-03-28", "2026-03-28"),
    ("2026-03-28T23:00:00Z", "2026-03-29", "2026-03-28"),
    ("2026-03-29T01:59:59+01:00", "2026-03-29", "2026-03-28"),
    ("2026-03-29T03:00:00+02:00", "2026-03-29", "2026-03-28"),
    ("2026-03-28T20:30:00-05:00", "2026-03-29", "2026-03-28"),
    ("2026-03-29T05:59:59+02:00", "2026-03-29", "2026-03-28"),
    ("2026-03-29T17:00:00+13:00", "2026-03-29", "2026-03-29"),
    ("2026-03-29T06:00:00+02:00", "2026-03-29", "2026-03-29"),
    ("2026-03-29T23:30:00+02:00", "2026-03-29", "2026-03-29"),
    ("2026-03-29T22:00:00Z", "2026-03-30", "2026-03-29"),
    # 25 October 2026: from 02:00 to 03:00 twice.
    ("2026-10-24T23:59:59+02:00", "2026-10-24", "2026-10-24"),
    ("2026-10-24T22:00:00Z", "2026-10-25", "2026-10-24"),
    ("2026-10-25T02:30:00+02:00", "2026-10-25", "2026-10-24"),
    ("2026-10-25T02:30:00+01:00", "2026-10-25", "2026-10-24"),
    ("2026-10-24T21:30:00-04:00", "2026-10-25", "2026-10-24"),
    ("2026-10-25T05:59:59+01:00", "2026-10-25", "2026-10-24"),
    ("2026-10-25T06:00:00+01:00", "2026-10-25", "2026-10-25"),
    ("2026-10-25T05:00:00Z", "2026-10-25", "2026-10-25"),
    ("2026-10-25T22:59:59Z", "2026-10-25", "2026-10-25"),
    ("2026-10-25T23:00:00Z", "2026-10-26", "2026-10-25"),
    # The last night of a year, and a day that comes every four years.
    ("2025-12-31T22:59:59Z", "2025-12-31", "2025-12-31"),
    ("2025-12-31T23:00:00Z", "2026-01-01", "2025-12-31"),
    ("2026-01-01T05:59:59+01:00", "2026-01-01", "2025-12-31"),
    ("2024-02-29T23:30:00+01:00", "2024-02-29", "2024-02-29"),
    ("2024-03-01T05:30:00+01:00", "2024-03-01", "2024-02-29"),
]


def test_the_day_of_a_visit_is_read_on_the_walls_of_the_centre(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = api(coordinatrice)
    de_nuit = StructureFactory(organisme=espace_repos.organisme, accueil_de_nuit=True)
    for ecrit, minuit, six_heures in ARRIVEES:
        for structure, voulu in ((espace_repos, minuit), (de_nuit, six_heures)):
            passage = creer(client, "passages", structure=structure.code, saisi_le=ecrit)
            assert passage["jour"] == voulu, (ecrit, structure.code)
            assert datetime.fromisoformat(passage["survenu_le"]) == datetime.fromisoformat(ecrit)
            if structure is de_nuit:
                acte = creer(
                    client, "actes", contact=passage["uuid"], categorie="HYGIENE", saisi_le=ecrit
                )
                assert acte["jour"] == voulu, ecrit
    for structure, rang in ((espace_repos, 1), (de_nuit, 2)):
        for jour in {arrivee[rang] for arrivee in ARRIVEES}:
            lus = client.get(f"{V1}/passages/?structure={structure.code}&jour={jour}").json()
            voulus = [arrivee for arrivee in ARRIVEES if arrivee[rang] == jour]
            assert len(lus["resultats"]) == len(voulus)
    # In the year that each has on its own walls.
    for annee in (2024, 2025, 2026):
        lignes = [ligne for rang in (1, 2) for ligne in ARRIVEES if ligne[rang][:4] == str(annee)]
        assert bilan(client, annee)["passages"] == len(lignes)


def test_the_two_hours_that_bear_one_name_stay_two(
    api: Api, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    client = api(intervenante)
    for decalage in ("+01:00", "+02:00"):
        ecrit = f"2026-10-25T02:30:00{decalage}"
        creer(client, "passages", structure=espace_repos.code, saisi_le=ecrit)
    seconde, premiere = client.get(f"{V1}/passages/").json()["resultats"]
    ecart = datetime.fromisoformat(seconde["survenu_le"]) - datetime.fromisoformat(
        premiere["survenu_le"]
    )
    assert ecart == timedelta(hours=1)


@pytest.mark.parametrize(
    ("ecrit", "utc"),
    [
        ("2026-03-29T02:30:00", None),  # the walls of Paris never showed it
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),  # the first of the two
        ("2026-07-14T02:30:00", "2026-07-14T00:30:00+00:00"),
    ],
)
def test_an_instant_without_an_offset_is_one_of_paris(
    api: Api, intervenante: Utilisateur, espace_repos: Structure, ecrit: str, utc: str | None
) -> None:
    reponse = api(intervenante).post(
        f"{V1}/passages/",
        {"uuid": identifiant(), "structure": espace_repos.code, "saisi_le": ecrit},
    )
    if utc is None:
        assert reponse.status_code == 400
        assert [e["champ"] for e in reponse.json()["erreurs"]] == ["saisi_le"]
        return
    assert reponse.status_code == 201, reponse.json()
    survenu_le = datetime.fromisoformat(reponse.json()["survenu_le"])
    assert survenu_le == datetime.fromisoformat(utc)


@pytest.mark.parametrize(
    ("arrivee", "maintenant", "fold", "la"),
    [
        ("2026-10-24T23:00:00+02:00", "2026-10-25T02:30", 0, True),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T02:30", 1, True),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T05:59", 0, True),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T06:00", 0, False),
        ("2026-03-28T23:00:00+01:00", "2026-03-29T03:00", 0, True),
        ("2026-03-28T23:00:00+01:00", "2026-03-29T05:59", 0, True),
        ("2026-03-28T23:00:00+01:00", "2026-03-29T06:00", 0, False),
        ("2025-12-31T23:00:00+01:00", "2026-01-01T00:30", 0, True),
        ("2024-02-29T23:00:00+01:00", "2024-03-01T05:59", 0, True),
    ],
)
def test_who_is_in_a_night_centre(
    api: Api, intervenante: Utilisateur, arrivee: str, maintenant: str, fold: int, la: bool
) -> None:
    de_nuit = StructureFactory(organisme=intervenante.organisme, accueil_de_nuit=True)
    with a_paris(maintenant, fold):
        client = api(intervenante)
        creer(client, "passages", structure=de_nuit.code, saisi_le=arrivee)
        presents = client.get(f"{V1}/passages/presents/?structure={de_nuit.code}").json()
    assert presents["presents"] == int(la)


# --- Rounds -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("debut", "rencontre", "fin"),
    [
        ("2025-12-31T22:30:00+01:00", "2026-01-01T00:40:00+01:00", "2026-01-01T02:00:00+01:00"),
        ("2025-12-31T21:30:00Z", "2025-12-31T23:40:00Z", "2026-01-01T01:00:00Z"),
        ("2025-12-31T23:59:59+01:00", "2026-01-01T00:00:00+01:00", "2026-01-01T02:00:00+01:00"),
    ],
)
def test_a_round_of_the_last_night_is_of_the_year_in_which_it_started(
    api: Api,
    coordinatrice: Utilisateur,
    equipe: Equipe,
    autre_structure: Structure,
    debut: str,
    rencontre: str,
    fin: str,
) -> None:
    client, station = api(coordinatrice), SecteurFactory(station=True)
    personne = PersonneFactory(organisme=coordinatrice.organisme)
    maraude = creer(
        client, "maraudes", equipe=str(equipe.pk), milieu="SOUS_SOL", jour_prevu="2025-12-31",
        etapes=[{"secteur": station.code}], saisi_le=debut,
    )  # fmt: skip
    adresse = f"{V1}/maraudes/{maraude['uuid']}/"
    assert client.post(f"{adresse}demarrer/", {"debut_le": debut}).status_code == 200
    vue = creer(
        client, "rencontres", maraude=maraude["uuid"], secteur=station.code,
        personne=str(personne.pk), saisi_le=rencontre,
    )  # fmt: skip
    creer(client, "materiel", contact=vue["uuid"], materiel="PIPE", quantite_distribuee=3,
          saisi_le=rencontre)  # fmt: skip
    acte = creer(client, "actes", contact=vue["uuid"], categorie="SOINS_INFIRMIERS",
                 saisi_le=rencontre)  # fmt: skip
    creer(client, "orientations", contact=vue["uuid"], personne=str(personne.pk),
          structure=autre_structure.code, saisi_le=rencontre)  # fmt: skip
    assert client.post(f"{adresse}cloturer/", {"fin_le": fin}).status_code == 200
    PassageFactory(
        structure=autre_structure, personne=personne,
        survenu_le=datetime(2026, 1, 1, 11, tzinfo=PARIS),
    )  # fmt: skip
    rapprocher_marques()

    assert client.get(adresse).json()["jour"] == vue["jour"] == acte["jour"] == "2025-12-31"
    assert client.get(f"{adresse}resume/").json()["jour"] == "2025-12-31"
    for question, nombre in (
        ("maraudes/?jour=2025-12-31", 1), ("maraudes/?jour=2026-01-01", 0),
        ("rencontres/?du=2025-12-31&au=2026-01-01", 1), ("rencontres/?du=2026-01-01", 0),
    ):  # fmt: skip
        assert len(client.get(f"{V1}/{question}").json()["resultats"]) == nombre, question
    ancienne, nouvelle = bilan(client, 2025), bilan(client, 2026)
    de_la_maraude = {
        "maraudes_sous_sol": 1, "rencontres": 1, "materiel_distribue": 3, "actes_infirmiers": 1,
        "orientations": 1, "orientations_abouties": 1,
    }  # fmt: skip
    assert {code: ancienne[code] for code in de_la_maraude} == de_la_maraude
    assert {code: nouvelle[code] for code in de_la_maraude} == dict.fromkeys(de_la_maraude, 0)
    # Who was met in the old year, and came in the new one, is of the two.
    assert (ancienne["file_active"], nouvelle["file_active"]) == (1, 1)
    assert (ancienne["passages"], nouvelle["passages"]) == (0, 1)


@pytest.mark.parametrize(
    ("debut", "fin", "jour"),
    [
        ("2026-03-28T23:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-28"),
        ("2026-03-29T00:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-29"),
        ("2026-10-24T23:30:00+02:00", "2026-10-25T02:45:00+01:00", "2026-10-24"),
        # Ended, as the walls say, before it began.
        ("2026-10-25T02:50:00+02:00", "2026-10-25T02:10:00+01:00", "2026-10-25"),
        ("2024-02-29T22:30:00+01:00", "2024-03-01T02:00:00+01:00", "2024-02-29"),
    ],
)
def test_a_round_through_a_night_of_another_length(
    api: Api, intervenante: Utilisateur, equipe: Equipe, debut: str, fin: str, jour: str
) -> None:
    client = api(intervenante)
    maraude = creer(client, "maraudes", equipe=str(equipe.pk), milieu="SURFACE", saisi_le=debut)
    adresse = f"{V1}/maraudes/{maraude['uuid']}/"
    assert client.post(f"{adresse}demarrer/", {"debut_le": debut}).status_code == 200
    vue = creer(client, "rencontres", maraude=maraude["uuid"], saisi_le=fin)
    assert client.post(f"{adresse}cloturer/", {"fin_le": fin}).status_code == 200
    lue = client.get(adresse).json()
    assert lue["jour"] == vue["jour"] == jour
    assert [datetime.fromisoformat(lue[champ]) for champ in ("debut_le", "fin_le")] == [
        datetime.fromisoformat(debut), datetime.fromisoformat(fin)
    ]  # fmt: skip


# --- Today --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("utc", "jour"),
    [
        ("2026-06-30T21:59:59Z", "2026-06-30"),
        ("2026-06-30T22:00:00Z", "2026-07-01"),
        ("2026-01-14T22:59:59Z", "2026-01-14"),
        ("2026-01-14T23:00:00Z", "2026-01-15"),
        ("2024-02-28T23:30:00Z", "2024-02-29"),
        ("2024-02-29T23:30:00Z", "2024-03-01"),
    ],
)
def test_today_begins_at_midnight_in_paris(
    api: Api, coordinatrice: Utilisateur, equipe: Equipe, personne: Personne, utc: str, jour: str
) -> None:
    place = PlaceFactory(site__structure=equipe.structure, ouverte_le=date.fromisoformat(jour))
    with time_machine.travel(datetime.fromisoformat(utc), tick=False):
        client = api(coordinatrice)
        assert aujourd_hui().isoformat() == jour
        prevue = creer(client, "maraudes", equipe=str(equipe.pk), milieu="SURFACE", saisi_le=utc)
        assert prevue["jour_prevu"] == prevue["jour"] == jour
        corps = {"personne": str(personne.pk), "organisme": place.site.structure.organisme.code}
        refus = client.post(f"{V1}/accords-partage/", {"uuid": identifiant(), **corps})
        assert refus.status_code == 400  # one's own organisme
        libres = client.get(f"{V1}/places-libres/").json()["resultats"]
        assert [libre["place"] for libre in libres] == [str(place.pk)]
        # The last night that there is to compute is yesterday's.
        place.ouverte_le = date.fromisoformat(jour) - timedelta(days=3)
        place.save()
        recalculer_marques()
        nuits = client.get(f"{V1}/occupation/").json()["resultats"]
    assert [nuit["jour"] for nuit in nuits] == [
        (date.fromisoformat(jour) - timedelta(days=n)).isoformat() for n in (3, 2, 1)
    ]


def test_a_year_begins_when_paris_says_so(api: Api, coordinatrice: Utilisateur) -> None:
    for utc, statut in (("2025-12-31T22:59:59Z", 400), ("2025-12-31T23:00:00Z", 200)):
        with time_machine.travel(datetime.fromisoformat(utc), tick=False):
            reponse = api(coordinatrice).get(f"{V1}/indicateurs/bilan/?annee=2026")
        assert reponse.status_code == statut, utc


# --- Nights -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrivee", "depart", "le_lendemain"),
    [
        ("2026-03-28", "2026-03-30", "2026-03-30T00:30"),
        ("2026-10-24", "2026-10-26", "2026-10-26T00:30"),
        ("2024-02-28", "2024-03-01", "2024-03-01T00:30"),
        ("2023-02-27", "2023-03-01", "2023-03-01T00:30"),
        ("2025-12-31", "2026-01-02", "2026-01-02T00:30"),
    ],
)
def test_a_night_is_one_whatever_its_hours(
    api: Api,
    coordinatrice: Utilisateur,
    personne: Personne,
    arrivee: str,
    depart: str,
    le_lendemain: str,
) -> None:
    """Of 23 hours, of 25, of 29 February, of the last of the year: a date each."""
    jours = [date.fromisoformat(arrivee) + timedelta(days=n) for n in range(2)]
    place = PlaceFactory(ouverte_le=jours[0])
    with a_paris(le_lendemain):
        client = api(coordinatrice)
        creer(
            client, "sejours", place=str(place.pk), personne=str(personne.pk), arrivee=arrivee,
            depart=depart,
        )  # fmt: skip
        recalculer_marques()
        nuits = client.get(f"{V1}/occupation/?site={place.site.code}").json()["resultats"]
        lues = [(nuit["jour"], nuit["theoriques"], nuit["occupees"]) for nuit in nuits]
        assert lues == [(jour.isoformat(), 1, 1) for jour in jours]
        for annee in {jour.year for jour in jours}:
            attendues = [jour for jour in jours if jour.year == annee]
            assert bilan(client, annee)["nuitees"] == len(attendues)
        assert controler().ecarts == 0


def test_a_leap_year_has_its_night_more(api: Api, coordinatrice: Utilisateur) -> None:
    place = PlaceFactory(ouverte_le=date(2023, 1, 1), site=SiteFactory(dispositif="ASSORE"))
    SejourFactory(place=place, arrivee=date(2023, 1, 1))
    with a_paris("2025-02-10T12:00"):
        recalculer_marques()
        entiere = bilan(api(coordinatrice), 2024)
        precedente = bilan(api(coordinatrice), 2024, "precedent")
    longueurs = [(date(a + 1, 1, 1) - date(a, 1, 1)).days for a in (2024, 2023)]
    assert [entiere["nuitees"], precedente["nuitees"]] == longueurs
    assert entiere["taux_occupation"] == precedente["taux_occupation"] == 1


@pytest.mark.parametrize("le", ["2024-02-29T12:00", "2024-03-01T12:00", "2024-12-31T12:00"])
def test_the_year_before_is_counted_over_as_many_days(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, le: str
) -> None:
    """With a 29 February on one side only: the same elapsed days, not the same dates."""
    ecoules = (datetime.fromisoformat(le).date() - date(2024, 1, 1)).days
    for annee in (2023, 2024):
        # At noon of the last day that counts, and of the first that does not.
        for jour in (ecoules - 1, ecoules):
            midi = datetime(annee, 1, 1, 12, tzinfo=PARIS) + timedelta(days=jour)
            if midi.year == annee:  # the year before has no 366th day
                PassageFactory(structure=espace_repos, survenu_le=midi)
    with a_paris(le):
        client = api(coordinatrice)
        assert bilan(client, 2024)["passages"] == 1
        assert bilan(client, 2024, "precedent")["passages"] == 1


# --- Orientations -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("emise", "limite"),
    [
        ("2026-03-10T23:30:00+01:00", "2026-04-09T23:30:00+02:00"),
        ("2026-10-05T23:30:00+02:00", "2026-11-04T23:30:00+01:00"),
        ("2024-02-10T12:00:00+01:00", "2024-03-11T12:00:00+01:00"),
        ("2025-12-10T00:15:00+01:00", "2026-01-09T00:15:00+01:00"),
    ],
)
@pytest.mark.parametrize("en_retard", [False, True])
def test_thirty_days_end_at_the_hour_that_the_walls_showed(
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
    emise: str,
    limite: str,
    en_retard: bool,
) -> None:
    emise_le, limite_le = datetime.fromisoformat(emise), datetime.fromisoformat(limite)
    personne = PersonneFactory(organisme=espace_repos.organisme)
    OrientationFactory(
        personne=personne, structure_origine=espace_repos, structure=autre_structure,
        saisi_le=emise_le, survenu_le=emise_le,
    )  # fmt: skip
    PassageFactory(
        structure=autre_structure, personne=personne,
        survenu_le=limite_le - timedelta(seconds=not en_retard),
    )  # fmt: skip
    rapprocher_marques()
    chiffres = bilan(api(coordinatrice), int(emise[:4]))
    assert chiffres["orientations"] == 1
    assert chiffres["orientations_abouties"] == int(not en_retard)
