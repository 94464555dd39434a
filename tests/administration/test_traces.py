"""The plots of a year: each with its table, and what they show counted once more."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from contacts.enums import CategorieActe
from indicateurs.presentation.graphiques import Trace
from socle.models import Structure, Utilisateur
from tests.administration.conftest import Console
from tests.factories import (
    ActeFactory,
    EquipeFactory,
    EtapeFactory,
    MaraudeFactory,
    PassageFactory,
    SecteurFactory,
)

pytestmark = pytest.mark.django_db
ADRESSE = "/admin/traces/"


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def dessins(client: Client, **demande: Any) -> dict[str, Trace]:
    reponse: Any = client.get(ADRESSE, demande)
    assert reponse.status_code == 200
    return {trace.code: trace for trace in reponse.context["traces"]}


def series(trace: Trace) -> dict[str, list[Any]]:
    return {serie["label"]: serie["data"] for serie in json.loads(trace.donnees)["datasets"]}


def test_they_are_for_who_coordinates(
    console: Console, coordinatrice: Utilisateur, administratrice: Utilisateur,
    intervenante: Utilisateur,
) -> None:  # fmt: skip
    assert console(coordinatrice).get(ADRESSE).status_code == 200
    assert console(administratrice).get(ADRESSE).status_code == 403
    for client in (console(intervenante), Client()):
        assert client.get(ADRESSE).status_code == 302
    assert console(coordinatrice).post(ADRESSE).status_code == 405
    assert ADRESSE in console(coordinatrice).get("/admin/").content.decode()


def test_the_mean_of_a_day_is_of_the_28_that_end_with_it(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    debut = datetime(2022, 12, 20, 12, tzinfo=UTC)
    nombres = {n: n % 4 for n in range(60)}
    for n, combien in nombres.items():
        for _ in range(combien):
            PassageFactory(structure=espace_repos, survenu_le=debut + timedelta(days=n))
    trace = dessins(console(coordinatrice), annee=2023, structure=espace_repos.code)["passages"]
    lues = series(trace)
    assert len(lues["Passages du jour"]) == 365
    for rang in (0, 5, 27, 40, 100):
        jour = date(2023, 1, 1) + timedelta(days=rang)
        decalage = (jour - debut.date()).days
        assert lues["Passages du jour"][rang] == nombres.get(decalage, 0)
        fenetre = [nombres.get(decalage - n, 0) for n in range(28)]
        assert lues["Moyenne sur 28 jours"][rang] == round(sum(fenetre) / 28, 1)
    assert len(trace.lignes) == 365
    assert trace.lignes[5][1] == str(lues["Passages du jour"][5])


def test_rounds_are_of_the_week_in_which_they_started(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    equipe = EquipeFactory(structure=espace_repos)
    for jour, milieu, statut in (
        (2, "SURFACE", "CLOTUREE"), (8, "SURFACE", "CLOTUREE"), (9, "SOUS_SOL", "CLOTUREE"),
        (9, "SURFACE", "ANNULEE"),
    ):  # fmt: skip
        quand = datetime(2023, 1, jour, 20, tzinfo=UTC)
        finie = {"debut_le": quand, "fin_le": quand + timedelta(hours=3)}
        MaraudeFactory(
            equipe=equipe, milieu=milieu, statut=statut, jour_prevu=quand.date(),
            **finie if statut == "CLOTUREE" else {},
        )  # fmt: skip
    trace = dessins(console(coordinatrice), annee=2023)["maraudes"]
    assert [ligne[0] for ligne in trace.lignes[:3]] == [
        "26 décembre 2022",
        "2 janvier 2023",
        "9 janvier 2023",
    ]
    lues = series(trace)
    assert lues["Surface"][:4] == [0, 2, 0, 0]
    assert lues["Sous-sol"][:4] == [0, 0, 1, 0]


def test_a_week_that_the_year_cuts_counts_for_its_days(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure, horloge: Any
) -> None:
    horloge.move_to(datetime(2024, 1, 9, 11, tzinfo=UTC))  # eight days are over
    quand = datetime(2024, 1, 3, 20, tzinfo=UTC)
    for _ in range(4):
        MaraudeFactory(
            equipe=EquipeFactory(structure=espace_repos), milieu="SURFACE", statut="CLOTUREE",
            jour_prevu=quand.date(), debut_le=quand, fin_le=quand + timedelta(hours=3),
        )  # fmt: skip
    trace = dessins(console(coordinatrice), annee=2024)["maraudes"]
    assert len(trace.lignes) == 2
    assert trace.phrase == "Surface : 4, 3,5 par semaine ; sous-sol : 0, 0 par semaine."


def test_acts_are_told_the_most_frequent_first(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    passage = PassageFactory(
        structure=espace_repos, survenu_le=datetime(2023, 5, 4, 12, tzinfo=UTC)
    )
    for categorie, combien in (("RDR", 1), ("HYGIENE", 3)):
        ActeFactory.create_batch(
            combien, contact=passage.contact, categorie=categorie,
            survenu_le=datetime(2023, 5, 4, 12, tzinfo=UTC),
        )  # fmt: skip
    trace = dessins(console(coordinatrice), annee=2023)["actes"]
    assert [ligne[1] for ligne in trace.lignes[:3]] == ["3", "1", "0"]
    assert len(trace.lignes) == len(CategorieActe)
    assert trace.phrase.startswith("4 actes, dont 3 de la catégorie « Hygiène »")


def test_a_sector_is_covered_when_its_weeks_are(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    secteur = SecteurFactory(station=True, frequence_cible=2)
    SecteurFactory(station=True, frequence_cible=None)
    # Two visits in each of the first eight weeks from the 6th of November, one in the last one.
    lundi = datetime(2023, 11, 6, 20, tzinfo=UTC)
    for semaine in range(8):
        for jour in (0, 2)[: 2 if semaine < 7 else 1]:
            quand = lundi + timedelta(days=7 * semaine + jour)
            maraude = MaraudeFactory(
                equipe=EquipeFactory(structure=espace_repos), statut="CLOTUREE", debut_le=quand,
                fin_le=quand + timedelta(hours=3), jour_prevu=quand.date(),
            )  # fmt: skip
            EtapeFactory(maraude=maraude, secteur=secteur, statut="VISITEE")
    reponse: Any = console(coordinatrice).get(ADRESSE, {"annee": 2023})
    lignes = {ligne["secteur"]: ligne for ligne in reponse.context["couverture"]}
    assert lignes[secteur]["part"] == "87,5 %"  # 7 of 8
    assert (lignes[secteur]["mot"], lignes[secteur]["classe"]) == ("tenue", "bonne")
    assert lignes[secteur]["derniere"] == date(2023, 12, 25)
    (autre,) = (ligne for s, ligne in lignes.items() if s != secteur)
    assert (autre["part"], autre["mot"], autre["derniere"]) == (None, "sans cible", None)
    # The colour only repeats the word, and the table stands for the picture.
    assert 'class="mot bonne">tenue' in reponse.content.decode()
    ailleurs: Any = console(coordinatrice).get(
        ADRESSE, {"annee": 2023, "structure": espace_repos.code}
    )
    assert ailleurs.context["couverture"] == []


def test_nothing_that_came_is_something_to_be_read(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    client = console(coordinatrice)
    dessins(client)
    with django_assert_max_num_queries(25):
        assert dessins(client, annee=2023)["actes"].phrase == "Aucun acte."
    assert client.get(ADRESSE, {"annee": "hier"}).context["form"].errors
