"""Who holds everything that was published, and would like to know what is not.

Written apart from `indicateurs.secret`, and in another way: it takes what is seen and what
everybody knows, and says of each hidden figure the least and the most that it can be.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

# What nothing bounds is told as this much.
PLAFOND = 1_000_000
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
        systeme = _Systeme(self, voulus)
        return {
            chiffre: (systeme.extreme[n, 1], systeme.extreme[n, -1])
            for chiffre, n in ((chiffre, systeme.rang[chiffre]) for chiffre in voulus)
        }


class _Systeme:
    """One linear program holds all the parts that don't touch: each turn asks one figure of
    each part, all at once."""

    def __init__(self, attaquant: Attaquant, voulus: Iterable[Chiffre]) -> None:
        self.rang = {chiffre: n for n, chiffre in enumerate(attaquant.caches)}
        self.bas = np.array(list(attaquant.caches.values()), float)
        self.lignes_egales = attaquant.egalites
        self.egal, self.egal_a = self._matrice(attaquant.egalites, attaquant.vus)
        self.moins, self.moins_que = self._matrice(attaquant.inegalites, attaquant.vus)
        touches = (abs(self.egal).T @ abs(self.egal)) + (abs(self.moins).T @ abs(self.moins))
        nombre, parts = connected_components(touches)
        membres: list[list[int]] = [[] for _ in range(nombre)]
        for n, part in enumerate(parts):
            membres[part].append(n)
        self.extreme: dict[tuple[int, int], int] = {}
        demandes: list[list[int]] = [[] for _ in range(nombre)]
        for chiffre in voulus:
            demandes[parts[self.rang[chiffre]]].append(self.rang[chiffre])
        for tour in range(max(map(len, demandes))):
            cibles = {d[tour]: m for d, m in zip(demandes, membres, strict=True) if len(d) > tour}
            for sens in (1, -1):
                self._chercher(cibles, sens)

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

    def _chercher(self, cibles: dict[int, list[int]], sens: int) -> None:
        couts = np.zeros(len(self.rang))
        couts[list(cibles)] = sens
        bornes = np.column_stack([self.bas, np.full(len(self.bas), PLAFOND)])
        trouve = linprog(
            couts,
            self.moins if self.moins.shape[0] else None,
            self.moins_que if self.moins.shape[0] else None,
            self.egal if self.egal.shape[0] else None,
            self.egal_a if self.egal.shape[0] else None,
            bornes,
        )
        assert trouve.status == 0, trouve.message
        for cible, part in cibles.items():
            valeurs = trouve.x[part]
            if np.abs(valeurs - valeurs.round()).max() < 1e-5:
                self.extreme[cible, sens] = int(trouve.x[cible].round())
            else:
                self.extreme[cible, sens] = self._en_entiers(cible, part, sens)

    def _en_entiers(self, cible: int, part: list[int], sens: int) -> int:
        """Where the program answers with halves, the whole numbers of that part alone."""
        couts = np.zeros(len(part))
        couts[part.index(cible)] = sens
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
            couts,
            constraints=contraintes,
            integrality=np.ones(len(part)),
            bounds=(self.bas[part], np.full(len(part), PLAFOND)),
        )
        assert trouve.status == 0, trouve.message
        return round(sens * trouve.fun)


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
