"""How far a part goes in a revision, beside what else moved in the whole that it is in.

Of twenty visits that are put a month later, and one that came late there, the months would tell the
one, less their quarter. What the parts move a whole by that has not moved yet is nothing, or of
eleven persons: what would be of fewer waits.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from indicateurs.publications.cellules import Cle
from indicateurs.publications.mouvement import Mouvement
from indicateurs.secret import SEUIL, peut_bouger

# Of each whole, by how much its parts moved since it did.
Ecarts = Sequence[Mapping[Cle, int]]


def freiner(
    trouves: dict[Cle, Mouvement], ecarts: Ecarts, attendus: Container[Cle]
) -> dict[Cle, Mouvement]:
    """Make each cell go as far as tells of nobody; those that follow go whole or not at all."""
    freines = dict(trouves)
    for cle, mouvement in trouves.items():
        if cle in attendus:
            if not _est_discret(cle, mouvement, ecarts):
                freines[cle] = mouvement.en_attente()
            continue
        for ecart in ecarts:
            freines[cle] = _freiner(freines[cle], ecart.get(cle, 0))
    return freines


def indiscrets(trouves: Mapping[Cle, Mouvement], ecarts: Ecarts) -> list[Cle]:
    """The cells that would tell of a few beside what else moved."""
    return [cle for cle, m in trouves.items() if not _est_discret(cle, m, ecarts)]


def _est_discret(cle: Cle, mouvement: Mouvement, ecarts: Ecarts) -> bool:
    return all(_se_montre(mouvement, ecart.get(cle, 0)) for ecart in ecarts)


def _se_montre(mouvement: Mouvement, ecart: int) -> bool:
    """Whether this and what moved before, taken together, tell of nobody or of eleven. What moves
    the same way was proved already, and so is their sum."""
    change = mouvement.change
    reste = ecart + change
    if not mouvement.compte.personnes and not mouvement.avant.personnes:
        return True  # nobody known is behind it
    if not reste or change * ecart >= 0:
        return True
    # Beyond what it makes up for, it may be of as many persons less.
    au_dela = change * reste > 0
    return peut_bouger(abs(reste)) and (not au_dela or peut_bouger(mouvement.changees - abs(ecart)))


def _freiner(mouvement: Mouvement, ecart: int) -> Mouvement:
    """The same, making up for what moved before, or for so much of it that eleven are left."""
    if _se_montre(mouvement, ecart):
        return mouvement
    avant = mouvement.avant.exacte
    if abs(mouvement.change) > abs(ecart):
        return mouvement.partage(avant - ecart)
    combien = max(0, abs(ecart) - SEUIL)
    return mouvement.partage(avant + (combien if mouvement.change > 0 else -combien))
