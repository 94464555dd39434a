"""Who holds everything that was published, and would like to know what is not.

Written apart from `indicateurs.secret`, and in another way: it takes what is seen and what
everybody knows, and says of each hidden figure the least and the most that it can be.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product, zip_longest

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import bmat, coo_matrix, csr_matrix, vstack
from scipy.sparse.csgraph import connected_components

# What nothing bounds is told as this much.
PLAFOND = 1_000_000
PRES = 1e-5
# How many random tables are looked at before figures are asked one by one.
MOTIFS = 12
Chiffre = Hashable
Intervalle = tuple[int, int]


@dataclass
class Attaquant:
    """Notes figures (`voit`), then what is true of them (`sait_*`); then `intervalles`."""

    vus: dict[Chiffre, int] = field(default_factory=dict)
    caches: dict[Chiffre, int] = field(default_factory=dict)  # and the least that each can be
    # coefficients, constant: sum = constant, sum <= constant
    egalites: list[tuple[dict[Chiffre, int], int]] = field(default_factory=list)
    inegalites: list[tuple[dict[Chiffre, int], int]] = field(default_factory=list)

    def voit(self, chiffre: Chiffre, valeur: int | None) -> None:
        """A published figure; None where it says `secret`: then it is at least 1."""
        if valeur is None:
            self.caches[chiffre] = 1
        else:
            assert self.vus.setdefault(chiffre, valeur) == valeur

    def devine(self, chiffre: Chiffre) -> None:
        """A figure that nobody publishes: it can be nothing."""
        self.caches.setdefault(chiffre, 0)

    def sait_somme(self, total: Chiffre, parts: Iterable[Chiffre]) -> None:
        self.egalites.append(({total: 1, **dict.fromkeys(parts, -1)}, 0))

    def sait_union(self, union: Chiffre, parts: Iterable[Chiffre]) -> None:
        parts = list(parts)
        self.inegalites.append(({union: 1, **dict.fromkeys(parts, -1)}, 0))
        for part in parts:
            self.sait_borne(part, union)

    def sait_borne(self, petite: Chiffre, grande: Chiffre) -> None:
        self.inegalites.append(({petite: 1, grande: -1}, 0))

    def intervalles(self, lesquels: Collection[Chiffre] | None = None) -> dict[Chiffre, Intervalle]:
        """Of each hidden figure (or of some), the least and the most that whole numbers allow."""
        voulus = [c for c in self.caches if lesquels is None or c in lesquels]
        if not voulus:
            return {}
        systeme = Systeme(self)
        return dict(zip(voulus, systeme.extremes([systeme.rang[c] for c in voulus]), strict=True))

    def etroits(
        self, largeurs: Mapping[Chiffre, int], vraies: Mapping[Chiffre, int]
    ) -> dict[Chiffre, Intervalle]:
        """Of these hidden figures, those that are known more narrowly than told, and how.

        The others are not asked one by one: two tables of whole numbers, between which such a
        figure differs by its width, and which obey all that is known, prove it wide.

        Args:
            vraies: the truth, of every figure: what is known must be true of it.
        """
        systeme = Systeme(self)
        temoins = Temoins(systeme, [vraies[chiffre] for chiffre in self.caches])
        restent = {systeme.rang[chiffre]: largeur for chiffre, largeur in largeurs.items()}
        hasard = random.Random(1)
        for essai in range(MOTIFS):
            restent = temoins.sans_les_larges(restent)
            sens = [1 if essai < 2 else hasard.choice((1, -1)) for _ in restent]
            couts = dict(zip(restent, sens, strict=True))
            for signe in (1, -1):
                temoins.noter(systeme.resoudre({n: signe * cout for n, cout in couts.items()}))
        restent = temoins.sans_les_larges(restent)
        etroits = {}
        noms = list(self.caches)
        for n, largeur in restent.items():
            ((bas, haut),) = systeme.extremes([n])
            if haut - bas < largeur:
                etroits[noms[n]] = (bas, haut)
        return etroits


class Systeme:
    """One linear program holds all the parts that don't touch: each turn asks one figure of
    each part, all at once."""

    def __init__(self, attaquant: Attaquant) -> None:
        self.rang = {chiffre: n for n, chiffre in enumerate(attaquant.caches)}
        self.bas = np.array(list(attaquant.caches.values()), float)
        self.lignes_egales = attaquant.egalites
        self.egal, self.egal_a = self._matrice(attaquant.egalites, attaquant.vus)
        self.moins, self.moins_que = self._matrice(attaquant.inegalites, attaquant.vus)
        self.part = ensembles(self.egal, self.moins)
        ordre = np.argsort(self.part, kind="stable")
        self.membres = np.split(ordre, np.flatnonzero(np.diff(self.part[ordre])) + 1)

    def extremes(self, voulus: Collection[int]) -> Iterator[Intervalle]:
        """Of each of these columns, the least and the most."""
        trouves: dict[tuple[int, int], int] = {}
        demandes: dict[int, list[int]] = defaultdict(list)
        for n in voulus:
            demandes[self.part[n]].append(n)
        for cibles in zip_longest(*demandes.values()):
            for sens in (1, -1):
                x = self.resoudre({n: sens for n in cibles if n is not None})
                for n in cibles:
                    if n is not None:
                        trouves[n, sens] = self._entier(n, x, sens)
        return ((trouves[n, 1], trouves[n, -1]) for n in voulus)

    def _matrice(
        self, lignes: list[tuple[dict[Chiffre, int], int]], vus: Mapping[Chiffre, int]
    ) -> tuple[csr_matrix, np.ndarray]:
        donnees: list[tuple[int, int, int]] = []
        constantes = []
        for coefficients, constante in lignes:
            reste, termes = constante, []
            for chiffre, coefficient in coefficients.items():
                if chiffre in self.rang:
                    termes.append((len(constantes), self.rang[chiffre], coefficient))
                else:
                    reste -= coefficient * vus[chiffre]
            if termes:
                donnees += termes
                constantes.append(reste)
            elif lignes is self.lignes_egales:
                assert not reste, f"{coefficients} does not add up"
        i, j, valeurs = zip(*donnees, strict=True) if donnees else ((), (), ())
        forme = (len(constantes), len(self.rang))
        return coo_matrix((valeurs, (i, j)), forme, dtype=float).tocsr(), np.array(constantes)

    def resoudre(self, couts: Mapping[int, int]) -> np.ndarray:
        """The table in which this costs least."""
        tous = np.zeros(len(self.rang))
        tous[list(couts)] = list(couts.values())
        trouve = linprog(
            tous,
            self.moins if self.moins.shape[0] else None,
            self.moins_que if self.moins.shape[0] else None,
            self.egal if self.egal.shape[0] else None,
            self.egal_a if self.egal.shape[0] else None,
            np.column_stack([self.bas, np.full(len(self.bas), PLAFOND)]),
        )
        assert trouve.status == 0, trouve.message
        return trouve.x

    def _entier(self, cible: int, x: np.ndarray, sens: int) -> int:
        """Where the program answers with halves, the whole numbers of that part alone."""
        part = self.membres[self.part[cible]]
        if np.abs(x[part] - x[part].round()).max() < PRES:
            return int(x[cible].round())
        contraintes = []
        for matrice, bas, haut in (
            (self.egal, self.egal_a, self.egal_a),
            (self.moins, np.full(self.moins.shape[0], -np.inf), self.moins_que),
        ):
            ici = matrice[:, part]
            lignes = np.flatnonzero(np.diff(ici.indptr))
            if len(lignes):
                contraintes.append(LinearConstraint(ici[lignes], bas[lignes], haut[lignes]))
        trouve = milp(
            np.where(part == cible, sens, 0),
            constraints=contraintes,
            integrality=np.ones(len(part)),
            bounds=(self.bas[part], np.full(len(part), PLAFOND)),
        )
        assert trouve.status == 0, trouve.message
        return round(sens * trouve.fun)


class Temoins:
    """How far whole tables, which obey all that is known, take each figure from the truth."""

    def __init__(self, systeme: Systeme, vraies: Sequence[int]) -> None:
        self.systeme = systeme
        self.vraies = np.array(vraies, float)
        assert (self.vraies >= systeme.bas).all()
        assert (systeme.egal @ self.vraies == systeme.egal_a).all(), "what is known is not true"
        self.jeu = systeme.moins_que - systeme.moins @ self.vraies
        assert (self.jeu >= 0).all(), "what is known is not true"
        self.plus, self.moins = np.zeros(len(vraies)), np.zeros(len(vraies))

    def sans_les_larges(self, largeurs: Mapping[int, int]) -> dict[int, int]:
        vue = self.plus - self.moins
        return {n: largeur for n, largeur in largeurs.items() if vue[n] < largeur}

    def noter(self, x: np.ndarray) -> None:
        """What moves together, from row to row, is a table of its own; only whole ones count."""
        ecarts = x - self.vraies
        bougent = np.flatnonzero(np.abs(ecarts) > PRES)
        entiers = ecarts[bougent].round()
        egal, moins = self.systeme.egal[:, bougent], self.systeme.moins[:, bougent]
        part = ensembles(egal, moins)
        faux = np.abs(ecarts[bougent] - entiers) > PRES
        faux |= self.vraies[bougent] + entiers < self.systeme.bas[bougent]
        for matrice, violees in (
            (egal, egal @ entiers != 0), (moins, moins @ entiers > self.jeu)
        ):  # fmt: skip
            faux |= abs(matrice).T @ violees > 0
        bons = ~np.isin(part, part[faux])
        ou, de = bougent[bons], entiers[bons]
        self.plus[ou] = np.maximum(self.plus[ou], de)
        self.moins[ou] = np.minimum(self.moins[ou], de)


def ensembles(*matrices: csr_matrix) -> np.ndarray:
    """Of each column of these rows, which set it is in: columns of a same row are together."""
    lignes = vstack(matrices)
    _, part = connected_components(bmat([[None, lignes], [lignes.T, None]]), directed=False)
    colonnes = part[lignes.shape[0] :]
    return np.unique(colonnes, return_inverse=True)[1]


def enumerer(attaquant: Attaquant, plafond: int) -> dict[Chiffre, Intervalle]:
    """The same by brute force: every table of whole numbers up to `plafond`, one by one."""
    chiffres = list(attaquant.caches)
    axes = [np.arange(bas, plafond + 1) for bas in attaquant.caches.values()]
    grilles = dict(zip(chiffres, np.meshgrid(*axes, indexing="ij", sparse=True), strict=True))
    possible = np.ones([len(axe) for axe in axes], bool)
    for lignes, compare in (
        (attaquant.egalites, np.equal),
        (attaquant.inegalites, np.less_equal),
    ):
        for coefficients, constante in lignes:
            total = sum(
                c * (grilles[chiffre] if chiffre in grilles else attaquant.vus[chiffre])
                for chiffre, c in coefficients.items()
            )
            possible &= compare(total, constante)
    rangs = np.nonzero(possible)
    return {
        chiffre: (int(axe[n].min()), int(axe[n].max()))
        for chiffre, axe, n in zip(chiffres, axes, rangs, strict=True)
    }


def masques_moins_chers(
    valeurs: Mapping[Chiffre, int], imposes: frozenset[Chiffre], moins_que: int
) -> Iterator[tuple[int, frozenset[Chiffre]]]:
    """Every mask that costs less, with what it costs."""
    libres = [c for c, valeur in valeurs.items() if valeur and c not in imposes]
    base = sum(valeurs[c] for c in imposes)
    for choix in product((False, True), repeat=len(libres)):
        plus = [c for c, pris in zip(libres, choix, strict=True) if pris]
        cout = base + sum(valeurs[c] for c in plus)
        if cout < moins_que:
            yield cout, imposes | frozenset(plus)
