"""How much of what is counted came late: has reached us since the revision before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from indicateurs.publications.cellules import Cle, Decompte
from indicateurs.publications.comptage import Entrees, denombrer


def venues_depuis(code: str, entrees: Entrees, comptes: Mapping[Cle, Decompte]) -> dict[Cle, int]:
    """Of each cell where there is any, by how much it is more than if nothing had reached us since.

    Both are counted of the rows as they are now, so that nothing has to be remembered of any row:
    what was corrected is in both. Whoever came before comes late no more.

    Args:
        entrees: what is known now of the period.
        comptes: what is counted of it.
    """
    avant = denombrer(code, replace(entrees, anciennes=True))
    ecarts = {
        cle: compte.exacte - (avant[cle].exacte if cle in avant else 0)
        for cle, compte in comptes.items()
    }
    return {cle: ecart for cle, ecart in ecarts.items() if ecart}
