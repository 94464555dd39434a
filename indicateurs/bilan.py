"""The bilan: a year of one structure, of a type of structure, or of all, counted from the rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from commun.horloge import maintenant
from commun.nombres import arrondir
from indicateurs.calcul import Nombre, compter
from indicateurs.catalogue import PAR_CODE
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from socle.models import Structure

FORMULE = "bilan-2"
CODES = (
    "passages", "file_active", "femmes", "actes_infirmiers", "actes_acces_aux_droits",
    "places_assore", "taux_occupation", "nuitees", "maraudes_surface", "maraudes_sous_sol",
    "rencontres", "materiel_distribue", "orientations", "orientations_abouties",
)  # fmt: skip


def comparer(valeur: Nombre, precedent: Nombre) -> dict[str, Nombre]:
    """A value beside the one before: `ecart_pct` is a number of percent, null after nothing."""
    ecart = ecart_pct = None
    if valeur is not None and precedent is not None:
        ecart = valeur - precedent
        if precedent:
            ecart_pct = arrondir(Decimal(ecart) / Decimal(precedent) * 100)
    return {"valeur": valeur, "precedent": precedent, "ecart": ecart, "ecart_pct": ecart_pct}


def calculer_bilan(
    annee: int, structure: Structure | None = None, type_structure: str | None = None
) -> dict[str, Any]:
    """The bilan of a year: values, those of the same days a year before, and their difference.

    `valeur` is null where the indicator makes no sense for the scope. `connu_le` is the instant
    of the count.
    """
    portee = Portee(structure, type_structure)
    periode = Periode.annee(annee)
    indicateurs = [PAR_CODE[code] for code in CODES]
    concernes = [indicateur for indicateur in indicateurs if indicateur.concerne(portee)]
    valeurs = compter(concernes, (periode, periode.un_an_avant()), portee)
    return {
        "annee": annee,
        "structure": structure.code if structure else None,
        "formule": FORMULE,
        "connu_le": maintenant(),
        "indicateurs": [
            {
                "code": indicateur.code,
                "libelle": indicateur.libelle,
                **comparer(*(valeurs.get((indicateur.code, None, rang)) for rang in (0, 1))),
                "secret": False,
            }
            for indicateur in indicateurs
        ],
    }
