"""What is left of a year on both sides of months that were published, counted again by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import time_machine

from commun.horloge import PARIS, hier
from hebergement.models import Sejour
from hebergement.occupation import recalculer_tout
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.periodes import Pas, contenues, d_un_tenant, lire
from indicateurs.publications import restes
from indicateurs.publications.cellules import Cle, est_publie, groupements
from indicateurs.publications.connu import DE_PLACES
from indicateurs.publications.voisines import Voisines
from socle.models import Structure
from tests.factories import PersonneFactory, PlaceFactory, SejourFactory, SiteFactory
from tests.indicateurs.monde import Monde
from tests.indicateurs.naif import Naif, personnes
from tests.indicateurs.test_decomptes import MAINTENANT, contributions, publiables, ranger

pytestmark = pytest.mark.django_db
MOIS = contenues("2023", Pas.MOIS)
# January and February, May, September and October.
MANQUENT = [MOIS[n] for n in (0, 1, 4, 8, 9)]


@pytest.fixture(autouse=True)
def maintenant() -> Any:
    with time_machine.travel(MAINTENANT, tick=False):
        yield


def test_stretches_of_months() -> None:
    suites = d_un_tenant([lire(mois)[1] for mois in MANQUENT])
    assert [(s.debut.month, s.fin.month) for s in suites] == [(1, 3), (5, 6), (9, 11)]
    assert d_un_tenant([]) == ()


@pytest.mark.parametrize("ventilees", [False, True])
@pytest.mark.parametrize("graine", [0, 1])
def test_who_is_in_any_of_these_months_is_counted_once(graine: int, ventilees: bool) -> None:
    """Stays of several months too."""
    Monde(graine)
    pendant = [fait for fait in publiables() if f"{fait.jour:%Y-%m}" in MANQUENT]
    trouves = restes._compter(Voisines.de("2023"), "2023", MANQUENT, ventilees)
    compares = 0
    for niveau, axe in groupements(Pas.TRIMESTRE):
        if (axe is not None) != ventilees:
            continue
        rangees = ranger(pendant, niveau, axe)
        for cle, compte in trouves.items():
            if (cle.niveau, cle.axe) != (niveau, axe or "") or cle.indicateur not in PAR_CODE:
                continue
            if compte.personnes is None or cle.indicateur in DE_PLACES:
                continue
            assert est_publie(PAR_CODE[cle.indicateur], niveau, axe)
            naif = Naif(rangees.get((cle.territoire, cle.code), []), hier())
            assert compte.personnes == personnes(contributions(naif, cle.indicateur)), cle
            compares += compte.personnes > 0
    assert compares > 80


def test_what_lasts_is_counted_until_the_instant_of_where_it_is(
    espace_repos: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three stays: from May into June; from June into September, where it is looked at until
    later; and one of May alone, which came after May was counted."""
    site = SiteFactory(structure=espace_repos)
    mai, septembre = (lire(mois)[1] for mois in ("2023-05", "2023-09"))
    arretes = {"2023-05": (mai, a_paris(6, 10)), "2023-09": (septembre, a_paris(10, 10))}
    monkeypatch.setattr(Voisines, "arretes", lambda self, _figure: (arretes[self.code],))
    for arrivee, depart, recu in (
        (date(2023, 5, 20), date(2023, 6, 5), a_paris(5, 20)),
        (date(2023, 6, 20), date(2023, 9, 5), a_paris(7, 1)),
        (date(2023, 5, 3), date(2023, 5, 9), a_paris(7, 1)),
    ):
        sejour = SejourFactory(
            place=PlaceFactory(site=site, ouverte_le=arrivee), personne=PersonneFactory(),
            arrivee=arrivee, depart=depart,
        )  # fmt: skip
        Sejour.objects.filter(pk=sejour.pk).update(recu_le=recu)
    recalculer_tout()
    trouves = restes._compter(Voisines.de("2023"), "2023", ["2023-05", "2023-09"], False)
    assert trouves[Cle("2023", "file_active", Niveau.RESEAU)].exacte == 2


def a_paris(mois: int, jour: int) -> datetime:
    return datetime(2023, mois, jour, 12, tzinfo=PARIS)
