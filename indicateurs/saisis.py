"""What was typed in, beside what is counted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from indicateurs.bilan import comparer
from indicateurs.catalogue import SAISIS
from indicateurs.models import ChiffreSaisi


def saisis_du_bilan(annee: int, codes: Collection[str] | None = None) -> list[dict[str, Any]]:
    """The typed figures of a year of the network that are in force, each with its source.

    `ecart_pct` is the source's own where it gives one, else it follows from the two totals.
    """
    voulus = [i for i in SAISIS if codes is None or i.code in codes]
    lignes = ChiffreSaisi.objects.en_vigueur().filter(
        annee__in=(annee, annee - 1), indicateur__in=[i.code for i in voulus]
    )
    trouves = {(ligne.indicateur, ligne.annee): ligne for ligne in lignes}
    saisis = []
    for indicateur in voulus:
        ligne = trouves.get((indicateur.code, annee))
        if ligne is None:
            continue
        avant = trouves.get((indicateur.code, annee - 1))
        comparaison = comparer(ligne.valeur, avant.valeur if avant else None)
        if ligne.evolution_pct is not None:
            comparaison["ecart_pct"] = ligne.evolution_pct
        saisis.append(
            {
                "code": indicateur.code,
                "libelle": indicateur.libelle,
                **comparaison,
                "source": ligne.source,
                "source_le": ligne.source_le,
                "recu_le": ligne.recu_le,
            }
        )
    return saisis
