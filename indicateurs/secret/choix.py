"""Choose what to mask: the least value that leaves every masked cell wide.

A whole program chooses the cheapest mask that satisfies all that is known to be necessary; the
mask is put to the test; what was missing becomes a new necessity, and so on. A mask that passes
is then the cheapest there is, since every necessity holds for all masks. In large sets, only the
necessities that cost little are looked for; then the mask grows until it is proved, and what is
not needed of it is taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from indicateurs.secret.croissance import Croissance
from indicateurs.secret.epreuve import Coupe, Epreuve
from indicateurs.secret.modele import SecretImpossible
from indicateurs.secret.programme import SANS_LIMITE, Programme
from indicateurs.secret.rangs import Rangs
from indicateurs.secret.systeme import Systeme


@dataclass(frozen=True)
class Effort:
    """How long to look for the cheapest mask. No clock: the same input gives the same mask.

    Args:
        entier: whether masks are put to the whole test, or to what it costs little to see.
        tours: rounds of choice and test.
        programmes: linear programs of the tests.
        ecart, noeuds: of each choice.
    """

    entier: bool
    tours: int
    programmes: float
    ecart: float
    noeuds: int


# Up to so many cells, the cheapest mask is nearly always found.
PETIT = 300
COMPLET = Effort(entier=True, tours=400, programmes=SANS_LIMITE, ecart=0.0, noeuds=20_000)
MESURE = Effort(entier=False, tours=60, programmes=3000, ecart=0.03, noeuds=10)


# Who takes something out and tries again asks for the other sets as they were.
@lru_cache(maxsize=64)
def choisir(systeme: Systeme) -> frozenset[int]:
    """The ranks of the cells to mask.

    Raises:
        SecretImpossible: what is shown already leaves a cell exposed.
    """
    return Choix(systeme, COMPLET if len(systeme.cles) <= PETIT else MESURE).choisir()


class Choix:
    """The choice of one set, and what it took."""

    def __init__(self, systeme: Systeme, effort: Effort) -> None:
        self.systeme, self.effort = systeme, effort
        self.epreuve, self.rangs = Epreuve(systeme), Rangs(systeme)
        self.maitre = Programme(
            [float(cout) for cout in systeme.couts],
            [(float(n in systeme.imposees), 1.0) for n in range(len(systeme.cles))],
            entier=True,
            mip_rel_gap=effort.ecart,
            mip_max_nodes=effort.noeuds,
        )

    def choisir(self) -> frozenset[int]:
        masquees, passe = self._chercher()
        if passe:
            return masquees
        croissance = Croissance(self.systeme, masquees)
        if not croissance.grandir():
            return self._toutes()
        croissance.elaguer()
        return croissance.prouvees()

    def _chercher(self) -> tuple[frozenset[int], bool]:
        """Choose and test in turn; and whether the last one passed."""
        masquees = self.systeme.imposees
        for _ in range(self.effort.tours):
            coupes = self._manques(masquees)
            if not coupes:
                return masquees, self.effort.entier
            for coupe in coupes:
                self._ajouter(coupe)
            masquees = self._moins_cher()
            if self.epreuve.programmes > self.effort.programmes:
                break
        return masquees, False

    def _manques(self, masquees: frozenset[int]) -> list[Coupe]:
        """What is missing to a mask: what costs little to see first."""
        coupes = self.rangs.coupes(masquees) or self.epreuve.refus_de_pres(masquees)
        if coupes or not self.effort.entier:
            return coupes
        return self.epreuve.eprouver(masquees)

    def _ajouter(self, coupe: Coupe) -> None:
        colonnes, facteurs = zip(*coupe.poids, (coupe.case, -coupe.besoin), strict=True)
        self.maitre.ajouter(0.0, colonnes, facteurs)

    def _moins_cher(self) -> frozenset[int]:
        """The cheapest mask that nothing known excludes."""
        choix = self.maitre.resoudre()
        if choix is None:
            return self._toutes()
        return frozenset(n for n, part in enumerate(choix) if part > 0.5)

    def _toutes(self) -> frozenset[int]:
        """All cells, when nothing less holds."""
        toutes = frozenset(range(len(self.systeme.cles)))
        exposees = sorted({coupe.case for coupe in self.epreuve.eprouver(toutes)})
        if exposees:
            raise SecretImpossible(cle for n in exposees for cle in self.systeme.cles[n])
        return toutes
