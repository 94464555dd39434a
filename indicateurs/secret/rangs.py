"""What single rows already refuse of a mask: no linear program, and most of the choice."""

from __future__ import annotations

from indicateurs.secret.epreuve import Coupe
from indicateurs.secret.programme import SANS_LIMITE
from indicateurs.secret.systeme import Systeme

# How far a cell can go one way: a constant, and what each other cell gives if it is masked.
Elan = tuple[float, dict[int, float]]


def elans(systeme: Systeme, case: int, sens: int) -> list[Elan]:
    """How far each row, or the floor, lets a cell go up (1) or down (-1).

    A row `signe x ecart + sum(...) <= marge` lets it go as far as its slack and the other cells
    allow: those that must go up give without end, those that must go down stop at their floor.
    """
    trouves: list[Elan] = []
    if sens < 0:
        trouves.append((float(systeme.descentes[case]), {}))
    for rang in systeme.lignes_de[case]:
        ligne = systeme.lignes[rang]
        sien = ligne.signes[ligne.cases.index(case)]
        if sien != sens and not ligne.exacte:
            continue
        gains = {
            autre: SANS_LIMITE if signe * sien * sens < 0 else float(systeme.descentes[autre])
            for autre, signe in zip(ligne.cases, ligne.signes, strict=True)
            if autre != case
        }
        trouves.append((float(ligne.marge), gains))
    return trouves


class Rangs:
    """The cuts of rows, or of pairs of rows, that a mask breaks."""

    def __init__(self, systeme: Systeme) -> None:
        self.systeme = systeme
        self.elans: dict[tuple[int, int], list[Elan]] = {}

    def coupes(self, masquees: frozenset[int]) -> list[Coupe]:
        return [coupe for case in sorted(masquees) for coupe in self._de(case, masquees)]

    def _de(self, case: int, masquees: frozenset[int]) -> list[Coupe]:
        largeur = self.systeme.largeurs[case]
        if not largeur:
            return []
        haut, bas = (
            [(self._portee(elan, masquees), elan) for elan in self._elans(case, sens)]
            for sens in (1, -1)
        )
        coupes = []
        for plus, (marge, gains) in haut:
            if plus >= largeur:
                continue
            for moins, (autre_marge, autres) in bas:
                if plus + moins < largeur:
                    capacites = dict(gains)
                    for autre, gain in autres.items():
                        capacites[autre] = capacites.get(autre, 0.0) + gain
                    coupes.append(Coupe.depuis(case, capacites, largeur - marge - autre_marge))
        return coupes

    def _elans(self, case: int, sens: int) -> list[Elan]:
        if (case, sens) not in self.elans:
            self.elans[case, sens] = elans(self.systeme, case, sens)
        return self.elans[case, sens]

    def _portee(self, elan: Elan, masquees: frozenset[int]) -> float:
        return elan[0] + sum(gain for autre, gain in elan[1].items() if autre in masquees)
