"""What is left of a published figure without another: nobody publishes it, everybody subtracts it.

It is counted as any cell, so that it is protected as one (docs/adr/0006).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from indicateurs.catalogue import PAR_CODE


class Partage(Enum):
    """What everybody knows of a whole and its parts: places, periods, values of a breakdown."""

    SOMME = "somme"
    UNION = "union"
    # At most the sum of its parts, and maybe less than each: who has no visit anywhere has none
    # here, and who has none here may have one there.
    AU_PLUS = "au plus"


@dataclass(frozen=True)
class Complement:
    """What a figure counts beyond some of its parts.

    Args:
        grand, petits: the figures; the rows, or the persons, of the second are of the first, each
            in one of them.
        partage: a sum is of rows, the others are of persons.
    """

    code: str
    grand: str
    petits: tuple[str, ...]
    partage: Partage = Partage.SOMME


COMPLEMENTS = (
    Complement("deces", "sorties", ("sorties_hors_deces",)),
    Complement("sorties_non_fluides", "sorties", ("sorties_fluides",)),
    Complement("sorties_sans_suite", "sorties_hors_deces", ("sorties_fluides",)),
    Complement("actes_non_infirmiers", "actes", ("actes_infirmiers",)),
    Complement("actes_hors_droits", "actes", ("actes_acces_aux_droits",)),
    Complement("actes_autres", "actes", ("actes_infirmiers", "actes_acces_aux_droits")),
    Complement("approches_sans_echange", "approches", ("rencontres",)),
    Complement("approches_sans_refus", "approches", ("refus",)),
    Complement("approches_autres", "approches", ("rencontres", "refus")),
    Complement("rencontres_identifiees", "rencontres", ("rencontres_non_identifiees",)),
    Complement("orientations_non_echues", "orientations", ("orientations_echues",)),
    Complement("orientations_non_abouties", "orientations", ("orientations_abouties",)),
    Complement("echues_non_abouties", "orientations_echues", ("orientations_abouties",)),
    Complement("genre_inconnu", "file_active", ("genre_connu",), Partage.UNION),
    Complement("genre_connu_autre", "genre_connu", ("femmes",), Partage.UNION),
    Complement("file_active_autre", "file_active", ("femmes",), Partage.UNION),
    Complement("file_active_sans_passage", "file_active", ("passages_personnes",),
               Partage.AU_PLUS),
    Complement("file_active_sans_acte", "file_active", ("actes_personnes",), Partage.AU_PLUS),
)  # fmt: skip
DES_COMPLEMENTS = {complement.code: complement for complement in COMPLEMENTS}


def partage_de(code: str) -> Partage:
    """How a figure, or a complement, is made of its parts of places and periods."""
    if code in DES_COMPLEMENTS:
        return DES_COMPLEMENTS[code].partage
    return Partage.SOMME if PAR_CODE[code].additif else Partage.UNION


def figures_de(code: str) -> tuple[str, ...]:
    """The figures that a complement is the difference of, or the figure itself."""
    complement = DES_COMPLEMENTS.get(code)
    return (complement.grand, *complement.petits) if complement else (code,)


def figure_de(code: str) -> str:
    """The figure that a complement is a part of, or itself."""
    return DES_COMPLEMENTS[code].grand if code in DES_COMPLEMENTS else code
