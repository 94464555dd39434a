"""Which figures the book holds, and which are counted from them.

A figure that is some values of another's breakdown is no entry of its own: so it holds together
with the other whatever waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from contacts.enums import CategorieActe
from hebergement.enums import MotifSortie
from indicateurs.catalogue import INDICATEURS, PAR_CODE
from indicateurs.catalogue.hebergement import FLUIDES
from indicateurs.periodes import Periode
from indicateurs.publications.complements import COMPLEMENTS, DES_COMPLEMENTS, Partage
from indicateurs.sources import SANS_PERSONNE, Axe
from socle.enums import Genre

PUBLIES = tuple(i for i in INDICATEURS if i.publie)
COMPTES = tuple(i for i in PUBLIES if i.mesure is not None)
RAPPORTS = tuple(i for i in PUBLIES if i.rapport is not None)


class Identite(NamedTuple):
    """A figure that is these values of another's breakdown, or all the others."""

    figure: str
    de: str
    axe: Axe
    codes: tuple[str, ...]
    sauf: bool = False

    def garde(self, code: str | None) -> bool:
        return (code in self.codes) != self.sauf


IDENTITES = (
    Identite("femmes", "file_active", Axe.GENRE, (Genre.F.value,)),
    Identite("genre_connu", "file_active", Axe.GENRE, (Genre.NON_RENSEIGNE.value,), sauf=True),
    Identite("actes_infirmiers", "actes", Axe.CATEGORIE, (CategorieActe.SOINS_INFIRMIERS.value,)),
    Identite("actes_acces_aux_droits", "actes", Axe.CATEGORIE,
             (CategorieActe.ACCES_AUX_DROITS.value,)),
    Identite("sorties_fluides", "sorties", Axe.DESTINATION, tuple(d.value for d in FLUIDES)),
    Identite("sorties_hors_deces", "sorties", Axe.MOTIF, (MotifSortie.DECES.value,), sauf=True),
    Identite("rencontres_non_identifiees", "rencontres", Axe.GENRE, (SANS_PERSONNE,)),
)  # fmt: skip
UNITE_DES_PERSONNES = "personnes"
ECRITES = tuple(i for i in COMPTES if i.code not in {d.figure for d in IDENTITES})
# Not of persons, who only make it move.
DE_PLACES = frozenset(i.code for i in COMPTES if i.font_bouger is not None)
# Of the last night of a period, and of no sum of months.
DE_LA_FIN = frozenset(i.code for i in ECRITES if not i.additif and i.unite != UNITE_DES_PERSONNES)
# Of the orientations that name a person, all once their days are over, and those who arrived:
# known some time after a period only; and after how long.
ORIENTATIONS, ECHUES, ABOUTIES = "orientations", "orientations_echues", "orientations_abouties"
TARDIVES = frozenset(i.code for i in ECRITES if i.murit)
MATURITE = timedelta(days=max(i.murit for i in ECRITES))
PRESENCE = "file_active"
# What brings a person into the file active, where it is counted; and who is counted of it.
CONTACTS = {
    "passages": "passages_personnes", "actes": "actes_personnes", "rencontres": "", "nuitees": ""
}  # fmt: skip
PRESENCES = frozenset({PRESENCE, *CONTACTS.values()} - {""})


def est_mure(periode: Periode, jour: date) -> bool:
    """Whether all of a period is known on a day, what is known late too."""
    return periode.fin + MATURITE <= jour


def est_de_personnes(code: str) -> bool:
    """Whether a figure, or a complement, counts distinct persons."""
    complement = DES_COMPLEMENTS.get(code)
    if complement is not None:
        return complement.partage is not Partage.SOMME
    return PAR_CODE[code].unite == UNITE_DES_PERSONNES


def comptees_avec(code: str, axes: Mapping[str, str]) -> list[str]:
    """The figures that an entry of a figure, with these values of its breakdowns, counts in."""
    return [
        code,
        *(d.figure for d in IDENTITES if d.de == code and d.garde(axes.get(d.axe))),
    ]


COMPLEMENTS_DE_LIGNES = tuple(c for c in COMPLEMENTS if c.partage is Partage.SOMME)
COMPLEMENTS_DE_PERSONNES = tuple(c for c in COMPLEMENTS if c.partage is not Partage.SOMME)
