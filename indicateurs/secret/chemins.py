"""The cheapest way to move one cell: a table near the true one, where few others move.

Each cell has two columns, up and down, and both cost. The truth is then the basis where a program
starts, and what it finds moves little more than it must: such tables are nearly always whole, and
serve many masks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from indicateurs.secret.programme import PRES, SANS_LIMITE, Programme
from indicateurs.secret.systeme import Systeme

# What it earns to move the cell by one, against what it costs to move a masked one. In between,
# a cell that is still shown costs from 1 to a thousand.
GAIN = 1e5
PETIT_PRIX = 1e-3
CHER = 1e3
# A whole table that takes longer than this to find is done without.
NOEUDS = 2000


class Chemins:
    """Some cells of a system, as one linear program.

    Args:
        cases: those that can move.
        masquees: of these, those that move for nothing; each other has its value as a price.
    """

    def __init__(
        self, systeme: Systeme, cases: Collection[int], masquees: Collection[int]
    ) -> None:
        self.systeme, self.cases = systeme, list(cases)
        self.place = {case: n for n, case in enumerate(self.cases)}
        self.bornes = [
            borne for case in self.cases
            for borne in ((0.0, SANS_LIMITE), (0.0, float(systeme.valeurs[case] - 1)))
        ]  # fmt: skip
        self.lignes = self._lignes()
        le_plus = max((systeme.valeurs[case] for case in self.cases), default=1)
        self.couts = [
            PETIT_PRIX if case in masquees else 1.0 + CHER * systeme.valeurs[case] / le_plus
            for case in self.cases
            for _ in (1, -1)
        ]
        self.programme = Programme(
            self.couts, self.bornes, self.lignes, presolve="off", simplex_strategy=1
        )
        self.fermees: set[int] = set()
        self.programmes = 0

    def _lignes(self) -> list[tuple[float, float, list[int], list[float]]]:
        """The rows, without what other cells make of them: each once, and those of one cell as
        its bounds."""
        marges: dict[tuple[bool, tuple[tuple[int, int], ...]], int] = {}
        for rang in sorted({r for case in self.cases for r in self.systeme.lignes_de[case]}):
            ligne = self.systeme.lignes[rang]
            termes = tuple(
                sorted(
                    (self.place[case], signe)
                    for case, signe in zip(ligne.cases, ligne.signes, strict=True)
                    if case in self.place
                )
            )
            if ligne.exacte and termes[0][1] < 0:
                termes = tuple((n, -signe) for n, signe in termes)
            cle = (ligne.exacte, termes)
            marges[cle] = min(marges.get(cle, ligne.marge), ligne.marge)
        lignes = []
        for (exacte, termes), marge in marges.items():
            if len(termes) > 1:
                colonnes = [2 * n + bas for n, _ in termes for bas in (0, 1)]
                signes = [float(s) for _, signe in termes for s in (signe, -signe)]
                lignes.append((0.0 if exacte else -SANS_LIMITE, float(marge), colonnes, signes))
                continue
            ((n, signe),) = termes
            for colonne in (2 * n, 2 * n + 1) if exacte else (2 * n + (signe < 0),):
                self.bornes[colonne] = (0.0, min(self.bornes[colonne][1], float(marge)))
        return lignes

    def ouvrir(self, case: int) -> None:
        """It is masked from now on."""
        for colonne in self._colonnes(case):
            self.couts[colonne] = PETIT_PRIX
            self._remettre(colonne)

    def fermer(self, case: int) -> None:
        """It is shown."""
        self.fermees.add(case)
        self.programme.chercher(self._close(case))

    def rouvrir(self, case: int) -> None:
        self.fermees.remove(case)
        for colonne in self._colonnes(case):
            self._remettre(colonne)

    def _close(self, case: int) -> dict[int, tuple[float, float, float]]:
        return {colonne: (self.couts[colonne], 0.0, 0.0) for colonne in self._colonnes(case)}

    def _colonnes(self, case: int) -> tuple[int, int]:
        return 2 * self.place[case], 2 * self.place[case] + 1

    def _remettre(self, colonne: int) -> None:
        self.programme.chercher({colonne: (self.couts[colonne], *self.bornes[colonne])})

    def aller(self, case: int, sens: int, *, entier: bool = False) -> tuple[float, dict[int, int]]:
        """Move a cell up (1) or down (-1), as far as its width if it can.

        Returns:
            how far it goes, and the table, in differences from the true one: none where it
            isn't whole.
        """
        cible = float(self.systeme.largeurs[case])
        colonne, envers = self._colonnes(case)[::sens]
        but = {
            colonne: (-GAIN, 0.0, min(cible, self.bornes[colonne][1])),
            envers: (self.couts[envers], 0.0, 0.0),
        }
        self.programmes += 1
        valeurs = self._resoudre(but, entier)
        for touchee in (colonne, envers):
            self._remettre(touchee)
        return valeurs[colonne], self._entiers(valeurs)

    def _resoudre(
        self, but: Mapping[int, tuple[float, float, float]], entier: bool
    ) -> list[float]:
        programme = self.programme
        if entier:
            programme = Programme(
                self.couts, self.bornes, self.lignes, entier=True, mip_max_nodes=NOEUDS
            )
            for case in self.fermees:
                programme.chercher(self._close(case))
        programme.chercher(but)
        programme.oublier()
        valeurs = programme.resoudre()
        assert valeurs is not None
        return valeurs

    def _entiers(self, valeurs: list[float]) -> dict[int, int]:
        ecarts = {}
        for n, (plus, moins) in enumerate(zip(valeurs[::2], valeurs[1::2], strict=True)):
            ecart = plus - moins
            if abs(ecart - round(ecart)) > PRES:
                return {}
            if round(ecart):
                ecarts[self.cases[n]] = round(ecart)
        return ecarts if self.systeme.est_possible(ecarts) else {}
