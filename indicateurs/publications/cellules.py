"""The cells of a period: a fixed list of territories and breakdowns, and no other question.

docs/definitions.md § 6: two questions that differ by little would tell of a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from indicateurs.calcul import compter_mesures
from indicateurs.catalogue import INDICATEURS, PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.indicateur import Indicateur
from indicateurs.mesures import Mesure
from indicateurs.models import Chiffre
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas, Periode
from indicateurs.publications.complements import (
    COMPLEMENTS,
    DES_COMPLEMENTS,
    Complement,
    figures_de,
)
from indicateurs.sources import TERRITOIRE, Arretes, Axe, Source
from socle.models import Structure

AXE_DU_NIVEAU = {
    Niveau.TYPE: Axe.TYPE,
    Niveau.ORGANISME: Axe.ORGANISME,
    Niveau.STRUCTURE: Axe.STRUCTURE,
    Niveau.ARRONDISSEMENT: Axe.ARRONDISSEMENT,
}
VENTILATIONS = tuple(axe for axe in Axe if axe not in TERRITOIRE)
PUBLIES = tuple(i for i in INDICATEURS if i.publie)
COMPTES = tuple(i for i in PUBLIES if i.mesure is not None)
RAPPORTS = tuple(i for i in PUBLIES if i.rapport is not None)
TOUTES = frozenset({i.code for i in COMPTES} | DES_COMPLEMENTS.keys())


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


@dataclass(frozen=True)
class Decompte:
    """What is behind a cell.

    Args:
        personnes: the distinct persons who contribute; None where nobody is behind it.
        tardives, retardataires: how much of it, and of how many persons, came after an instant.
    """

    exacte: int
    personnes: int | None = None
    tardives: int = 0
    retardataires: int = 0

    def ajuste(self, exacte: int) -> Decompte:
        """The same of another number of rows: no more persons are behind them than there are."""
        personnes = self.personnes
        if personnes is not None and 0 < exacte != self.exacte:
            personnes = min(personnes, exacte)
        return replace(self, exacte=exacte, personnes=personnes)


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


# By figure, until when its rows are counted: None, until now.
Jusqu_a = Callable[[str], Arretes | None]


def denombrer(
    code: str,
    ou: Iterable[Groupement],
    periode: Periode,
    jusqu_a: Jusqu_a = lambda _figure: None,
    depuis: Jusqu_a = lambda _figure: None,
    codes: Container[str] = TOUTES,
    seulement: tuple[Periode, ...] = (),
) -> dict[Cle, Decompte]:
    """Every cell of a period that is not zero, and the territories' own even when they are; and
    beside each figure the complements that it gives.

    Args:
        seulement: only what is of these days of it. Rows and persons are right, what is computed of
            how long something lasts is of the whole period.
        depuis: what came after these instants is told apart.
        codes: of which figures and complements.
    """

    @cache
    def a_des_lignes(source: Source) -> bool:
        return source.lignes().filter(source.pendant(periode)).exists()

    trouves: dict[Cle, Decompte] = {}
    complements = [c for c in COMPLEMENTS if c.code in codes]
    figures = {figure for c in complements for figure in figures_de(c.code)}
    comptes = [i for i in COMPTES if i.code in codes or i.code in figures]
    for niveau, axe in ou:
        indicateurs = [i for i in comptes if est_publie(i, niveau, axe)]
        if not indicateurs:
            continue
        axes = tuple(a for a in (AXE_DU_NIVEAU.get(niveau), axe) if a is not None)
        siens = [c for c in complements if se_deduit(c, niveau, axe)]
        mesures = {
            # What nothing is of is asked once, and not of each breakdown.
            nom: mesure.de_ces_jours(seulement) if seulement else mesure
            for nom, mesure in _mesures(indicateurs, siens, jusqu_a, depuis).items()
            if a_des_lignes(mesure.par(axes).source)
        }
        lus = _compter(mesures, indicateurs, siens, periode, axes)
        for (nom, valeurs), quoi in lus.items():
            territoire = "" if niveau == Niveau.RESEAU else valeurs[0]
            valeur = valeurs[-1] if axe is not None else ""
            trouves[Cle(code, nom, niveau, territoire, axe or "", valeur)] = quoi
    structures = list(Structure.objects.all())
    for indicateur in comptes:
        for cle in _territoires_de_droit(code, indicateur, structures):
            personne = None if indicateur.personnes is None else 0
            trouves.setdefault(cle, Decompte(0, personne))
    return trouves


def _territoires_de_droit(
    code: str, indicateur: Indicateur, structures: Iterable[Structure]
) -> Iterator[Cle]:
    """The network, and the structures where the figure makes sense: their zero is said."""
    if indicateur.concerne(Portee()):
        yield Cle(code, indicateur.code, Niveau.RESEAU)
    if Axe.STRUCTURE in indicateur.axes:
        for structure in structures:
            if indicateur.concerne(Portee(structure)):
                yield Cle(code, indicateur.code, Niveau.STRUCTURE, structure.code)


def _mesures(
    indicateurs: list[Indicateur],
    complements: list[Complement],
    jusqu_a: Jusqu_a,
    depuis: Jusqu_a,
) -> dict[str, Mesure]:
    """What is counted of these figures, and the persons behind it."""
    mesures: dict[str, Mesure] = {}

    def compter(nom: str, figure: str, mesure: Mesure, tard: str) -> None:
        """A measure, and what of it came late."""
        fin, debut = jusqu_a(figure), depuis(figure)
        mesure = mesure.connues(fin) if fin is not None else mesure
        mesures[nom] = mesure
        if debut is not None and (tardive := mesure.recues_apres(debut)) is not None:
            mesures[f"{nom.partition('.')[0]}.{tard}"] = tardive

    for indicateur in indicateurs:
        assert indicateur.mesure
        code = indicateur.code
        compter(f"{code}.exacte", code, indicateur.mesure, "tardives")
        if indicateur.personnes is not None:
            compter(f"{code}.personnes", code, indicateur.personnes, "retardataires")
    for complement in complements:
        if complement.reste is not None:
            derriere = complement.reste.personnes()
            compter(f"{complement.code}.personnes", complement.grand, derriere, "retardataires")
    return mesures


def _compter(
    mesures: Mapping[str, Mesure],
    indicateurs: list[Indicateur],
    complements: list[Complement],
    periode: Periode,
    axes: tuple[Axe, ...],
) -> Mapping[tuple[str, tuple[str, ...]], Decompte]:
    par_cellule: dict[tuple[str, tuple[str, ...]], dict[str, Any]] = defaultdict(dict)
    comptes = compter_mesures(mesures, [periode], Portee(), axes, nommer_l_anonyme=True)
    for (nom, valeurs, _), combien in comptes.items():
        indicateur_, _, quoi = nom.partition(".")
        if combien:
            par_cellule[indicateur_, valeurs][quoi] = int(combien)
    suivis = {i.code for i in indicateurs if i.personnes is not None}
    trouves = {
        cle: Decompte(**({"personnes": 0} if cle[0] in suivis else {}) | quoi)
        for cle, quoi in par_cellule.items()
        if "exacte" in quoi
    }
    return trouves | {
        (complement.code, cle[1]): _rester(complement, cle[1], trouves, par_cellule)
        for complement in complements
        for cle in trouves
        if cle[0] == complement.grand
    }


def _rester(
    complement: Complement,
    valeurs: tuple[str, ...],
    trouves: Mapping[tuple[str, tuple[str, ...]], Decompte],
    par_cellule: Mapping[tuple[str, tuple[str, ...]], Mapping[str, int]],
) -> Decompte:
    """What a figure has beyond its parts."""
    petits = [trouves.get((code, valeurs), Decompte(0)).exacte for code in complement.petits]
    exacte = trouves[complement.grand, valeurs].exacte - sum(petits)
    if complement.reste is None:
        return Decompte(exacte, exacte)
    derriere = {"personnes": 0, **par_cellule.get((complement.code, valeurs), {})}
    return Decompte(exacte, **derriere)
