"""Put a mask to the test: prove by whole numbers that each masked cell stays wide, or say why not.

Protection is only ever believed from witnesses: two tables of whole numbers that obey all that is
known, and between which the cell differs by its width. They are found with linear programs, and
checked one by one in exact arithmetic. What a linear program alone allows is not believed, since
its tables may hold halves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from indicateurs.secret.programme import PRES, SANS_LIMITE, Programme, entiers
from indicateurs.secret.systeme import Groupes, Systeme

# How many patterns of ups and downs are tried on all cells at once before each is tried alone.
ESSAIS_ENSEMBLE = 12
# Fewer cells than this are tried one by one at once.
PEU = 40
TEMOINS_GARDES = 4


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

    def retenir(self, ecarts: dict[int, int], cherchees: Iterable[int]) -> None:
        """Keep a table for the cells that need it, if whole numbers really allow it.

        Of all that moved, only what holds together with such a cell is kept: the less moves, the
        more masks the table will serve.
        """
        vues: set[int] = set()
        for case in cherchees:
            if case in vues or not ecarts.get(case):
                continue
            bouges = self._ensemble(case, ecarts)
            vues |= bouges.keys()
            if not self.systeme.est_possible(bouges):
                continue
            temoin = Temoin(bouges)
            for autre, ecart in bouges.items():
                if not self.est_prouvee(autre):
                    sens, bornes = (self.plus, self.haut) if ecart > 0 else (self.moins, self.bas)
                    if abs(ecart) > abs(bornes[autre]):
                        bornes[autre] = ecart
                        # The last is the one that holds; the oldest goes.
                        sens[autre] = [*sens[autre][1 - TEMOINS_GARDES :], temoin]

    def _ensemble(self, case: int, ecarts: dict[int, int]) -> dict[int, int]:
        """The cells that moved with a cell, from row to row."""
        trouves, pile, lignes = {case: ecarts[case]}, [case], set[int]()
        while pile:
            for rang in self.systeme.lignes_de[pile.pop()]:
                if rang not in lignes:
                    lignes.add(rang)
                    for autre in self.systeme.lignes[rang].cases:
                        if autre not in trouves and ecarts.get(autre):
                            trouves[autre] = ecarts[autre]
                            pile.append(autre)
        return trouves


class _Morceau:
    """Masked cells that reach each other, as one linear program kept warm."""

    def __init__(self, epreuve: Epreuve, cases: Sequence[int]) -> None:
        self.epreuve, self.systeme, self.cases = epreuve, epreuve.systeme, cases
        self.place = {case: n for n, case in enumerate(cases)}
        self.rangs = sorted({r for case in cases for r in self.systeme.lignes_de[case]})
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
                    float(ligne.marge),
                    [colonne for colonne, _ in termes],
                    [signe for _, signe in termes],
                )
            )
        self.bas = [float(1 - self.systeme.valeurs[case]) for case in cases]
        self.programme = self._programme(entier=False)

    def _programme(self, *, entier: bool) -> Programme:
        bornes = [(bas, SANS_LIMITE) for bas in self.bas]
        return Programme([0.0] * len(self.cases), bornes, self.lignes, entier=entier)

    def eprouver(self, reste: list[int]) -> list[Coupe]:
        reste = self._ensemble(reste)
        coupes = []
        for case in reste:
            if not self.epreuve.est_prouvee(case):
                coupe = self._seule(case)
                if coupe is not None:
                    coupes.append(coupe)
        return coupes

    def _ensemble(self, reste: list[int]) -> list[int]:
        """Prove many cells at once: some go up as far as they need, the others down."""
        large = 10.0 * max(self.systeme.largeurs[case] for case in self.cases)
        for essai in range(ESSAIS_ENSEMBLE):
            if len(reste) < PEU:
                break
            changements = {n: (0.0, max(bas, -large), large) for n, bas in enumerate(self.bas)}
            for case in reste:
                n, largeur = self.place[case], float(self.systeme.largeurs[case])
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
        justes = entiers(colonnes)
        if justes is not None:
            self.epreuve.retenir(dict(zip(self.cases, justes, strict=True)), cherchees)
        return colonnes

    def _seule(self, case: int) -> Coupe | None:
        """Prove one cell, or say what keeps it from being wide."""
        n, largeur = self.place[case], self.systeme.largeurs[case]
        capacites: dict[int, float] = {}
        etendue = total = 0.0
        for sens in (1, -1):
            cout = float(-sens)
            bornes = (self.bas[n], float(largeur)) if sens > 0 else (
                max(self.bas[n], float(-largeur)), SANS_LIMITE
            )  # fmt: skip
            etendue += sens * self._resoudre({n: (cout, *bornes)}, (case,))[n]
            if self.epreuve.est_prouvee(case):
                self.programme.chercher({n: (0.0, self.bas[n], SANS_LIMITE)})
                return None
            total += self._capacites(case, sens, capacites)
            self.programme.chercher({n: (0.0, self.bas[n], SANS_LIMITE)})
        if etendue < largeur - PRES:
            besoin = largeur - total - capacites.get(case, 0.0)
            return Coupe.depuis(case, capacites, besoin)
        return self._en_entiers(case)

    def _capacites(self, case: int, sens: int, capacites: dict[int, float]) -> float:
        """By duality: how far the cell can go, at most, for any mask.

        sens x ecart(case) <= constant + sum(capacity(i) x masked(i)): the rows at their prices,
        then each unknown at its own bounds: down to 1, and up without end.
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
                gain = SANS_LIMITE if reduit > 0 else -reduit * (self.systeme.valeurs[autre] - 1)
                capacites[autre] = capacites.get(autre, 0.0) + gain
        return constante

    def _en_entiers(self, case: int) -> Coupe | None:
        """Halves would be wide enough: look for whole tables, else ask for any neighbour more."""
        n, largeur = self.place[case], float(self.systeme.largeurs[case])
        for sens in (1, -1):
            programme = self._programme(entier=True)
            haut = largeur if sens > 0 else SANS_LIMITE
            bas = self.bas[n] if sens > 0 else max(self.bas[n], -largeur)
            programme.chercher({n: (float(-sens), bas, haut)})
            self.epreuve.programmes += 1
            colonnes = programme.resoudre()
            assert colonnes is not None
            self.epreuve.retenir(
                {c: round(v) for c, v in zip(self.cases, colonnes, strict=True)}, (case,)
            )
            if self.epreuve.est_prouvee(case):
                return None
        voisines = {
            autre
            for rang in self.rangs
            for autre in self.systeme.lignes[rang].cases
            if autre not in self.place
        }
        return Coupe(case, tuple((autre, 1.0) for autre in sorted(voisines)), 1.0)
