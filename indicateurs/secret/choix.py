"""Choose what to mask: the least value that leaves every masked cell wide.

A whole program chooses the cheapest mask that satisfies all that is known to be necessary; the
mask is put to the test; what was missing becomes a new necessity, and so on. A mask that passes
is then the cheapest there is, since every necessity holds for all masks. Where that would never
end, the search stops early, lets the mask grow until it passes, and then looks for a cheaper one
within it, a quarter as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from indicateurs.secret.epreuve import Coupe, Epreuve
from indicateurs.secret.modele import SecretImpossible
from indicateurs.secret.programme import Programme
from indicateurs.secret.rangs import Rangs
from indicateurs.secret.systeme import Systeme


@dataclass(frozen=True)
class Effort:
    """How long to look for the cheapest mask. No clock: the same input gives the same mask."""

    tours: int
    ecart: float
    noeuds: int


# Up to so many cells, the cheapest mask is nearly always found.
PETIT = 300
COMPLET = Effort(tours=400, ecart=0.0, noeuds=20_000)
MESURE = Effort(tours=60, ecart=0.03, noeuds=10)


# Who takes something out and tries again asks for the other sets as they were.
@lru_cache(maxsize=64)
def choisir(systeme: Systeme) -> frozenset[int]:
    """The ranks of the cells to mask.

    Raises:
        SecretImpossible: what is shown already leaves a cell exposed.
    """
    return _Choix(systeme, COMPLET if len(systeme.cles) <= PETIT else MESURE).choisir()


class _Choix:
    def __init__(self, systeme: Systeme, effort: Effort) -> None:
        self.systeme, self.effort = systeme, effort
        self.epreuve, self.rangs = Epreuve(systeme), Rangs(systeme)
        self.bornes = {n: (float(n in systeme.imposees), 1.0) for n in range(len(systeme.cles))}
        self.maitre = Programme(
            [float(valeur) for valeur in systeme.valeurs],
            list(self.bornes.values()),
            entier=True,
            mip_rel_gap=effort.ecart,
            mip_max_nodes=effort.noeuds,
        )

    def choisir(self) -> frozenset[int]:
        masquees, passe = self._jusqu_a_passer(self.systeme.imposees, self.effort.tours)
        if passe and not self.effort.ecart:
            return masquees
        suffisantes = masquees if passe else self._grandir(masquees)
        self._borner(lambda n, bas, haut: (bas, float(n in suffisantes)))
        moindres, passe = self._jusqu_a_passer(self._moins_cher(), self.effort.tours // 4)
        return moindres if passe else suffisantes

    def _grandir(self, masquees: frozenset[int]) -> frozenset[int]:
        """What was once chosen stays: each round can only add, so they come to an end soon."""
        while coupes := self._manques(masquees):
            for coupe in coupes:
                self._ajouter(coupe)
            fixes = masquees
            self._borner(lambda n, bas, haut: (float(n in fixes), haut))  # noqa: B023
            masquees = self._moins_cher()
        return masquees

    def _manques(self, masquees: frozenset[int]) -> list[Coupe]:
        """What is missing to a mask: what costs little to see first."""
        return (
            self.rangs.coupes(masquees)
            or self.epreuve.refus_de_pres(masquees)
            or self.epreuve.eprouver(masquees)
        )

    def _jusqu_a_passer(self, masquees: frozenset[int], tours: int) -> tuple[frozenset[int], bool]:
        """Choose and test in turn, so many times; and whether the last one passed."""
        while coupes := self._manques(masquees):
            if not tours:
                return masquees, False
            tours -= 1
            for coupe in coupes:
                self._ajouter(coupe)
            masquees = self._moins_cher()
        return masquees, True

    def _ajouter(self, coupe: Coupe) -> None:
        colonnes, facteurs = zip(*coupe.poids, (coupe.case, -coupe.besoin), strict=True)
        self.maitre.ajouter(0.0, colonnes, facteurs)

    def _moins_cher(self) -> frozenset[int]:
        """The cheapest mask that nothing known excludes."""
        choix = self.maitre.resoudre()
        if choix is None:
            toutes = frozenset(range(len(self.systeme.cles)))
            exposees = sorted({coupe.case for coupe in self.epreuve.eprouver(toutes)})
            raise SecretImpossible(self.systeme.cles[n] for n in exposees)
        return frozenset(n for n, part in enumerate(choix) if part > 0.5)

    def _borner(self, bornes: Callable[[int, float, float], tuple[float, float]]) -> None:
        self.maitre.chercher(
            {
                n: (float(self.systeme.valeurs[n]), *bornes(n, *de_base))
                for n, de_base in self.bornes.items()
            }
        )
