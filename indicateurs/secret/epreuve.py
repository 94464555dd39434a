"""Put a mask to the test: prove by whole numbers that each masked cell stays wide, or say why not.

Protection is only ever believed from witnesses: two tables of whole numbers that obey all that is
known, and between which the cell differs by its width. They are found with linear programs, and
checked one by one in exact arithmetic. What a linear program alone allows is not believed, since
its tables may hold halves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from indicateurs.secret.programme import PRES, SANS_LIMITE, Programme
from indicateurs.secret.systeme import Systeme

# How many patterns of ups and downs are tried on all cells at once before each is tried alone.
ESSAIS_ENSEMBLE = 12
# Fewer cells than this are tried one by one at once.
PEU = 40
# How many rows around a cell are asked first.
PROCHES = 60
TEMOINS_GARDES = 4
# A whole witness that takes longer than this to find is done without: one more cell is masked.
NOEUDS = 2000
_JAMAIS = frozenset({-1})


@dataclass(frozen=True)
class Coupe:
    """Why a mask is not enough: if `case` is masked, then sum(poids x masked) >= besoin."""

    case: int
    poids: tuple[tuple[int, float], ...]
    besoin: float

    @classmethod
    def depuis(cls, case: int, capacites: dict[int, float], besoin: float) -> Coupe:
        """No cell needs to give more than all that is needed."""
        poids = {c: min(p, besoin) for c, p in capacites.items() if p > PRES and c != case}
        return cls(case, tuple(sorted(poids.items())), besoin)


@dataclass(frozen=True, eq=False)
class Temoin:
    """One other table that everything shown allows, in differences from the true one."""

    ecarts: dict[int, int]
    support: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "support", frozenset(self.ecarts))


class Epreuve:
    """The test of successive masks of one system; what one proved serves the next ones."""

    def __init__(self, systeme: Systeme) -> None:
        self.systeme = systeme
        self.masquees: frozenset[int] = frozenset()
        # Of each cell, the best known tables in which it is more, and in which it is less.
        self.plus: list[list[Temoin]] = [[] for _ in systeme.cles]
        self.moins: list[list[Temoin]] = [[] for _ in systeme.cles]
        self.haut, self.bas = [0] * len(systeme.cles), [0] * len(systeme.cles)
        # Of each cell, those that must stay masked for its nearest rows to refuse nothing.
        self.allures: dict[int, frozenset[int]] = {}
        self.programmes = 0

    def eprouver(self, masquees: frozenset[int]) -> list[Coupe]:
        """What is missing to a mask; nothing where each of its cells is proven wide enough."""
        self.masquees = masquees
        self._relire()
        coupes: list[Coupe] = []
        for morceau in self.systeme.morceaux(masquees):
            reste = [case for case in morceau if not self.est_prouvee(case)]
            if reste:
                coupes += _Morceau(self, morceau).eprouver(reste)
        return coupes

    def refus_de_pres(self, masquees: frozenset[int]) -> list[Coupe]:
        """What the nearest rows of each cell refuse, as if all others said nothing.

        Small programs, which find nearly all that is missing; what they allow proves nothing.
        """
        coupes: list[Coupe] = []
        if len(self.systeme.lignes) <= 2 * PROCHES:
            return coupes
        for case in sorted(masquees):
            if self.systeme.largeurs[case] and not self.allures.get(case, _JAMAIS) <= masquees:
                coupe, self.allures[case] = self._de_pres(case, masquees)
                if coupe is not None:
                    coupes.append(coupe)
                    del self.allures[case]
        return coupes

    def _de_pres(self, case: int, masquees: frozenset[int]) -> tuple[Coupe | None, frozenset[int]]:
        cases, rangs = {case: None}, dict[int, None]()
        for proche in (file := [case]):
            for rang in self.systeme.lignes_de[proche]:
                if rang not in rangs:
                    rangs[rang] = None
                    for autre in self.systeme.lignes[rang].cases:
                        if autre in masquees and autre not in cases:
                            cases[autre] = None
                            file.append(autre)
            if len(rangs) >= PROCHES:
                break
        return _Morceau(self, list(cases), rangs).refuser(case)

    def est_prouvee(self, case: int) -> bool:
        return self.haut[case] - self.bas[case] >= self.systeme.largeurs[case]

    def _relire(self) -> None:
        """What the tables found for earlier masks prove of this one: those that move nothing
        shown."""
        valides: dict[Temoin, bool] = {}
        for sens, bornes in ((self.plus, self.haut), (self.moins, self.bas)):
            for case, temoins in enumerate(sens):
                bornes[case] = 0
                for temoin in temoins:
                    if temoin not in valides:
                        valides[temoin] = temoin.support <= self.masquees
                    if valides[temoin] and abs(temoin.ecarts[case]) > abs(bornes[case]):
                        bornes[case] = temoin.ecarts[case]

    def retenir(self, trouves: Mapping[int, float], cherchees: Iterable[int]) -> None:
        """Keep a table for the cells that need it, if whole numbers really allow it.

        Of all that moved, only what holds together with such a cell is kept: the less moves, the
        more masks the table will serve.
        """
        vues: set[int] = set()
        for case in cherchees:
            if case in vues or abs(trouves[case]) < PRES:
                continue
            ensemble = self.ensemble(case, trouves)
            vues |= ensemble
            bouges = {autre: round(trouves[autre]) for autre in ensemble}
            if not self.systeme.est_possible(bouges):
                continue
            temoin = Temoin(bouges)
            for autre, ecart in bouges.items():
                if ecart and not self.est_prouvee(autre):
                    sens, bornes = (self.plus, self.haut) if ecart > 0 else (self.moins, self.bas)
                    if abs(ecart) > abs(bornes[autre]):
                        bornes[autre] = ecart
                        # The last is the one that holds; the oldest goes.
                        sens[autre] = [*sens[autre][1 - TEMOINS_GARDES :], temoin]

    def ensemble(self, case: int, trouves: Mapping[int, float]) -> set[int]:
        """The cells that moved with a cell, from row to row."""
        ensemble, pile, lignes = {case}, [case], set[int]()
        while pile:
            for rang in self.systeme.lignes_de[pile.pop()]:
                if rang not in lignes:
                    lignes.add(rang)
                    for autre in self.systeme.lignes[rang].cases:
                        if autre not in ensemble and abs(trouves.get(autre, 0.0)) > PRES:
                            ensemble.add(autre)
                            pile.append(autre)
        return ensemble


class _Morceau:
    """Masked cells that reach each other, as one linear program kept warm."""

    def __init__(
        self,
        epreuve: Epreuve,
        cases: Sequence[int],
        rangs: Iterable[int] | None = None,
        pas: int = 1,
    ) -> None:
        # With a step of 2 every limit is even: what would be a half becomes whole, and what is
        # found within the limits brought nearer is still true.
        self.pas = pas
        self.epreuve, self.systeme, self.cases = epreuve, epreuve.systeme, cases
        self.place = {case: n for n, case in enumerate(cases)}
        if rangs is None:
            rangs = {r for case in cases for r in self.systeme.lignes_de[case]}
        self.rangs = sorted(rangs)
        self.lignes = []
        for rang in self.rangs:
            ligne = self.systeme.lignes[rang]
            termes = [
                (self.place[case], float(signe))
                for case, signe in zip(ligne.cases, ligne.signes, strict=True)
                if case in self.place
            ]
            self.lignes.append(
                (
                    0.0 if ligne.exacte else -SANS_LIMITE,
                    float(ligne.marge // pas * pas),
                    [colonne for colonne, _ in termes],
                    [signe for _, signe in termes],
                )
            )
        self.bas = [float(-(self.systeme.descentes[case] // pas * pas)) for case in cases]
        self.programme = self._programme(entier=False)

    def _programme(self, *, entier: bool) -> Programme:
        bornes = [(bas, SANS_LIMITE) for bas in self.bas]
        options: dict[str, Any] = {"presolve": "off", "simplex_strategy": 1}
        if entier:
            options = {"mip_max_nodes": NOEUDS}
        return Programme([0.0] * len(self.cases), bornes, self.lignes, entier=entier, **options)

    def eprouver(self, reste: list[int]) -> list[Coupe]:
        pairs = _Morceau(self.epreuve, self.cases, self.rangs, pas=2)
        coupes = []
        for case in pairs.ensemble(reste):
            if not self.epreuve.est_prouvee(case) and not pairs.tenter(case):
                coupe = self._seule(case)
                if coupe is not None:
                    coupes.append(coupe)
        return coupes

    def refuser(self, case: int) -> tuple[Coupe | None, frozenset[int]]:
        """What these rows refuse; else which cells it takes for them to refuse nothing."""
        n, largeur = self.place[case], self.systeme.largeurs[case]
        capacites: dict[int, float] = {}
        etendue = total = 0.0
        support = {case}
        for sens in (1, -1):
            colonnes = self._resoudre(self._viser(n, sens), ())
            etendue += sens * colonnes[n]
            support |= {c for c, v in zip(self.cases, colonnes, strict=True) if abs(v) > PRES}
            if etendue > largeur - 1 + PRES:
                return None, frozenset(support)
            total += self._capacites(case, sens, capacites)
        besoin = largeur - total - capacites.get(case, 0.0)
        return Coupe.depuis(case, capacites, besoin), frozenset()

    def largeur(self, case: int) -> float:
        return float(-(-self.systeme.largeurs[case] // self.pas) * self.pas)

    def tenter(self, case: int) -> bool:
        """Prove one cell, if that is easy."""
        n = self.place[case]
        for sens in (1, -1):
            self._resoudre(self._viser(n, sens), (case,))
            self.programme.chercher({n: (0.0, self.bas[n], SANS_LIMITE)})
            if self.epreuve.est_prouvee(case):
                return True
        return False

    def _viser(self, n: int, sens: int) -> dict[int, tuple[float, float, float]]:
        largeur = self.largeur(self.cases[n])
        if sens > 0:
            return {n: (-1.0, self.bas[n], largeur)}
        return {n: (1.0, max(self.bas[n], -largeur), SANS_LIMITE)}

    def ensemble(self, reste: list[int]) -> list[int]:
        """Prove many cells at once: some go up as far as they need, the others down."""
        large = 10 * max(self.largeur(case) for case in self.cases)
        for essai in range(ESSAIS_ENSEMBLE):
            if len(reste) < PEU:
                break
            changements = {n: (0.0, max(bas, -large), large) for n, bas in enumerate(self.bas)}
            for case in reste:
                n, largeur = self.place[case], self.largeur(case)
                # Bits of a multiplied rank: patterns that look random, and are always the same.
                monte = ((case + 1) * 2654435761 >> (7 + essai // 2)) & 1 ^ (essai & 1)
                changements[n] = (
                    -1.0 if monte else 1.0, max(self.bas[n], -largeur), largeur
                )  # fmt: skip
            self._resoudre(changements, reste)
            avant = len(reste)
            reste = [case for case in reste if not self.epreuve.est_prouvee(case)]
            if essai % 2 and len(reste) > 0.9 * avant:
                break
        self.programme.chercher({n: (0.0, bas, SANS_LIMITE) for n, bas in enumerate(self.bas)})
        return reste

    def _resoudre(
        self, changements: dict[int, tuple[float, float, float]], cherchees: Iterable[int]
    ) -> list[float]:
        self.programme.chercher(changements)
        self.epreuve.programmes += 1
        colonnes = self.programme.resoudre()
        assert colonnes is not None
        if cherchees:
            self.epreuve.retenir(dict(zip(self.cases, colonnes, strict=True)), cherchees)
        return colonnes

    def _seule(self, case: int) -> Coupe | None:
        """Prove one cell, or say what keeps it from being wide."""
        n, largeur = self.place[case], self.systeme.largeurs[case]
        capacites: dict[int, float] = {}
        etendue = total = 0.0
        autour = {case}
        for sens in (1, -1):
            colonnes = self._resoudre(self._viser(n, sens), (case,))
            self.programme.chercher({n: (0.0, self.bas[n], SANS_LIMITE)})
            if self.epreuve.est_prouvee(case):
                return None
            etendue += sens * colonnes[n]
            total += self._capacites(case, sens, capacites)
            autour |= self.epreuve.ensemble(case, dict(zip(self.cases, colonnes, strict=True)))
        if etendue < largeur - PRES:
            return Coupe.depuis(case, capacites, largeur - total - capacites.get(case, 0.0))
        # Halves would be wide enough. Whole tables, first of what moved alone.
        if _Morceau(self.epreuve, sorted(autour)).prouver(case) or self.prouver(case):
            return None
        voisines = {
            autre
            for rang in self.rangs
            for autre in self.systeme.lignes[rang].cases
            if autre not in self.place
        }
        return Coupe(case, tuple((autre, 1.0) for autre in sorted(voisines)), 1.0)

    def _capacites(self, case: int, sens: int, capacites: dict[int, float]) -> float:
        """By duality: how far the cell can go, at most, for any mask.

        sens x ecart(case) <= constant + sum(capacity(i) x masked(i)): the rows at their prices,
        then each unknown at its own bounds: down to its floor, and up without end.
        """
        constante = 0.0
        reduits: dict[int, float] = {case: float(sens)}
        for rang, prix in zip(self.rangs, self.programme.prix, strict=True):
            if not prix:
                continue
            ligne = self.systeme.lignes[rang]
            facteur = round(-prix, 6)
            if not ligne.exacte:
                facteur = max(facteur, 0.0)
            if facteur:
                constante += facteur * ligne.marge
                for autre, signe in zip(ligne.cases, ligne.signes, strict=True):
                    reduits[autre] = reduits.get(autre, 0.0) - facteur * signe
        for autre, reduit in reduits.items():
            if abs(reduit) > PRES * 10:
                gain = SANS_LIMITE if reduit > 0 else -reduit * self.systeme.descentes[autre]
                capacites[autre] = capacites.get(autre, 0.0) + gain
        return constante

    def prouver(self, case: int) -> bool:
        """Look for whole tables."""
        for sens in (1, -1):
            programme = self._programme(entier=True)
            programme.chercher(self._viser(self.place[case], sens))
            self.epreuve.programmes += 1
            colonnes = programme.resoudre()
            assert colonnes is not None
            self.epreuve.retenir(dict(zip(self.cases, colonnes, strict=True)), (case,))
            if self.epreuve.est_prouvee(case):
                return True
        return False
