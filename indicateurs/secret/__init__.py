"""Statistical secrecy: which cells of a set of linked tables are masked before they leave.

It knows no database: it takes everything that partners can obtain together, and answers which
cells don't leave. HiGHS is loaded at the first choice, so only by who publishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from indicateurs.secret.choix import choisir
from indicateurs.secret.derives import (
    Resume,
    bornes_se_montrent,
    peut_bouger,
    resumer,
    se_montre,
)
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
    "Resume", "SecretImpossible", "Somme", "Union", "bornes_se_montrent", "masquer",
    "peut_bouger", "resumer", "se_montre",
]  # fmt: skip


def masquer(
    cellules: Iterable[Cellule],
    liens: Iterable[Lien],
    deja: Mapping[Cle, Deja] = MappingProxyType({}),
) -> frozenset[Cle]:
    """The keys of the cells that are masked.

    Primary: fewer than 11 distinct persons. Secondary: from all that is shown and all links, no
    masked cell is known to less than 10 (persons), or than the larger of 10 and 20 % of its value
    (the rest). Each is proven by two tables of whole numbers that agree with everything shown and
    differ by that much. Of the masks that do, nearly the one of least value (docs/adr/0006). The
    same for the same cells and links, in any order.

    Args:
        cellules: all that partners can obtain, together: all tables, periods and levels. What
            nobody publishes but a subtraction gives (men, where women and all are shown) is a
            cell too, not `publiee`: masked whatever happens, and wide if few are behind it.
        liens: all that everybody knows of them. A link that is left out is a way around.
        deja: what earlier publications did. Whoever holds two revisions of a period reads them as
            one set of tables, so give the cells of both:

            - a cell that did not move is one cell, under one key, in the links of both. It was
              shown, so hiding it again would hide nothing: `MONTREE`, it is never masked. Or it
              was masked, and showing it now would show it then: `MASQUEE`, it stays masked.
            - a cell that moved is two cells, under two keys. The old one is in `deja`, the new one
              is free. No link binds them, unless one is known (corrections that only add).

            Also `MONTREE`: figures that are public for other reasons.

    Raises:
        LiensFaux: the values contradict a link, or a key is missing or given twice.
        SecretImpossible: what was already shown exposes cells whatever is masked now. The
            corrections must wait, or go out together with others.
    """
    toutes = par_cle(cellules)
    lignes = verifier(toutes, liens)
    masquees: set[Cle] = set()
    exposees: list[Cle] = []
    for systeme in systemes(toutes, lignes, deja):
        try:
            for rang in choisir(systeme):
                masquees.update(systeme.cles[rang])
        except SecretImpossible as erreur:
            exposees += erreur.cles
    if exposees:
        raise SecretImpossible(exposees)
    return frozenset(masquees)
