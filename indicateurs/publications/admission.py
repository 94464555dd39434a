"""Which corrections enter the book: those that move every cell by eleven persons, or not at all.

A cell that goes from 40 to 41 tells of one person, however many were taken for others meanwhile: so
as many are counted as it takes at least to explain by how much it moved.

A correction is taken whole or waits. Whatever periods and revisions a partner subtracts, each cell
of them moved by nobody, or by eleven persons or more (docs/definitions.md § 6.5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.periodes import contenantes, lire
from indicateurs.publications.cellules import Cle, publiees
from indicateurs.publications.complements import (
    COMPLEMENTS,
    DES_COMPLEMENTS,
    Complement,
    Partage,
    figures_de,
)
from indicateurs.publications.figures import DE_PLACES, TARDIVES, comptees_avec, est_de_personnes
from indicateurs.secret import peut_bouger

Personne = UUID | None


class Ligne(NamedTuple):
    """What an entry is of; `axes`: the value of each breakdown."""

    mois: date
    indicateur: str
    structure: str
    arrondissement: str
    axes: tuple[tuple[str, str], ...]
    personne: Personne


class Ou(NamedTuple):
    """Where cells are, of one figure or another."""

    periode: str
    niveau: str
    territoire: str
    axe: str
    code: str

    def cle(self, figure: str) -> Cle:
        return Cle(self.periode, figure, self.niveau, self.territoire, self.axe, self.code)


@dataclass(eq=False)
class Changement:
    """What is taken whole, or waits.

    Args:
        lignes: by how much each entry changes.
        exige: what must be taken too.
    """

    lignes: Mapping[Ligne, int]
    exige: list[Changement] = field(default_factory=list)


@dataclass(frozen=True)
class Etat:
    """The book at a moment when partners could read it: what they may compare with.

    Args:
        rang: of the last publication that had been signed.
        ouverts, murs: the months that were counted; and of which what is known late was.
        se_lit: whether somebody could tell the breakdown of a period and level then.
    """

    rang: int
    ouverts: frozenset[date]
    se_lit: Callable[[str, str, str], bool]
    murs: frozenset[date] = frozenset()

    def lus(self, figures: Iterable[str]) -> frozenset[date]:
        """The months of which somebody could read all of these then, whatever is read of the period
        that they are of: they are added up."""
        return self.ouverts if TARDIVES.isdisjoint(figures) else self.murs


@dataclass
class Registre:
    """What was written of those whom a correction concerns, now or before.

    Args:
        ecritures: each with the rank of its publication.
        etats: all moments to compare with, the last being now.
        lieux: of the code of a structure, its territories.
        qui: of who is somebody else's file now, whose.
        connues: of how many known persons a cell is now.
    """

    ecritures: list[tuple[Ligne, int, int]]
    etats: Sequence[Etat]
    lieux: Mapping[str, Mapping[str, str]]
    qui: Mapping[UUID, UUID]
    connues: Callable[[Cle], int]
    _places: dict[Ligne, list[tuple[Ou, list[str]]]] = field(default_factory=dict)

    def personne(self, ligne: Ligne) -> Personne:
        return ligne.personne and self.qui.get(ligne.personne, ligne.personne)

    def places(self, ligne: Ligne) -> list[tuple[Ou, list[str]]]:
        """Where an entry counts, in which figures."""
        sans_nom = ligne._replace(personne=None)
        if sans_nom not in self._places:
            self._places[sans_nom] = list(self._placer(sans_nom))
        return self._places[sans_nom]

    def _placer(self, ligne: Ligne) -> Iterator[tuple[Ou, list[str]]]:
        figures = comptees_avec(ligne.indicateur, dict(ligne.axes))
        territoires = {
            Niveau.RESEAU.value: "",
            Niveau.STRUCTURE.value: ligne.structure,
            Niveau.ARRONDISSEMENT.value: ligne.arrondissement,
            **self.lieux.get(ligne.structure, {}),
        }
        mois = f"{ligne.mois:%Y-%m}"
        for periode in (mois, *contenantes(mois)):
            connues = publiees(lire(periode)[0])
            for niveau, territoire in territoires.items():
                for axe, code in (("", ""), *ligne.axes):
                    ici = [figure for figure in figures if (figure, niveau, axe) in connues]
                    if ici:
                        yield Ou(periode, niveau, territoire, axe, code), ici


# Of each figure and file, how much.
DeChacun = dict[str, dict[Personne, int]]


class Part(NamedTuple):
    """What an entry, or a change of one, adds to a figure somewhere.

    Args:
        fichier: who it is of; `personne`: whose file that is now.
        rang: of its publication, where it was written.
    """

    personne: Personne
    fichier: Personne
    figure: str
    mois: date
    combien: int
    rang: int = 0


class Admission:
    """The corrections that are still taken, and who moves each cell with them."""

    def __init__(self, changements: Iterable[Changement], registre: Registre) -> None:
        self.registre = registre
        self.pris: dict[Changement, None] = dict.fromkeys(changements)
        self._exigent: dict[Changement, list[Changement]] = defaultdict(list)
        self._ici: dict[Ou, dict[Changement, list[Part]]] = defaultdict(dict)
        self._ecrites: dict[Ou, dict[Personne, list[Part]]] = defaultdict(dict)
        # Of each place and moment, by how much each person moves each figure since.
        self._bougent: dict[tuple[Ou, int], dict[str, dict[Personne, int]]] = {}
        for changement in self.pris:
            for exige in changement.exige:
                self._exigent[exige].append(changement)
            for ligne, combien in changement.lignes.items():
                for ou, part in self._parts(ligne, combien):
                    self._ici[ou].setdefault(changement, []).append(part)
        for ligne, rang, combien in registre.ecritures:
            for ou, part in self._parts(ligne, combien, rang):
                if ou in self._ici:
                    self._ecrites[ou].setdefault(part.personne, []).append(part)
        for ou, ici in self._ici.items():
            parts = (part for siennes in ici.values() for part in siennes)
            self._compter(ou, {part.personne for part in parts} | self._ecrites[ou].keys())
        # What somebody known would move: who waits is not nobody.
        self._de_connus = {
            (ou, figure)
            for (ou, _), figures in self._bougent.items()
            for figure, qui in figures.items()
            if qui.keys() - {None}
        }

    def _parts(self, ligne: Ligne, combien: int, rang: int = 0) -> Iterator[tuple[Ou, Part]]:
        personne = self.registre.personne(ligne)
        for ou, figures in self.registre.places(ligne):
            for figure in figures:
                yield ou, Part(personne, ligne.personne, figure, ligne.mois, combien, rang)

    def tenir(self) -> None:
        """Leave out what would move a cell by a few, until nothing does. What fewest corrections
        move goes first: without them, what they are a part of may move by enough."""
        fautes: dict[Ou, list[Changement]] = {}
        a_voir: Iterable[Ou] = list(self._ici)
        while True:
            for ou in a_voir:
                fautes.pop(ou, None)
                trouvees = [
                    faute
                    for rang in range(len(self.registre.etats))
                    for faute in self._fautes(ou, rang)
                ]
                if trouvees:
                    fautes[ou] = min(trouvees, key=len)
            if not fautes:
                return
            ou = min(fautes, key=lambda ou: (len(fautes[ou]), ou))
            a_voir = self.retirer(fautes[ou])

    def retirer(self, changements: Iterable[Changement]) -> set[Ou]:
        """Leave these out, and what does not go without them.

        Returns:
            The places where they counted.
        """
        touches: dict[Ou, set[Personne]] = defaultdict(set)
        pile = list(changements)
        while pile:
            changement = pile.pop()
            if changement not in self.pris:
                continue
            del self.pris[changement]
            pile += self._exigent[changement]
            for ligne in changement.lignes:
                for ou, _ in self.registre.places(ligne):
                    self._ici[ou].pop(changement, None)
                    touches[ou].add(self.registre.personne(ligne))
        for ou, personnes in touches.items():
            self._compter(ou, personnes)
        return set(touches)

    def _compter(self, ou: Ou, personnes: Set[Personne]) -> None:
        """Which figures of a place each of these moves, since each moment."""
        prises: dict[Personne, list[Part]] = defaultdict(list)
        for parts in self._ici[ou].values():
            for part in parts:
                if part.personne in personnes:
                    prises[part.personne].append(part)
        for n, etat in enumerate(self.registre.etats):
            if ou.axe and not etat.se_lit(ou.periode, ou.niveau, ou.axe):
                continue
            bougent = self._bougent.setdefault((ou, n), defaultdict(dict))
            for personne in personnes:
                for qui in bougent.values():
                    qui.pop(personne, None)
                ecrites = self._ecrites[ou].get(personne, ())
                for figure, combien in _bouge(etat, ou, ecrites, prises[personne]):
                    bougent[figure][personne] = combien

    def _fautes(self, ou: Ou, rang: int) -> Iterator[list[Changement]]:
        """All that moves each cell that a few move since a moment. Without these it is what it was;
        without some of them, it would be what it never was."""
        for figure, qui in self._bougent.get((ou, rang), {}).items():
            if not sum(qui.values()) or peut_bouger(expliquent(figure, qui)):
                continue
            figures = figures_de(figure)
            de_trop = [
                changement
                for changement, parts in self._ici[ou].items()
                if any(part.figure in figures and part.personne in qui for part in parts)
            ]
            if qui.keys() == {None} and not self._a_du_monde(ou, figure):
                # Who is given a name was nobody known; and there they still tell of who they are.
                de_trop = [changement for changement in de_trop if changement.exige]
                if self._bougent_assez(ou, figure, de_trop):
                    continue
            if de_trop:
                yield de_trop

    def _bougent_assez(self, ou: Ou, figure: str, changements: Iterable[Changement]) -> bool:
        """Whether what somebody took from nobody, or gave back, moves a cell by enough of them, or
        not at all."""
        grand, *petits = figures_de(figure)
        signes = {grand: 1, **dict.fromkeys(petits, -1)}
        de_chacun: dict[Personne, int] = {
            UUID(int=n): sum(signes.get(p.figure, 0) * p.combien for p in self._ici[ou][changement])
            for n, changement in enumerate(changements)
        }
        bouge = sum(de_chacun.values())
        return not bouge or peut_bouger(expliquent(figure, de_chacun))

    def _a_du_monde(self, ou: Ou, figure: str) -> bool:
        """Whether persons are behind a cell, or wait to be: what is of nobody known shows by itself
        elsewhere."""
        if figure not in DES_COMPLEMENTS and not PAR_CODE[figure].de_personnes:
            return False
        return (ou, figure) in self._de_connus or self.registre.connues(ou.cle(figure)) > 0


def expliquent(figure: str, qui: Mapping[Personne, int]) -> int:
    """How few known persons are enough to explain that a figure moved, whatever the others did: who
    lost may have given to who won, and what is of nobody known is of nobody. Of places, nobody can
    say how many of the nights are of one."""
    if figure in DE_PLACES:
        return 0
    reste = sum(qui.values())
    signe = 1 if reste > 0 else -1
    reste = signe * reste - max(0, signe * qui.get(None, 0))
    combien = 0
    for part in sorted((signe * n for p, n in qui.items() if p is not None), reverse=True):
        if reste <= 0:
            break
        reste -= part
        combien += 1
    return combien


def _bouge(
    etat: Etat, ou: Ou, ecrites: Iterable[Part], prises: Iterable[Part]
) -> Iterator[tuple[str, int]]:
    """By how much a person moves the figures and complements of a place since a moment, of the
    months that were read then."""
    de = {mois: _cumuler(etat, mois, ecrites, prises) for mois in {etat.ouverts, etat.murs}}
    _, toutes = de[etat.ouverts]
    for figure in toutes:
        avant, apres = de[etat.lus([figure])]
        if change := _combien(figure, apres) - _combien(figure, avant):
            yield figure, change
    connues = publiees(lire(ou.periode)[0])
    for complement in COMPLEMENTS:
        if complement.grand in toutes and (complement.code, ou.niveau, ou.axe) in connues:
            avant, apres = de[etat.lus(figures_de(complement.code))]
            if change := _reste(complement, apres) - _reste(complement, avant):
                yield complement.code, change


def _cumuler(
    etat: Etat, mois: Set[date], ecrites: Iterable[Part], prises: Iterable[Part]
) -> tuple[DeChacun, DeChacun]:
    """What a person adds to each figure in some months: at a moment, and with what is taken."""
    avant: DeChacun = defaultdict(lambda: defaultdict(int))
    apres: DeChacun = defaultdict(lambda: defaultdict(int))
    for part in ecrites:
        if part.mois in mois:
            apres[part.figure][part.fichier] += part.combien
            if part.rang <= etat.rang:
                avant[part.figure][part.fichier] += part.combien
    for part in prises:
        if part.mois in mois:
            apres[part.figure][part.fichier] += part.combien
    return avant, apres


def _combien(figure: str, de: DeChacun) -> int:
    """How much of a figure is a person's: of persons, how many files of theirs are counted."""
    valeurs = de.get(figure, {})
    if est_de_personnes(figure):
        return sum(valeur > 0 for fichier, valeur in valeurs.items() if fichier is not None)
    return sum(valeurs.values())


def _reste(complement: Complement, de: DeChacun) -> int:
    petits = [_combien(petit, de) for petit in complement.petits]
    reste = _combien(complement.grand, de) - sum(petits)
    return reste if complement.partage is Partage.SOMME else max(0, reste)
