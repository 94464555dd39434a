"""A connected set of cells as the attacker sees it: whole unknowns and rows that bind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from indicateurs.secret.modele import Cellule, Cle, Deja, LiensFaux, Rangee


@dataclass(frozen=True)
class Ligne:
    """sum(signe x ecart) = 0, or <= marge: `ecart` is how far an unknown is from the truth.

    Written in differences from the true values, every row holds at zero, and all that is shown
    or zero falls out of it.
    """

    exacte: bool
    cases: tuple[int, ...]
    signes: tuple[int, ...]
    marge: int


@dataclass(frozen=True)
class Systeme:
    """Cells that may be masked, linked to each other by what everybody knows.

    Args:
        cles: those that everybody knows to be equal are one: one shown would show the others.
        couts: what is lost by masking each, all its keys together.
        descentes: how far down each may go: to 1, or to nothing where nobody reads it.
        imposees: the ranks of those that must be masked: for themselves, or masked before.
    """

    cles: tuple[tuple[Cle, ...], ...]
    couts: tuple[int, ...]
    valeurs: tuple[int, ...]
    descentes: tuple[int, ...]
    largeurs: tuple[int, ...]
    imposees: frozenset[int]
    lignes: tuple[Ligne, ...]

    @cached_property
    def lignes_de(self) -> list[list[int]]:
        """Of each cell, the ranks of its rows."""
        de: list[list[int]] = [[] for _ in self.cles]
        for rang, ligne in enumerate(self.lignes):
            for case in ligne.cases:
                de[case].append(rang)
        return de

    def est_possible(self, ecarts: Mapping[int, int]) -> bool:
        """Whether whole numbers this far from the truth obey every row, each above its floor."""
        if any(self.descentes[case] + ecart < 0 for case, ecart in ecarts.items()):
            return False
        restes: dict[int, int] = {}
        for case, ecart in ecarts.items():
            for rang in self.lignes_de[case]:
                ligne = self.lignes[rang]
                signe = ligne.signes[ligne.cases.index(case)]
                restes[rang] = restes.get(rang, 0) + signe * ecart
        return all(
            reste == 0 if self.lignes[rang].exacte else reste <= self.lignes[rang].marge
            for rang, reste in restes.items()
        )

    def morceaux(self, masquees: frozenset[int]) -> list[list[int]]:
        """The masked cells, by what a change of one can reach: shown cells let nothing through."""
        groupes = Groupes(len(self.cles))
        for ligne in self.lignes:
            dedans = [case for case in ligne.cases if case in masquees]
            for case in dedans[1:]:
                groupes.unir(dedans[0], case)
        return groupes.de(sorted(masquees))


class Groupes:
    """Disjoint sets of ranks."""

    def __init__(self, nombre: int) -> None:
        self.parents = list(range(nombre))

    def racine(self, rang: int) -> int:
        while self.parents[rang] != rang:
            self.parents[rang] = self.parents[self.parents[rang]]
            rang = self.parents[rang]
        return rang

    def unir(self, un: int, autre: int) -> None:
        un, autre = self.racine(un), self.racine(autre)
        self.parents[max(un, autre)] = min(un, autre)

    def de(self, rangs: Iterable[int]) -> list[list[int]]:
        groupes: dict[int, list[int]] = {}
        for rang in rangs:
            groupes.setdefault(self.racine(rang), []).append(rang)
        return list(groupes.values())


# A row: exact or not, its cells and their signs, its margin.
_Utile = tuple[bool, list[tuple[int, int]], int]


def systemes(
    cellules: Mapping[Cle, Cellule], lignes: Sequence[Rangee], deja: Mapping[Cle, Deja]
) -> list[Systeme]:
    """The connected sets in which something must be masked; the others are shown as they are.

    A cell that is read and zero, or that was shown before, is known to all and links nothing: what
    it tells is already in the rows, which are written in differences from the truth.
    """
    for cle, sort in deja.items():
        if sort is Deja.MASQUEE and cellules[cle].publiee and cellules[cle].valeur == 0:
            raise LiensFaux(f"{cle!r} a été masquée, et vaut zéro.")
    libres = [
        c.cle for c in cellules.values()
        if (c.valeur or not c.publiee) and deja.get(c.cle) is not Deja.MONTREE
    ]  # fmt: skip
    rang_de = {cle: rang for rang, cle in enumerate(libres)}
    utiles = []
    for exacte, termes in lignes:
        dedans = [(rang_de[cle], signe) for signe, cle in termes if cle in rang_de]
        if dedans:
            marge = -sum(signe * cellules[cle].valeur for signe, cle in termes)
            utiles.append((exacte, dedans, marge))
    egales = _egales([cellules[cle] for cle in libres], utiles)
    reunies = _reunir(egales, utiles)
    groupes = Groupes(len(libres))
    for _, dedans, _ in reunies:
        for rang, _ in dedans[1:]:
            groupes.unir(dedans[0][0], rang)
    imposees = {
        egales.racine(rang) for cle, rang in rang_de.items()
        if _est_imposee(cellules[cle], deja)
    }  # fmt: skip
    par_racine: dict[int, list[_Utile]] = {}
    for utile in reunies:
        par_racine.setdefault(groupes.racine(utile[1][0][0]), []).append(utile)
    membres = {ensemble[0]: ensemble for ensemble in egales.de(range(len(libres)))}
    trouves = []
    for groupe in groupes.de(membres):
        if not any(cellules[libres[rang]].largeur for rang in imposees.intersection(groupe)):
            continue
        local = {rang: n for n, rang in enumerate(groupe)}
        trouves.append(
            Systeme(
                cles=tuple(tuple(libres[m] for m in membres[rang]) for rang in groupe),
                couts=tuple(
                    sum(cellules[libres[m]].valeur for m in membres[rang]) for rang in groupe
                ),
                valeurs=tuple(cellules[libres[rang]].valeur for rang in groupe),
                descentes=tuple(
                    cellules[libres[rang]].valeur - cellules[libres[rang]].plancher
                    for rang in groupe
                ),
                largeurs=tuple(cellules[libres[rang]].largeur for rang in groupe),
                imposees=frozenset(local[rang] for rang in groupe if rang in imposees),
                lignes=tuple(
                    Ligne(
                        exacte,
                        tuple(local[rang] for rang, _ in dedans),
                        tuple(signe for _, signe in dedans),
                        marge,
                    )
                    for exacte, dedans, marge in par_racine.get(groupes.racine(groupe[0]), ())
                ),
            )
        )
    return trouves


def _est_imposee(cellule: Cellule, deja: Mapping[Cle, Deja]) -> bool:
    return cellule.primaire or not cellule.publiee or deja.get(cellule.cle) is Deja.MASQUEE


def _egales(cellules: Sequence[Cellule], utiles: Sequence[_Utile]) -> Groupes:
    """The cells that a row says to be equal, and that must be as wide."""
    paires = [
        (un, autre)
        for exacte, ((un, signe), *suite), _ in utiles
        for autre, envers in (suite if exacte and len(suite) == 1 else ())
        if signe == -envers
        and cellules[un].valeur == cellules[autre].valeur
        and cellules[un].largeur == cellules[autre].largeur
        and cellules[un].publiee == cellules[autre].publiee
    ]
    egales = Groupes(len(cellules))
    for paire in paires:
        egales.unir(*paire)
    # A row that would count one twice keeps its cells apart: every sign stays 1 or -1.
    doubles = {
        rang
        for _, dedans, _ in utiles
        for rang, signe in _additionner(egales, dedans)
        if abs(signe) > 1
    }
    gardees = Groupes(len(cellules))
    for un, autre in paires:
        if egales.racine(un) not in doubles:
            gardees.unir(un, autre)
    return gardees


def _additionner(egales: Groupes, termes: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    sommes: dict[int, int] = {}
    for rang, signe in termes:
        racine = egales.racine(rang)
        sommes[racine] = sommes.get(racine, 0) + signe
    return sorted((rang, signe) for rang, signe in sommes.items() if signe)


def _reunir(egales: Groupes, utiles: Iterable[_Utile]) -> list[_Utile]:
    """The rows of what is left: of those that say the same, the one that says most."""
    marges: dict[tuple[bool, tuple[tuple[int, int], ...]], int] = {}
    for exacte, dedans, marge in utiles:
        termes = _additionner(egales, dedans)
        if exacte and termes and termes[0][1] < 0:
            termes = [(rang, -signe) for rang, signe in termes]
        if termes:
            cle = (exacte, tuple(termes))
            marges[cle] = min(marge, marges.get(cle, marge))
    return [(exacte, list(termes), marge) for (exacte, termes), marge in marges.items()]
