"""Statistical secrecy: which cells of a set of linked tables are masked before they leave.

It knows no database: it takes everything that partners can obtain together, and answers which
cells don't leave. HiGHS is loaded at the first choice, so only by who publishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from indicateurs.secret.choix import choisir
from indicateurs.secret.modele import (
    LARGEUR,
    SEUIL,
    Borne,
    Cellule,
    Cle,
    Deja,
    Lien,
    LiensFaux,
    Nature,
    SecretImpossible,
    Somme,
    Union,
    par_cle,
    verifier,
)
from indicateurs.secret.systeme import systemes

__all__ = [
    "LARGEUR", "SEUIL", "Borne", "Cellule", "Cle", "Deja", "Lien", "LiensFaux", "Nature",
    "SecretImpossible", "Somme", "Union", "masquer",
]  # fmt: skip


def masquer(
    cellules: Iterable[Cellule],
    liens: Iterable[Lien],
    deja: Mapping[Cle, Deja] = MappingProxyType({}),
) -> frozenset[Cle]:
    """The keys of the cells that are masked."""
    toutes = par_cle(cellules)
    lignes = verifier(toutes, liens)
    return frozenset(
        systeme.cles[rang]
        for systeme in systemes(toutes, lignes, deja)
        for rang in choisir(systeme)
    )
