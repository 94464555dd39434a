"""What is left of a year on both sides of months that were published, counted again by hand."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from commun.horloge import hier
from indicateurs.catalogue import PAR_CODE
from indicateurs.periodes import Pas, contenues
from indicateurs.publications.cellules import est_publie, groupements
from indicateurs.publications.figures import DE_PLACES
from tests.indicateurs.monde import Monde
from tests.indicateurs.naif import Naif, personnes
from tests.indicateurs.test_decomptes import MAINTENANT, compter, contributions, publiables, ranger

pytestmark = pytest.mark.django_db
MOIS = contenues("2023", Pas.MOIS)
# January and February, May, September and October.
MANQUENT = [MOIS[n] for n in (0, 1, 4, 8, 9)]


@pytest.fixture(autouse=True)
def maintenant() -> Any:
    with time_machine.travel(MAINTENANT, tick=False):
        yield


@pytest.mark.parametrize("graine", [0, 1])
def test_who_is_in_any_of_these_months_is_counted_once(graine: int) -> None:
    """Stays of several months too."""
    Monde(graine)
    pendant = [fait for fait in publiables() if f"{fait.jour:%Y-%m}" in MANQUENT]
    trouves = compter("2023", MANQUENT, Pas.TRIMESTRE)
    compares = 0
    for niveau, axe in groupements(Pas.TRIMESTRE):
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
