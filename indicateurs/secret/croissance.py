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

    def __init__(self, systeme: Systeme) -> None:
        self.systeme, self.masquees = systeme, set[int]()
        self.temoins: dict[tuple[int, int], Temoin] = {}
        self.programmes = 0

    def est_prouvee(self, case: int) -> bool:
        bouts = (self.temoins.get((case, sens)) for sens in (1, -1))
        etendue = sum(abs(bout.ecarts[case]) for bout in bouts if bout is not None)
        return etendue >= self.systeme.largeurs[case]

    def manquantes(self) -> list[int]:
        """What is masked and not proved: first what must be widest, which proves others."""
        return sorted(
            (case for case in self.masquees if not self.est_prouvee(case)),
            key=lambda case: (-self.systeme.largeurs[case], case),
        )

    def grandir(self, masquees: Iterable[int]) -> bool:
        """Mask what the cheapest tables of each cell move, until all are proved.

        Returns:
            whether they are; else one that must be masked found no whole table.
        """
        self.masquees = set(masquees)
        chemins = Chemins(self.systeme, range(len(self.systeme.cles)), self.masquees)
        while manquantes := self.manquantes():
            for case in manquantes:
                if self.est_prouvee(case) or case not in self.masquees:
                    continue
                if (tables := self._elargir(chemins, case)) is not None:
                    for autre in sorted({c for t in tables for c in t} - self.masquees):
                        self.masquees.add(autre)
                        chemins.ouvrir(autre)
                    for table in tables:
                        self._retenir(table)
                elif case in self.systeme.imposees:
                    return False
                else:
                    # Wide for no mask: it must be shown.
                    chemins.fermer(case)
                    self._demasquer(case)
        self.programmes += chemins.programmes
        return True

    def _elargir(self, chemins: Chemins, case: int) -> list[dict[int, int]] | None:
        """The tables that make a cell wide, of those that were found the ones that mask least."""
        largeur = self.systeme.largeurs[case]
        for entier in (False, True):
            etendue, tables = 0.0, list[dict[int, int]]()
            trouvees: list[tuple[int, list[dict[int, int]]]] = []
            for sens in (1, -1):
                loin, table = chemins.aller(case, sens, entier=entier)
                etendue += loin
                if table:
                    tables.append(table)
                    trouvees.append((abs(table[case]), [table]))
                    if abs(table[case]) >= largeur and table.keys() <= self.masquees:
                        return [table]
            trouvees.append((sum(abs(table[case]) for table in tables), tables))
            assez = [lesquelles for combien, lesquelles in trouvees if combien >= largeur]
            if assez:
                return min(assez, key=self._prix)
            if round(etendue) < largeur:
                break
        return None

    def _prix(self, tables: list[dict[int, int]]) -> int:
        nouvelles = {case for table in tables for case in table} - self.masquees
        return sum(self.systeme.valeurs[case] for case in nouvelles)

    def _retenir(self, table: dict[int, int]) -> None:
        """It serves all that it moves and that is not proved yet."""
        temoin = Temoin(table)
        for case, ecart in table.items():
            cle = (case, 1 if ecart > 0 else -1)
            avant = self.temoins.get(cle)
            if not self.est_prouvee(case) and (
                avant is None or abs(avant.ecarts[case]) < abs(ecart)
            ):
                self.temoins[cle] = temoin

    def _demasquer(self, case: int) -> None:
        self.masquees.remove(case)
        self.temoins = {
            cle: temoin for cle, temoin in self.temoins.items() if case not in temoin.support
        }

    def elaguer(self) -> None:
        """Show each cell that is not needed, the dearest first."""
        morceaux = [
            Chemins(self.systeme, morceau, self.masquees)
            for morceau in self.systeme.morceaux(frozenset(self.masquees))
        ]
        chemins_de = {case: chemins for chemins in morceaux for case in chemins.cases}
        secondaires = self.masquees - self.systeme.imposees
        for case in sorted(secondaires, key=lambda case: (-self.systeme.valeurs[case], case)):
            avant = self.temoins
            chemins = chemins_de[case]
            chemins.fermer(case)
            self._demasquer(case)
            if not self._tiennent(chemins, avant):
                self.masquees.add(case)
                self.temoins = avant
                chemins.rouvrir(case)
        self.programmes += sum(chemins.programmes for chemins in morceaux)

    def _tiennent(self, chemins: Chemins, avant: dict[tuple[int, int], Temoin]) -> bool:
        """Prove again what lost a table."""
        perdues = {case for case, sens in avant.keys() - self.temoins.keys()} & self.masquees
        for case in sorted(perdues, key=lambda case: (-self.systeme.largeurs[case], case)):
            for sens in (1, -1):
                if self.est_prouvee(case):
                    break
                _, table = chemins.aller(case, sens)
                self._retenir(table)
            if not self.est_prouvee(case):
                return False
        return True

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
