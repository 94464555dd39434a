"""Every figure, by every breakdown and every cut of time, against the naive recount."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commun.horloge import hier
from contacts.enums import CategorieActe
from indicateurs.catalogue import INDICATEURS, PAR_CODE
from indicateurs.indicateur import Indicateur
from indicateurs.management.commands.documenter_indicateurs import page
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas, Periode, closes
from indicateurs.series import calculer_series
from indicateurs.sources import VOCABULAIRES, Axe
from socle.models import Structure
from tests.indicateurs.monde import Monde
from tests.indicateurs.naif import Fait, Naif, tous_les_faits

pytestmark = pytest.mark.django_db
MAINTENANT = datetime(2024, 3, 10, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def maintenant() -> Any:
    with time_machine.travel(MAINTENANT, tick=False):
        yield


class Recompte:
    """The facts of each period, cut by each breakdown, once."""

    def __init__(self, faits: list[Fait]) -> None:
        self.faits = faits
        self.gardes: dict[tuple[Periode, Axe | None], dict[str | None, list[Fait]]] = {}

    def de(self, periode: Periode, axe: Axe | None) -> dict[str | None, list[Fait]]:
        if (periode, axe) not in self.gardes:
            tas: dict[str | None, list[Fait]] = defaultdict(list)
            for fait in self.faits:
                if fait.structure is None and axe in {"structure", "type", "organisme"}:
                    continue
                if periode.debut <= fait.jour < periode.fin:
                    if axe is None:
                        tas[None].append(fait)
                    elif axe == "categorie" and fait.quoi == "passage":
                        # Acts of a category are divided by all visits.
                        for categorie in CategorieActe:
                            tas[categorie].append(fait)
                    elif axe not in VOCABULAIRES or axe in {"type", "genre", "age"} or (
                        fait.d and axe in fait.d
                    ):  # fmt: skip
                        tas[fait.axe(axe)].append(fait)
            self.gardes[periode, axe] = tas
        return self.gardes[periode, axe]

    def __call__(self, code: str, periode: Periode, axe: Axe | None, valeur: str | None) -> Any:
        derniere = periode.fin - timedelta(days=1)
        return Naif(self.de(periode, axe)[valeur], derniere, self.faits)(code)


def comparer(indicateur: Indicateur, pas: Pas, axe: Axe | None, recompte: Recompte) -> int:
    """The number of figures compared that are something."""
    vus = 0
    for annee in (2023, 2024):
        series = calculer_series(indicateur, pas, Portee(), axe, annee)["series"]
        for serie in series:
            ici = axe if serie["code"] is not None else None
            for point in serie["points"]:
                periode = Periode(point["debut"], point["fin"], entiere=True)
                for nom, quand in (("valeur", periode), ("precedent", periode.un_an_avant())):
                    voulu = recompte(indicateur.code, quand, ici, serie["code"])
                    assert point[nom] == voulu, (indicateur.code, axe, serie["code"], quand)
                    vus += bool(voulu)
        # Nothing is counted that is not told.
        dits = {serie["code"] for serie in series}
        for _, periode in closes(pas, annee):
            for code in recompte.de(periode, axe) if axe else ():
                assert code in dits or not recompte(indicateur.code, periode, axe, code)
    return vus


@pytest.mark.parametrize(("graine", "pas"), list(enumerate(Pas)))
def test_every_figure_is_the_naive_recount_s(graine: int, pas: Pas) -> None:
    Monde(graine)
    recompte = Recompte(tous_les_faits(hier()))
    vus = {
        (indicateur.code, axe): comparer(indicateur, pas, axe, recompte)
        for indicateur in INDICATEURS
        for axe in (None, *indicateur.axes)
    }
    # A world in which nothing happens proves nothing.
    codes = {code for (code, _), nombre in vus.items() if nombre}
    assert codes == {indicateur.code for indicateur in INDICATEURS}


def test_additive_figures_add_up_and_the_others_are_told() -> None:
    Monde(7)
    faux = set()
    for indicateur in INDICATEURS:
        if indicateur.code == "places" or indicateur.rapport or indicateur.rien is None:
            continue
        mois, annee = (
            calculer_series(indicateur, pas, Portee(), None, 2023)["series"][0]["points"]
            for pas in (Pas.MOIS, Pas.ANNEE)
        )
        somme = sum(point["valeur"] for point in mois)
        if somme != annee[0]["valeur"]:
            faux.add(indicateur.code)
            assert annee[0]["valeur"] < somme
        for axe in indicateur.axes if indicateur.additif else ():
            tout, *parts = calculer_series(indicateur, Pas.ANNEE, Portee(), axe, 2023)["series"]
            assert sum(p["points"][0]["valeur"] for p in parts) == tout["points"][0]["valeur"]
    assert faux <= {i.code for i in INDICATEURS if not i.additif}
    assert "file_active" in faux


def test_the_scope_is_the_structure_s_rows(espace_repos: Structure) -> None:
    monde = Monde(3)
    for structure in monde.structures:
        faits = [fait for fait in tous_les_faits(hier()) if fait.structure == structure]
        portee = Portee(structure)
        for indicateur in INDICATEURS:
            (serie,) = calculer_series(indicateur, Pas.ANNEE, portee, None, 2023)["series"]
            (point,) = serie["points"]
            voulu = Recompte(faits)(
                indicateur.code, Periode(point["debut"], point["fin"]), None, None
            )
            assert point["valeur"] == (voulu if indicateur.concerne(portee) else None)


@pytest.mark.parametrize(
    ("code", "axe"),
    [
        ("passages", Axe.STRUCTURE), ("actes_pour_100_passages", Axe.CATEGORIE),
        ("chaine_perdues_30", None), ("jours_depuis_visite", Axe.MILIEU),
    ],
)  # fmt: skip
def test_as_many_questions_for_twelve_months_as_for_a_year(code: str, axe: Axe | None) -> None:
    Monde(5)
    nombres = set()
    for pas in Pas:
        with CaptureQueriesContext(connection) as questions:
            calculer_series(PAR_CODE[code], pas, Portee(), axe, 2023)
        nombres.add(len(questions))
    assert len(nombres) == 1


def test_only_what_is_over_is_told() -> None:
    mois = [nom for nom, _ in closes(Pas.MOIS, 2024)]
    assert mois == ["2024-01", "2024-02"]
    assert [nom for nom, _ in closes(Pas.TRIMESTRE, 2023)] == [f"2023-T{n}" for n in range(1, 5)]
    assert list(closes(Pas.ANNEE, 2024)) == []


def test_the_page_of_the_catalogue_is_current() -> None:
    ecrite = (Path(settings.BASE_DIR) / "docs" / "indicateurs.md").read_text()
    assert ecrite == page() + "\n", "Lancez « make schema » et relisez la différence."
