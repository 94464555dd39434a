"""What follows from cells: ratios, deltas, bounds, and how much was masked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from indicateurs.secret.modele import SEUIL, Cellule, Cle, Deja


def se_montre(masquees: Collection[Cle], *cles: Cle) -> bool:
    """Whether a figure computed from these cells may be shown: none of them is masked.

    From shown cells everybody computes it alone; from a masked one it would give it back.
    """
    return not any(cle in masquees for cle in cles)


def bornes_se_montrent(*valeurs: int) -> bool:
    """Whether the bounds of a count may stand beside it, from the least to the most: each gap
    is of nobody, or of at least 11 persons."""
    return all(haute == basse or haute - basse >= SEUIL for basse, haute in pairwise(valeurs))


def peut_bouger(personnes_changees: int) -> bool:
    """Whether a correction may show in a new revision; else it waits for others."""
    return personnes_changees >= SEUIL


@dataclass(frozen=True)
class Resume:
    """What a mask takes away, in cells and in value."""

    cases: int
    primaires: int
    secondaires: int
    valeur: int
    valeur_primaire: int
    valeur_secondaire: int

    def __str__(self) -> str:
        masquees = self.primaires + self.secondaires
        return (
            f"{masquees} cases masquées sur {self.cases} : {self.primaires} pour elles-mêmes "
            f"(valeur {self.valeur_primaire}), {self.secondaires} pour en protéger d'autres "
            f"(valeur {self.valeur_secondaire}), sur une valeur de {self.valeur}."
        )


def resumer(
    cellules: Iterable[Cellule],
    masquees: Collection[Cle],
    deja: Mapping[Cle, Deja] = MappingProxyType({}),
) -> Resume:
    """Count a mask; what was masked by an earlier publication counts as masked for itself."""
    toutes = list(cellules)
    cachees = [cellule for cellule in toutes if cellule.cle in masquees]
    primaires = [c for c in cachees if c.primaire or deja.get(c.cle) is Deja.MASQUEE]
    valeur, valeur_primaire = (sum(c.valeur for c in liste) for liste in (cachees, primaires))
    return Resume(
        cases=len(toutes),
        primaires=len(primaires),
        secondaires=len(cachees) - len(primaires),
        valeur=sum(c.valeur for c in toutes),
        valeur_primaire=valeur_primaire,
        valeur_secondaire=valeur - valeur_primaire,
    )
