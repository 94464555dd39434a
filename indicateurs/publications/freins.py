"""How far a part goes in a revision, beside what else moved in the whole that it is in.

Of twenty visits that are put a month later, and one that came late there, the months would tell the
one, less their quarter. What the parts move a whole by that has not moved yet is nothing, or of
eleven persons: what would be of fewer waits.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import cast

from indicateurs.publications.cellules import Cle
from indicateurs.publications.liens import BORNES
from indicateurs.publications.mouvement import Mouvement
from indicateurs.secret import SEUIL, Union, peut_bouger

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


def freiner_les_personnes(
    trouves: dict[Cle, Mouvement],
    unions: Sequence[Union],
    premiers: Mapping[Cle, int],
    du_temps: Mapping[Cle, tuple[int, int]],
) -> dict[Cle, Mouvement]:
    """Make distinct persons of a whole move by what is shown to move in its parts: who is new to
    all of them is new to one. A few more would be those who wait in a part; eleven or more are
    those who were in several.

    Args:
        premiers: what was shown first of each cell.
        du_temps: of cells whose shorter periods are signed, what they were when those were
            looked at first, and by how much those grew since.
    """
    freines = dict(trouves)
    a_change = True
    while a_change:
        a_change = False
        for cle, depuis, montee, descente in _portees(freines, unions, premiers, du_temps):
            mouvement = freines[cle]
            vers = mouvement.montre.exacte
            if 0 < vers - depuis - montee < SEUIL:
                vers = depuis + montee
            elif 0 < depuis - descente - vers < SEUIL:
                vers = depuis - descente
            avant = mouvement.avant.exacte
            if vers == mouvement.montre.exacte or not mouvement.bouge:
                continue
            # Less far and the same way, or not at all: so it ends, whatever its parts say.
            moins_loin = 0 < (vers - avant) * mouvement.change < mouvement.change**2
            se_montre = moins_loin and peut_bouger(abs(vers - avant))
            freines[cle] = mouvement.partage(vers) if se_montre else mouvement.en_attente()
            a_change = True
    return freines


def retenir_leurs_lignes(
    trouves: dict[Cle, Mouvement],
    rapproches: Mapping[Cle, Mouvement],
    attendus: Container[Cle],
) -> dict[Cle, Mouvement]:
    """Make as many rows of a breakdown wait as persons who do, where fewer are shown than came:
    each of them brought one.

    Args:
        rapproches: how far persons go, once all of them hold together.
    """
    retenus = dict(trouves)
    for petite, grande in (*BORNES, ("file_active", "passages")):
        for cle, mouvement in rapproches.items():
            lignes = retenus.get(cle._replace(indicateur=grande))
            if cle.indicateur != petite or not mouvement.bouge or lignes is None:
                continue
            if cle._replace(indicateur=grande) in attendus:
                continue
            attendent = mouvement.compte.exacte - mouvement.montre.exacte
            if 0 < attendent < SEUIL <= lignes.change - attendent:
                ici = cle._replace(indicateur=grande)
                au_plus = lignes.compte.exacte - attendent
                retenus[ici] = lignes.partage(min(lignes.montre.exacte, au_plus))
    return retenus


def _portees(
    trouves: Mapping[Cle, Mouvement],
    unions: Sequence[Union],
    premiers: Mapping[Cle, int],
    du_temps: Mapping[Cle, tuple[int, int]],
) -> Iterator[tuple[Cle, int, int, int]]:
    """Of each count of persons, what it was, and how far up and down its parts take it."""
    for union in unions:
        cle = cast("Cle", union.union)
        changes = [
            trouves[part].montre.exacte - premiers.get(part, 0)
            for part in cast("tuple[Cle, ...]", union.parts)
        ]
        montee = sum(max(0, change) for change in changes)
        yield cle, premiers.get(cle, 0), montee, sum(max(0, -change) for change in changes)
    for cle, (depuis, montee) in du_temps.items():
        if cle in trouves:
            yield cle, depuis, montee, depuis


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
