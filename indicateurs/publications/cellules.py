"""The cells of a period: a fixed list of territories and breakdowns, and no other question.

docs/definitions.md § 6: two questions that differ by little would tell of a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.indicateur import Indicateur
from indicateurs.models import TOUS, Chiffre
from indicateurs.periodes import Pas
from indicateurs.publications.complements import DES_COMPLEMENTS, Complement
from indicateurs.publications.figures import COMPTES
from indicateurs.sources import TERRITOIRE, Axe

AXE_DU_NIVEAU = {
    Niveau.TYPE: Axe.TYPE,
    Niveau.ORGANISME: Axe.ORGANISME,
    Niveau.STRUCTURE: Axe.STRUCTURE,
    Niveau.ARRONDISSEMENT: Axe.ARRONDISSEMENT,
}
VENTILATIONS = tuple(axe for axe in Axe if axe not in TERRITOIRE)


class Cle(NamedTuple):
    """A cell. Its repr orders cells."""

    periode: str
    indicateur: str
    niveau: str
    territoire: str = ""
    axe: str = ""
    code: str = ""


def cle_de(periode: str, chiffre: Chiffre) -> Cle:
    return Cle(
        periode, chiffre.indicateur, chiffre.niveau, chiffre.territoire, chiffre.axe, chiffre.code
    )


class Groupe(NamedTuple):
    """The cells of a figure by a kind of territory, or by a breakdown of one: published or taken
    out whole, since a zero that is missing would be a zero that is told."""

    indicateur: str
    niveau: str
    territoire: str
    axe: str


def groupe_de(cle: Cle) -> Groupe:
    territoire = cle.territoire if cle.axe else TOUS
    return Groupe(cle.indicateur, cle.niveau, territoire, cle.axe)


@dataclass(frozen=True)
class Decompte:
    """What is behind a cell.

    Args:
        personnes: the distinct persons who contribute; None where nobody is behind it.
    """

    exacte: int
    personnes: int | None = None


# The territories of a level, or their breakdowns by an axis.
Groupement = tuple[Niveau, Axe | None]


def groupements(pas: Pas) -> Iterator[Groupement]:
    """Of a month, every territory; of a quarter, also every breakdown of the network; of a year,
    also every breakdown of each structure. The shorter the period, the more a breakdown masks,
    and the more it then keeps from the longer ones."""
    for niveau in Niveau:
        yield niveau, None
    for axe in VENTILATIONS:
        if pas != Pas.MOIS:
            yield Niveau.RESEAU, axe
        if pas == Pas.ANNEE:
            yield Niveau.STRUCTURE, axe


def est_publie(indicateur: Indicateur, niveau: Niveau, axe: Axe | None) -> bool:
    """Whether a figure makes sense by this territory and breakdown."""
    territoire = AXE_DU_NIVEAU.get(niveau)
    axes = {a for a in (territoire, axe) if a is not None}
    return axes <= set(indicateur.axes)


def se_deduit(complement: Complement, niveau: Niveau, axe: Axe | None) -> bool:
    """Whether all its figures are published by this territory and breakdown."""
    figures = (complement.grand, *complement.petits)
    return all(est_publie(PAR_CODE[code], niveau, axe) for code in figures)


@cache
def publiees(pas: Pas) -> frozenset[tuple[str, str, str]]:
    """The figures and complements, levels and breakdowns of which such a period has cells."""
    return frozenset(
        (code, niveau.value, axe.value if axe is not None else "")
        for niveau, axe in groupements(pas)
        for code in (*(i.code for i in COMPTES), *DES_COMPLEMENTS)
        if (
            se_deduit(DES_COMPLEMENTS[code], niveau, axe)
            if code in DES_COMPLEMENTS
            else est_publie(PAR_CODE[code], niveau, axe)
        )
    )
