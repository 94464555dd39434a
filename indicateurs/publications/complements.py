"""What is left of a published figure without another: nobody publishes it, everybody subtracts it.

It is counted as any cell, so that it is protected as one (docs/adr/0006).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.db.models import Q

from contacts.enums import CategorieActe, Issue
from hebergement.enums import MotifSortie
from indicateurs.catalogue import PAR_CODE
from indicateurs.catalogue.hebergement import FLUIDES
from indicateurs.mesures import ARRIVEE_A_TEMPS, Mesure, cohorte, lignes
from indicateurs.sources import ACTES, ORIENTATIONS, RENCONTRES, SORTIES


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
        reste: the rows that are left, to count who is behind them; None where persons are counted,
            since those that are left are as many as the difference says.
    """

    code: str
    grand: str
    petits: tuple[str, ...]
    reste: Mesure | None = None
    partage: Partage = Partage.SOMME


_INFIRMIERS = Q(categorie=CategorieActe.SOINS_INFIRMIERS)
_DROITS = Q(categorie=CategorieActe.ACCES_AUX_DROITS)
_DECES = Q(motif_sortie=MotifSortie.DECES)
_FLUIDE = Q(destination__in=FLUIDES)
_EMISES = lignes(ORIENTATIONS, ~Q(statut="ANNULEE"))

COMPLEMENTS = (
    Complement("deces", "sorties", ("sorties_hors_deces",), lignes(SORTIES, _DECES)),
    Complement("sorties_non_fluides", "sorties", ("sorties_fluides",), lignes(SORTIES, ~_FLUIDE)),
    Complement("sorties_sans_suite", "sorties_hors_deces", ("sorties_fluides",),
               lignes(SORTIES, ~_FLUIDE, ~_DECES)),
    Complement("actes_non_infirmiers", "actes", ("actes_infirmiers",),
               lignes(ACTES, ~_INFIRMIERS)),
    Complement("actes_hors_droits", "actes", ("actes_acces_aux_droits",), lignes(ACTES, ~_DROITS)),
    Complement("actes_autres", "actes", ("actes_infirmiers", "actes_acces_aux_droits"),
               lignes(ACTES, ~_INFIRMIERS, ~_DROITS)),
    Complement("approches_sans_echange", "approches", ("rencontres",),
               lignes(RENCONTRES, ~Q(issue=Issue.ECHANGE))),
    Complement("approches_sans_refus", "approches", ("refus",),
               lignes(RENCONTRES, ~Q(issue=Issue.REFUS))),
    Complement("approches_autres", "approches", ("rencontres", "refus"),
               lignes(RENCONTRES, ~Q(issue__in=(Issue.ECHANGE, Issue.REFUS)))),
    Complement("rencontres_identifiees", "rencontres", ("rencontres_non_identifiees",),
               lignes(RENCONTRES, issue=Issue.ECHANGE)),
    Complement("orientations_non_echues", "orientations", ("orientations_echues",),
               _EMISES.sauf(cohorte())),
    Complement("orientations_non_abouties", "orientations", ("orientations_abouties",),
               _EMISES.sauf(cohorte(ARRIVEE_A_TEMPS))),
    Complement("echues_non_abouties", "orientations_echues", ("orientations_abouties",),
               cohorte().sauf(cohorte(ARRIVEE_A_TEMPS))),
    Complement("genre_inconnu", "file_active", ("genre_connu",), partage=Partage.UNION),
    Complement("genre_connu_autre", "genre_connu", ("femmes",), partage=Partage.UNION),
    Complement("file_active_autre", "file_active", ("femmes",), partage=Partage.UNION),
    Complement("file_active_sans_passage", "file_active", ("passages_personnes",),
               partage=Partage.AU_PLUS),
    Complement("file_active_sans_acte", "file_active", ("actes_personnes",),
               partage=Partage.AU_PLUS),
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
