"""The cheapest way to move one cell: a table near the true one, where few others move.

Each cell has two columns, up and down, and both cost. The truth is then the basis where a program
starts, and what it finds moves little more than it must: such tables are nearly always whole, and
serve many masks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from indicateurs.secret.epreuve import NOEUDS
from indicateurs.secret.programme import PRES, SANS_LIMITE, Programme
from indicateurs.secret.systeme import Systeme

# What it earns to move the cell by one, against what it costs to move a masked one. In between,
# a cell that is still shown costs from 1 to a thousand.
GAIN = 1e5
PETIT_PRIX = 1e-3
CHER = 1e3


class Chemins:
    """A system as one linear program.

    Args:
        masquees: the cells that move for nothing.
        seules: no other moves; else each other has its cost as a price.
    """

    def __init__(self, systeme: Systeme, masquees: Collection[int], *, seules: bool) -> None:
        self.systeme, self.seules = systeme, seules
        self.fermees = {c for c in range(len(systeme.cles)) if seules and c not in masquees}
        self.le_plus = max(1, *systeme.couts)
        self.couts = [
            PETIT_PRIX if case in masquees else self._prix(case)
            for case in range(len(systeme.cles))
            for _ in (1, -1)
        ]
        self.bornes = [
            borne
            for descente in systeme.descentes
            for borne in ((0.0, SANS_LIMITE), (0.0, float(descente)))
        ]
        self.lignes = self._lignes()
        self.programme = self._programme(presolve="off", simplex_strategy=1)

    def _programme(self, **options: Any) -> Programme:
        colonnes = [self._de(colonne) for colonne in range(len(self.couts))]
        bornes = [(bas, haut) for _, bas, haut in colonnes]
        return Programme(self.couts, bornes, self.lignes, **options)

    def _lignes(self) -> list[tuple[float, float, list[int], list[float]]]:
        """The rows; those of one cell are its bounds."""
        lignes = []
        for ligne in self.systeme.lignes:
            if len(ligne.cases) > 1:
                colonnes = [2 * n + bas for n in ligne.cases for bas in (0, 1)]
                signes = [float(s) for signe in ligne.signes for s in (signe, -signe)]
                bas = 0.0 if ligne.exacte else -SANS_LIMITE
                lignes.append((bas, float(ligne.marge), colonnes, signes))
                continue
            (case,), (signe,) = ligne.cases, ligne.signes
            for sens in (0, 1) if ligne.exacte else (signe < 0,):
                haut = min(self.bornes[2 * case + sens][1], float(ligne.marge))
                self.bornes[2 * case + sens] = (0.0, haut)
        return lignes

    def masquer(self, case: int) -> None:
        """It moves for nothing from now on."""
        self.fermees.discard(case)
        self._compter(case, PETIT_PRIX)

    def montrer(self, case: int) -> None:
        """It has a price again, or does not move at all."""
        if self.seules:
            self.fermees.add(case)
        self._compter(case, self._prix(case))

    def fermer(self, case: int) -> None:
        """It does not move at all."""
        self.fermees.add(case)
        self._compter(case, self._prix(case))

    def _prix(self, case: int) -> float:
        return 1.0 + CHER * self.systeme.couts[case] / self.le_plus

    def _compter(self, case: int, prix: float) -> None:
        for colonne in self._colonnes(case):
            self.couts[colonne] = prix
            self._remettre(colonne)

    def _colonnes(self, case: int) -> tuple[int, int]:
        return 2 * case, 2 * case + 1

    def _remettre(self, colonne: int) -> None:
        self.programme.chercher({colonne: self._de(colonne)})

    def _de(self, colonne: int) -> tuple[float, float, float]:
        ferme = colonne // 2 in self.fermees
        return (self.couts[colonne], *((0.0, 0.0) if ferme else self.bornes[colonne]))

    def aller(
        self, case: int, sens: int, cible: int, *, entier: bool = False
    ) -> tuple[float, dict[int, int]]:
        """Move a cell up (1) or down (-1), so far if it can.

        Returns:
            how far it goes, and the table, in differences from the true one: none where it
            isn't whole.
        """
        colonne, envers = self._colonnes(case)[::sens]
        but = {
            colonne: (-GAIN, 0.0, min(float(cible), self.bornes[colonne][1])),
            envers: (self.couts[envers], 0.0, 0.0),
        }
        valeurs = self._resoudre(but, entier)
        for touchee in (colonne, envers):
            self._remettre(touchee)
        return valeurs[colonne], self._entiers(valeurs)

    def _resoudre(self, but: Mapping[int, tuple[float, float, float]], entier: bool) -> list[float]:
        programme = self.programme
        if entier:
            programme = self._programme(entier=True, mip_max_nodes=NOEUDS)
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
                ecarts[n] = round(ecart)
        return ecarts if self.systeme.est_possible(ecarts) else {}
