"""What secrecy reasons on: cells, what links them, and what is already known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

# Fewer distinct persons than this, and a cell is masked.
SEUIL = 11
# What must stay between the least and the most that a masked cell can be.
LARGEUR = 10
UN_CINQUIEME = 5

Cle = Hashable


class Nature(Enum):
    """What a cell counts."""

    PERSONNES = "personnes"
    QUANTITE = "quantite"


class Deja(Enum):
    """What an earlier publication did with a cell: it can't be undone."""

    MONTREE = "montree"
    MASQUEE = "masquee"


@dataclass(frozen=True)
class Cellule:
    """One figure of one place, period and breakdown.

    Args:
        cle: hashable; its repr orders the cells, so it must say nothing but the cell.
        valeur: whole, at least 0.
        personnes: the distinct persons who contribute to it.
        publiee: else nobody reads it, but it binds others, and whoever subtracts may come to it.
    """

    cle: Cle
    valeur: int
    personnes: int
    nature: Nature = Nature.PERSONNES
    publiee: bool = True

    @property
    def primaire(self) -> bool:
        """Masked for itself. A true zero is shown; acts of nobody known are of fewer than 11."""
        return self.valeur > 0 and self.personnes < SEUIL

    @property
    def largeur(self) -> int:
        """How far apart the least and the most that it can be must stay, if it is masked; of what
        nobody reads, only where too few are behind it."""
        if not self.publiee and not self.primaire:
            return 0
        if self.nature is Nature.PERSONNES:
            return LARGEUR
        return max(LARGEUR, -(-self.valeur // UN_CINQUIEME))

    @property
    def plancher(self) -> int:
        """The least that it can be, for all that anybody knows: what is masked is something."""
        return 1 if self.publiee else 0


@dataclass(frozen=True)
class Somme:
    """The total is the sum of its parts."""

    total: Cle
    parts: tuple[Cle, ...]


@dataclass(frozen=True)
class Union:
    """Distinct persons of several places or periods: at least its largest part, at most their
    sum."""

    union: Cle
    parts: tuple[Cle, ...]


@dataclass(frozen=True)
class Borne:
    """Some are together at most others: women and the file active, persons and their visits."""

    petites: tuple[Cle, ...]
    grandes: tuple[Cle, ...]


Lien = Somme | Union | Borne
# A row of the attacker's system: sum of coefficient x cell, = 0 (exact) or <= 0.
Rangee = tuple[bool, tuple[tuple[int, Cle], ...]]


class LiensFaux(ValueError):
    """The cells don't obey their links: nothing can be said of what they tell together."""


class SecretImpossible(ValueError):
    """Cells that stay exposed even with all that may still be masked: too much was published."""

    def __init__(self, cles: Iterable[Cle]) -> None:
        self.cles = tuple(cles)
        super().__init__(f"{len(self.cles)} cases ne peuvent plus être protégées.")


def rangees(lien: Lien) -> list[Rangee]:
    """A link, as rows that the true values obey and that everybody knows."""
    if isinstance(lien, Borne):
        petites = tuple((1, cle) for cle in lien.petites)
        return [(False, (*petites, *((-1, cle) for cle in lien.grandes)))]
    if isinstance(lien, Somme):
        return [(True, ((1, lien.total), *((-1, part) for part in lien.parts)))]
    au_plus: Rangee = (False, ((1, lien.union), *((-1, part) for part in lien.parts)))
    return [au_plus, *((False, ((1, part), (-1, lien.union))) for part in lien.parts)]


def par_cle(cellules: Iterable[Cellule]) -> dict[Cle, Cellule]:
    """Cells in one order, whatever order they came in."""
    triees = sorted(cellules, key=lambda cellule: repr(cellule.cle))
    trouvees = {cellule.cle: cellule for cellule in triees}
    if len(trouvees) < len(triees):
        raise LiensFaux("Une case est donnée deux fois.")
    if len({repr(cle) for cle in trouvees}) < len(trouvees):
        raise LiensFaux("Deux clés se disent de la même façon.")
    for cellule in triees:
        if cellule.valeur < 0 or cellule.personnes < 0:
            raise LiensFaux(f"{cellule.cle!r} est négative.")
    return trouvees


def verifier(cellules: Mapping[Cle, Cellule], liens: Iterable[Lien]) -> list[Rangee]:
    """The rows of all links, each once and in one order.

    Raises:
        LiensFaux: a link names a cell that is not there, one cell twice, or isn't true. A system
            that contradicts itself would protect nothing: a snapshot must hold together.
    """
    toutes: dict[str, Rangee] = {}
    for lien in liens:
        for exacte, termes in rangees(lien):
            if not all(cle in cellules for _, cle in termes):
                raise LiensFaux(f"{lien!r} nomme une case absente.")
            if max(Counter(cle for _, cle in termes).values()) > 1:
                raise LiensFaux(f"{lien!r} nomme deux fois une case.")
            reste = sum(signe * cellules[cle].valeur for signe, cle in termes)
            if reste > 0 or (exacte and reste):
                raise LiensFaux(f"{lien!r} est faux.")
            triee = (exacte, tuple(sorted(termes, key=lambda terme: (repr(terme[1]), terme[0]))))
            toutes.setdefault(repr(triee), triee)
    return [toutes[texte] for texte in sorted(toutes)]
