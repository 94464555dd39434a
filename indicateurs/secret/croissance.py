"""A mask that is proved: let one grow until each of its cells is wide, then take out what is not
needed. No step leaves a cell without its tables, so it can stop anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from indicateurs.secret.chemins import Chemins
from indicateurs.secret.epreuve import Temoin
from indicateurs.secret.systeme import Systeme


class Croissance:
    """A mask of a system, and of each of its cells the tables in which it is most and least."""

    def __init__(self, systeme: Systeme, masquees: Iterable[int]) -> None:
        self.systeme, self.masquees = systeme, set(masquees)
        self.temoins: dict[tuple[int, int], Temoin] = {}
        self.dedans = Chemins(systeme, self.masquees, seules=True)
        self.autour = Chemins(systeme, self.masquees, seules=False)

    def est_prouvee(self, case: int) -> bool:
        return self._loin(case, 1) + self._loin(case, -1) >= self.systeme.largeurs[case]

    def manquantes(self) -> list[int]:
        """What is masked and not proved: first what must be widest, which proves others."""
        return sorted(
            (case for case in self.masquees if not self.est_prouvee(case)),
            key=lambda case: (-self.systeme.largeurs[case], case),
        )

    def grandir(self) -> bool:
        """Mask what the cheapest tables of each cell move, until all are proved.

        Returns:
            whether they are; else one that must be masked found no whole table.
        """
        while manquantes := self.manquantes():
            for case in manquantes:
                if case not in self.masquees or self.est_prouvee(case) or self._prouver(case):
                    continue
                if (tables := self._elargir(case)) is not None:
                    for autre in sorted({c for table in tables for c in table} - self.masquees):
                        self._masquer(autre)
                    for table in tables:
                        self._retenir(table)
                elif case in self.systeme.imposees:
                    return False
                else:
                    # Wide for no mask: it is shown, for good.
                    self._montrer(case)
                    self.autour.fermer(case)
        return True

    def _prouver(self, case: int) -> bool:
        for sens in (1, -1):
            largeur = self.systeme.largeurs[case]
            self._retenir(self.dedans.aller(case, sens, largeur)[1])
            if self.est_prouvee(case):
                return True
        return False

    def _masquer(self, case: int) -> None:
        self.masquees.add(case)
        for chemins in (self.dedans, self.autour):
            chemins.masquer(case)

    def _montrer(self, case: int) -> None:
        self.masquees.remove(case)
        for chemins in (self.dedans, self.autour):
            chemins.montrer(case)
        self.temoins = {
            cle: temoin for cle, temoin in self.temoins.items() if case not in temoin.support
        }

    def _elargir(self, case: int) -> list[dict[int, int]] | None:
        """The tables that make a cell wide, of those that were found the ones that mask least:
        one side beside what the other has already, else both."""
        largeur = self.systeme.largeurs[case]
        for entier in (False, True):
            etendue, tables = 0.0, list[dict[int, int]]()
            assez: list[list[dict[int, int]]] = []
            for sens in (1, -1):
                cible = largeur - self._loin(case, -sens)
                loin, table = self.autour.aller(case, sens, cible, entier=entier)
                etendue += loin
                if table:
                    tables.append(table)
                    if abs(table[case]) >= cible:
                        assez.append([table])
            if sum(abs(table[case]) for table in tables) >= largeur:
                assez.append(tables)
            if assez:
                return min(assez, key=self._prix)
            if round(etendue) < largeur:
                break
        return None

    def _loin(self, case: int, sens: int) -> int:
        """How far it is known to go."""
        temoin = self.temoins.get((case, sens))
        return 0 if temoin is None else abs(temoin.ecarts[case])

    def _prix(self, tables: list[dict[int, int]]) -> int:
        nouvelles = {case for table in tables for case in table} - self.masquees
        return sum(self.systeme.couts[case] for case in nouvelles)

    def _retenir(self, table: dict[int, int]) -> None:
        """It serves all that it moves and that is not proved yet."""
        temoin = Temoin(table)
        for case, ecart in table.items():
            sens = 1 if ecart > 0 else -1
            if self._loin(case, sens) < abs(ecart) and not self.est_prouvee(case):
                self.temoins[case, sens] = temoin

    def elaguer(self) -> None:
        """Show each cell that is not needed, the dearest first."""
        secondaires = self.masquees - self.systeme.imposees
        for case in sorted(secondaires, key=lambda case: (-self.systeme.couts[case], case)):
            avant = self.temoins
            self._montrer(case)
            if not all(self.est_prouvee(c) or self._prouver(c) for c in self.manquantes()):
                self._masquer(case)
                self.temoins = avant

    def prouvees(self) -> frozenset[int]:
        """The mask, each cell believed from its tables alone, once more."""
        for case in self.masquees:
            bouts = [self.temoins.get((case, sens)) for sens in (1, -1)]
            tables = [bout.ecarts for bout in bouts if bout is not None]
            tiennent = all(
                table.keys() <= self.masquees and self.systeme.est_possible(table)
                for table in tables
            )
            etendue = sum(abs(table[case]) for table in tables)
            if not tiennent or etendue < self.systeme.largeurs[case]:
                raise AssertionError(f"{self.systeme.cles[case]!r} n'est pas prouvée.")
        return frozenset(self.masquees)
