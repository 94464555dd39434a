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
        imposees: the ranks of those that must be masked: for themselves, or masked before.
    """

    cles: tuple[Cle, ...]
    valeurs: tuple[int, ...]
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
        """Whether whole numbers this far from the truth obey every row, each at least 1."""
        if any(self.valeurs[case] + ecart < 1 for case, ecart in ecarts.items()):
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


def systemes(
    cellules: Mapping[Cle, Cellule], lignes: Sequence[Rangee], deja: Mapping[Cle, Deja]
) -> list[Systeme]:
    """The connected sets in which something must be masked; the others are shown as they are.

    A cell that is zero, or that was shown before, is known to all and links nothing: what it
    tells is already in the rows, which are written in differences from the truth.
    """
    for cle, sort in deja.items():
        if sort is Deja.MASQUEE and cellules[cle].valeur == 0:
            raise LiensFaux(f"{cle!r} a été masquée, et vaut zéro.")
    libres = [
        c.cle for c in cellules.values() if c.valeur and deja.get(c.cle) is not Deja.MONTREE
    ]  # fmt: skip
    rang_de = {cle: rang for rang, cle in enumerate(libres)}
    utiles = []
    groupes = Groupes(len(libres))
    for exacte, termes in lignes:
        dedans = [(rang_de[cle], signe) for signe, cle in termes if cle in rang_de]
        if not dedans:
            continue
        marge = -sum(signe * cellules[cle].valeur for signe, cle in termes)
        utiles.append((exacte, dedans, marge))
        for rang, _ in dedans[1:]:
            groupes.unir(dedans[0][0], rang)
    imposees = {
        rang for cle, rang in rang_de.items()
        if cellules[cle].primaire or deja.get(cle) is Deja.MASQUEE
    }  # fmt: skip
    trouves = []
    par_racine: dict[int, list[tuple[bool, list[tuple[int, int]], int]]] = {}
    for utile in utiles:
        par_racine.setdefault(groupes.racine(utile[1][0][0]), []).append(utile)
    for groupe in groupes.de(range(len(libres))):
        if imposees.isdisjoint(groupe):
            continue
        local = {rang: n for n, rang in enumerate(groupe)}
        trouves.append(
            Systeme(
                tuple(libres[rang] for rang in groupe),
                tuple(cellules[libres[rang]].valeur for rang in groupe),
                tuple(cellules[libres[rang]].largeur for rang in groupe),
                frozenset(local[rang] for rang in groupe if rang in imposees),
                tuple(
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
